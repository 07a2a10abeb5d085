"""What should arrive of an allowed amount, from the insurer and from the patient, and what did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.codes.carc import PATIENT_GROUP, PRIOR_PAYER, SEQUESTRATION, carcs
from analysis.medicare.policy import load_policy
from analysis.metrics.core import PAYMENT_PARTS
from analysis.money import BASIS, half_up

if TYPE_CHECKING:
    from collections.abc import Mapping

_COUNTED_ELSEWHERE = (SEQUESTRATION, PRIOR_PAYER)
"""Payment adjustments that are computed for Medicare (sequestration) or belong to another payer."""
PAYMENT_MISTAKES = ("assistant_on_allowed", "assistant_without_modifier", "sequestration_twice", "mips")
"""Mistakes that take too much off Medicare's payment and leave the allowed amount right."""
_MIPS_MOST, _MIPS_LINES = 900, 10
"""The largest MIPS cut, in basis points (42 CFR 414.1405), and the fewest lines of a year that show it."""


def with_arrivals(lines: pl.DataFrame, adjustments: pl.DataFrame | None) -> pl.DataFrame:
    """Add what should arrive of each line's allowed amount, and what did, in cents.

    Needs the columns of a line, its rule (`EXPECTATIONS`) and its allowed amount; lines without one get null.

    * `patient_cents`: the patient's share as a remittance states it, or, of Medicare, the coinsurance if the payment is
      then right, or wrong by a known mistake; null where nobody can tell a deductible from an underpayment.
    * `cut_cents`: what lawfully came off the payment, not off the allowed amount: of Medicare the assistants' cut,
      sequestration, and reductions that the remittance states (MIPS); of others only those stated.
    * `insurer_cents`, `paid_by_patient_cents`: what insurers and the patient paid; null if the files do not say.
    * `received_cents`: both together; null if the line holds no payment.
    * one column for each of `PAYMENT_MISTAKES`: whether it gives Medicare's payment to the cent.
    """
    lines = with_rates(_with_stated(lines, adjustments))
    insurer, by_patient = _payments()
    lines = lines.with_columns(insurer_cents=insurer, paid_by_patient_cents=by_patient)
    total = pl.sum_horizontal("insurer_cents", "paid_by_patient_cents")
    nothing = pl.col("insurer_cents").is_null() & pl.col("paid_by_patient_cents").is_null()
    lines = lines.with_columns(received_cents=pl.coalesce("paid_cents", pl.when(~nothing).then(total)))

    medicare = pl.col("rule") == "medicare"
    coinsurance = half_up(pl.col("allowed_cents") * pl.col("patient_share_bp"), BASIS)
    lines = lines.with_columns(share_cents=pl.coalesce("patient_cents", coinsurance)).with_columns(
        right_cents=_medicare_pays(_has_assistant())
    )
    tests = {name: medicare & (pl.col("insurer_cents") == amount) for name, amount in _mistaken().items()}
    too_little = (pl.col("insurer_cents") < pl.col("right_cents")).fill_null(value=False)
    lines = lines.with_columns(**{name: (test & too_little).fill_null(value=False) for name, test in tests.items()})
    lines = _with_mips(lines)
    as_expected = medicare & (pl.col("insurer_cents") == pl.col("right_cents"))
    told = as_expected.fill_null(value=False) | pl.any_horizontal(PAYMENT_MISTAKES)
    lines = lines.with_columns(patient_cents=pl.coalesce("patient_cents", pl.when(told).then("share_cents")))
    return lines.with_columns(cut_cents=_cut(medicare))


def _payments() -> tuple[pl.Expr, pl.Expr]:
    """Return what insurers and the patient paid: empty cells are $0.00 if the line's file has the column."""
    insurer, patient = PAYMENT_PARTS
    known = {name: pl.col(name).is_not_null().any().over("source_file") for name in (insurer, patient)}
    stated = pl.any_horizontal(pl.col(insurer).is_not_null(), pl.col(patient).is_not_null())
    by_patient = pl.when(known[patient] & stated).then(pl.col(patient).fill_null(0)).otherwise(patient)
    by_insurer = pl.when(known[insurer] & stated).then(pl.col(insurer).fill_null(0)).otherwise(insurer)
    return by_insurer.cast(pl.Int64), by_patient.cast(pl.Int64)


def _with_stated(lines: pl.DataFrame, adjustments: pl.DataFrame | None) -> pl.DataFrame:
    """Add what remittances state: `patient_cents` (PR), `by_law_cents` and `off_payment_cents`, null if none does."""
    if adjustments is None or adjustments.is_empty():
        return lines.with_columns(
            pl.lit(None, pl.Int64).alias(name) for name in ("patient_cents", "by_law_cents", "off_payment_cents")
        )
    codes = [code for code, entry in carcs().items() if entry.effect == "payment"]
    off = pl.col("carc").is_in(codes) & (pl.col("group") != PATIENT_GROUP) & (pl.col("carc") != PRIOR_PAYER)
    patient = pl.col("group") == PATIENT_GROUP
    amount = pl.col("amount_cents")
    sums = adjustments.group_by("line_id").agg(
        pl.when(patient.any()).then(amount.filter(patient).sum()).alias("patient_cents"),
        amount.filter(off & ~pl.col("carc").is_in(_COUNTED_ELSEWHERE)).sum().alias("by_law_cents"),
        amount.filter(off).sum().alias("off_payment_cents"),
    )
    return lines.join(sums, on="line_id", how="left", maintain_order="left")


def with_rates(lines: pl.DataFrame) -> pl.DataFrame:
    """Add Medicare's rates of each date of service: patient_share_bp, assistant_share_bp, sequestration_bp."""
    day = pl.col("date_of_service")
    rates = []
    for name in ("patient_share_bp", "assistant_share_bp", "sequestration_bp"):
        (_, rate), *changes = load_policy().rates[name].changes
        in_force = pl.lit(rate, pl.Int64)
        for start, later in changes:
            in_force = pl.when(day >= start).then(later).otherwise(in_force)
        rates.append(in_force.cast(pl.Int64).alias(name))
    return lines.with_columns(rates)


def _has_assistant() -> pl.Expr:
    names = sorted(load_policy().assistant_modifiers)
    return pl.any_horizontal(pl.col("modifiers").cast(pl.String).str.contains(name) for name in names)


def _after(base: pl.Expr) -> pl.Expr:
    """Return a payment after sequestration."""
    return base - half_up(base * pl.col("sequestration_bp"), BASIS)


def _assistants_part(amount: pl.Expr) -> pl.Expr:
    return half_up(amount * pl.col("assistant_share_bp"), BASIS)


def _medicare_pays(assistant: pl.Expr) -> pl.Expr:
    return _after(_before_sequestration(assistant))


def _before_sequestration(assistant: pl.Expr) -> pl.Expr:
    share = pl.col("allowed_cents") - pl.col("share_cents")
    kept = pl.when(assistant).then(_assistants_part(share)).otherwise(share)
    return kept - pl.col("by_law_cents").fill_null(0)


def _mistaken() -> Mapping[str, pl.Expr]:
    """Map each payment mistake to what Medicare pays under it."""
    law, assistant = pl.col("by_law_cents").fill_null(0), _has_assistant()
    on_whole = _after(_assistants_part(pl.col("allowed_cents")) - pl.col("share_cents") - law)
    without = _after(_assistants_part(pl.col("allowed_cents") - pl.col("share_cents")) - law)
    amounts = (
        pl.when(assistant).then(on_whole),
        pl.when(~assistant).then(without),
        pl.when(pl.col("sequestration_bp") > 0).then(_after(pl.col("right_cents"))),
    )
    return dict(zip(PAYMENT_MISTAKES[:-1], amounts, strict=True))


def _with_mips(lines: pl.DataFrame) -> pl.DataFrame:
    """Add `mips`: whether one percentage a year, the same for many lines, gives what Medicare paid too little.

    A line alone fits several percentages by chance, so that it takes `_MIPS_LINES` of a year, and half of all that a
    cut of this size could explain.
    """
    others = pl.any_horizontal(PAYMENT_MISTAKES[:-1])
    paid, right = pl.col("insurer_cents"), pl.col("right_cents")
    most = half_up(right * (BASIS - _MIPS_MOST), BASIS)
    possible = (pl.col("rule") == "medicare") & ~others & (paid < right) & (paid >= most - 1)
    lines_that_fit: list[int] = []
    candidates = lines.filter(possible).select(
        "line_id", "sequestration_bp", "insurer_cents", year=pl.col("date_of_service").dt.year(),
        base=_before_sequestration(_has_assistant()),
    )  # fmt: skip
    for of_year in candidates.partition_by("year"):
        if of_year.height < _MIPS_LINES:
            continue
        base, rate, arrived = (of_year[name].to_numpy() for name in ("base", "sequestration_bp", "insurer_cents"))
        cuts = np.arange(1, _MIPS_MOST + 1).reshape(-1, 1)
        kept = base - half_up(base * cuts, BASIS)
        fits = kept - half_up(kept * rate, BASIS) == arrived
        counts = fits.sum(axis=1)
        if counts.max() >= max(_MIPS_LINES, of_year.height / 2):
            lines_that_fit += of_year.filter(pl.Series(fits[counts.argmax()]))["line_id"].to_list()
    return lines.with_columns(mips=pl.col("line_id").is_in(lines_that_fit))


def _cut(medicare: pl.Expr) -> pl.Expr:
    """Return what lawfully came off the payment.

    Never more than is missing: the law takes nothing from money that came. An export's own adjustment tells how much
    it was where it holds a part of what the law allows; an insurer that paid nothing had nothing taken off.
    """
    allowed, known = pl.col("allowed_cents"), pl.col("patient_cents").is_not_null()
    reasons = pl.col("adjustment_reasons").cast(pl.String).fill_null("")
    named = reasons.str.contains(rf"\b{SEQUESTRATION}\b")
    others = pl.coalesce(
        "off_payment_cents",
        pl.when(named).then(half_up(allowed * pl.col("sequestration_bp"), BASIS)).otherwise(0),
    )
    most = pl.when(medicare).then(allowed - pl.col("share_cents") - pl.col("right_cents")).otherwise(others)
    stated = allowed - (pl.col("charge_cents") - pl.col("adjustment_cents"))
    paid_nothing = (pl.col("insurer_cents") == 0).fill_null(value=False)
    guessed = pl.when(stated.is_between(1, most)).then(stated).when(paid_nothing).then(0).otherwise(most)
    cut = pl.when(known | pl.col("off_payment_cents").is_not_null()).then(most).otherwise(guessed)
    missing = (allowed - pl.col("received_cents")).clip(lower_bound=0)
    return pl.when(missing < cut).then(missing).otherwise(cut)
