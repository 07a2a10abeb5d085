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
"""Characters of a name that its file is called by."""
_RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d")
"""File names that mean devices on Windows."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A scenario and its file."""

    path: Path
    scenario: Scenario


@dataclass(frozen=True, slots=True)
class Shelf:
    """Everything in the folder: what can be used, by name, and why the other files cannot."""

    saved: tuple[Saved, ...]
    broken: tuple[BadInput, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the scenarios, in order; no two alike."""
        return tuple(kept.scenario.name for kept in self.saved)

    def find(self, name: str) -> Saved | None:
        """The scenario of a name, or None."""
        return next((kept for kept in self.saved if kept.scenario.name == name), None)


def folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where scenarios are kept, in the user's folder (paths.home)."""
    return home(environment) / "scenarios"


def load_all(where: Path | None = None) -> Shelf:
    """Every saved scenario; files that cannot be used are reported, not raised. Empty where nothing was saved.

    Of two files with one name the first counts, by file name, and the other is reported.
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
    ordered = sorted(saved.values(), key=lambda kept: (kept.scenario.name.casefold(), kept.scenario.name))
    return Shelf(tuple(ordered), tuple(broken))


def load(name: str, where: Path | None = None) -> Scenario:
    """The saved scenario of a name. Raises BadInput where there is none, with the nearest name."""
    return _need(load_all(where), name).scenario


def save(scenario: Scenario, where: Path | None = None, *, opened: Scenario | None = None) -> Path:
    """Keep a scenario, replacing the one of the same name and no other; its file.

    Parameters
    ----------
    opened:
        The scenario of that name as the writer has read or kept it last; None where that is not known, and then one
        that is kept already has to be equal.

    Raises
    ------
    BadInput
        When another scenario is kept under the name, or it changed since it was opened; when the folder cannot be
        written.
    """
    place = where or folder()
    with locked(place):
        known = load_all(where).find(scenario.name)
        if known is not None and known.scenario not in (opened, scenario):
            found = "another scenario kept" if opened is None else "a kept scenario that changed since you opened it"
            raise BadInput(
                f'{found} under the name "{scenario.name}"',
                expected="a name that is free, or the scenario as you opened it",
                todo="give yours another name, or open the kept one first",
                file=known.path.name,
            )
        path = known.path if known is not None else _free(place, _stem(scenario.name))
        return write_text(path, to_toml(scenario), "scenarios")


def duplicate(name: str, where: Path | None = None) -> Scenario:
    """Keep a copy of a saved scenario as "name (copy)", then "name (copy 2)" and so on; the copy. Raises BadInput."""
    shelf = load_all(where)
    scenario = _need(shelf, name).scenario
    copy = replace(scenario, name=copy_name(name, shelf.names))
    save(copy, where)
    return copy


def copy_name(name: str, taken: Iterable[str]) -> str:
    """A name for a copy that is not taken, cut where it would be too long."""
    names = set(taken)
    number = 1
    while True:
        ending = " (copy)" if number == 1 else f" (copy {number})"
        found = name[: counts().name_characters - len(ending)].rstrip() + ending
        if found not in names:
            return found
        number += 1


def delete(name: str, where: Path | None = None) -> None:
    """Remove a saved scenario. Raises BadInput where there is none, or its file cannot be removed."""
    remove(_need(load_all(where), name).path, "a file")


def contracts_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the payers' contracts are kept: one file of the user's folder."""
    return home(environment) / f"contracts{_ENDING}"


@dataclass(frozen=True, slots=True)
class Book:
    """The kept contracts.

    Attributes
    ----------
    contracts:
        Those that can be read.
    broken:
        What is wrong with the others, one entry each.
    digest:
        What the file held (`keep.digest`), by which its writer knows whether it changed since.
    """

    contracts: tuple[Contract, ...] = ()
    broken: tuple[BadInput, ...] = ()
    digest: str = ""


def load_contracts(path: Path | None = None) -> Book:
    """The kept contracts; none where nothing was kept. What cannot be read is named, and the rest is there."""
    source = path or contracts_file()
    if not source.exists():
        return Book()
    held = digest(source)
    try:
        text = decoded(_bytes(source), source.name)
    except BadInput as error:
        return Book(broken=(error,), digest=held)
    try:
        return Book(read_contracts(text, source.name), digest=held)
    except BadInput as error:
        good, broken = read_good_contracts(text, source.name)
        return Book(good, broken or (error,), held)


def save_contracts(contracts: Iterable[Contract], opened: Book, path: Path | None = None) -> Book:
    """Keep contracts in place of those of `opened`, as they were read; what is kept then.

    A file of which some part could not be read is copied under a dated name first.

    Raises
    ------
    BadInput
        When the file changed since it was opened, or cannot be written.
    """
    target = path or contracts_file()
    with locked(target.parent):
        check_unchanged(target, opened.digest, "contracts")
        if opened.broken:
            copy_aside(target)
        write_text(target, contracts_toml(contracts), "contracts")
        return load_contracts(target)


def _need(shelf: Shelf, name: str) -> Saved:
    found = shelf.find(name)
    if found is None:
        todo = near(name, shelf.names, "choose another")
        raise BadInput(f'no saved scenario "{name}"', expected="the name of a saved scenario", todo=todo)
    return found


def _load_file(path: Path) -> Scenario:
    return read_bytes(_bytes(path), path.name)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(counts().file_bytes + 1)  # one more than may be, so that `decoded` refuses it
    except OSError as error:
        raise BadInput(
            f"a file that cannot be read ({error.strerror})",
            expected="a scenario file",
            todo="check the file, or move it out of the folder",
            file=path.name,
        ) from error


def _same_name(name: str, path: Path, earlier: Path) -> BadInput:
    return BadInput(
        f'the name "{name}", which {earlier.name} has too',
        expected="one file for each name",
        todo="give it another name, or remove one of the two",
        file=path.name,
        column="name",
    )


def _stem(name: str) -> str:
    """A name as the beginning of a file's: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain)[:_STEM].strip("-")
    return stem if stem and not _RESERVED.fullmatch(stem) else f"scenario-{stem}".rstrip("-")


def _free(where: Path, stem: str) -> Path:
    """A file in the folder that is not there yet."""
    number = 1
    while True:
        path = where / (f"{stem}{_ENDING}" if number == 1 else f"{stem}-{number}{_ENDING}")
        if not path.exists():
            return path
        number += 1
