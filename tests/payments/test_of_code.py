"""A code in a clinic's own lines: units, share, and denials of answered lines only."""

from __future__ import annotations

import polars as pl

from analysis.payments import use_of
from tests.pricing.lines import frame

LINES = frame(
    [
        {"code": "97112", "units": 2, "visit_key": 1, "paid_cents": 4000},
        {"code": "97112", "units": 1, "visit_key": 2, "status": "denied", "adjustment_reasons": "CO-50"},
        {"code": "97112", "units": 1, "visit_key": 3},
        {"code": "97112", "units": 1, "visit_key": 4, "payer_class": "Self-pay", "paid_cents": 3000},
        {"code": "97110", "units": 5, "visit_key": 1, "status": "denied"},
    ]
)


def test_units_and_share_are_of_all_lines_and_the_rate_of_answered_insured_ones() -> None:
    use = use_of(LINES, ["97112"])
    assert (use.units, use.all_units, use.visits) == (5, 10, 4)
    assert use.share == 0.5
    assert (use.denied_lines, use.decided_lines, use.denial_rate) == (1, 2, 0.5)
    assert use.reasons == (("50", 1),)


def test_a_denial_without_a_reason_counts_too() -> None:
    use = use_of(LINES, ["97110"])
    assert (use.denial_rate, use.reasons) == (1.0, (("", 1),))


def test_a_code_that_is_not_there_has_no_rate() -> None:
    use = use_of(LINES, ["97140"])
    assert (use.units, use.share, use.denial_rate) == (0, 0.0, None)
    nothing = use_of(LINES.filter(pl.lit(value=False)), ["97140"])
    assert nothing.share is None
