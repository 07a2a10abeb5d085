"""NCCI edits: most units of a code on a patient-day, and code pairs that are not paid together (data/ncci)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl

from analysis.system.paths import DATA
from analysis.system.toml_data import load


@dataclass(frozen=True, slots=True, eq=False)
class Edits:
    """Both kinds of edits.

    Attributes
    ----------
    title, effective:
        Which tables, and the date they took effect.
    units:
        Grain: code: code, max_units (on a patient-day), mai (2 absolute, 3 open to appeal).
    pairs:
        Grain: pair in force: col1 (paid), col2 (denied), modifier_indicator (0 never, 1 unless col2 has a modifier of a
        distinct service).
    """

    title: str
    effective: date
    units: pl.DataFrame
    pairs: pl.DataFrame

    @property
    def edition(self) -> str:
        """Which tables these are, as shown beside them."""
        return f"{self.title}, effective {self.effective}"


@cache
def load_edits() -> Edits:
    """Load the edits that ship with RevMix."""
    about = load("ncci/edition.toml", {"title": str, "citation": str, "effective": date, "verified_on": date})
    text = {"code": pl.String, "col1": pl.String, "col2": pl.String}
    units = pl.read_csv(DATA / "ncci" / "mue.csv", schema_overrides=text)
    pairs = pl.read_csv(DATA / "ncci" / "ptp.csv", schema_overrides=text)
    return Edits(
        about["title"],
        about["effective"],
        units.select("code", "max_units", "mai"),
        pairs.filter(pl.col("modifier_indicator") < 9).select("col1", "col2", "modifier_indicator"),  # noqa: PLR2004
    )
