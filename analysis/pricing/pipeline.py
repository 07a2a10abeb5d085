"""From billing lines to Medicare's amounts, in exact integers: one Narwhals pipeline for every engine.

Order of the steps, per line and in cents (payment-rules.md, sections 1, 3 and 4):
the patient-day's top unit is paid in full and every further unit of a code under MPPR is reduced -> the sum is capped by
the billed charge -> coinsurance -> Medicare's share -> the assistants' rate -> sequestration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

from analysis.money import BASIS
from analysis.pricing.fee_table import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

AMOUNTS = (
    "fee_id",
    "full_units",
    "list_cents",
    "scheduled_cents",
    "expected_cents",
    "coinsurance_cents",
    "assistant_cut_cents",
    "sequestration_cents",
    "medicare_cents",
    "receipts_cents",
)
"""What pricing adds to a line; all null where it cannot be priced, but for `fee_id`.

full_units (units paid in full), list_cents (every unit in full), scheduled_cents (after MPPR), expected_cents (the Medicare
allowed amount: after lesser-of-charge), coinsurance_cents (the patient's), assistant_cut_cents, sequestration_cents (both
taken off Medicare's share), medicare_cents (its payment), receipts_cents (medicare + coinsurance).
"""

_FEES = (
    "fee_id",
    "full_cents",
    "reduced_cents",
    "mppr",
    "top_rank",
    "patient_share_bp",
    "assistant_share_bp",
    "sequestration_bp",
)
_INT64_MAX = 2**63 - 1


def attach_fees(
    lines: nw.LazyFrame[Any], modifiers: nw.LazyFrame[Any], calendar: nw.LazyFrame[Any], fees: nw.LazyFrame[Any]
) -> nw.LazyFrame[Any]:
    """Find each line's fee row.

    `lines` has line_id, visit_key, date_of_service, code, modifiers, facility_place, place, units, charge_cents; `modifiers`
    what each string of modifiers means (rvu_modifier, therapy, assistant); `calendar` each date's period.
    Adds `assistant` and the fee columns; null fee columns where no schedule holds for the date.
    """
    facility = nw.col("facility_place") & ~nw.col("therapy")
    return (
        lines.join(modifiers, on="modifiers", how="left")
        .join(calendar, on="date_of_service", how="left")
        .with_columns(facility=facility)
        .join(fees.select(*KEYS, *_FEES), on=list(KEYS), how="left")
    )


def _top_keys(top_rank: int, charge: int, lines: int) -> Iterator[nw.Expr]:
    """Integer keys, most telling first; the line with the highest of each holds the unit paid in full.

    The order: practice-expense RVU and fee (top_rank), a line without an assistant, the higher charge, the first in the
    source. One key where it fits 63 bits (10 million lines with charges to $40,000 do), else two.
    """
    rank = nw.col("top_rank") * 2 + (~nw.col("assistant")).cast(nw.Int64)
    charged = nw.col("charge_cents").fill_null(-1) + 1
    first = (lines - 1) - nw.col("line_id")
    by_merit = rank * (charge + 2) + charged
    if (2 * top_rank + 2) * (charge + 2) * lines <= _INT64_MAX:
        yield by_merit * lines + first
    else:
        yield by_merit
        yield first


def mark_top_unit(lines: nw.LazyFrame[Any], *, top_rank: int, charge: int, count: int) -> nw.LazyFrame[Any]:
    """Add `holds_top`: whether a line holds the one unit of its patient-day that MPPR leaves in full.

    Parameters
    ----------
    top_rank, charge, count:
        The highest top_rank and charge_cents among the lines, and a number above every line_id; they size the keys.
    """
    lines = lines.with_columns(holds_top=nw.col("top_rank").fill_null(0) > 0)
    for key in _top_keys(top_rank, charge, count):
        lines = lines.with_columns(_key=nw.when(nw.col("holds_top")).then(key).otherwise(-1))
        best = nw.col("_key").max().over("visit_key")
        lines = lines.with_columns(holds_top=nw.col("holds_top") & (nw.col("_key") == best)).drop("_key")
    return lines


def _half_up_share(cents: nw.Expr, basis_points: nw.Expr) -> nw.Expr:
    return (2 * cents * basis_points + BASIS) // (2 * BASIS)


def price_units(lines: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Add the AMOUNTS to lines that carry units, charge_cents, assistant, holds_top and their fee columns."""
    units, full = nw.col("units"), nw.col("full_cents")
    expected, coinsurance = nw.col("expected_cents"), nw.col("coinsurance_cents")
    holds = nw.col("holds_top").cast(nw.Int64)
    assistant = nw.col("assistant")
    before_cuts = expected - coinsurance
    after_assistant = _half_up_share(before_cuts, nw.col("assistant_share_bp"))
    return (
        lines.with_columns(
            full_units=nw.when(~nw.col("full_cents").is_null()).then(nw.when(nw.col("mppr")).then(holds).otherwise(units)),
            list_cents=units * full,
        )
        .with_columns(
            scheduled_cents=nw.when(nw.col("mppr"))
            .then(nw.col("full_units") * full + (units - nw.col("full_units")) * nw.col("reduced_cents"))
            .otherwise(nw.col("list_cents"))
        )
        .with_columns(
            expected_cents=nw.when(nw.col("charge_cents") < nw.col("scheduled_cents"))
            .then(nw.col("charge_cents"))
            .otherwise(nw.col("scheduled_cents"))
        )
        .with_columns(coinsurance_cents=_half_up_share(expected, nw.col("patient_share_bp")))
        .with_columns(
            assistant_cut_cents=nw.when(assistant).then(before_cuts - after_assistant).otherwise(before_cuts - before_cuts)
        )
        .with_columns(
            sequestration_cents=_half_up_share(before_cuts - nw.col("assistant_cut_cents"), nw.col("sequestration_bp"))
        )
        .with_columns(medicare_cents=before_cuts - nw.col("assistant_cut_cents") - nw.col("sequestration_cents"))
        .with_columns(receipts_cents=nw.col("medicare_cents") + coinsurance)
    )


def price_frame(
    lines: nw.LazyFrame[Any],
    modifiers: nw.LazyFrame[Any],
    calendar: nw.LazyFrame[Any],
    fees: nw.LazyFrame[Any],
    *,
    top_rank: int,
    charge: int,
    count: int,
) -> nw.LazyFrame[Any]:
    """The whole pipeline: lines with what they need to be priced in, lines with the AMOUNTS out."""
    attached = attach_fees(lines, modifiers, calendar, fees)
    return price_units(mark_top_unit(attached, top_rank=top_rank, charge=charge, count=count))
