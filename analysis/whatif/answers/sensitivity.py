"""How much the answer depends on each assumption: one moved down and up, the others unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.whatif.answers.compare import compare
from analysis.whatif.scenarios import KINDS

if TYPE_CHECKING:
    from analysis.whatif.answers.compare import Measure
    from analysis.whatif.scenarios import Scenario
    from analysis.whatif.visits import Cube


def sensitivity(cube: Cube, scenario: Scenario, measure: Measure = "allowed") -> pl.DataFrame:
    """Return the difference from the baseline with each assumption at its low and its high end.

    Grain: assumption, the widest swing first: assumption, low_label, high_label, low_cents, high_cents, base_cents (the
    scenario's own difference).
    """
    fee_rows = cube.fee_rows(scenario)
    base = _difference(cube, scenario, measure)
    rows = [
        (
            swing.assumption,
            *swing.labels,
            _difference(cube, swing.low, measure),
            _difference(cube, swing.high, measure),
            base,
        )
        for kind in KINDS
        for swing in kind.swings(scenario, fee_rows)
    ]
    cents = ("low_cents", "high_cents", "base_cents")
    names = ("assumption", "low_label", "high_label")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String) | dict.fromkeys(cents, pl.Int64), orient="row")
    return frame.sort((pl.col("high_cents") - pl.col("low_cents")).abs(), descending=True, maintain_order=True)


def _difference(cube: Cube, scenario: Scenario, measure: Measure) -> int:
    total = compare(cube, scenario).total
    difference: int = getattr(total, f"{measure}_difference_cents")
    return difference
