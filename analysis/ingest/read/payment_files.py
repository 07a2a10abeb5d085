"""Exports that hold only payments, each row naming the charge it pays (WebPT's payments extract)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells.change_flags import replaced_rows
from analysis.ingest.settings import payment_columns, plain_heading

if TYPE_CHECKING:
    from analysis.ingest.read.raw_table import RawTable

_PAYMENT_NUMBERS = ("recordid", "paymentid", "transactionid")
"""Headings, as `plain_heading` writes them, of a payment's own number: a later row with it replaces or removes it."""


def as_payments(table: RawTable) -> RawTable:
    """Name the columns and mark every row as a payment if the table is an export of payments.

    It is one if it has a column for the charge's number and one for the amount paid, but none for units: the headings
    in data/ingest/values.toml, [payment_file]. Any other table is returned unchanged.
    """
    by_plain = {plain_heading(heading): heading for heading in table.headings}
    payment_headings = payment_columns()
    heading_of = {
        field: by_plain[alias]
        for field, aliases in payment_headings.items()
        if (alias := next((name for name in aliases if name in by_plain), None)) is not None
    }
    if not {"record_id", "insurance_paid_cents"} <= heading_of.keys() or "units" in by_plain:
        return table
    empty = {"Units": "units", "Patient": "patient_id", "Service": "code", "Day": "date_of_service"}
    added = {heading: field for heading, field in empty.items() if field not in heading_of}
    frame = table.frame.with_columns(pl.lit(None, pl.String).alias(heading) for heading in added)
    columns = (*((heading, field) for field, heading in heading_of.items()), *added.items())
    preset = pl.repeat("row__payment", frame.height, dtype=pl.String, eager=True).alias("preset")
    if (
        "export_flag" in heading_of
        and (number_column := next((name for name in _PAYMENT_NUMBERS if name in by_plain), None)) is not None
    ):
        superseded = replaced_rows(frame[by_plain[number_column]], frame[heading_of["export_flag"]])
        preset = preset.scatter(superseded.arg_true(), "row__replaced")
    return replace(table, frame=frame, columns=columns, preset=preset)
