"""NCCI edits: most units of a code on a patient-day, and code pairs that are not paid together (data/ncci).

One edition ships with RevMix; others are those the user installed (`analysis.releases`), in the user's folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from analysis.system.paths import DATA, home
from analysis.system.toml_data import load

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.system.toml_data import Form

PAIRS: dict[str, pl.DataType] = {
    "col1": pl.String(),
    "col2": pl.String(),
    "modifier_indicator": pl.Int64(),
    "begins": pl.Date(),
    "ends": pl.Date(),
}
"""Grain: a pair: col1 (paid), col2 (denied), modifier_indicator (0 never, 1 unless either has a modifier of a distinct
service), first and last date of service (null: as long as the edition holds)."""
UNITS: dict[str, pl.DataType] = {"code": pl.String(), "max_units": pl.Int64(), "mai": pl.Int64()}
"""Grain: a code: max_units on a patient-day, mai (2 absolute, 3 open to appeal)."""
ABOUT: Form = {
    "title": str,
    "citation": str,
    "effective": date,
    "verified_on": date,
    "source?": [str],
    "sha256?": [str],
}
"""What edition.toml holds; an installed one also names its files and their digests."""
ABOUT_FILE, PAIRS_FILE, UNITS_FILE = "edition.toml", "ptp.csv", "mue.csv"
_NOT_IN_FORCE = 9


@dataclass(frozen=True, slots=True, eq=False)
class Edits:
    """Both kinds of edits, as they hold from a date on.

    Attributes
    ----------
    title, effective:
        Which tables, and the first date of service they are for.
    units, pairs:
        `UNITS`, `PAIRS`.
    """

    title: str
    effective: date
    units: pl.DataFrame
    pairs: pl.DataFrame

    @property
    def edition(self) -> str:
        """Which tables these are, as shown beside them."""
        return f"{self.title}, effective {self.effective}"


def installed_folder() -> Path:
    """Return the folder of the editions that the user installed, one folder each, named by its first day."""
    return home() / "ncci"


@cache
def editions() -> tuple[Edits, ...]:
    """Return every edition, oldest first; one that brings only one kind of table keeps the other of the one before."""
    folders = [DATA / "ncci", *sorted(path.parent for path in installed_folder().glob(f"*/{ABOUT_FILE}"))]
    tables = sorted((_read(folder) for folder in folders), key=lambda edition: edition.effective)
    complete: list[Edits] = []
    for each in tables:
        before = complete[-1] if complete else None
        pairs, units = each.pairs, each.units
        if before is not None:
            pairs = before.pairs if pairs.is_empty() else pairs
            units = before.units if units.is_empty() else units
        complete.append(Edits(each.title, each.effective, units, pairs))
    return tuple(complete)


def load_edits() -> Edits:
    """Return the newest edition."""
    return editions()[-1]


def _read(folder: Path) -> Edits:
    about = load("ncci/edition.toml" if folder == DATA / "ncci" else folder / ABOUT_FILE, ABOUT)
    pairs = _table(folder / PAIRS_FILE, PAIRS)
    in_force = pairs.filter(pl.col("modifier_indicator") < _NOT_IN_FORCE)
    return Edits(about["title"], about["effective"], _table(folder / UNITS_FILE, UNITS), in_force)


def _table(path: Path, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Read a table; columns it lacks are null, and no file is no row."""
    if not path.exists():
        return pl.DataFrame(schema=schema)
    frame = pl.read_csv(path, schema_overrides=schema, infer_schema=False)
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    )
