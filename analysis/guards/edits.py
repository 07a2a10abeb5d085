"""NCCI's edits: units of a code on a patient-day, and pairs of codes that are not paid together (data/ncci)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import polars as pl

from analysis.paths import DATA

EDITION = "CMS practitioner tables effective 2024-07-01"
"""What the edits are of, as said beside them."""


@dataclass(frozen=True, slots=True, eq=False)
class Edits:
    """Both kinds of edits.

    Attributes
    ----------
    units:
        Grain: code: code, max_units (on a patient-day), mai (2 absolute, 3 open to appeal).
    pairs:
        Grain: pair in force: col1 (paid), col2 (denied), modifier_indicator (0 never, 1 unless col2 has a modifier of a
        distinct service).
    """

    units: pl.DataFrame
    pairs: pl.DataFrame


@cache
def load_edits() -> Edits:
    """The edits RevMix ships."""
    text = {"code": pl.String, "col1": pl.String, "col2": pl.String}
    units = pl.read_csv(DATA / "ncci" / "mue.csv", schema_overrides=text)
    pairs = pl.read_csv(DATA / "ncci" / "ptp.csv", schema_overrides=text)
    return Edits(
        units.select("code", "max_units", "mai"),
        pairs.filter(pl.col("modifier_indicator") < 9).select("col1", "col2", "modifier_indicator"),  # noqa: PLR2004
    )
