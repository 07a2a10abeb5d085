"""Every payment finding that needs attention, one row each: `revmix check`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.audit import audit, rules
from analysis.ingest.rows.reasons import REJECTED
from analysis.lines.billing_line import is_denied
from analysis.money import dollars
from analysis.payments.breaks import breaks
from analysis.payments.decided import NO_REASON, denials_of_lines, refusal
from analysis.payments.owed import PARTS, SUMMED, Owed, find_owed, sums_by_payer, totals
from analysis.payments.owed.words import ALLOWED_IS_PAID, in_sums, speaks_for
from analysis.payments.texts import OR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.ingest import Export
    from analysis.medicare.fees.schedules import Track
    from analysis.payers import ContractBook
    from analysis.payments.owed import FilingLimit
    from analysis.pricing import Priced

FINDINGS: dict[str, pl.DataType] = {
    "rule": pl.String(),
    "severity": pl.String(),
    "source_file": pl.String(),
    "source_rows": pl.String(),
    "message": pl.String(),
    "dollars_cents": pl.Int64(),
}
"""Grain: a finding: stable name of the rule, severity (error, warning, note), file, rows separated by spaces, the
sentence, the dollars at stake (null if unknown)."""


def findings(
    priced: Priced,
    export: Export,
    contracts: ContractBook,
    *,
    limits: Iterable[FilingLimit] = (),
    track: Track = "non_qp",
) -> pl.DataFrame:
    """Return all findings, errors first, then most dollars first.

    underpaid__<mistake>: a line or visit that was bundled, allowed less than its payer's terms, or paid less by a known
    mistake; several mistakes that give the same cents are joined by "__or__". denied: a denied line, with its reason;
    unpaid: allowed, and not all of it came; not_answered: a line no payer has answered; paid_too_much: money to check
    and return; owed, owed__<payer>: how these make the gap between expected and received, in all and by payer;
    payments__allowed_is_paid: a file whose allowed column holds the payment; payments__pays_less, payments__slower,
    payments__denies_more: a change in how a payer pays (`breaks`), with all its lines; remittance__imbalance: a total
    that does not add up; unmatched: a payment without a charge or a charge without a payment; rejected: a row that
    could not be read. The rules of `audit.RULES` are of the claims as billed: their dollars may be taken back or were
    not billed; a rule that could not run is a note that says what it lacks.
    """
    found = find_owed(priced, contracts, export, limits=limits, track=track)
    parts = [
        _owed(found.found),
        _denied(priced.lines, found),
        _gap(found.judged, priced.lines),
        _payment_files(found.payment_files),
        _breaks(priced.lines, export),
        _imbalances(export.imbalances),
        _unmatched(export.unmatched),
        _rejected(export.rows),
        _as_billed(priced, export),
    ]
    every_finding = pl.concat(
        part.select(pl.col(name).cast(dtype) for name, dtype in FINDINGS.items()) for part in parts
    )
    order = pl.col("severity").replace_strict({"error": 0, "warning": 1, "note": 2}, return_dtype=pl.Int64)
    by = [order, pl.col("dollars_cents").fill_null(0), "source_file", "source_rows"]
    return every_finding.sort(by, descending=[False, True, False, False], nulls_last=True)


_RULES = {"unpaid": "unpaid", "open": "not_answered", "over": "paid_too_much"}
"""Kind of what is owed -> name of the rule, where no mistake names it."""


def _owed(found: pl.DataFrame) -> pl.DataFrame:
    """List what is owed, except denied lines."""
    known = pl.col("mistake").is_not_null() & ~((pl.col("kind") == "unpaid") & (pl.col("mistake") == "unexplained"))
    names = pl.concat_str(pl.lit("underpaid__"), pl.col("mistake").str.replace_all(OR, "__or__", literal=True))
    deadline = pl.format(" Deadline: {}.", pl.col("deadline").cast(pl.String)).fill_null("")
    open_or_over = pl.col("kind").replace_strict(_RULES, default=None, return_dtype=pl.String)
    return found.filter(pl.col("mistake").fill_null("") != "denied").select(
        pl.when(known).then(names).otherwise(open_or_over).alias("rule"),
        pl.lit("warning").alias("severity"),
        "source_file",
        "source_rows",
        pl.concat_str(pl.format("{}: {} {}", "code", "why", "todo"), deadline).alias("message"),
        pl.col("owed_cents").alias("dollars_cents"),
    )


def _denied(lines: pl.DataFrame, found: Owed) -> pl.DataFrame:
    """List denied lines: with what is owed for them, or, where that is not known, what Medicare or the charge says."""
    denied = denials_of_lines(lines.filter(is_denied()))
    owed = found.judged.filter("judged").select("line_id", "denied_cents")
    deadlines = found.found.filter(pl.col("kind") == "denied").select("line_id", "deadline")
    for frame in (owed, deadlines):
        denied = denied.join(frame, on="line_id", how="left", maintain_order="left")
    reason = refusal().fill_null(NO_REASON)
    deadline = pl.format(". Deadline: {}", pl.col("deadline").cast(pl.String)).fill_null("")
    return denied.select(
        pl.lit("denied").alias("rule"),
        pl.lit("warning").alias("severity"),
        pl.col("source_file").cast(pl.String),
        pl.col("source_row").cast(pl.String).alias("source_rows"),
        pl.concat_str(pl.format("{}: denied ({})", pl.col("code").cast(pl.String), reason), deadline).alias("message"),
        pl.coalesce("denied_cents", "expected_cents", "charge_cents").alias("dollars_cents"),
    )


def _gap(judged: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Say how the four sums make the gap, in all and by payer."""
    whole = totals(judged, lines)
    if not whole.expected:
        return pl.DataFrame(schema=FINDINGS)
    rows = [("owed", "note", "", "", f"{in_sums(whole)}. {speaks_for(whole)}", whole.gap)]
    for payer in sums_by_payer(judged, lines).iter_rows(named=True):
        sums = {name.removesuffix("_cents"): payer[name] for name in SUMMED}
        text = f"{payer['payer']}: {in_sums(replace(whole, **sums))}"
        missing = sum(payer[name] for name in PARTS)
        rows.append(("owed__payer", "note", "", "", text, missing))
    return pl.DataFrame(rows, schema=FINDINGS, orient="row")


def _payment_files(files: pl.DataFrame) -> pl.DataFrame:
    return files.select(
        pl.lit("payments__allowed_is_paid").alias("rule"),
        pl.lit("warning").alias("severity"),
        "source_file",
        pl.lit("").alias("source_rows"),
        pl.lit(ALLOWED_IS_PAID).alias("message"),
        pl.lit(None, pl.Int64).alias("dollars_cents"),
    )


def _breaks(lines: pl.DataFrame, export: Export) -> pl.DataFrame:
    """List changes, with the rows in the file that holds most of the lines; the message says how many there are."""
    rows_of_changes = []
    for one in breaks(lines, export):
        behind = lines.filter(pl.col("line_id").is_in(one.line_ids))
        files = behind.group_by(pl.col("source_file").cast(pl.String)).agg(pl.col("source_row").sort())
        file, rows = files.sort(pl.col("source_row").list.len(), "source_file", descending=[True, False]).row(0)
        message = f"{one.title}; {one.text}"
        rows_of_changes.append((one.rule, "warning", file, " ".join(map(str, rows)), message, one.dollars_cents))
    return pl.DataFrame(rows_of_changes, schema=FINDINGS, orient="row")


_ADDS_UP = {
    "line": "the charge on this line is {}, but its payment and adjustments add up to {}",
    "claim": "the charge on this claim is {}, but its payment and adjustments add up to {}",
    "claim_payment": "the payment on this claim is {}, but its lines add up to {}",
    "transaction": "this check or EFT is for {}, but its claims and provider adjustments add up to {}",
    "export_payment": "the export shows {} paid by insurers, but the remittances show {}",
    "over_charge": "the charge on this line is {}, but remittances paid and adjusted {}",
}
"""Level of an imbalance -> its sentence, with the expected and the found amount."""


def imbalances_with_messages(imbalances: pl.DataFrame) -> pl.DataFrame:
    """Return totals that do not add up (`ingest.frames.IMBALANCES`), each with its sentence: ``message``."""
    texts = [
        _ADDS_UP[level].format(dollars(expected_cents), dollars(found_cents))
        for level, expected_cents, found_cents in imbalances.select(
            "level", "expected_cents", "found_cents"
        ).iter_rows()
    ]
    with_messages = imbalances.with_columns(message=pl.Series("message", texts, dtype=pl.String))
    where = pl.when(pl.col("segment").is_not_null()).then(pl.format(" (segment {} of the file)", "segment"))
    return with_messages.with_columns(message=pl.concat_str("message", where.fill_null("")))


def _imbalances(imbalances: pl.DataFrame) -> pl.DataFrame:
    return imbalances_with_messages(imbalances).select(
        pl.lit("remittance__imbalance").alias("rule"),
        pl.lit("warning").alias("severity"),
        "source_file",
        pl.col("source_row").cast(pl.String).alias("source_rows"),
        "message",
        pl.col("difference_cents").alias("dollars_cents"),
    )


def _unmatched(unmatched: pl.DataFrame) -> pl.DataFrame:
    return unmatched.select(
        pl.lit("unmatched").alias("rule"),
        pl.lit("note").alias("severity"),
        "source_file",
        pl.col("source_row").cast(pl.String).alias("source_rows"),
        pl.concat_str(
            pl.format("{}: {}", pl.col("code").fill_null("a claim"), "why"),
            pl.format(" ({})", "candidates").fill_null(""),
        ).alias("message"),
        pl.when(pl.col("paid_cents") != 0).then("paid_cents").otherwise("charge_cents").alias("dollars_cents"),
    )


def _as_billed(priced: Priced, export: Export) -> pl.DataFrame:
    """List what an audit of the claims finds, with the rows in the file of the finding's first line."""
    result = audit(priced, export.fields)
    todo = {name: rule.todo for name, rule in rules().items()}
    rows = priced.lines.select("line_id", pl.col("source_file").cast(pl.String), "source_row")
    findings_with_rows = (
        result.findings.select("finding", line_id="line_ids")
        .explode("line_id")
        .join(rows, on="line_id", how="left", maintain_order="left")
        .with_columns(first=pl.col("source_file").first().over("finding"))
        .filter(pl.col("source_file") == pl.col("first"))
        .group_by("finding", maintain_order=True)
        .agg(
            pl.col("source_file").first(),
            pl.col("source_row").sort().cast(pl.String).str.join(" ").alias("source_rows"),
        )
    )
    listed = result.findings.join(findings_with_rows, on="finding", maintain_order="left").with_columns(
        message=pl.format("{}. {}", "message", pl.col("rule").replace_strict(todo, return_dtype=pl.String)),
        dollars_cents=pl.coalesce("at_risk_cents", "missed_cents"),
    )
    not_run = [
        (one.rule.name, "note", None, None, f"not checked: these files have no {' or '.join(one.lacks)}", None)
        for one in result.not_run
    ]
    return pl.concat([listed.select(*FINDINGS), pl.DataFrame(not_run, schema=FINDINGS, orient="row")])


def _rejected(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("disposition") == REJECTED).select(
        pl.concat_str(pl.lit("rejected__"), "reason").alias("rule"),
        pl.lit("error").alias("severity"),
        "source_file",
        pl.col("source_row").cast(pl.String).alias("source_rows"),
        "message",
        "dollars_cents",
    )
