"""File locations: the data folder beside this package, and the folder of what the user chose to keep."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"

HOME = "REVMIX_HOME"
"""Environment variable that names the folder of RevMix's own settings."""


def home(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where RevMix keeps what the user saved: $REVMIX_HOME, else the platform's folder for user settings.

    Not by platformdirs: it ignores %APPDATA% on Windows and follows $XDG_CONFIG_HOME on macOS, so files saved before
    would not be found again.
    """
    if folder := environment.get(HOME):
        return Path(folder)
    if sys.platform == "win32":
        return Path(environment.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "RevMix"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "RevMix"
    return Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "revmix"
