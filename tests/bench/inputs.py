"""Billing lines to measure with: the sample practice's visits, as an analyst would get them from a warehouse.

One row a charge line, by date: line_id, patient, date_of_service, code, modifiers, units, payer, clinic, charge_cents;
patients, codes, modifiers, payers and clinics are text. About 3.1 lines a visit.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from analysis.medicare.fees import load_book, resolve
from analysis.medicare.policy import load_policy
from analysis.pricing import schedule_amounts
from analysis.sample.lines import canonical
from analysis.sample.practice import load_practice
from analysis.sample.services import draw_services

if TYPE_CHECKING:
    from analysis.medicare.fees import Locality, Schedule
    from analysis.medicare.policy import Rules

CHUNK = 1_000_000
"""Lines drawn at a time."""


def places() -> dict[str | None, Locality]:
    """The Medicare locality of every clinic of the sample practice."""
    return {clinic.name: resolve(clinic.zip) for clinic in load_practice().clinics}


def _chunk(seed: int, lines: int, first_line: int, first_patient: int) -> tuple[pl.DataFrame, int]:
    """Lines by date, and the first patient number that is free after them."""
    practice = load_practice()
    services = draw_services(practice, seed, lines)
    frame = canonical(practice, services).sort("date_of_service", maintain_order=True)
    text = [pl.col(name).cast(pl.String) for name in ("code", "modifiers", "payer", "clinic")]
    patient = pl.format("P{}", (pl.col("patient_key") + first_patient).cast(pl.String).str.zfill(9))
    line_id = pl.int_range(first_line, first_line + pl.len(), dtype=pl.Int64)
    rows = frame.with_columns(*text, patient.alias("patient"), line_id.alias("line_id")).select(
        "line_id", "patient", "date_of_service", "code", "modifiers", "units", "payer", "clinic", "charge_cents"
    )
    return rows, first_patient + int(np.max(services.patient)) + 1


def write_lines(folder: Path, lines: int, seed: int) -> None:
    """Write lines.parquet and lines.csv with the same `lines` rows, clinics.csv and fees.csv."""
    writer, written, patients = None, 0, 0
    with (folder / "lines.csv").open("wb") as text:
        while written < lines:
            rows, patients = _chunk(seed + written // CHUNK, min(CHUNK, lines - written), written, patients)
            table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
            writer = writer or pq.ParquetWriter(folder / "lines.parquet", table.schema, compression="zstd")
            writer.write_table(table)
            rows.write_csv(text, include_header=written == 0)
            written += rows.height
    if writer:
        writer.close()
    _write_fees(folder)


CUT_E4 = 328_409
"""A conversion factor to try, times 10,000: that of every year in fees_cut.csv."""


def _write_fees(folder: Path) -> None:
    """Write clinics.csv, fees.csv and fees_cut.csv, the tables an analyst would keep beside the lines.

    clinics.csv: clinic, locality. Fees, one row a code, locality and year: pe_rvu_e2, full_cents, reduced_cents, mppr
    and the year's rates in basis points. Within the practice's two years no number changes inside a calendar year.
    """
    practice, book, policy = load_practice(), load_book(), load_policy()
    clinics = {str(clinic): place.key for clinic, place in places().items()}
    pl.DataFrame({"clinic": list(clinics), "locality": list(clinics.values())}).write_csv(folder / "clinics.csv")
    days = (practice.first_day, date(2025, 1, 1), practice.last_day)
    own = {day: book.schedule_on(day) for day in days}
    cut = {
        day: replace(schedule, periods=tuple(replace(part, factors_e4={"non_qp": CUT_E4}) for part in schedule.periods))
        for day, schedule in own.items()
    }
    for name, schedules in (("fees.csv", own), ("fees_cut.csv", cut)):
        tables = [
            _fees(schedule, place, day, list(practice.charges), policy.on(day))
            for place in set(places().values())
            for day, schedule in schedules.items()
        ]
        pl.concat(tables).write_csv(folder / name)


def _fees(schedule: Schedule, place: Locality, day: date, codes: list[str], rules: Rules) -> pl.DataFrame:
    return schedule_amounts(schedule, place, on=day, codes=codes).select(
        pl.col("hcpcs").alias("code"),
        pl.lit(place.key).alias("locality"),
        pl.lit(day.year).alias("year"),
        "pe_rvu_e2",
        "full_cents",
        "reduced_cents",
        "mppr",
        pl.lit(rules["patient_share_bp"]).alias("patient_share_bp"),
        pl.lit(rules["assistant_share_bp"]).alias("assistant_share_bp"),
        pl.lit(rules["sequestration_bp"]).alias("sequestration_bp"),
    )


if __name__ == "__main__":
    write_lines(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
