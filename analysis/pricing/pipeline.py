"""Compute Medicare's amounts from billing lines in exact integers: one Narwhals pipeline for every engine.

Order of the steps, per line and in cents: of the lines that one payer decides on a patient-day, the top unit is paid in
full and every further unit of a code under MPPR is reduced -> the sum is capped by the billed charge -> coinsurance ->
Medicare's share -> the assistants' rate -> sequestration. Source: data/policy/*.toml, each rule with its citation.
"""

from __future__ import annotations

import operator
from functools import reduce
from typing import TYPE_CHECKING, Any

import narwhals as nw

from analysis.money import BASIS, half_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from analysis.pricing.lookups import Lookups

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
"""What pricing adds to a line; all null if it cannot be priced, except `fee_id`.

full_units (units paid in full), list_cents (every unit in full), scheduled_cents (after MPPR), expected_cents (the
Medicare allowed amount: after lesser-of-charge), coinsurance_cents (the patient's), assistant_cut_cents,
sequestration_cents (both taken off Medicare's share), medicare_cents (its payment), receipts_cents (medicare +
coinsurance).
"""

RATES = ("patient_share_bp", "assistant_share_bp", "sequestration_bp")
"""Dated rates (medicare.policy.Rules) that `price_units` applies to a line. Other rates go into one unit's amount."""
RANKED_TOGETHER = ("visit_key", "payer_number")
"""The lines MPPR ranks with each other: those of one patient-day and one payer, who decides them."""
_AMOUNT_OF_UNIT = ("fee_id", "full_cents", "reduced_cents", "mppr", *RATES)


def _offset(column: str, offsets: Mapping[str, int]) -> nw.Expr:
    return nw.col(column).replace_strict(list(offsets), list(offsets.values()), default=None, return_dtype=nw.Int64)


def _period_offset(periods: Iterable[tuple[date, date, int]]) -> nw.Expr:
    """Return the offset of a date of service, null outside every period: comparisons work alike in all engines."""
    day = nw.col("date_of_service")
    (start, end, its_offset), *later = periods
    offset: nw.Expr = nw.when((day >= start) & (day <= end)).then(its_offset)
    for start, end, its_offset in later:
        offset = nw.when((day >= start) & (day <= end)).then(its_offset).otherwise(offset)
    return offset


def find_fees(lines: nw.LazyFrame[Any], lookups: Lookups) -> nw.LazyFrame[Any]:
    """Find the fee row of each line, in the lines' order.

    Needs date_of_service, code, modifiers, locality_key and facility_place (whether the place of service is a
    facility). Adds `fee_id`, null if the line has no locality or no schedule covers its date, and the line flags that
    modifiers give (`assistant`).
    """
    modifiers = nw.col("modifiers")
    facility = nw.col("facility_place") & ~modifiers.is_in(lookups.therapy)
    # One column each, so that an engine may look them up in parallel.
    offsets = {
        "_code": _offset("code", lookups.codes),
        "_locality": _offset("locality_key", lookups.localities),
        "_modifiers": _offset("modifiers", lookups.modifiers),
        "_period": _period_offset(lookups.periods),
        "_setting": nw.when(facility).then(lookups.facility_offset).otherwise(0),
    }
    fee_id = reduce(operator.add, map(nw.col, offsets))
    # Most files have no line that is not covered: nothing to look up.
    flags = {name: modifiers.is_in(texts) if texts else nw.lit(value=False) for name, texts in lookups.flags.items()}
    return lines.with_columns(**offsets, **flags).with_columns(fee_id=fee_id).drop(*offsets)


def rank_for_full_unit(lookups: Lookups) -> nw.Expr:
    """Rank a line for the unit paid in full, as a whole number, the highest first; 0 for a line that cannot hold it.

    The order: practice-expense RVU and fee (`top_rank`, which the line has to carry), a line without an assistant, the
    higher charge. Among equals the first one in the source holds it. A line that is not covered or charged at $0.00
    cannot hold it: nobody pays it.
    """
    rank = nw.col("top_rank") * 2 + (~nw.col("assistant")).cast(nw.Int64)
    with_charge = rank * (lookups.highest_charge + 2) + nw.col("charge_cents").fill_null(-1) + 1
    competes = (nw.col("top_rank") > 0) & ~nw.col("not_covered") & (nw.col("charge_cents").fill_null(1) > 0)
    return nw.when(competes).then(with_charge).otherwise(0)


def mark_top_unit(lines: nw.LazyFrame[Any], fees: nw.LazyFrame[Any], lookups: Lookups) -> nw.LazyFrame[Any]:
    """Add `holds_top`: whether a line holds the one unit that MPPR leaves in full.

    There is one for the lines of a patient-day that one payer decides. Needs visit_key, payer_number, line_id,
    charge_cents, assistant, not_covered and fee_id. For engines without row order; for lines in memory,
    `visits.mark_top_unit_in_order` does the same much faster.
    """
    lines = lines.join(fees.select("fee_id", "top_rank"), on="fee_id", how="left")
    lines = lines.with_columns(_rank=rank_for_full_unit(lookups))
    lines = lines.with_columns(_highest=nw.col("_rank").max().over(*RANKED_TOGETHER))
    lines = lines.with_columns(_first=nw.when(nw.col("_rank") == nw.col("_highest")).then(nw.col("line_id")))
    lines = lines.with_columns(_first=nw.col("_first").min().over(*RANKED_TOGETHER))
    holds = (nw.col("_rank") > 0) & (nw.col("line_id") == nw.col("_first"))
    return lines.with_columns(holds_top=holds).drop("top_rank", "_rank", "_highest", "_first")


def price_units(lines: nw.LazyFrame[Any], fees: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Add the AMOUNTS to lines with fee_id, units, charge_cents, holds_top and every line flag (Policy.line_flags).

    A line that is not covered has no amount: what nobody owes is not a price of 0.
    """
    units, full = nw.col("units"), nw.col("full_cents")
    holds = nw.col("holds_top").cast(nw.Int64)
    allowed = (
        lines.join(fees.select(*_AMOUNT_OF_UNIT), on="fee_id", how="left")
        .with_columns(full_cents=nw.when(~nw.col("not_covered")).then(full))
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
    )
    return share_out(allowed, nw.col("expected_cents"))


def share_out(lines: nw.LazyFrame[Any], shared: nw.Expr) -> nw.LazyFrame[Any]:
    """Add what patient and Medicare pay of an amount: coinsurance, cuts, Medicare's payment, and both together.

    Parameters
    ----------
    shared:
        The allowed amount, without any part of it that falls under the deductible.
    """
    coinsurance, assistant = nw.col("coinsurance_cents"), nw.col("assistant")
    before_cuts = shared - coinsurance
    after_assistant = half_up(before_cuts * nw.col("assistant_share_bp"), BASIS)
    return (
        lines.with_columns(coinsurance_cents=half_up(shared * nw.col("patient_share_bp"), BASIS))
        .with_columns(
            assistant_cut_cents=nw.when(assistant).then(before_cuts - after_assistant).otherwise(0 * before_cuts)
        )
        .with_columns(
            sequestration_cents=half_up(
                (before_cuts - nw.col("assistant_cut_cents")) * nw.col("sequestration_bp"), BASIS
            )
        )
        .with_columns(medicare_cents=before_cuts - nw.col("assistant_cut_cents") - nw.col("sequestration_cents"))
        .with_columns(receipts_cents=nw.col("medicare_cents") + coinsurance)
    )
