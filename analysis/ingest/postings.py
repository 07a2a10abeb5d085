"""Rows that are no charge lines but pay or take back some: `frames.POSTINGS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.frames import POSTINGS
from analysis.ingest.keys import keys_of
from analysis.ingest.settings import words
from analysis.ingest.statuses import statuses

if TYPE_CHECKING:
    from analysis.ingest.rows import Rows

REASONS = ("row__payment", "remittance__reversal_alone", "remittance__no_service")
"""Reasons of ignored rows whose money belongs to charges elsewhere."""
_PAID = ("insurance_paid_cents", "patient_paid_cents", "adjustment_cents")
_AMOUNTS = ("charge_cents", "allowed_cents", "insurance_paid_cents", "patient_paid_cents", "adjustment_cents")


def postings_of(rows: Rows, fate: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """The postings among the rows that were ignored."""
    places = fate.filter(pl.col("reason").is_in(REASONS))["row"]
    if not places.len():
        return pl.DataFrame(schema=POSTINGS)
    nothing = pl.repeat(None, places.len(), dtype=pl.Int64, eager=True)

    def value(name: str) -> pl.Series:
        return rows.values[name][places] if name in rows.values else nothing

    frame = pl.DataFrame(
        {
            "source_file": pl.repeat(rows.table.name, places.len(), dtype=pl.String, eager=True),
            "source_row": rows.table.source_rows(places),
            **keys_of(rows, places, key).to_dict(),
            "patient_key": value("patient_key"),
            "date_of_service": value("date"),
            "code": value("code"),
            "modifiers": value("modifiers"),
            "units": value("units"),
            "units_paid": value("units_paid"),
            **{name: value(name) for name in _AMOUNTS},
            "adjustment_reasons": rows.text("adjustment_reasons")[places],
            "status": statuses(rows, places),
            "payer": rows.text("payer")[places],
            "paid_on": value("paid_on"),
        }
    )
    return _sorted_out(frame, rows.text("row_type")[places]).select(
        pl.col(name).cast(dtype) for name, dtype in POSTINGS.items()
    )


def _sorted_out(frame: pl.DataFrame, kinds: pl.Series) -> pl.DataFrame:
    """Payments under the one who pays: the kind of row says whether it is an adjustment or the patient's.

    A ledger has one column of amounts, payments with a minus or without: where no column of payments says more, its
    amount is the payment.
    """
    kind = kinds.str.to_lowercase().fill_null("")
    paid = pl.col("insurance_paid_cents").cast(pl.Int64)
    nothing = pl.all_horizontal(pl.col(name).is_null() for name in _PAID)
    charge = pl.col("charge_cents").cast(pl.Int64)
    listed = kind.is_in(list(words("row_type", "payment"))) | kind.str.contains_any(list(words("row_type", "within")))
    ledger = listed & frame.select(nothing).to_series()
    patient = pl.lit(kind.str.contains_any(list(words("row_type", "of_patients"))))
    written_off = pl.lit(kind.str.contains_any(list(words("row_type", "of_adjustments"))))
    amount = pl.when(pl.lit(ledger)).then(charge.abs()).otherwise(paid)
    said = pl.lit(ledger) | ~written_off
    return frame.with_columns(
        insurance_paid_cents=pl.when(~patient & said & ~(pl.lit(ledger) & written_off)).then(amount),
        patient_paid_cents=pl.when(patient & ~written_off).then(amount).otherwise(pl.col("patient_paid_cents")),
        adjustment_cents=pl.when(pl.lit(ledger) & written_off).then(amount).otherwise(pl.col("adjustment_cents")),
        charge_cents=pl.when(pl.lit(ledger)).then(None).otherwise(charge),
    )
