"""What became of what payers' terms give: received, denied, short, allowed and not paid, open, paid too much."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.billing_line import REFUSED, is_decided, is_insured
from analysis.lines.payers import payer_numbers
from analysis.metrics.core import missing
from analysis.payments.decided import answerable
from analysis.payments.expected import expectations
from analysis.payments.netting import VISIT, netted, spread
from analysis.payments.owed.arrives import PAYMENT_MISTAKES, with_arrivals
from analysis.pricing import AMOUNTS, price

if TYPE_CHECKING:
    from analysis.ingest import Export
    from analysis.medicare.fees.schedules import Track
    from analysis.payers import ContractBook
    from analysis.pricing import Priced

PARTS = ("denied_cents", "short_cents", "unpaid_cents", "open_cents")
"""The four sums that make the gap: denied, short, allowed but not paid, not answered."""
JUDGED: dict[str, pl.DataType] = {
    "line_id": pl.Int64(),
    "visit_key": pl.Int64(),
    "payer_number": pl.Int64(),
    "state": pl.String(),
    "judged": pl.Boolean(),
    "terms_known": pl.Boolean(),
    "rule": pl.String(),
    "percent_bp": pl.Int64(),
    "mppr_agreed": pl.Boolean(),
    "by_visit": pl.Boolean(),
    "pays_by": pl.String(),
    "line_due_cents": pl.Int64(),
    "due_cents": pl.Int64(),
    "allowed_cents": pl.Int64(),
    "cut_cents": pl.Int64(),
    "expected_cents": pl.Int64(),
    "received_cents": pl.Int64(),
    **dict.fromkeys(PARTS, pl.Int64()),
    "unpaid_insurer_cents": pl.Int64(),
    "unpaid_patient_cents": pl.Int64(),
    "not_in_files_cents": pl.Int64(),
    "over_cents": pl.Int64(),
    **dict.fromkeys(PAYMENT_MISTAKES, pl.Boolean()),
}
"""Grain: a line an insurer has to answer, in the order of the priced lines.

state: refused (denied or bundled), open (nobody answered), paid (answered). judged: whether it counts in the sums; all
that follow are null if not, except `due_cents`. line_due_cents: what the line's terms give, due_cents: the same after
netting within the visit. Of every judged line, expected = received + denied + short + unpaid + open + not_in_files
- over, where expected is due less what the law took off the payment (cut), and received is netted, too: a visit's
lines together received what the files say. unpaid_insurer and unpaid_patient are parts of unpaid; the rest is of
either.
"""
_OPEN, _PAID, _REFUSED = "open", "paid", "refused"


def judge(
    priced: Priced,
    contracts: ContractBook,
    *,
    export: Export | None = None,
    adjustments: pl.DataFrame | None = None,
    expected: pl.DataFrame | None = None,
    untrusted: pl.DataFrame | None = None,
    track: Track = "non_qp",
) -> pl.DataFrame:
    """Return what became of what each line's payer should pay: `JUDGED`.

    A line is judged if its payer's terms give an amount for it and the files can say what became of it: it was denied
    or bundled; or it has an allowed amount; or no payer has answered it, although the files hold answers.

    Parameters
    ----------
    export:
        Says which lines the files could have answered; without it no open line is judged.
    adjustments:
        `ingest.frames.ADJUSTMENTS`: what remittances took off, by line.
    expected:
        `expectations` of the same lines, if they are computed already.
    untrusted:
        line_id of lines whose allowed column cannot be the allowed amount.
    """
    if expected is None:
        expected = expectations(priced, contracts, track=track)
    lines = priced.lines.with_columns(payer_numbers(priced.lines)).drop("expected_cents")
    lines = lines.join(expected, on="line_id", how="left", maintain_order="left").filter(is_insured())
    if untrusted is not None:
        doubtful = pl.col("line_id").is_in(untrusted["line_id"].implode())
        lines = lines.with_columns(allowed_cents=pl.when(~doubtful).then("allowed_cents"))
    lines = lines.with_columns(state=_state(), line_due_cents=pl.col("due_cents"))
    lines = lines.with_columns(judged=_is_judged(lines, export))
    lines = _dues_of_mixed_visits(lines, priced, contracts, track)
    lines = with_arrivals(lines, adjustments)
    lines = lines.with_columns(judged=pl.col("judged") & ~_settled_by_others())
    return _classified(lines).select(pl.col(name).cast(dtype) for name, dtype in JUDGED.items())


def _state() -> pl.Expr:
    """Tell whether a line was refused, answered, or is open; $0.00 within an answered visit is an answer."""
    answered = is_decided() | ((pl.col("allowed_cents") == 0) & is_decided().any().over(VISIT))
    refused = pl.col("status").cast(pl.String).is_in(REFUSED)
    return pl.when(refused).then(pl.lit(_REFUSED)).when(answered).then(pl.lit(_PAID)).otherwise(pl.lit(_OPEN))


def _is_judged(lines: pl.DataFrame, export: Export | None) -> pl.Expr:
    answerable_ids = pl.Series([], dtype=pl.Int64)
    if export is not None and missing(export.fields, "paid_cents") is None:
        answerable_ids = answerable(lines, export)["line_id"]
    unanswerable = (pl.col("state") == _OPEN) & ~pl.col("line_id").is_in(answerable_ids.implode())
    unknown = unanswerable | ((pl.col("state") == _PAID) & pl.col("allowed_cents").is_null())
    owed = pl.col("due_cents").is_not_null()
    # A visit's amount says nothing of some of its lines alone.
    return owed & ~pl.when(pl.col("by_visit")).then((unknown & owed).any().over(VISIT)).otherwise(unknown)


def _settled_by_others() -> pl.Expr:
    """Tell whether a patient or another payer has paid a line in full that this payer refused or has not answered."""
    return (
        (pl.col("state") != _PAID)
        & (pl.col("received_cents").fill_null(0) > 0)
        & (pl.col("received_cents") >= pl.col("due_cents"))
    ).fill_null(value=False)


def _dues_of_mixed_visits(lines: pl.DataFrame, priced: Priced, contracts: ContractBook, track: Track) -> pl.DataFrame:
    """Move what a visit is due between its paid lines and those refused or open.

    A rate of the visit is due once: where the paid lines were allowed all of it, the others add nothing; what they were
    allowed less is put down to the others, up to their charges, since payers fill a rate or cap line by line. A unit
    that MPPR leaves in full may go to a line that was not refused. So what the paid lines are due lies between two
    amounts, and what they were allowed within these is right.
    """
    owed = lines.filter("judged")
    states = owed.select(*VISIT, paid=pl.col("state") == _PAID).unique()
    mixed = states.group_by(VISIT).len().filter(pl.col("len") > 1).select(VISIT)
    if mixed.is_empty():
        return lines
    there = lines.select("line_id", *VISIT).join(mixed, on=VISIT, how="semi")
    paid_lines = owed.filter(pl.col("state") == _PAID).join(there, on="line_id", how="semi")
    alone = priced.lines.filter(pl.col("line_id").is_in(paid_lines["line_id"].implode())).drop(AMOUNTS)
    repriced = replace(priced, lines=price(alone, None, track=track).lines)
    alone_due = expectations(repriced, contracts, track=track).select("line_id", alone_cents="due_cents")
    here = owed.join(mixed, on=VISIT, how="semi").join(alone_due, on="line_id", how="left", maintain_order="left")
    paid = pl.col("state") == _PAID
    total = pl.col("due_cents").sum().over(VISIT)
    within, without = (pl.col(name).filter(paid).sum().over(VISIT) for name in ("due_cents", "alone_cents"))
    allowed = pl.col("allowed_cents").filter(paid).sum().over(VISIT)
    charges = pl.col("charge_cents").fill_null(pl.col("due_cents")).filter(~paid).sum().over(VISIT)
    low = pl.when(pl.col("by_visit")).then((total - charges).clip(lower_bound=0))
    high = pl.when(pl.col("by_visit")).then(total)
    right = allowed.clip(
        pl.coalesce(low, pl.min_horizontal(within, without, total)),
        pl.coalesce(high, pl.min_horizontal(pl.max_horizontal(within, without), total)),
    )
    here = here.with_columns(_right=right, _rest=total - right)
    weight = pl.when(paid).then("alone_cents").otherwise("due_cents")
    group = [*VISIT, "_paid"]
    here = here.with_columns(_paid=paid, _weight=weight.fill_null(0))
    sum_of_group = pl.when(pl.col("_paid")).then("_right").otherwise("_rest")
    here = here.with_columns(due=spread(sum_of_group, pl.col("_weight"), group))
    return (
        lines.join(here.select("line_id", "due"), on="line_id", how="left", maintain_order="left")
        .with_columns(due_cents=pl.coalesce("due", "due_cents"))
        .drop("due")
    )


def _classified(lines: pl.DataFrame) -> pl.DataFrame:
    """Split what each judged line should bring into `JUDGED`'s parts."""
    group = [*VISIT, "state", "judged"]
    paid = pl.col("judged") & (pl.col("state") == _PAID)
    waiting = pl.col("judged") & (pl.col("state") != _PAID)
    zero = pl.lit(0, pl.Int64)
    lines = lines.with_columns(_gap=pl.when(paid).then(pl.col("due_cents") - pl.col("allowed_cents")).otherwise(zero))
    lines = lines.with_columns(_net=netted("_gap", group))
    lines = lines.with_columns(
        short_cents=pl.col("_net").clip(lower_bound=0),
        due_cents=pl.when(paid).then(pl.col("allowed_cents") + pl.col("_net")).otherwise("due_cents"),
        cut_cents=pl.when(paid).then("cut_cents").otherwise(zero),
    )
    lines = lines.with_columns(
        expected_cents=pl.when("judged").then(pl.col("due_cents") - pl.col("cut_cents")),
        _should=pl.min_horizontal("due_cents", "allowed_cents") - pl.col("cut_cents"),
        _received=pl.col("received_cents").fill_null(0),
    )
    lines = _of_paid(lines, paid, group)
    lines = lines.with_columns(_left=pl.when(waiting).then(pl.col("due_cents") - pl.col("_received")).otherwise(zero))
    lines = lines.with_columns(_left=netted("_left", group))
    left = pl.col("_left").clip(lower_bound=0)
    lines = lines.with_columns(
        denied_cents=pl.when(pl.col("state") == _REFUSED).then(left).otherwise(zero),
        open_cents=pl.when(pl.col("state") == _OPEN).then(left).otherwise(zero),
        over_cents=pl.col("over_cents") + (-pl.col("_left")).clip(lower_bound=0),
    )
    lines = lines.with_columns(
        received_cents=pl.col("expected_cents") - pl.sum_horizontal(*PARTS, "not_in_files_cents") + pl.col("over_cents")
    )
    sums = (*PARTS, "unpaid_insurer_cents", "unpaid_patient_cents", "not_in_files_cents", "over_cents", "cut_cents")
    known = pl.col("rule").is_not_null()
    return lines.with_columns(*(pl.when("judged").then(name).alias(name) for name in sums), terms_known=known)


def _of_paid(lines: pl.DataFrame, paid: pl.Expr, group: list[str]) -> pl.DataFrame:
    """Add what answered lines lack of what they should bring, insurer with insurer and patient with patient.

    Where the patient's share is known, what insurers paid beyond the first one's part (a second insurer) pays the
    patient's share. Where it is not known for all lines of a visit, both are compared together.
    """
    zero = pl.lit(0, pl.Int64)
    both = pl.col("insurer_cents").fill_null(0) + pl.col("paid_by_patient_cents").fill_null(0)
    known = (
        pl.col("patient_cents").is_not_null() & pl.col("insurer_cents").is_not_null()
        & (both == pl.col("_received"))
    )  # fmt: skip
    lines = lines.with_columns(_apart=(known | ~paid).all().over(group))
    apart = paid & pl.col("_apart")
    by_insurer = pl.col("_should") - pl.col("patient_cents") - pl.col("insurer_cents")
    by_patient = pl.col("patient_cents") - pl.col("paid_by_patient_cents").fill_null(0)
    lines = lines.with_columns(
        _insurer=pl.when(apart).then(by_insurer).otherwise(zero),
        _patient=pl.when(apart).then(by_patient).otherwise(zero),
        _either=pl.when(paid & ~pl.col("_apart")).then(pl.col("_should") - pl.col("_received")).otherwise(zero),
    )
    lines = lines.with_columns(netted(name, group).alias(name) for name in ("_insurer", "_patient", "_either"))
    # What insurers paid more than their part covers the patient's share, the visit's first lines first.
    cover = pl.min_horizontal(
        (-pl.col("_insurer")).clip(lower_bound=0).sum().over(group),
        pl.col("_patient").clip(lower_bound=0).sum().over(group),
    )
    lines = lines.with_columns(_cover=cover)
    lines = lines.with_columns(
        _insurer=pl.col("_insurer") + _first(pl.col("_cover"), (-pl.col("_insurer")).clip(lower_bound=0), group),
        _patient=pl.col("_patient") - _first(pl.col("_cover"), pl.col("_patient").clip(lower_bound=0), group),
    )
    insurer, patient, either = (pl.col(name).clip(lower_bound=0) for name in ("_insurer", "_patient", "_either"))
    over = pl.sum_horizontal((-pl.col(name)).clip(lower_bound=0) for name in ("_insurer", "_patient", "_either"))
    # No payment of patients anywhere in the file: whether they paid is not known, and never $0.00.
    untold = pl.col("paid_by_patient_cents").is_null() & pl.col("paid_cents").is_null()
    nothing_told = pl.col("received_cents").is_null()
    patient_untold, either_untold = untold.all().over(group), untold.all().over(group) | nothing_told.all().over(group)
    return lines.with_columns(
        unpaid_insurer_cents=insurer,
        unpaid_patient_cents=pl.when(patient_untold).then(zero).otherwise(patient),
        unpaid_cents=insurer
        + pl.when(patient_untold).then(zero).otherwise(patient)
        + pl.when(either_untold).then(zero).otherwise(either),
        not_in_files_cents=pl.when(patient_untold).then(patient).otherwise(zero)
        + pl.when(either_untold).then(either).otherwise(zero),
        over_cents=over,
    )


def _first(total: pl.Expr, amount: pl.Expr, group: list[str]) -> pl.Expr:
    """Take a total from a group's amounts, the first lines first: what is taken from each."""
    before = amount.cum_sum().over(group) - amount
    return pl.min_horizontal(amount, (total - before).clip(lower_bound=0))
