"""Where the figures and rules are: the data folder beside this package."""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"
