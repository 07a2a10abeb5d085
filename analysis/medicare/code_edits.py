"""What Medicare's edits say about one code: the most units a day, and the codes it is not paid with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.medicare.edits import load_edits

if TYPE_CHECKING:
    from datetime import date

ABSOLUTE, NEVER = 2, 0
"""The MUE indicator of a limit without appeal, and the pair indicator that no modifier opens."""


@dataclass(frozen=True, slots=True, eq=False)
class CodeEdits:
    """The edits of one code.

    Attributes
    ----------
    edition, effective:
        Which tables, and the date they took effect.
    max_units, absolute:
        Most units on a patient-day, and whether there is no appeal; None if the table does not have the code.
    pairs:
        Grain: another code: other, denied (which of the two is not paid), modifier (whether 59 or X lets both be paid),
        the ones that no modifier opens first.
    """

    edition: str
    effective: date
    max_units: int | None
    absolute: bool
    pairs: pl.DataFrame

    def beside(self, other: str) -> bool:
        """Return whether the tables have a pair of this code and another one."""
        return other in self.pairs["other"]


def edits_of(code: str) -> CodeEdits:
    """Return the edits of one code in the newest tables: those that ship with RevMix, or installed ones."""
    edits = load_edits()
    found = edits.units.filter(pl.col("code") == code)
    first, second, asked = pl.col("col1"), pl.col("col2"), pl.lit(code)
    in_force = pl.col("ends").is_null() | (pl.col("ends") >= edits.effective)
    pairs = edits.pairs.filter(in_force, (first == asked) | (second == asked)).select(
        pl.when(first == asked).then(second).otherwise(first).alias("other"),
        second.alias("denied"),
        (pl.col("modifier_indicator") != NEVER).alias("modifier"),
    )
    return CodeEdits(
        edition=edits.edition,
        effective=edits.effective,
        max_units=int(found["max_units"][0]) if found.height else None,
        absolute=bool(found.height) and found["mai"][0] == ABSOLUTE,
        pairs=pairs.sort("modifier", "other"),
    )
