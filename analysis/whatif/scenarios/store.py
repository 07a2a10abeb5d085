"""Scenarios and contracts the user chose to keep: one file each in the user's folder, for people to read and edit."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analysis.errors import BadInput
from analysis.system.keep import check_unchanged, copy_aside, digest, entries, locked, remove, write_text
from analysis.system.paths import home
from analysis.whatif.scenarios.files import (
    contracts_toml,
    decoded,
    read_bytes,
    read_contracts,
    read_good_contracts,
    to_toml,
)
from analysis.whatif.scenarios.limits import counts
from analysis.whatif.scenarios.values import near

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from analysis.whatif.scenarios import Contract, Scenario

_ENDING = ".toml"
_STEM = 60
"""Characters of a name used in its file name."""
_RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d")
"""File names that mean devices on Windows."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A scenario and its file."""

    path: Path
    scenario: Scenario


@dataclass(frozen=True, slots=True)
class Shelf:
    """Everything in the folder: usable scenarios by name, and why the other files cannot be used."""

    saved: tuple[Saved, ...]
    broken: tuple[BadInput, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the scenarios, in order, without duplicates."""
        return tuple(entry.scenario.name for entry in self.saved)

    def find(self, name: str) -> Saved | None:
        """Return the scenario with a name, or None."""
        return next((entry for entry in self.saved if entry.scenario.name == name), None)


def folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where scenarios are kept: in the user's folder (system.paths.home)."""
    return home(environment) / "scenarios"


def load_all(where: Path | None = None) -> Shelf:
    """Load every saved scenario; unusable files are reported, not raised. Empty if nothing was saved.

    Of two files with one name the first by file name counts, and the other is reported.
    """
    saved: dict[str, Saved] = {}
    broken = []
    for path in entries(where or folder(), _ENDING):
        try:
            scenario = _load_file(path)
            if (earlier := saved.get(scenario.name)) is not None:
                raise _same_name(scenario.name, path, earlier.path)
        except BadInput as error:
            broken.append(error)
        else:
            saved[scenario.name] = Saved(path, scenario)
    ordered = sorted(saved.values(), key=lambda entry: (entry.scenario.name.casefold(), entry.scenario.name))
    return Shelf(tuple(ordered), tuple(broken))


def load(name: str, where: Path | None = None) -> Scenario:
    """Return the saved scenario with a name. Raises BadInput if there is none, with the nearest name."""
    return _need(load_all(where), name).scenario


def save(scenario: Scenario, where: Path | None = None, *, opened: Scenario | None = None) -> Path:
    """Save a scenario, replacing only the one with the same name; return its file.

    Parameters
    ----------
    opened:
        The scenario with that name as the caller last read or saved it; None if unknown, and then a saved one must be
        equal.

    Raises
    ------
    BadInput
        If another scenario has that name, or it changed since it was opened; if the folder cannot be written.
    """
    directory = where or folder()
    with locked(directory):
        saved = load_all(where).find(scenario.name)
        if saved is not None and saved.scenario not in (opened, scenario):
            problem = (
                "another scenario saved" if opened is None else "a saved scenario that changed since you opened it"
            )
            raise BadInput(
                f'{problem} under the name "{scenario.name}"',
                expected="a name not yet in use, or the scenario as you opened it",
                todo="give yours another name, or open the saved one first",
                file=saved.path.name,
            )
        path = saved.path if saved is not None else _free(directory, _stem(scenario.name))
        return write_text(path, to_toml(scenario), "scenarios")


def duplicate(name: str, where: Path | None = None) -> Scenario:
    """Save a copy of a saved scenario as "name (copy)", then "name (copy 2)" and so on; return it. Raises BadInput."""
    shelf = load_all(where)
    scenario = _need(shelf, name).scenario
    copy = replace(scenario, name=copy_name(name, shelf.names))
    save(copy, where)
    return copy


def copy_name(name: str, used_names: Iterable[str]) -> str:
    """Return an unused name for a copy, shortened if it would be too long."""
    names = set(used_names)
    number = 1
    while True:
        ending = " (copy)" if number == 1 else f" (copy {number})"
        candidate = name[: counts().name_characters - len(ending)].rstrip() + ending
        if candidate not in names:
            return candidate
        number += 1


def delete(name: str, where: Path | None = None) -> None:
    """Remove a saved scenario. Raises BadInput if there is none, or its file cannot be removed."""
    remove(_need(load_all(where), name).path, "a file")


def contracts_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the payers' contracts are kept: one file in the user's folder."""
    return home(environment) / f"contracts{_ENDING}"


@dataclass(frozen=True, slots=True)
class SavedContracts:
    """The saved contracts.

    Attributes
    ----------
    contracts:
        Those that can be read.
    broken:
        What is wrong with the others, one entry each.
    digest:
        The file's content (`keep.digest`), which shows whether it changed since.
    """

    contracts: tuple[Contract, ...] = ()
    broken: tuple[BadInput, ...] = ()
    digest: str = ""


def load_contracts(path: Path | None = None) -> SavedContracts:
    """Load the saved contracts; none if nothing was saved. Unreadable ones are named, and the rest is loaded."""
    source = path or contracts_file()
    if not source.exists():
        return SavedContracts()
    content_digest = digest(source)
    try:
        text = decoded(_bytes(source), source.name)
    except BadInput as error:
        return SavedContracts(broken=(error,), digest=content_digest)
    try:
        return SavedContracts(read_contracts(text, source.name), digest=content_digest)
    except BadInput as error:
        readable, broken = read_good_contracts(text, source.name)
        return SavedContracts(readable, broken or (error,), content_digest)


def save_contracts(contracts: Iterable[Contract], opened: SavedContracts, path: Path | None = None) -> SavedContracts:
    """Save contracts in place of those in `opened`, as they were read; return what is then saved.

    A file of which a part could not be read is first copied under a dated name.

    Raises
    ------
    BadInput
        If the file changed since it was opened, or cannot be written.
    """
    target = path or contracts_file()
    with locked(target.parent):
        check_unchanged(target, opened.digest, "contracts")
        if opened.broken:
            copy_aside(target)
        write_text(target, contracts_toml(contracts), "contracts")
        return load_contracts(target)


def _need(shelf: Shelf, name: str) -> Saved:
    entry = shelf.find(name)
    if entry is None:
        todo = near(name, shelf.names, "choose another")
        raise BadInput(f'no saved scenario "{name}"', expected="the name of a saved scenario", todo=todo)
    return entry


def _load_file(path: Path) -> Scenario:
    return read_bytes(_bytes(path), path.name)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(counts().file_bytes + 1)  # one more than allowed, so that `decoded` refuses it
    except OSError as error:
        raise BadInput(
            f"a file that cannot be read ({error.strerror})",
            expected="a scenario file",
            todo="check the file, or move it out of the folder",
            file=path.name,
        ) from error


def _same_name(name: str, path: Path, earlier: Path) -> BadInput:
    return BadInput(
        f'the name "{name}", which {earlier.name} also has',
        expected="one file per name",
        todo="give it another name, or remove one of the files",
        file=path.name,
        column="name",
    )


def _stem(name: str) -> str:
    """Turn a name into the start of a file name: lowercase letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain)[:_STEM].strip("-")
    return stem if stem and not _RESERVED.fullmatch(stem) else f"scenario-{stem}".rstrip("-")


def _free(where: Path, stem: str) -> Path:
    """Return a file name not yet used in the folder."""
    number = 1
    while True:
        path = where / (f"{stem}{_ENDING}" if number == 1 else f"{stem}-{number}{_ENDING}")
        if not path.exists():
            return path
        number += 1
