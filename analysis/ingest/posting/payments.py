"""Post payments to charges: remittances settled among themselves, matched, posted; the rest is listed as unmatched."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from analysis.ingest.frames import POSTINGS
from analysis.ingest.posting.check_totals import paid_rows, with_checks
from analysis.ingest.posting.ignored_lines import move_to_ignored, update_reasons, with_keys
from analysis.ingest.posting.matching import MATCHES, OPEN, match
from analysis.ingest.posting.post import post
from analysis.ingest.posting.posted_amounts import move_adjustments, posted_amounts
from analysis.ingest.posting.remittances import denied_again, settle
from analysis.ingest.posting.unmatched import hint, unmatched_charges, unmatched_payments
from analysis.ingest.rows.export import Export, Notice
from analysis.money import dollars

_SETTLED = {
    "remittance__duplicate": "{rows} of remittances appear twice ({paid} paid); counted once",
    "remittance__reversed": "{rows} of remittances are payments and the reversals that cancel them (net {paid})",
    "remittance__superseded": "{rows} of remittances are denials that the payer later replaced with a new decision",
    "remittance__denied_after": "{rows} of remittances deny a service already allowed or paid; that decision stands",
}


def post_payments(
    whole: Export, remitted: list[str], positions: dict[str, int], charge_fields: frozenset[str] | None
) -> Export:
    """Settle remittances among themselves, post all payments to their charges, and list what stays unmatched.

    Payments are the lines of remittances (835), of the files `remitted`, and the payment rows of exports.

    `charge_fields` are the fields that the charge files hold; None if there are only remittances.
    """
    if not remitted and whole.postings.is_empty():
        return whole
    pool = _pool(whole, remitted)
    export_payments = whole.postings.filter(~pl.col("source_file").is_in(remitted))
    payment_rows = pl.concat([paid_rows(pool), paid_rows(export_payments)])
    in_set = pool.with_columns(file=pl.col("source_file").replace_strict(positions, return_dtype=pl.Int64))
    pool = pool.hstack(settle(in_set, beside_charges=charge_fields is not None))
    settled_rows = pool.filter(pl.col("reason").is_not_null())
    whole = move_to_ignored(whole, settled_rows.drop_nulls("line_id").select("line_id", "reason"))
    whole = update_reasons(whole, settled_rows.filter(pl.col("line_id").is_null()))
    whole = replace(whole, notices=(*whole.notices, *_settled_notices(settled_rows)))
    pool = pool.filter(pl.col("reason").is_null()).drop("reason")
    whole = replace(whole, notices=(*whole.notices, *_decided_twice(pool)))
    pool = pool.drop("twice")
    lines = with_keys(whole)
    charges = lines.filter(~pl.col("file").is_in(remitted))
    if charge_fields is not None:
        whole = replace(whole, fields=charge_fields)
    else:  # the first payers' remittances are the lines; only later payers' are posted
        charges = lines.filter(~pl.col("further_payer") & pl.col("file").is_in(remitted))
        pool = pool.filter(pl.col("line_id").is_null() | pl.col("further_payer"))
    export_payments = export_payments.with_columns(
        line_id=pl.lit(None, pl.Int64), takes_back=pl.lit(value=False), alone=pl.lit(value=False)
    )
    payments = pl.concat([pool, export_payments.select(pool.columns)]).rename({"line_id": "remittance_line"})
    payments = payments.with_row_index("payment").with_columns(pl.col("payment").cast(pl.Int64))
    return with_checks(_post_matched(whole, payments, charges, beside_charges=charge_fields is not None), payment_rows)


def _settled_notices(settled_rows: pl.DataFrame) -> list[Notice]:
    """Return a notice per reason why remittance rows don't count, with the dollars they show as paid."""
    notices = []
    for reason, text in _SETTLED.items():
        reason_rows = settled_rows.filter(pl.col("reason") == reason)
        if reason_rows.height:
            paid_dollars = dollars(int(reason_rows["insurance_paid_cents"].fill_null(0).sum()))
            rows = f"{reason_rows.height:,} {'row' if reason_rows.height == 1 else 'rows'}"
            notices.append(
                Notice(
                    reason,
                    text.format(rows=rows, paid=paid_dollars),
                    tuple(reason_rows["source_row"].head(20)),
                    reason_rows.height,
                )
            )
    return notices


def _decided_twice(pool: pl.DataFrame) -> list[Notice]:
    """Return a notice about services a payer decided twice without taking back the first decision."""
    repeated = pool.filter("twice")
    if repeated.is_empty():
        return []
    sums = [dollars(int(repeated[name].fill_null(0).sum())) for name in ("charge_cents", "insurance_paid_cents")]
    subject = "line of a remittance decides" if repeated.height == 1 else "lines of remittances decide"
    text = (
        f"{repeated.height:,} {subject} a service again without reversing the first decision; both count "
        f"(charge {sums[0]}, paid {sums[1]}): add the billing export so RevMix can see the charges"
    )
    return [Notice("remittance__decided_twice", text, tuple(repeated["source_row"].head(20)), repeated.height)]


def _pool(whole: Export, remitted: list[str]) -> pl.DataFrame:
    """Return remittance rows as postings: lines (with their line_id) and rows that take a payment back."""
    lines = with_keys(whole).filter(pl.col("file").is_in(remitted))
    line_postings = lines.with_columns(source_file="file").select(
        *(pl.col(name).cast(dtype) for name, dtype in POSTINGS.items()), "line_id", takes_back=pl.lit(value=False)
    )
    reversals = whole.postings.filter(pl.col("source_file").is_in(remitted)).with_columns(
        line_id=pl.lit(None, pl.Int64), takes_back=_takes_back()
    )
    pool: pl.DataFrame = pl.concat([line_postings, reversals.select(line_postings.columns)])
    return pool


def _takes_back() -> pl.Expr:
    """Tell whether a row that is not a line is a reversal: marked as one, or with a charge below zero."""
    marked = pl.col("status").str.contains("reversal", literal=True)
    return marked.fill_null(value=False) | (pl.col("charge_cents") < 0).fill_null(value=False)


def _match_payments(
    payments: pl.DataFrame, charges: pl.DataFrame, *, beside_charges: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Match payments (`matching.match`), reversals by the size of what they take back; both by ``payment``.

    A reversal whose payment is in no file goes to the charge only if the export shows that payment.
    """
    sized = payments.with_columns(pl.col("charge_cents", "units").abs())
    decisions = sized.filter(~pl.col("alone"))
    unpaired_reversals = sized.filter("alone")
    paid_charges = charges.filter(pl.lit(beside_charges) & (pl.col("insurance_paid_cents").fill_null(0) > 0))
    results = []
    for frame, candidates in ((decisions, charges), (unpaired_reversals, paid_charges)):
        if frame.is_empty():
            continue
        matches, open_payments = match(frame, candidates)
        numbers = frame.select(pl.int_range(pl.len()).alias("payment"), number="payment")
        results.append(
            tuple(
                result.join(numbers, on="payment", how="left").with_columns(payment="number").drop("number")
                for result in (matches, open_payments)
            )
        )
    if not results:
        return pl.DataFrame(schema=MATCHES), pl.DataFrame(schema=OPEN)
    matches, open_payments = (pl.concat(frames) for frames in zip(*results, strict=True))
    contradicted = (
        matches.join(unpaired_reversals.select("payment", back="insurance_paid_cents"), on="payment", how="inner")
        .join(paid_charges.select("line_id", "insurance_paid_cents"), on="line_id", how="left")
        .filter(pl.col("back") != -pl.col("insurance_paid_cents"))
    )
    return matches.join(contradicted, on="payment", how="anti"), open_payments.join(
        unpaired_reversals, on="payment", how="anti"
    )


def _post_matched(whole: Export, payments: pl.DataFrame, charges: pl.DataFrame, *, beside_charges: bool) -> Export:
    """Post matched payments to their charges, ignore their own rows, and list what is unmatched on both sides."""
    matches, open_payments = _match_payments(payments, charges, beside_charges=beside_charges)
    posted = payments.join(matches, on="payment", how="inner", maintain_order="left").rename({"line_id": "charge"})
    unposted = payments.join(matches, on="payment", how="anti", maintain_order="left")
    denials = denied_again(posted if beside_charges else posted.clear())
    posted_denials = posted.join(denials, on=["payment", "charge"], how="inner", maintain_order="left")
    whole = replace(whole, notices=(*whole.notices, *_settled_notices(posted_denials)))
    posted = posted.join(denials, on=["payment", "charge"], how="anti", maintain_order="left")
    whole = update_reasons(whole, posted.filter("alone").with_columns(reason=pl.lit("remittance__reversed_in_export")))
    moved_adjustments = move_adjustments(whole.adjustments, posted)
    posted_rows = (
        posted.drop_nulls("remittance_line")
        .select(line_id="remittance_line", reason=pl.lit("remittance__posted"))
        .unique()
    )
    posted_rows = pl.concat(
        [
            posted_rows,
            posted_denials.drop_nulls("remittance_line")
            .select("reason", line_id="remittance_line")
            .select("line_id", "reason"),
        ]
    )
    posted_rows = posted_rows.unique("line_id", keep="first", maintain_order=True)
    unposted_lines = unposted.drop_nulls("remittance_line").select(
        line_id="remittance_line", reason=pl.lit("remittance__unmatched")
    )
    export = move_to_ignored(whole, pl.concat([posted_rows, unposted_lines]) if beside_charges else posted_rows)
    is_own_line = pl.lit(not beside_charges)
    line_amounts = charges.filter(is_own_line).select(
        charge="line_id", own_paid="insurance_paid_cents", own_adjusted="adjustment_cents"
    )
    amounts = posted_amounts(posted, whole.adjustments, line_amounts).rename({"charge": "line_id"})
    export = post(export, amounts, add=not beside_charges)
    unmatched_rows = unposted if beside_charges else unposted.filter(pl.col("remittance_line").is_null())
    unmatched = pl.concat(
        [
            whole.unmatched,
            unmatched_payments(unmatched_rows, open_payments, charges),
            unmatched_charges(export, charges, payments, posted),
        ]
    )
    notices = list(export.notices)
    number = posted["payment"].n_unique()
    if number:
        text = f"{number:,} {'payment was' if number == 1 else 'payments were'} posted to charges"
        notices.append(Notice("payments__posted", text, count=number))
    if unmatched.height:
        parts = [_count_text(unmatched_rows.height, "payment matched no charge", "payments matched no charge")]
        parts.append(
            _count_text(unmatched.height - unmatched_rows.height, "charge has no payment", "charges have no payment")
        )
        text = f"{' and '.join(filter(None, parts))}; listed as unmatched"
        notices.append(Notice("payments__unmatched", text, count=unmatched.height))
    notices += _below_zero(export.lines)
    notices += hint(unmatched_rows, payments, charges) if beside_charges else []
    order = pl.DataFrame({"line_id": export.lines["line_id"], "new": pl.int_range(export.lines.height, eager=True)})

    def renumbered(frame: pl.DataFrame) -> pl.DataFrame:
        joined = frame.join(order, on="line_id", how="inner", maintain_order="left")
        return joined.with_columns(line_id="new").select(frame.columns)

    return replace(
        export,
        lines=renumbered(export.lines),
        keys=renumbered(export.keys),
        adjustments=renumbered(pl.concat([export.adjustments, moved_adjustments])).sort("line_id", maintain_order=True),
        postings=export.postings.clear(),
        unmatched=unmatched,
        notices=tuple(notices),
    )


def _below_zero(lines: pl.DataFrame) -> list[Notice]:
    """Return a notice about lines from which more was taken back than was paid."""
    payments = pl.col("insurance_paid_cents", "patient_paid_cents")
    below = lines.filter(pl.any_horizontal(payments < 0))
    if below.is_empty():
        return []
    cents = int(below.select(pl.sum_horizontal(payments.clip(upper_bound=0))).sum().item())
    noun = "line" if below.height == 1 else "lines"
    text = f"on {below.height:,} {noun}, payers took back more than they paid ({dollars(cents)})"
    return [Notice("payments__below_zero", text, tuple(below["source_row"].head(20)), below.height)]


def _count_text(number: int, singular: str, plural: str) -> str:
    """Write a number with its noun; empty for 0."""
    return f"{number:,} {singular if number == 1 else plural}" if number else ""
