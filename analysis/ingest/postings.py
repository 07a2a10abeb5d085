"""Rows that are no charge lines but pay or take back some: `frames.POSTINGS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.frames import POSTINGS
from analysis.ingest.keys import keys_of

if TYPE_CHECKING:
    from analysis.ingest.rows import Rows

REASONS = ("row__payment", "remittance__reversal_alone", "remittance__no_service")
"""Reasons of ignored rows whose money belongs to charges elsewhere."""
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
            "source_row": places + rows.table.first_row,
            **keys_of(rows, places, key).to_dict(),
            "patient_key": value("patient_key"),
            "date_of_service": value("date"),
            "code": value("code"),
            "modifiers": value("modifiers"),
            "units": value("units"),
            "units_paid": value("units_paid"),
            **{name: value(name) for name in _AMOUNTS},
            "adjustment_reasons": rows.text("adjustment_reasons")[places],
            "status": rows.text("status")[places],
            "payer": rows.text("payer")[places],
            "paid_on": value("paid_on"),
        }
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in POSTINGS.items())
