"""Bit masks: sets of conditions or changes, each in one whole number, because numbers are quick to group by.

Which bits there are depends on the filters and the scenario, so they have no fixed names; a bit's position is the
position of its condition or change in a tuple. The columns:

* `condition_mask`, of a kind of line: the conditions it meets. COUNTED first, then `CellBuilder.conditions`.
* `line_change_mask`, of a line: the changes that may take it. The recodings in order, then the assistants (`Moves`).
* `visit_change_mask`, of a line's visit: the changes that may take any of its lines.
* `volume_mask`, of a line: the changes of volume that multiply it, in order (`Structure.volume_conditions`).

A combination (column `combination`) is a mask too: the changes that are made, out of a `visit_change_mask`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

Mask = int
"""A set of positions: bit 0 for the first, bit 1 for the second, and so on."""

COUNTED: Mask = 1
"""The bit of `condition_mask` for lines that pass the filters; the bits above it are those of further conditions."""


def bit(position: int) -> Mask:
    """Return the mask of one position.

    >>> bit(0), bit(3)
    (1, 8)
    """
    return 1 << position


def has(column: str, mask: Mask) -> pl.Expr:
    """Tell whether a column of masks has any of the bits of a mask.

    >>> pl.DataFrame({"volume_mask": [0, 1, 6]}).select(has("volume_mask", bit(1)))["volume_mask"].to_list()
    [False, False, True]
    """
    return pl.col(column) & mask > 0


def mask_of(conditions: Iterable[pl.Expr]) -> pl.Expr:
    """Return the mask of the conditions a row meets, in their order; 0 without any.

    >>> small, even = pl.col("units") < 3, pl.col("units") % 2 == 0
    >>> pl.DataFrame({"units": [1, 2, 4]}).select(mask=mask_of([small, even]))["mask"].to_list()
    [1, 3, 2]
    """
    bits = [pl.when(condition).then(bit(index)).otherwise(0) for index, condition in enumerate(conditions)]
    return pl.sum_horizontal(pl.lit(0), *bits).cast(pl.Int64)
