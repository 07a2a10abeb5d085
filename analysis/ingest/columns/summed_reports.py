"""Reports that are already summed: units and dollars by code, without patients or dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import BadInput
from analysis.ingest.cells.amounts import is_european, read_amounts
from analysis.ingest.cells.distinct import by_distinct, tidy
from analysis.ingest.cells.values import read_codes
from analysis.ingest.columns.content import agreement
from analysis.lines.billing_line import CENTS

if TYPE_CHECKING:
    from analysis.ingest.mapping import Mapping
    from analysis.ingest.read.raw_table import RawTable

_SAMPLE, _MOSTLY = 500, 0.8
_LINES = ("date_of_service", "patient_id", "patient_name", "visit_id")


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """Code totals in a report.

    Attributes
    ----------
    name:
        The file.
    frame:
        Grain: code: code, units (null if the report has none), share_units, and whichever of charge_cents,
        allowed_cents, paid_cents, insurance_paid_cents, patient_paid_cents, adjustment_cents the report has; most units
        first.
    rows_left_out:
        Rows without a procedure code, such as totals.
    """

    name: str
    frame: pl.DataFrame
    rows_left_out: int


class SummaryOnly(BadInput):
    """A file of code totals where individual charges are needed; `summary` holds the totals."""

    def __init__(self, summary: Summary) -> None:
        super().__init__(
            f"totals for {_codes(summary.frame.height)}, without patients or dates",
            expected="one row per charge",
            todo="RevMix can show its code mix; visits, MPPR, what-if and payments need one row per charge: "
            "export the detail report",
            file=summary.name,
        )
        self.summary = summary


def read_summary(table: RawTable, mapping: Mapping) -> Summary | None:
    """Return a table's code totals, or None if it is something else.

    `mapping` is the proposed mapping. A summary has codes and units or charges, but no dates of service and nothing
    that names a patient or visit.
    """
    if mapping.fields & set(_LINES) or "code" not in mapping.fields or not mapping.fields & {"units", "charge_cents"}:
        return None
    if any(_dated(table.frame[heading]) for heading in table.headings if mapping.field_of(heading) is None):
        return None
    cells = {name: table.frame[mapping.headings(name)[0]] for name in mapping.fields}
    codes = by_distinct(tidy(cells["code"], blank_words=False), read_codes)["code"]
    columns = {"code": codes}
    for name in ("units", *CENTS):
        if name in cells:
            columns[name] = _numbers(tidy(cells[name], blank_words=True))
    rows = pl.DataFrame(columns)
    code_rows = rows.drop_nulls("code")
    if code_rows.is_empty():
        return None
    totals = code_rows.group_by("code").agg(pl.exclude("code").sum())
    if "units" in totals.columns:
        totals = totals.with_columns(pl.col("units") // 100)
        whole = totals["units"].sum()
        totals = totals.with_columns(share_units=pl.when(whole != 0).then(pl.col("units") / whole))
    order = ["units" if "units" in totals.columns else "charge_cents", "code"]
    present = ["code", *(name for name in ("units", "share_units", *CENTS) if name in totals.columns)]
    return Summary(
        table.name, totals.sort(order, descending=[True, False]).select(present), rows.height - code_rows.height
    )


def _dated(cells: pl.Series) -> bool:
    """Tell whether an unknown column holds dates: then the file has single lines and must be mapped."""
    share = agreement(tidy(cells, blank_words=True).drop_nulls().head(_SAMPLE), "date")
    return share is not None and share >= _MOSTLY


def _numbers(text: pl.Series) -> pl.Series:
    """Read a column's numbers in hundredths, in its own number format."""
    european = is_european([text]) or False
    return by_distinct(text, lambda cells: read_amounts(cells, european=european))["cents"]


def _codes(number: int) -> str:
    return f"{number:,} code{'' if number == 1 else 's'}"
