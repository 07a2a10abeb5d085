"""What is owed, one by one: the lines and visits behind the four sums and behind what was paid too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.codes.carc import carcs
from analysis.lines.billing_line import Status
from analysis.payers import is_assistant
from analysis.payments.decided import NO_REASON, denials_of_lines, refusal
from analysis.payments.netting import VISIT
from analysis.payments.open_lines import next_step
from analysis.payments.owed.arrives import PAYMENT_MISTAKES, with_rates
from analysis.payments.owed.causes import (
    UNEXPLAINED,
    capped_totals,
    causes_of_lines,
    causes_of_visits,
    named,
    swapped_full_unit,
    with_edits,
)
from analysis.payments.owed.limits import with_deadlines
from analysis.payments.texts import mistake, overpaid, owed_by

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from analysis.medicare.fees.schedules import Track
    from analysis.payments.owed.limits import FilingLimit
    from analysis.pricing import Priced

WORKLIST: dict[str, pl.DataType] = {
    "kind": pl.String(),
    "line_id": pl.Int64(),
    "line_ids": pl.List(pl.Int64()),
    "source_file": pl.String(),
    "source_row": pl.Int64(),
    "source_rows": pl.String(),
    "date_of_service": pl.Date(),
    "age_days": pl.Int64(),
    "payer": pl.String(),
    "code": pl.String(),
    "modifiers": pl.String(),
    "units": pl.Int64(),
    "charge_cents": pl.Int64(),
    "due_cents": pl.Int64(),
    "allowed_cents": pl.Int64(),
    "insurance_paid_cents": pl.Int64(),
    "owed_cents": pl.Int64(),
    "owed_by": pl.String(),
    "mistake": pl.String(),
    "why": pl.String(),
    "todo": pl.String(),
    "deadline": pl.Date(),
    "pays_by": pl.String(),
    "adjustment_reasons": pl.String(),
    "provider": pl.String(),
}
"""Grain: a finding: a line, or a visit where its lines were netted or its terms pay by the visit (its codes, rows and
sums; line_id and source_row are those of the first line). kind: denied, short, unpaid, open or over. owed_cents: what
is missing, or, for `over`, what was received too much. owed_by: insurer, patient or either. mistake: for denied, short
and unpaid lines the known mistakes, `unexplained` where none gives the amount."""
_TEXT = ("code", "modifiers", "payer", "adjustment_reasons", "status", "provider", "source_file")


def worklist(
    priced: Priced,
    judged: pl.DataFrame,
    as_of: date,
    *,
    limits: Iterable[FilingLimit] = (),
    track: Track = "non_qp",
) -> pl.DataFrame:
    """Return what is owed, and what was paid too much, most dollars first: `WORKLIST`.

    Sums by kind are those of `judged` (`judge`). A mistake is named only if it gives the amount to the cent, and all
    that do are named.

    Parameters
    ----------
    as_of:
        The last day in the files, to which lines age.
    """
    own = judged.drop("visit_key", "expected_cents")
    lines = priced.lines.rename({"expected_cents": "medicare_due_cents"}).drop("allowed_cents")
    lines = lines.with_columns(pl.col(name).cast(pl.String) for name in _TEXT)
    lines = lines.join(own, on="line_id", how="inner", maintain_order="left")
    lines = with_edits(lines).filter("judged")
    lines = lines.with_columns(age_days=(pl.lit(as_of) - pl.col("date_of_service")).dt.total_days())
    parts = [
        _denied(lines.filter(pl.col("denied_cents") > 0)),
        *_short(lines, priced, track),
        _unpaid(lines.filter(pl.col("unpaid_cents") > 0)),
        _open(lines.filter(pl.col("open_cents") > 0)),
        _over(lines.filter(pl.col("over_cents") > 0)),
    ]
    every = with_deadlines(pl.concat([_columns(part) for part in parts]), limits)
    listed = every.select(pl.col(name).cast(dtype) for name, dtype in WORKLIST.items())
    return listed.sort(["owed_cents", "line_id", "kind"], descending=[True, False, False])


def by_mistake(found: pl.DataFrame) -> pl.DataFrame:
    """Sum findings (`WORKLIST`): mistake, label, lines, owed_cents, todo; most dollars first."""
    sums = found.group_by("mistake").agg(
        pl.col("line_ids").list.len().sum().cast(pl.Int64).alias("lines"), pl.col("owed_cents").sum()
    )
    entries = [mistake(names) for names in sums["mistake"]]
    return (
        sums.with_columns(
            label=pl.Series([entry.label for entry in entries], dtype=pl.String),
            todo=pl.Series([entry.todo for entry in entries], dtype=pl.String),
        )
        .select("mistake", "label", "lines", "owed_cents", "todo")
        .sort(["owed_cents", "mistake"], descending=[True, False])
    )


def _columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of a finding, those of a single line where the frame has none of its own."""
    defaults = {
        "line_ids": pl.concat_list("line_id"),
        "source_rows": pl.col("source_row").cast(pl.String),
        "owed_by": pl.lit("insurer"),
        "mistake": pl.lit(None, pl.String),
        "deadline": pl.lit(None, pl.Date),
    }
    frame = frame.with_columns(expr.alias(name) for name, expr in defaults.items() if name not in frame.columns)
    return frame.select(
        *(pl.col(name).cast(dtype) for name, dtype in WORKLIST.items()),
        pl.col("payer_class").cast(pl.String),
        "paid_on",
    )


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Add why and todo of the mistakes named."""
    distinct = frame["mistake"].unique().drop_nulls().to_list()
    texts = {names: mistake(names).text for names in distinct}
    todos = {names: mistake(names).todo for names in distinct}
    names = pl.col("mistake")
    return frame.with_columns(
        why=names.replace_strict(texts, default=None, return_dtype=pl.String),
        todo=names.replace_strict(todos, default=None, return_dtype=pl.String),
    )


def _denied(lines: pl.DataFrame) -> pl.DataFrame:
    bundled = pl.col("status") == Status.BUNDLED.value
    names = pl.when(bundled).then(pl.lit("bundled")).otherwise(pl.lit("denied"))
    denied = _texts(denials_of_lines(lines).with_columns(mistake=names))
    known = carcs()
    steps = pl.Series("_step", [known[code].todo if code in known else "" for code in denied["carc"]], dtype=pl.String)
    edit = pl.when(pl.col("in_pair").is_not_null()).then(
        pl.format(" By NCCI, {} is not paid beside {}.", "code", "in_pair")
    )
    units = pl.when(pl.col("units") > pl.col("most_units")).then(
        pl.format(" The MUE for {} is {} a day.", "code", "most_units")
    )
    reason = pl.when(bundled).then("why").otherwise(pl.format("Denied: {}.", refusal().fill_null(NO_REASON)))
    return denied.with_columns(steps).with_columns(
        kind=pl.lit("denied"),
        owed_cents=pl.col("denied_cents"),
        why=pl.concat_str(reason, edit.fill_null(""), units.fill_null("")),
        todo=pl.when(~bundled & (pl.col("_step") != "")).then("_step").otherwise("todo"),
    )


def _short(lines: pl.DataFrame, priced: Priced, track: Track) -> list[pl.DataFrame]:
    """Return short lines, and short visits whose lines were netted, are paid by the visit, or seem to be capped."""
    group = [*VISIT, "judged"]
    paid = lines.filter(pl.col("state") == "paid")
    here = paid.filter((pl.col("short_cents").sum() > 0).over(VISIT))
    if here.is_empty():
        return []
    gap = pl.col("line_due_cents") - pl.col("allowed_cents")
    rates = priced.fees.select("fee_id", "full_cents", "reduced_cents")
    here = here.join(rates, on="fee_id", how="left", maintain_order="left")
    here = with_rates(here)
    here = here.with_columns(_gap=gap, _swapped=(gap < 0) & swapped_full_unit(), _assistant=is_assistant())
    visits = _as_visits(here, group)
    visits = visits.with_columns(capped=capped_totals(visits.filter(~pl.col("by_visit"))) & ~pl.col("by_visit"))
    as_visit = visits.filter(pl.col("by_visit") | pl.col("netted") | (pl.col("capped") & (pl.col("paid_lines") > 1)))
    single = here.join(as_visit, on=VISIT, how="anti").filter(pl.col("short_cents") > 0)
    single = single.drop("full_cents", "reduced_cents", "sequestration_bp", "assistant_share_bp", "patient_share_bp")
    parts = [
        causes_of_visits(as_visit),
        causes_of_lines(single, priced, track),
    ]
    return [_texts(part.with_columns(kind=pl.lit("short"), owed_cents=pl.col("short_cents"))) for part in parts]


def _as_visits(lines: pl.DataFrame, group: list[str]) -> pl.DataFrame:
    """Sum paid lines to visits; the finding lists the lines that differ, of a rate per visit all."""
    listed = pl.col("by_visit") | (pl.col("_gap") != 0)
    first = ("source_file", "date_of_service", "age_days", "payer", "payer_class", "pays_by", "provider", "paid_on")
    rates = ("sequestration_bp", "assistant_share_bp")
    return lines.group_by(group, maintain_order=True).agg(
        *(pl.col(name).first() for name in (*first, *rates, "by_visit")),
        pl.len().alias("paid_lines"),
        pl.col("line_id").filter(listed).first(),
        pl.col("line_id").filter(listed).alias("line_ids"),
        pl.col("source_row").filter(listed).first(),
        pl.col("source_row").filter(listed).cast(pl.String).str.join(" ").alias("source_rows"),
        pl.col("code").filter(listed).str.join(", "),
        pl.lit("").alias("modifiers"),
        pl.lit("").alias("adjustment_reasons"),
        *(pl.col(name).filter(listed).sum() for name in ("units", "charge_cents", "insurance_paid_cents")),
        *(pl.col(name).filter(listed).sum() for name in ("due_cents", "allowed_cents", "short_cents")),
        pl.when(pl.col("medicare_due_cents").null_count() == 0)
        .then(pl.col("medicare_due_cents").filter(listed).sum())
        .alias("medicare_due_cents"),
        (pl.col("_gap") < 0).any().alias("netted"),
        pl.col("_swapped").any().alias("swapped"),
        pl.col("_assistant").any().alias("assistant"),
    )


def _unpaid(lines: pl.DataFrame) -> pl.DataFrame:
    both = (pl.col("unpaid_insurer_cents") > 0).cast(pl.Int64) + 2 * (pl.col("unpaid_patient_cents") > 0).cast(pl.Int64)
    who = both.replace_strict({0: "either", 1: "insurer", 2: "patient", 3: "either"}, return_dtype=pl.String)
    found = named(lines, {name: pl.col(name) & (pl.col("unpaid_insurer_cents") > 0) for name in PAYMENT_MISTAKES})
    found = _texts(found.with_columns(owed_by=who))
    plain = pl.col("mistake") == UNEXPLAINED
    todos = {name: entry["todo"] for name, entry in owed_by().items()}
    missing = {
        "insurer": "Allowed, but the insurer paid less than its part.",
        "patient": "Allowed; the patient's share has not come.",
        "either": "Allowed, but not all of it has come from the insurer and the patient.",
    }
    return found.with_columns(
        kind=pl.lit("unpaid"),
        owed_cents=pl.col("unpaid_cents"),
        why=pl.when(plain).then(pl.col("owed_by").replace_strict(missing, return_dtype=pl.String)).otherwise("why"),
        todo=pl.when(plain).then(pl.col("owed_by").replace_strict(todos, return_dtype=pl.String)).otherwise("todo"),
    )


def _open(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(
        kind=pl.lit("open"), owed_cents=pl.col("open_cents"), why=pl.lit("No payer has answered."), todo=next_step()
    )


def _over(lines: pl.DataFrame) -> pl.DataFrame:
    rule = overpaid()
    public = pl.col("payer_class").cast(pl.String).is_in(rule["payer_classes"])
    return lines.with_columns(
        kind=pl.lit("over"),
        owed_cents=pl.col("over_cents"),
        why=pl.lit("More was received than the terms give, or than was allowed."),
        todo=pl.when(public).then(pl.lit(rule["todo"])).otherwise(pl.lit(rule["todo_others"])),
    )
