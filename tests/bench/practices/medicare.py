"""Medicare's amounts of the practice's visits, from RevMix's own pricing: each payer's lines ranked by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.billing_line import SCHEMA
from analysis.pricing import price
from analysis.pricing.repricing import in_year
from tests.bench.practices.terms import Fee

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from analysis.medicare.fees import Locality
    from tests.bench.practices.terms import Line, Visit

_MODIFIERS = {"PT": "GP", "OT": "GO", "SLP": "GN"}
_ASSISTANT = {"PT": "CQ GP", "OT": "CO GO", "SLP": "GN"}


def modifiers(line: Line) -> str:
    """Return a line's modifiers, sorted."""
    return (_ASSISTANT if line.assistant else _MODIFIERS)[line.discipline]


def row_of(visit: Visit, line: Line) -> dict[str, Any]:
    """Return what a canonical line says about the service itself."""
    return {
        "source_file": "practice.csv",
        "patient_key": visit.patient,
        "visit_key": visit.key,
        "date_of_service": visit.day,
        "code": line.code,
        "modifiers": modifiers(line),
        "units": line.units,
        "payer_class": "Commercial",
        "clinic": visit.clinic,
        "provider": visit.therapist,
        "discipline": line.discipline,
        "place_of_service": "11",
        "charge_cents": line.charge,
        "status": "charge",
    }


def frame_of(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return rows as canonical lines, numbered in order."""
    full = [dict.fromkeys(SCHEMA) | dict(row) | {"line_id": at, "source_row": at + 2} for at, row in enumerate(rows)]
    return pl.DataFrame({name: pl.Series(name, [row[name] for row in full], kind) for name, kind in SCHEMA.items()})


class Medicare:
    """The fees of every line of a practice, by year: None follows the dates of service."""

    def __init__(self, payers: Iterable[Sequence[Visit]], places: Mapping[str | None, Locality]) -> None:
        # A visit_key of its own for each payer's part of a patient-day: what another payer decides takes no rank.
        visits = [visit for payer in payers for visit in payer]
        rows = [
            (line.at, row_of(visit, line) | {"visit_key": number})
            for number, visit in enumerate(visits)
            for line in visit.lines
        ]
        self._lines = price(frame_of(row for _, row in sorted(rows, key=lambda pair: pair[0])), places).lines
        self._known: dict[int | None, list[Fee]] = {}

    def fees(self, year: int | None) -> list[Fee]:
        """Return the fee of every line, in the order of `Line.at`."""
        if year not in self._known:
            priced = price(self._lines if year is None else in_year(self._lines, year), None, proposed=True)
            found = priced.lines.select("line_id", "fee_id", "full_units").join(
                priced.fees.select("fee_id", "full_cents", "reduced_cents", "mppr"), on="fee_id", how="left"
            )
            columns = found.sort("line_id").select("full_cents", "reduced_cents", "full_units", "mppr")
            self._known[year] = [
                Fee(full, reduced or 0, units or 0, bool(mppr)) for full, reduced, units, mppr in columns.iter_rows()
            ]
        return self._known[year]
