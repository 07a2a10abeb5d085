"""How much the answer depends on each assumption: one moved down and up, the others unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.whatif.scenarios import KINDS, Contract

if TYPE_CHECKING:
    from analysis.whatif.answers.difference import Money
    from analysis.whatif.scenarios import Scenario


def sensitivity(money: Money, scenario: Scenario) -> pl.DataFrame:
    """Return the difference from the baseline with each assumption at its low and its high end.

    Grain: assumption, the widest swing first: assumption, low_label, high_label, low_cents, high_cents, base_cents (the
    scenario's own difference).
    """
    fee_rows = money.cube.fee_rows(scenario)
    base = money.amounts(scenario).difference_cents
    kinds = [kind for kind in KINDS if money.measure == "payers" or kind is not Contract]
    rows = [
        (
            swing.assumption,
            *swing.labels,
            *(money.amounts(end).difference_cents for end in (swing.low, swing.high)),
            base,
        )
        for kind in kinds
        for swing in kind.swings(scenario, fee_rows)
    ]
    cents = ("low_cents", "high_cents", "base_cents")
    names = ("assumption", "low_label", "high_label")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String) | dict.fromkeys(cents, pl.Int64), orient="row")
    return frame.sort((pl.col("high_cents") - pl.col("low_cents")).abs(), descending=True, maintain_order=True)
