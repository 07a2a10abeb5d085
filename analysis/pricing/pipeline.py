"""From billing lines to Medicare's amounts, in exact integers: one Narwhals pipeline for every engine.

Order of the steps, per line and in cents: the patient-day's top unit is paid in full and every further unit of a code
under MPPR is reduced -> the sum is capped by the billed charge -> coinsurance -> Medicare's share -> the assistants'
rate -> sequestration. Source: data/policy/*.toml, each rule with its citation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw

from analysis.money import BASIS

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
    highest_charge:
        The highest charge_cents, which sizes the claims to the unit paid in full.
    """

    codes: nw.LazyFrame[Any]
    places: nw.LazyFrame[Any]
    calendar: nw.LazyFrame[Any]
    modifiers: nw.LazyFrame[Any]
    fees: nw.LazyFrame[Any]
    facility_step: int
    highest_charge: int


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


def merit(tables: Tables) -> nw.Expr:
    """The claim of a line to the unit paid in full, as a whole number; 0 for a line that cannot hold it.

    The order: practice-expense RVU and fee (`top_rank`, which the line has to carry), a line without an assistant, the
    higher charge. Among equals the first in the source holds it.
    """
    rank = nw.col("top_rank") * 2 + (~nw.col("assistant")).cast(nw.Int64)
    claim = rank * (tables.highest_charge + 2) + nw.col("charge_cents").fill_null(-1) + 1
    return nw.when(nw.col("top_rank") > 0).then(claim).otherwise(0)


def mark_top_unit(lines: nw.LazyFrame[Any], tables: Tables) -> nw.LazyFrame[Any]:
    """Add `holds_top`: whether a line holds the one unit of its patient-day that MPPR leaves in full.

    Needs visit_key, line_id, charge_cents, assistant and fee_id. For engines that keep lines in no order; where they
    are in memory, `visits.mark_top_unit_in_order` does the same in a fraction of the time.
    """
    lines = lines.join(tables.fees.select("fee_id", "top_rank"), on="fee_id", how="left")
    lines = lines.with_columns(_merit=merit(tables))
    lines = lines.with_columns(_best=nw.col("_merit").max().over("visit_key"))
    lines = lines.with_columns(_first=nw.when(nw.col("_merit") == nw.col("_best")).then(nw.col("line_id")))
    lines = lines.with_columns(_first=nw.col("_first").min().over("visit_key"))
    holds = (nw.col("_merit") > 0) & (nw.col("line_id") == nw.col("_first"))
    return lines.with_columns(holds_top=holds).drop("top_rank", "_merit", "_best", "_first")


def _half_up_share(cents: nw.Expr, basis_points: nw.Expr) -> nw.Expr:
    return (2 * cents * basis_points + BASIS) // (2 * BASIS)


def price_units(lines: nw.LazyFrame[Any], tables: Tables) -> nw.LazyFrame[Any]:
    """Add the AMOUNTS to lines that carry fee_id, units, charge_cents, assistant and holds_top."""
    units, full = nw.col("units"), nw.col("full_cents")
    expected, coinsurance = nw.col("expected_cents"), nw.col("coinsurance_cents")
    holds = nw.col("holds_top").cast(nw.Int64)
    assistant = nw.col("assistant")
    before_cuts = expected - coinsurance
    after_assistant = _half_up_share(before_cuts, nw.col("assistant_share_bp"))
    return (
        lines.join(tables.fees.select(*_AMOUNT_OF_UNIT), on="fee_id", how="left")
        .with_columns(
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
