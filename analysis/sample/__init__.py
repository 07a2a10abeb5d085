"""A realistic synthetic billing export of a made-up practice, fixed by its seed.

The practice is data/samples/riverside_pt.toml: clinics, staff and their habits, payers and their contracts, holidays,
denials, and the faults of a real export. Medicare's amounts come from analysis.pricing and are exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.errors import BadInput
from analysis.sample.dirt import rows
from analysis.sample.export import HEADINGS
from analysis.sample.practice import load_practice
from analysis.sample.write import write

if TYPE_CHECKING:
    import polars as pl

__all__ = ["HEADINGS", "generate", "write"]


def generate(lines: int, seed: int) -> pl.DataFrame:
    """Return an export of exactly `lines` rows, all text, empty cells null; the same for the same seed.

    From 500 rows on, about 0.2 % are dirty, and the last one is a totals row; they count in `lines`.

    Raises
    ------
    BadInput
        For a number of lines below 1 or a negative seed.
    """
    if lines < 1 or seed < 0:
        raise BadInput(
            f"{lines} lines and seed {seed}",
            expected="1 line or more, and a seed of 0 or more",
            todo="correct --lines or --seed",
        )
    return rows(load_practice(), seed, lines)
