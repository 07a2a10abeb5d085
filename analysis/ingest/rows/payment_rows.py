"""Rows that are not charge lines but pay charges or take payments back: `frames.POSTINGS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells.distinct import by_distinct
from analysis.ingest.cells.row_types import ADJUSTMENT, PAYMENT, read_kinds, signed
from analysis.ingest.frames import POSTINGS
from analysis.ingest.rows.join_keys import keys_of
from analysis.ingest.rows.statuses import statuses
from analysis.lines.billing_line import CENTS

if TYPE_CHECKING:
    from analysis.ingest.rows.parse import Rows

REASONS = ("row__payment", "remittance__reversal_alone", "remittance__no_service")
"""Reasons of ignored rows whose money belongs to charges elsewhere."""
_PAID = ("insurance_paid_cents", "patient_paid_cents", "adjustment_cents")
_AMOUNTS = tuple(name for name in CENTS if name != "paid_cents")


def postings_of(rows: Rows, decisions: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return the postings among the ignored rows."""
    positions = decisions.filter(pl.col("reason").is_in(REASONS))["row"]
    if not positions.len():
        return pl.DataFrame(schema=POSTINGS)
    nothing = pl.repeat(None, positions.len(), dtype=pl.Int64, eager=True)

    def value(name: str) -> pl.Series:
        return rows.values[name][positions] if name in rows.values else nothing

    frame = pl.DataFrame(
        {
            "source_file": pl.repeat(rows.table.name, positions.len(), dtype=pl.String, eager=True),
            "source_row": rows.table.source_rows(positions),
            **keys_of(rows, positions, key).to_dict(),
            "patient_key": value("patient_key"),
            "date_of_service": value("date"),
            "code": value("code"),
            "modifiers": value("modifiers"),
            "units": value("units"),
            "units_paid": value("units_paid"),
            **{name: value(name) for name in _AMOUNTS},
            "adjustment_reasons": rows.text("adjustment_reasons")[positions],
            "status": statuses(rows, positions),
            "payer": rows.text("payer")[positions],
            "paid_on": value("paid_on"),
        }
    )
    return _by_payer(frame, rows.text("row_type")[positions]).select(
        pl.col(name).cast(dtype) for name, dtype in POSTINGS.items()
    )


def _by_payer(frame: pl.DataFrame, types: pl.Series) -> pl.DataFrame:
    """Put each amount in the column of its payer, by row type (insurer, patient, adjustment).

    A ledger has one amount column: if no payment column says more, its amount is the payment, with the sign that
    `row_types.signed` finds from all of them.
    """
    row_types = by_distinct(types, read_kinds)
    has_no_payment = pl.all_horizontal(pl.col(name).is_null() for name in _PAID)
    has_one_amount = frame.select(has_no_payment).to_series() & row_types["kind"].is_in(
        [PAYMENT, ADJUSTMENT]
    ).fill_null(value=False)
    charge = frame["charge_cents"].cast(pl.Int64)
    amount_types = row_types.with_columns(
        kind=pl.when(pl.lit(has_one_amount)).then("kind"), back=pl.col("back").fill_null(value=False)
    )
    amount = signed(signed(charge, amount_types, [PAYMENT]), amount_types, [ADJUSTMENT])
    patient = row_types["of_patient"].fill_null(value=False)
    written_off = (row_types["kind"] == ADJUSTMENT).fill_null(value=False)
    amounts = {name: frame[name].cast(pl.Int64) for name in _PAID}
    no_amounts = pl.repeat(None, frame.height, dtype=pl.Int64, eager=True)
    insurer_amounts = amount.zip_with(has_one_amount, amounts["insurance_paid_cents"])
    by_insurer = insurer_amounts.zip_with(~patient & ~written_off, no_amounts)
    by_patient = insurer_amounts.zip_with(patient & ~written_off, amounts["patient_paid_cents"])
    return frame.with_columns(
        insurance_paid_cents=by_insurer,
        patient_paid_cents=by_patient,
        adjustment_cents=amount.zip_with(has_one_amount & written_off, amounts["adjustment_cents"]),
        charge_cents=no_amounts.zip_with(has_one_amount, charge),
    )
