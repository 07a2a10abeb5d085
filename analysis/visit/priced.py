"""What one visit pays: every step from the full unit to what arrives."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from analysis.audit import audit
from analysis.codes import hcpcs
from analysis.medicare.fees import resolve
from analysis.payers.amounts import is_assistant, line_amount, visit_amount
from analysis.pricing import price
from analysis.pricing.pipeline import RATES, share_out
from analysis.visit.lines import billed

if TYPE_CHECKING:
    from analysis.audit import Audit
    from analysis.audit.units.counting import Allocation
    from analysis.pricing import Priced
    from analysis.visit.lines import Billed, Visit
    from analysis.whatif.scenarios import Contract

LINES: dict[str, pl.DataType] = {
    "code": pl.String(),
    "label": pl.String(),
    "modifiers": pl.String(),
    "units": pl.Int64(),
    "full_units": pl.Int64(),
    "full_cents": pl.Int64(),
    "reduced_cents": pl.Int64(),
    "expected_cents": pl.Int64(),
    "deductible_cents": pl.Int64(),
    "coinsurance_cents": pl.Int64(),
    "assistant_cut_cents": pl.Int64(),
    "sequestration_cents": pl.Int64(),
    "medicare_cents": pl.Int64(),
    "receipts_cents": pl.Int64(),
}
"""Grain: a line of the visit: units, of which full_units are paid in full; one unit in full and reduced by MPPR; the
allowed amount; the patient's deductible and coinsurance of it; the assistants' and the sequestration cut of Medicare's
share; its payment; payment and patient together. Null without an amount."""


@dataclass(frozen=True, slots=True, eq=False)
class PricedVisit:
    """A visit with its amounts.

    Attributes
    ----------
    lines:
        `LINES`.
    reasons:
        Code -> why Medicare sets no amount for it.
    contract_cents:
        What the payer's terms pay for the visit; None for Medicare, or where they give no amount for one of its lines.
    allocation:
        How units came out of minutes.
    audit:
        Findings on this visit.
    notes:
        What to know about the pricing.
    """

    lines: pl.DataFrame
    reasons: dict[str, str]
    contract_cents: int | None
    allocation: Allocation | None
    audit: Audit
    notes: tuple[str, ...]

    def total(self, amount: str) -> int | None:
        """Add up an amount over the lines; None where a line has none."""
        return total(self.lines, amount)


def total(lines: pl.DataFrame, amount: str) -> int | None:
    """Add up an amount of `LINES`; None where a line has none."""
    values = lines[amount]
    return None if values.null_count() else int(values.sum())


def price_visit(visit: Visit) -> PricedVisit:
    """Price a visit as Medicare does, and by the payer's terms where it has any; look at it as an auditor would.

    Raises
    ------
    BadInput
        For a visit without services.
    MissingRelease
        For a date without a schedule, final or proposed.
    """
    request = billed(visit)
    priced = _priced(visit, request)
    lines = _shared_out(visit, priced)
    reasons = priced.reasons().join(priced.lines.select("line_id", pl.col("code").cast(pl.String)), on="line_id")
    return PricedVisit(
        _selected(lines),
        dict(reasons.select("code", "reason").iter_rows()),
        _by_contract(visit, lines),
        request.allocation,
        audit(priced, {"modifiers", "minutes"}),
        priced.notes,
    )


def lines_of(visit: Visit) -> pl.DataFrame:
    """Return a visit's lines with their amounts alone: `LINES`. Raises as `price_visit` does."""
    return _selected(_shared_out(visit, _priced(visit, billed(visit))))


def _priced(visit: Visit, request: Billed) -> Priced:
    return price(request.lines, visit.locality, track=visit.track, proposed=True)


def _selected(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.select(pl.col(name).cast(dtype) for name, dtype in LINES.items())


def _shared_out(visit: Visit, priced: Priced) -> pl.DataFrame:
    """Share the allowed amounts out between patient and Medicare, the deductible first."""
    fees = priced.fees.select("fee_id", "full_cents", "reduced_cents", *RATES)
    lines = priced.lines.join(fees, on="fee_id", how="left", maintain_order="left").with_columns(
        pl.col("code", "modifiers").cast(pl.String), assistant=is_assistant()
    )
    # The deductible falls on the lines in their order, as the claim has them.
    before = pl.col("expected_cents").cum_sum() - pl.col("expected_cents")
    left = pl.max_horizontal(visit.deductible_left_cents - before, 0)
    lines = lines.with_columns(deductible_cents=pl.min_horizontal(pl.col("expected_cents"), left))
    shared: pl.LazyFrame = share_out(
        nw.from_native(lines.lazy()), nw.col("expected_cents") - nw.col("deductible_cents")
    ).to_native()
    return shared.collect().with_columns(
        receipts_cents=pl.col("medicare_cents") + pl.col("coinsurance_cents") + pl.col("deductible_cents"),
        label=pl.col("code").map_elements(hcpcs.label, return_dtype=pl.String),
    )


def _as_in(visit: Visit, contract: Contract) -> Visit:
    """Return the visit in the year and locality whose Medicare amounts a contract names."""
    locality = visit.locality if contract.locality is None else resolve(contract.locality)
    year = contract.year or visit.day.year
    last = monthrange(year, visit.day.month)[1]
    return replace(visit, day=visit.day.replace(year=year, day=min(visit.day.day, last)), locality=locality)


def _by_contract(visit: Visit, lines: pl.DataFrame) -> int | None:
    """Return what the payer's terms pay for the whole visit."""
    contract = visit.contract
    if contract is None:
        return None
    if contract.year is not None or contract.locality is not None:
        lines = _shared_out(visit, _priced(elsewhere := _as_in(visit, contract), billed(elsewhere)))
    amount = visit_amount(contract, ["visit_key"]).first() if contract.basis == "visit" else line_amount(contract)
    amounts = lines.with_columns(not_covered=pl.lit(value=False)).select(amount.alias("paid"))["paid"]
    if amounts.null_count():
        return None
    limited = int(amounts.sum())
    if contract.visit_floor_cents is not None:
        limited = max(limited, contract.visit_floor_cents)
    if contract.visit_cap_cents is not None:
        limited = min(limited, contract.visit_cap_cents)
    return limited
