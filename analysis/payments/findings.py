"""Every payment finding that needs attention, one row each: `revmix check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.rows.reasons import REJECTED
from analysis.lines.billing_line import is_denied
from analysis.money import dollars
from analysis.payments.breaks import breaks
from analysis.payments.decided import NO_REASON, denials_of_lines, refusal
from analysis.payments.texts import mistakes
from analysis.payments.underpaid import underpaid

if TYPE_CHECKING:
    from analysis.ingest import Export
    from analysis.medicare.fees.schedules import Track
    from analysis.payers import ContractBook
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


def findings(priced: Priced, export: Export, contracts: ContractBook, *, track: Track = "non_qp") -> pl.DataFrame:
    """Return all findings, errors first, then most dollars first.

    underpaid__<mistake>: an underpaid line (`underpaid`); denied: a denied line, with its reason;
    payments__pays_less, payments__slower, payments__denies_more: a change in how a payer pays (`breaks`), with all its
    lines; remittance__imbalance: a total that does not add up; unmatched: a payment without a charge or a charge
    without a payment; rejected: a row that could not be read.
    """
    parts = [
        _underpaid(underpaid(priced, contracts, adjustments=export.adjustments, track=track)),
        _denied(priced.lines),
        _breaks(priced.lines, export),
        _imbalances(export.imbalances),
        _unmatched(export.unmatched),
        _rejected(export.rows),
    ]
    every_finding = pl.concat(
        part.select(pl.col(name).cast(dtype) for name, dtype in FINDINGS.items()) for part in parts
    )
    order = pl.col("severity").replace_strict({"error": 0, "warning": 1, "note": 2}, return_dtype=pl.Int64)
    by = [order, pl.col("dollars_cents").fill_null(0), "source_file", "source_rows"]
    return every_finding.sort(by, descending=[False, True, False, False], nulls_last=True)


def _underpaid(worklist: pl.DataFrame) -> pl.DataFrame:
    mistake_texts = mistakes()
    todo = {name: entry.todo for name, entry in mistake_texts.items()}
    return worklist.filter(pl.col("mistake") != "denied").select(
        pl.concat_str(pl.lit("underpaid__"), "mistake").alias("rule"),
        pl.lit("warning").alias("severity"),
        "source_file",
        pl.col("source_row").cast(pl.String).alias("source_rows"),
        pl.format("{}: {} {}", "code", "why", pl.col("mistake").replace_strict(todo, return_dtype=pl.String)).alias(
            "message"
        ),
        pl.col("short_cents").alias("dollars_cents"),
    )


def _denied(lines: pl.DataFrame) -> pl.DataFrame:
    denied = denials_of_lines(lines.filter(is_denied()))
    reason = refusal().fill_null(NO_REASON)
    return denied.select(
        pl.lit("denied").alias("rule"),
        pl.lit("warning").alias("severity"),
        pl.col("source_file").cast(pl.String),
        pl.col("source_row").cast(pl.String).alias("source_rows"),
        pl.format("{}: denied ({})", pl.col("code").cast(pl.String), reason).alias("message"),
        pl.coalesce("expected_cents", "charge_cents").alias("dollars_cents"),
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


def _rejected(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("disposition") == REJECTED).select(
        pl.concat_str(pl.lit("rejected__"), "reason").alias("rule"),
        pl.lit("error").alias("severity"),
        "source_file",
        pl.col("source_row").cast(pl.String).alias("source_rows"),
        "message",
        "dollars_cents",
    )
