"""Whether a row was denied or bundled, from its status and reason codes."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from analysis.codes.carc import outcome, reasons_in
from analysis.ingest.cells.distinct import by_distinct
from analysis.ingest.settings import words
from analysis.lines.billing_line import REFUSED, Status

if TYPE_CHECKING:
    from analysis.ingest.rows.parse import Rows

REVERSAL = "reversal"
_REMITTANCE = "835"
_OF_INSURERS = ("paid_cents", "insurance_paid_cents")
_BY_OUTCOME = {"denial": Status.DENIED.value, "bundled": Status.BUNDLED.value}


def statuses(rows: Rows, positions: pl.Series) -> pl.Series:
    """Return the status of some rows: `Status`, "reversal", or null if an export does not say.

    Remittances were already decided, amount by amount (`x12.decision`). In an export a line is denied if its status
    says so ("Denied - CO50") and no insurer paid; or if its reason codes do (`carc.outcome`), wherever and however they
    are written, and nothing was allowed or paid.
    """
    text = rows.text("status")[positions]
    if rows.table.format == _REMITTANCE:
        last = pl.col("status").str.extract(r"(\w+)$")
        remittance_status = pl.when(last.is_in([*REFUSED, REVERSAL])).then(last).otherwise(pl.lit(Status.CHARGE.value))
        return text.to_frame("status").select(remittance_status).to_series()
    status_text = by_distinct(text, _read_statuses)["said"]
    reasons = rows.text("adjustment_reasons")[positions]
    coded = by_distinct(reasons, _coded)["coded"]
    amounts = {name: rows.values[name][positions] for name in (*_OF_INSURERS, "allowed_cents") if name in rows.values}
    frame = pl.DataFrame({"said": status_text, "coded": coded, **amounts})
    is_paid = pl.any_horizontal(
        pl.lit(value=False), *(pl.col(name).fill_null(0) > 0 for name in _OF_INSURERS if name in amounts)
    )
    nothing = pl.all_horizontal(pl.lit(value=True), *(pl.col(name).fill_null(0) == 0 for name in amounts))
    status = pl.when(~is_paid).then(pl.col("said")), pl.when(nothing).then(pl.col("coded"))
    return frame.select(status=pl.coalesce(*status)).to_series()


def denied_but_paid(rows: Rows) -> pl.Series:
    """Mark rows whose status says denied although an insurer paid: they count as paid."""
    status_text = by_distinct(rows.text("status"), _read_statuses)["said"]
    amounts = [rows.values[name].fill_null(0) > 0 for name in _OF_INSURERS if name in rows.values]
    payments = pl.DataFrame({str(index): amount for index, amount in enumerate(amounts)})
    if not amounts or rows.table.format == _REMITTANCE:
        return pl.repeat(value=False, n=rows.height, dtype=pl.Boolean, eager=True)
    return (status_text == Status.DENIED.value).fill_null(value=False) & payments.select(
        pl.any_horizontal(pl.all())
    ).to_series()


@cache
def _denied_words() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the words that mean a denial, and those that cancel it."""
    listed = (sorted(words("status", name), key=len, reverse=True) for name in ("denied", "not_denied"))
    denied, not_denied = (
        re.compile(rf"\b(?:{'|'.join(map(re.escape, words_listed))})\b", re.IGNORECASE) for words_listed in listed
    )
    return denied, not_denied


def _read_statuses(texts: pl.Series) -> pl.DataFrame:
    """Read distinct statuses as ``said``: a `Status` of a denied line, or null."""
    denied, not_denied = _denied_words()
    read_statuses: list[str | None] = []
    for text in texts:
        if not_denied.search(text):
            read_statuses.append(None)
        elif denied.search(text):
            read_statuses.append(Status.DENIED.value)
        else:
            read_statuses.append(_BY_OUTCOME.get(outcome(reasons_in(text, bare=False)) or ""))
    return pl.DataFrame({"said": pl.Series(read_statuses, dtype=pl.String)})


def _coded(texts: pl.Series) -> pl.DataFrame:
    """Read distinct reasons as ``coded``: what they mean for a line without dollars, or null."""
    statuses_of_reasons = [_BY_OUTCOME.get(outcome(reasons_in(text)) or "") for text in texts]
    return pl.DataFrame({"coded": pl.Series(statuses_of_reasons, dtype=pl.String)})
