"""Where things are: the data folder beside this package, and the folder of what the user chose to keep."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"

HOME = "REVMIX_HOME"
"""Environment variable naming the folder of RevMix's own settings."""


def home(environment: Mapping[str, str] = os.environ) -> Path:
    """Where RevMix keeps what the user saved: $REVMIX_HOME, else the user's folder of settings on this platform."""
    if named := environment.get(HOME):
        return Path(named)
    if sys.platform == "win32":
        return Path(environment.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "RevMix"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "RevMix"
    return Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "revmix"


def write_text(target: Path, text: str, kept: str) -> Path:
    """Write a file of the user's folder whole or not at all, replacing one of that name; its path.

    Parameters
    ----------
    kept:
        What the folder keeps, for the error: ``mappings``.

    Raises
    ------
    BadInput
        When the folder cannot be written.
    """
    draft = target.with_suffix(".new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(target)
    except OSError as error:
        raise BadInput(
            f"a folder that cannot be written ({error.strerror})",
            expected=f"a folder for saved {kept}",
            todo=f"set {HOME} to a folder of your own",
            file=str(target.parent),
        ) from error
    return target
