"""Mappings the user chose to keep: one small file per set of headings, without patient data.

A saved mapping is recognized when an export has the same headings again, in any order.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from analysis.errors import BadInput
from analysis.ingest.mapping import Mapping
from analysis.system import keep
from analysis.system.keep import copy_aside, locked, write_text
from analysis.system.paths import home

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping
    from pathlib import Path


def folder(environment: AnyMapping[str, str] = os.environ) -> Path:
    """Return where mappings are kept: in the user's folder (system.paths.home)."""
    return home(environment) / "mappings"


def save(mapping: Mapping, where: Path | None = None) -> Path:
    """Save a mapping, replacing one for the same headings; returns the file's path. Only if the user asks for it.

    If the replaced file holds something else or cannot be read, it is first copied under a dated name.

    Raises
    ------
    BadInput
        If the mapping has no fingerprint of an export's headings, or the folder cannot be written.
    """
    if not mapping.fingerprint.isalnum():
        raise BadInput(
            "a mapping that belongs to no export",
            expected="a mapping made for a file you opened",
            todo="open the export first",
        )
    target, text = (where or folder()) / f"{mapping.fingerprint}.toml", mapping.to_toml()
    with locked(target.parent):
        try:
            is_saved_already = target.exists() and load(target).to_toml() == text
        except BadInput:
            is_saved_already = False
        if not is_saved_already:
            copy_aside(target)
        return write_text(target, text, "mappings")


def load_all(where: Path | None = None) -> tuple[tuple[Mapping, ...], tuple[BadInput, ...]]:
    """Load every saved mapping in file-name order, and what is wrong with those that cannot be read.

    A broken mapping blocks nothing: whatever shows the mappings names it.
    """
    mappings, broken = [], []
    for path in keep.entries(where or folder(), ".toml"):
        try:
            mappings.append(load(path))
        except BadInput as error:
            broken.append(error)
    return tuple(mappings), tuple(broken)


def remove(mapping: Mapping, where: Path | None = None) -> None:
    """Delete a saved mapping. Raises BadInput if its file cannot be removed."""
    keep.remove((where or folder()) / f"{mapping.fingerprint}.toml", "a mapping")


def load(path: Path) -> Mapping:
    """Load a mapping file. Raises BadInput if it cannot be read or is not a mapping."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(
            f"a mapping file that cannot be read ({error.strerror})",
            expected="a TOML file",
            todo="check the path",
            file=path.name,
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(
            "a mapping file that is not UTF-8 text", expected="a TOML file", todo="save it as UTF-8", file=path.name
        ) from error
    return Mapping.from_toml(text, file=path.name)
