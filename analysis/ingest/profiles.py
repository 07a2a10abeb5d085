"""Mappings the user chose to keep: one small file for each set of headings, without a patient's data.

A profile is recognised the next time an export has the same headings, in whatever order.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import BadInput
from analysis.ingest.mapping import Mapping

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping

HOME = "REVMIX_HOME"
"""Environment variable naming the folder of RevMix's own settings."""
_PROFILES = "mappings"


def folder(environment: AnyMapping[str, str] = os.environ) -> Path:
    """Where profiles are kept: $REVMIX_HOME, else the user's folder of settings on this platform."""
    if named := environment.get(HOME):
        return Path(named) / _PROFILES
    if sys.platform == "win32":
        base = Path(environment.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "RevMix"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support" / "RevMix"
    else:
        base = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "revmix"
    return base / _PROFILES


def save(mapping: Mapping, where: Path | None = None) -> Path:
    """Write a mapping, replacing one of the same headings; the file's path. Only ever on the user's wish.

    Raises
    ------
    BadInput
        When the mapping has no fingerprint of an export's headings, or the folder cannot be written.
    """
    if not mapping.fingerprint.isalnum():
        raise BadInput(
            "a mapping of no particular export",
            expected="one made for a file that was read",
            todo="open the export first",
        )
    target = (where or folder()) / f"{mapping.fingerprint}.toml"
    draft = target.with_suffix(".new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(mapping.to_toml(), encoding="utf-8")
        draft.replace(target)
    except OSError as error:
        raise BadInput(
            f"a folder that cannot be written ({error.strerror})",
            expected="a folder for saved mappings",
            todo=f"set {HOME} to a folder of your own",
            file=str(target.parent),
        ) from error
    return target


def load_all(where: Path | None = None) -> tuple[Mapping, ...]:
    """Every saved mapping, in the order of the file names; none where nothing was saved.

    Raises
    ------
    BadInput
        Naming the first profile that is not a mapping file.
    """
    return tuple(load(path) for path in sorted((where or folder()).glob("*.toml")))


def load(path: Path) -> Mapping:
    """The mapping of a file. Raises BadInput when it cannot be read or is no mapping."""
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
