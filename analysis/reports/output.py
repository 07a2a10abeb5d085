"""Write results for machines and terminals: besides `money`, the only place where cents become dollars."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
from xlsxwriter import Workbook

from analysis.errors import BadInput, visible
from analysis.ingest.cells import pseudonyms
from analysis.medicare.fees.schedules import FACTOR_SCALE, RVU_SCALE
from analysis.money import dollars, plain
from analysis.payers.in_network import beside
from analysis.reports.spreadsheet_text import neutral
from analysis.system.keep import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from analysis.ingest import Export
    from analysis.payers.in_network import InNetworkFile
    from analysis.pricing import Priced
    from analysis.whatif.answers import Comparison

_RATES = {
    "full": ("full_cents", 100),
    "reduced": ("reduced_cents", 100),
    "work_rvu": ("work_rvu_e2", RVU_SCALE),
    "pe_rvu": ("pe_rvu_e2", RVU_SCALE),
    "mp_rvu": ("malpractice_rvu_e2", RVU_SCALE),
    "conversion_factor": ("conversion_factor_e4", FACTOR_SCALE),
}


def _decimal(column: str, scale: int) -> pl.Expr:
    """Turn an exact integer column into a decimal number with as many places as its scale has zeros."""
    decimals = len(str(scale)) - 1
    return pl.col(column).cast(pl.Decimal(38, decimals)) / pl.lit(scale).cast(pl.Decimal(38, decimals))


def _rate_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of a rate for people: dollars, RVUs and the conversion factor as decimal numbers."""
    return frame.select(
        "hcpcs",
        "modifier",
        "status",
        "date",
        "mac",
        "locality",
        *(_decimal(column, scale).alias(name) for name, (column, scale) in _RATES.items()),
    )


def rates_csv(frame: pl.DataFrame) -> str:
    """Write rates (analysis.pricing.rate_tables) as CSV; empty if Medicare sets no amount."""
    return _blank(_rate_columns(frame)).write_csv()


def _blank(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn empty text into null: Polars otherwise writes it as two quotes."""
    return frame.with_columns(pl.col(pl.String).replace("", None))


def _json_rows(rows: Iterable[dict[str, Any]]) -> str:
    """Write rows as a JSON array, one row per line, decimal numbers with their own places."""

    def token(value: object) -> str:
        return str(value) if type(value).__name__ == "Decimal" else json.dumps(value, default=str)

    lines = (
        "  {" + ", ".join(f"{json.dumps(key)}: {token(value)}" for key, value in row.items()) + "}" for row in rows
    )
    return "[\n" + ",\n".join(lines) + "\n]\n"


def rates_json(frame: pl.DataFrame) -> str:
    """Write rates as a JSON array of objects; null if Medicare sets no amount."""
    return _json_rows(_rate_columns(frame).iter_rows(named=True))


def rate_table(frame: pl.DataFrame) -> str:
    """Write rates as a table for people, with the reason if there is no amount."""
    head = ("code", "mod", "status", "date", "locality", "full", "reduced", "work", "PE", "MP", "factor", "")
    table = _rate_columns(frame).with_columns(frame["reason"])
    rows = [
        (
            row["hcpcs"],
            row["modifier"],
            row["status"],
            str(row["date"]),
            f"{row['mac']}-{row['locality']}",
            *("" if row[name] is None else str(row[name]) for name in _RATES),
            row["reason"] or "",
        )
        for row in table.iter_rows(named=True)
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    first_number = 5
    return "".join(
        "  ".join(
            cell.rjust(width) if first_number <= index < len(head) - 1 else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        + "\n"
        for row in [head, *rows]
    )


def priced_table(priced: Priced) -> pl.DataFrame:
    """Return Medicare's amount for every accepted line, in source order.

    Columns: source_row, date_of_service, code, modifiers, units, full_units, allowed, medicare_payment, patient_share,
    receipts (dollars), reason (why `allowed` is empty); with several files also source_file.
    """
    lines = priced.lines
    several = ["source_file"] if lines["source_file"].n_unique() > 1 else []
    return (
        lines.join(priced.reasons(), on="line_id", how="left", maintain_order="left")
        .with_columns(pl.col("code", "modifiers", "source_file").cast(pl.String))
        .select(
            "source_row",
            "date_of_service",
            "code",
            "modifiers",
            "units",
            "full_units",
            _decimal("expected_cents", 100).alias("allowed"),
            _decimal("medicare_cents", 100).alias("medicare_payment"),
            _decimal("coinsurance_cents", 100).alias("patient_share"),
            _decimal("receipts_cents", 100).alias("receipts"),
            "reason",
            *several,
        )
    )


def findings_table(findings: pl.DataFrame) -> pl.DataFrame:
    """Return findings (analysis.payments.findings): rule, severity, source_file, source_rows, message, dollars."""
    return findings.select(pl.exclude("dollars_cents"), _decimal("dollars_cents", 100).alias("dollars"))


def in_network_table(files: Iterable[InNetworkFile]) -> pl.DataFrame:
    """Return a clinic's rates in payers' in-network files, each beside the market of its file.

    Columns: file, payer, last_updated_on, code (CSTM-00: all codes), modifiers, place_of_service, billing_class,
    arrangement, type, rate (dollars), percent (of the charge), expires, market_low, market_median, market_high
    (dollars of all providers for the code with these modifiers), groups (provider groups in the market).
    """
    tables = [
        beside(file.negotiated, file.market).select(
            pl.lit(file.name).alias("file"),
            pl.lit(file.payer).alias("payer"),
            pl.lit(file.last_updated_on).alias("last_updated_on"),
            "code",
            "modifiers",
            pl.col("places").alias("place_of_service"),
            "billing_class",
            "arrangement",
            pl.col("negotiated_type").alias("type"),
            _decimal("rate_cents", 100).alias("rate"),
            _decimal("percent_bp", 100).alias("percent"),
            "expires",
            *(_decimal(f"{name}_cents", 100).alias(f"market_{name}") for name in ("low", "median", "high")),
            "groups",
        )
        for file in files
    ]
    return pl.concat(tables)


_COMPARED = ("allowed", "receipts")


def comparison_table(comparison: Comparison) -> pl.DataFrame:
    """Compare a scenario with the baseline per code, with a last row TOTAL.

    Columns: code, units_before, units_after (an expectation, to four decimals), allowed_before, allowed_after,
    allowed_difference, receipts_before, receipts_after, receipts_difference (dollars; empty if there is no amount).
    """
    amounts = [f"{measure}_{side}" for measure in _COMPARED for side in ("before", "after", "difference")]
    total = comparison.total
    last = {"code": "TOTAL", "units_before": total.units_before, "units_after": total.units_after}
    last |= {f"{name}_cents": getattr(total, f"{name}_cents") for name in amounts}
    rows = comparison.per_code.drop("label").sort("code")
    every = pl.concat([rows, pl.DataFrame([last], schema=rows.schema)])
    after = pl.Series("units_after", [f"{units:.4f}".rstrip("0").rstrip(".") for units in every["units_after"]])
    return every.with_columns(after).select(
        "code", "units_before", "units_after", *(_decimal(f"{name}_cents", 100).alias(name) for name in amounts)
    )


def lines_table(export: Export) -> pl.DataFrame:
    """Return the canonical lines after posting, in source order.

    Columns: source_file, source_row, date_of_service, code, modifiers, units, payer, payer_class, clinic, provider,
    charge, allowed, insurance_paid, patient_paid, adjustment (dollars), adjustment_reasons, paid_on, status, patient (a
    pseudonym of this run), paid (the export's own total; empty if there is none).
    """
    amounts = ("charge", "allowed", "insurance_paid", "patient_paid", "adjustment", "paid")
    texts = ("source_file", "code", "modifiers", "payer", "payer_class", "clinic", "provider", "status")
    lines = export.lines.with_columns(
        pl.col(*texts, "adjustment_reasons").cast(pl.String),
        *(_decimal(f"{name}_cents", 100).alias(name) for name in amounts),
        patient=pseudonyms.format_pseudonyms(export.lines["patient_key"]),
    )
    return lines.select(
        "source_file", "source_row", "date_of_service", "code", "modifiers", "units", "payer", "payer_class", "clinic",
        "provider", *amounts[:-1], "adjustment_reasons", "paid_on", "status", "patient", "paid",
    )  # fmt: skip


def unmatched_table(export: Export) -> pl.DataFrame:
    """Return payments without a charge and charges without a payment, with the charges that come close to a payment.

    Columns: source_file, source_row, side (payment or charge), date_of_service, code, modifiers, units, payer, charge,
    paid, adjustment (dollars), paid_on, why, candidates, claim_number (as the file has it).
    """
    amounts = ("charge", "paid", "adjustment")
    numbered = export.with_numbers(export.unmatched)
    if "claim_number" not in numbered.columns:
        numbered = numbered.with_columns(claim_number=pl.lit(None, pl.String))
    frame = numbered.with_columns(_decimal(f"{name}_cents", 100).alias(name) for name in amounts)
    return frame.select(
        "source_file", "source_row", "side", "date_of_service", "code", "modifiers", "units", "payer", *amounts,
        "paid_on", "why", "candidates", "claim_number",
    )  # fmt: skip


def rejected_table(export: Export) -> pl.DataFrame:
    """Return the rows that could not be read: source_file, source_row, reason, message, dollars, and the columns.

    Cells that name a patient are pseudonyms.
    """
    account = export.rows.select("source_file", "source_row", _decimal("dollars_cents", 100).alias("dollars"))
    rejected = export.rejected
    if "source_file" not in rejected.columns:
        rejected = rejected.with_columns(source_file=pl.lit(export.name))
    joined = rejected.join(account, on=["source_file", "source_row"], how="left", maintain_order="left")
    first = ("source_file", "source_row", "reason", "message", "dollars")
    return joined.select(*first, pl.exclude(first))


SHEET_ENDINGS = (".csv", ".parquet", ".xlsx")
"""Endings of tables that both people and machines open."""


def check_ending(out: Path, endings: Sequence[str] = (".csv", ".parquet"), option: str = "--out") -> None:
    """Refuse a file `write_table` cannot write, before the work is done: BadInput for another ending."""
    if out.suffix.lower() not in endings:
        *first, last = endings
        others = f"{', '.join(first)} or " if first else ""
        expected = f"a name ending in {others}{last}"
        raise BadInput(f"{option} {out.name}", expected=expected, todo="change the ending")


def write_table(frame: pl.DataFrame, out: Path) -> None:
    """Write a table as Parquet, Excel or CSV, by the file's ending (`check_ending`), completely or not at all.

    CSV and Excel files hold no formulas (`neutral`).
    """
    with replacing(out) as draft:
        match out.suffix.lower():
            case ".parquet":
                frame.write_parquet(draft)
            case ".xlsx":
                _write_sheet(frame, draft)
            case _:
                neutral(_blank(frame)).write_csv(draft)


def _write_sheet(frame: pl.DataFrame, out: Path) -> None:
    """Write a table as the only sheet of a workbook; text never becomes a formula or link."""
    money = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Decimal)]
    with Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        _blank(frame).with_columns(pl.col(money).cast(pl.Float64)).write_excel(
            book, column_formats=dict.fromkeys(money, "#,##0.00"), autofit=True, freeze_panes=(1, 0)
        )


def _inspection(export: Export) -> dict[str, Any]:
    return {
        "format": export.format,
        "mapping": dict(export.mapping.columns),
        "rows_read": export.rows_read,
        "rows_accepted": export.rows_accepted,
        "rows_rejected": export.rows_rejected,
        "rows_ignored": export.rows_ignored,
        "dollars_read": export.dollars_read,
        "dollars_accepted": export.dollars_accepted,
        "dollars_rejected": export.dollars_rejected,
        "dollars_ignored": export.dollars_ignored,
        "reasons": dict(export.reasons),
    }


def inspection_json(exports: Sequence[Export]) -> str:
    """Write what was recognized as JSON: one object for one file, an array for several; dollars with two decimals."""

    def render(inspection: dict[str, Any]) -> str:
        parts = (
            f'  "{key}": ' + (plain(value) if key.startswith("dollars") and value is not None else json.dumps(value))
            for key, value in inspection.items()
        )
        return "{\n" + ",\n".join(parts) + "\n}"

    objects = [render(_inspection(export)) for export in exports]
    return (objects[0] if len(objects) == 1 else "[" + ",\n".join(objects) + "]") + "\n"


def inspection_text(exports: Sequence[Export]) -> str:
    """Write what was recognized, for people."""
    return "\n".join(_inspection_text(export) for export in exports)


def _inspection_text(export: Export) -> str:
    def amount(kind: str) -> str:
        rows, cents = getattr(export, f"rows_{kind}"), getattr(export, f"dollars_{kind}")
        return f"  {kind:<9} {rows:>12,} rows  {dollars(cents):>18}"

    head = [f"{export.name}: {export.format}"]
    mapping = [f"  {heading} -> {field}" for heading, field in export.mapping.columns]
    counts = [amount(kind) for kind in ("read", "accepted", "rejected", "ignored")]
    reasons = [f"  {rows:>12,} {reason}" for reason, rows in export.reasons.items()]
    notices = [f"  note: {notice.text}" for notice in export.notices]
    lines = [
        *head, "headings", *mapping, "rows and dollars", *counts, *(["reasons", *reasons] if reasons else []), *notices
    ]  # fmt: skip
    return "".join(f"{visible(line)}\n" for line in lines)
