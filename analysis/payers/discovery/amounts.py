"""What a payer allowed for each line, from the columns an export has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.codes.carc import SEQUESTRATION, carcs
from analysis.lines.billing_line import PayerClass, is_decided
from analysis.medicare.policy import load_policy
from analysis.money import BASIS, half_up

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = {
    "allowed": "the allowed amounts",
    "remittance": "payments, patient shares and reductions as remittances state them",
    "adjusted": "charges less adjustments",
    "adjusted, sequestration": "charges less adjustments, without the sequestration in them",
    "adjusted, coinsurance, sequestration": "charges less adjustments, without the sequestration of 80% in them",
    "paid": "payments of insurers and patients",
    "paid, sequestration": "payments of insurers and patients, with the sequestration added that was taken off",
}
"""What amounts may be taken from, the surest first."""
SURE = ("allowed", "remittance")
AFTER_SEQUESTRATION = (PayerClass.MEDICARE.value, PayerClass.MEDICARE_ADVANTAGE.value)
"""Classes whose payments are after sequestration: Medicare's own, and plans that pass it on."""
WITH_SEQUESTRATION = ", sequestration"
_COINSURANCE_BP = 2000
_ENOUGH = 0.5
"""The share of answered lines that have to hold an amount."""


def sources(lines: pl.DataFrame, adjustments: pl.DataFrame | None = None) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield each source that enough answered lines have, with those lines and their `amount_cents`.

    The allowed amounts stand alone where there are any; else every source is worth a try, since none is sure.
    """
    lines = _with_sequestration(lines)
    answered_visit = is_decided().any().over("visit_key")
    answered = lines.filter(is_decided() | ((pl.col("allowed_cents") == 0) & answered_visit))
    if answered.is_empty():
        return
    if adjustments is not None and not adjustments.is_empty():
        answered = answered.join(_reductions(adjustments), on="line_id", how="left", maintain_order="left")
    for name, amount in _amounts(stated="stated_cents" in answered.columns):
        if name.endswith(WITH_SEQUESTRATION) and not _takes_sequestration(answered):
            continue
        counted = answered.with_columns(amount_cents=amount).filter(pl.col("amount_cents") >= 0)
        if counted.height < _ENOUGH * answered.height or not (counted["amount_cents"] > 0).any():
            continue
        yield name, counted
        if name in SURE:
            return


def _amounts(*, stated: bool) -> Iterator[tuple[str, pl.Expr]]:
    """Yield the sources with their amount of a line, the surest first; `stated`: whether lines have `stated_cents`."""
    yield "allowed", pl.col("allowed_cents")
    if stated:
        yield "remittance", pl.col("insurance_paid_cents") + pl.col("stated_cents")
    insurer = pl.col("insurance_paid_cents")
    cut = half_up(insurer * pl.col("sequestration_bp"), BASIS - pl.col("sequestration_bp"))
    parts = ("insurance_paid_cents", "patient_paid_cents")
    none = pl.all_horizontal(pl.col(parts).is_null())
    adjusted = pl.col("charge_cents") - pl.col("adjustment_cents")
    paid = pl.when(none).then("paid_cents").otherwise(pl.sum_horizontal(parts))
    yield "adjusted", adjusted
    # Without payments nobody knows the patient's part, of which nothing is cut: none, or the coinsurance.
    rate, insured = pl.col("sequestration_bp"), pl.lit(BASIS - _COINSURANCE_BP)
    yield "adjusted, sequestration", adjusted + pl.coalesce(cut, half_up(adjusted * rate, BASIS - rate))
    of_insured = half_up(adjusted * rate * insured, BASIS * BASIS - rate * insured)
    yield "adjusted, coinsurance, sequestration", pl.when(insurer.is_null()).then(adjusted + of_insured)
    yield "paid", paid
    yield "paid, sequestration", paid + cut


def _takes_sequestration(lines: pl.DataFrame) -> bool:
    """Whether the payer's payments may be after sequestration: Medicare's are, and those of plans that pass it on."""
    reasons = lines["adjustment_reasons"].cast(pl.String).str.contains(rf"\b{SEQUESTRATION}\b").any()
    return lines["payer_class"].cast(pl.String)[0] in AFTER_SEQUESTRATION or bool(reasons)


def _with_sequestration(lines: pl.DataFrame) -> pl.DataFrame:
    """Add the rate of each line's date: sequestration_bp."""
    rate = load_policy().rates["sequestration_bp"]
    in_force = pl.lit(0, pl.Int64)
    for start, value in rate.changes:
        in_force = pl.when(pl.col("date_of_service") >= start).then(value).otherwise(in_force)
    return lines.with_columns(sequestration_bp=in_force)


def _reductions(adjustments: pl.DataFrame) -> pl.DataFrame:
    """Sum, by line, what the patient owes and what was taken off the payment, not off the allowed amount."""
    of_payment = [code for code, entry in carcs().items() if entry.effect == "payment"]
    counts = (pl.col("group") == "PR") | pl.col("carc").is_in(of_payment)
    stated = pl.when(counts).then("amount_cents").otherwise(0)
    return adjustments.group_by("line_id").agg(stated_cents=stated.sum())
