"""Answers of the what-if with figures chosen to be worked by hand, and what a chart of them shows."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.codes import hcpcs as codes
from analysis.whatif.answers import BreakEven, Bridge, Comparison, Difference, Marginal, Totals
from analysis.whatif.scenarios import Recode, Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.charts import Chart
    from analysis.whatif.answers import MedicareMeasure

PAIR = ("97110", "97112")

# A fifth of 1,000 units of 97110 become 97112; code, units before and after, allowed before and after in cents.
RECODED: tuple[tuple[Any, ...], ...] = (
    ("97112", 250, 450.5, 7_500_00, 11_810_00),
    ("97110", 1000, 799.5, 24_000_00, 20_880_00),
    ("97140", 300, 300.0, 7_000_00, 7_000_00),
)


def comparison(
    rows: Sequence[tuple[Any, ...]] = RECODED, name: str = "A fifth to 97112", *, proposed: bool = False
) -> Comparison:
    """A comparison of these rows; receipts are 98 % of allowed, rounded down."""
    frame = pl.DataFrame(
        [
            {
                "code": code,
                "label": codes.label(code),
                "units_before": before,
                "units_after": after,
                "allowed_before_cents": allowed,
                "allowed_after_cents": then,
                "allowed_difference_cents": None if then is None else then - allowed,
                "receipts_before_cents": None if then is None else allowed * 98 // 100,
                "receipts_after_cents": None if then is None else then * 98 // 100,
                "receipts_difference_cents": None if then is None else then * 98 // 100 - allowed * 98 // 100,
            }
            for code, before, after, allowed, then in rows
        ]
    ).sort(pl.col("allowed_difference_cents").abs(), descending=True, nulls_last=True)
    columns = [f"{measure}_{side}_cents" for measure in ("allowed", "receipts") for side in ("before", "after")]
    total = Totals(
        int(frame["units_before"].sum()),
        float(frame["units_after"].sum()),
        *(int(frame[column].sum()) for column in columns),
    )
    return Comparison(Scenario(name), frame, frame.clear(), total, (), proposed)


def difference(
    rows: Sequence[tuple[Any, ...]] = RECODED,
    name: str = "A fifth to 97112",
    *,
    measure: MedicareMeasure = "allowed",
    proposed: bool = False,
) -> Difference:
    """The difference of such a comparison in one measure."""
    return comparison(rows, name, proposed=proposed).difference(measure)


CAUSES = pl.DataFrame(
    {
        "cause": ["mix", "mix", "price", "rules"],
        "label": ["97110 to 97112", "97140 to 97530", "2026 schedule", "Rules of 2025"],
        "allowed_difference_cents": [4_000_00, 310_00, -3_120_00, 0],
        "receipts_difference_cents": [3_920_00, 303_80, -3_057_60, 0],
    }
)
BRIDGE = Bridge(
    year_a=2025,
    year_b=2026,
    first=date(2026, 1, 2),
    last=date(2026, 10, 30),
    visits_a=1000,
    visits_b=1060,
    start_cents=100_000_00,
    volume_cents=6_000_00,
    mix_cents=1_500_00,
    price_cents=-2_250_00,
    rules_cents=0,
    end_cents=105_250_00,
    left_out=("98985",),
    measure="receipts",
)
TORNADO = pl.DataFrame(
    {
        "assumption": ["MPPR rate", "Share of visits recoded"],
        "low_label": ["40%", "10%"],
        "high_label": ["60%", "30%"],
        "low_cents": [1_500_00, -600_00],
        "high_cents": [900_00, 2_980_00],
        "base_cents": [1_190_00, 1_190_00],
    }
)
# payment-rules section 3: 97112 pays 3.67 more in full, 2.67 more reduced
UNITS = Marginal(
    pl.DataFrame(
        {
            "code": ["97110", "97112", "90901"],
            "label": ["a", "b", "c"],
            "full_cents": [2906, 3273, 2200],
            "reduced_cents": [2221, 2488, 2200],
            "full_receipts_cents": [2859, 3221, 2165],
            "reduced_receipts_cents": [2185, 2448, 2165],
            "full_difference_cents": [0, 367, -706],
            "reduced_difference_cents": [0, 267, -21],
            "further_share": [0.75, 0.5, None],
        }
    ),
    "97110",
    "Ohio (15202-00)",
    2026,
)


def break_even_of(without: int, everything: int, share: Fraction | None) -> BreakEven:
    return BreakEven(Recode("97110", "97112"), without, everything, share, 4.2, 0.2, 0.242, "receipts")


def marks_of(chart: Chart) -> tuple[Any, ...]:
    assert chart.figure is not None
    marks: tuple[Any, ...] = chart.figure.data
    return marks


def texts_of(chart: Chart) -> list[str]:
    assert chart.figure is not None
    return [note["text"] for note in json.loads(chart.figure.to_json())["layout"].get("annotations", ())]
