"""From billing lines to Medicare's amounts, in exact integers: one Narwhals pipeline for every engine.

Order of the steps, per line and in cents: the patient-day's top unit is paid in full and every further unit of a code
under MPPR is reduced -> the sum is capped by the billed charge -> coinsurance -> Medicare's share -> the assistants'
rate -> sequestration. Source: data/policy/*.toml, each rule with its citation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw

from analysis.money import BASIS

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

full_units (units paid in full), list_cents (every unit in full), scheduled_cents (after MPPR), expected_cents (the
Medicare allowed amount: after lesser-of-charge), coinsurance_cents (the patient's), assistant_cut_cents,
sequestration_cents (both taken off Medicare's share), medicare_cents (its payment), receipts_cents (medicare +
coinsurance).
"""

_AMOUNT_OF_UNIT = (
    "fee_id",
    "full_cents",
    "reduced_cents",
    "mppr",
    "patient_share_bp",
    "assistant_share_bp",
    "sequestration_bp",
)
_INT64_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """What lines are joined with, as frames of one engine.

    Attributes
    ----------
    codes, places, calendar:
        The step towards fee_id (fee_table.FeeTable) of each code, place and date_of_service: <key>, <name>_step.
    modifiers:
        The step of each distinct string of modifiers (modifier_step), and what else it means: therapy, assistant.
    fees:
        The fee rows.
    facility_step:
        The step of a line paid with the facility practice expense.
    highest_rank, highest_charge, line_count:
        The highest top_rank and charge_cents, and a number above every line_id: they size the ranking keys.
    """

    codes: nw.LazyFrame[Any]
    places: nw.LazyFrame[Any]
    calendar: nw.LazyFrame[Any]
    modifiers: nw.LazyFrame[Any]
    fees: nw.LazyFrame[Any]
    facility_step: int
    highest_rank: int
    highest_charge: int
    line_count: int


def find_fees(lines: nw.LazyFrame[Any], tables: Tables) -> nw.LazyFrame[Any]:
    """Find the fee row of each line.

    Needs date_of_service, code, modifiers, place and facility_place (whether the place of service is a facility). Adds
    `fee_id`, null where the line has no place or no schedule holds for its date, and `assistant`.
    """
    facility = nw.col("facility_place") & ~nw.col("therapy")
    steps = nw.col("code_step") + nw.col("place_step") + nw.col("period_step") + nw.col("modifier_step")
    return (
        lines.join(tables.codes, on="code", how="left")
        .join(tables.places, on="place", how="left")
        .join(tables.calendar, on="date_of_service", how="left")
        .join(tables.modifiers, on="modifiers", how="left")
        .with_columns(fee_id=steps + nw.when(facility).then(tables.facility_step).otherwise(0))
        .drop("code_step", "place_step", "period_step", "modifier_step", "therapy")
    )


def _ranking_keys(tables: Tables) -> Iterator[nw.Expr]:
    """Integer keys, most telling first; the line with the highest of each holds the unit paid in full.

    The order: practice-expense RVU and fee (top_rank), a line without an assistant, the higher charge, the first in the
    source. One key where it fits 63 bits (10 million lines with charges to $40,000 do), else two.
    """
    charges = tables.highest_charge + 2
    rank = nw.col("top_rank") * 2 + (~nw.col("assistant")).cast(nw.Int64)
    by_merit = rank * charges + (nw.col("charge_cents").fill_null(-1) + 1)
    first = (tables.line_count - 1) - nw.col("line_id")
    if (2 * tables.highest_rank + 2) * charges * tables.line_count <= _INT64_MAX:
        yield by_merit * tables.line_count + first
    else:
        yield by_merit
        yield first


def mark_top_unit(lines: nw.LazyFrame[Any], tables: Tables) -> nw.LazyFrame[Any]:
    """Add `holds_top`: whether a line holds the one unit of its patient-day that MPPR leaves in full.

    Needs visit_key, line_id, charge_cents, assistant and fee_id.
    """
    lines = lines.join(tables.fees.select("fee_id", "top_rank"), on="fee_id", how="left")
    lines = lines.with_columns(holds_top=nw.col("top_rank").fill_null(0) > 0)
    for key in _ranking_keys(tables):
        lines = lines.with_columns(_key=nw.when(nw.col("holds_top")).then(key).otherwise(-1))
        # A grouped maximum joined back: on Polars four times as fast as a window.
        best = lines.group_by("visit_key").agg(_best=nw.col("_key").max())
        lines = lines.join(best, on="visit_key", how="left").with_columns(
            holds_top=nw.col("holds_top") & (nw.col("_key") == nw.col("_best"))
        )
        lines = lines.drop("_key", "_best")
    return lines.drop("top_rank")


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
            full_units=nw.when(~nw.col("full_cents").is_null()).then(
                nw.when(nw.col("mppr")).then(holds).otherwise(units)
            ),
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
            assistant_cut_cents=nw.when(assistant)
            .then(before_cuts - after_assistant)
            .otherwise(before_cuts - before_cuts)
        )
        .with_columns(
            sequestration_cents=_half_up_share(before_cuts - nw.col("assistant_cut_cents"), nw.col("sequestration_bp"))
        )
        .with_columns(medicare_cents=before_cuts - nw.col("assistant_cut_cents") - nw.col("sequestration_cents"))
        .with_columns(receipts_cents=nw.col("medicare_cents") + coinsurance)
    )


def price_frame(lines: nw.LazyFrame[Any], tables: Tables) -> nw.LazyFrame[Any]:
    """Price lines whose fee rows are found (find_fees): the AMOUNTS are added."""
    # The fee columns come last: ranking moves only what it needs.
    return price_units(mark_top_unit(lines, tables).join(tables.fees.select(*_AMOUNT_OF_UNIT), on="fee_id", how="left"))
