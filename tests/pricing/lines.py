"""Billing lines for tests of pricing: built from what a test cares about, or drawn at random, reproducibly."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.lines.billing_line import SCHEMA
from analysis.medicare.fees import NATIONAL, Locality, resolve
from tests.pricing import reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analysis.pricing import ClinicLocalities

DAY = date(2026, 3, 2)
DEFAULTS: dict[str, Any] = {
    "source_file": "test.csv",
    "patient_key": 1,
    "visit_key": 1,
    "date_of_service": DAY,
    "code": "97110",
    "modifiers": "GP",
    "units": 1,
    "payer_class": "Medicare",
    "status": "charge",
}

AMOUNT_COLUMNS = (
    "full_units",
    "list_cents",
    "scheduled_cents",
    "expected_cents",
    "coinsurance_cents",
    "assistant_cut_cents",
    "sequestration_cents",
    "medicare_cents",
    "receipts_cents",
)
"""What the reference answers, in the order of `reference.Amounts.cents`."""

PLACES: dict[str | None, Locality] = {
    "Dayton": resolve("15202-00"),
    "Anaheim": resolve("01182-26"),  # until 2023; then 01182-18
    "San Juan": resolve("09202-20"),
    "Anchorage": resolve("02102-01"),
    "Manhattan": resolve("13202-01"),
    "Textbook": NATIONAL,
    None: resolve("10112-00"),
}
"""Clinics and their localities; the generated lines also have a clinic that is not among them."""

UNPLACED = "Elsewhere"


def frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Canonical lines, numbered in order, of what differs from DEFAULTS."""
    full = [
        dict.fromkeys(SCHEMA) | DEFAULTS | {"line_id": index, "source_row": index + 2} | dict(row)
        for index, row in enumerate(rows)
    ]
    columns = {name: pl.Series(name, [row[name] for row in full], dtype) for name, dtype in SCHEMA.items()}
    return pl.DataFrame(columns)


def for_reference(lines: pl.DataFrame, places: ClinicLocalities | Locality) -> list[reference.Line]:
    """The same lines as the reference takes them."""

    def place(clinic: str | None) -> str | None:
        found = places if isinstance(places, Locality) else places.get(clinic)
        return found.key if found else None

    def dollars(cents: int | None) -> Decimal | None:
        return None if cents is None else Decimal(cents) / 100

    return [
        reference.Line(
            row["line_id"],
            row["visit_key"],
            row["date_of_service"],
            row["code"],
            row["modifiers"],
            row["units"],
            place(row["clinic"]),
            dollars(row["charge_cents"]),
            row["place_of_service"],
            row["payer"] or row["payer_class"],
        )
        for row in lines.iter_rows(named=True)
    ]


def expected(
    lines: pl.DataFrame,
    places: ClinicLocalities | Locality,
    track: reference.Track = "non_qp",
    *,
    proposed: bool = False,
) -> pl.DataFrame:
    """The reference's answer: line_id and AMOUNT_COLUMNS, null where there is no amount, by line_id."""
    priced = reference.price(for_reference(lines, places), track, proposed=proposed)
    nothing = (None,) * len(AMOUNT_COLUMNS)
    rows = [(line_id, *(amounts.cents() if amounts else nothing)) for line_id, amounts in sorted(priced.items())]
    return pl.DataFrame(rows, schema=dict.fromkeys(("line_id", *AMOUNT_COLUMNS), pl.Int64), orient="row")


def random_lines(
    count: int, seed: int, *, since: int = 2020, clinics: Sequence[str | None] = (*PLACES, "Dayton", UNPLACED)
) -> pl.DataFrame:
    """Canonical lines of made-up visits that meet every rule often: ties, caps, assistants, new rates, no amount.

    Dates are from `since` to the first days of 2027.
    """
    draw = random.Random(seed)  # noqa: S311  made-up work, no secret
    turns = [day for day in _TURNS if day.year >= since]
    rows: list[dict[str, Any]] = []
    visit = 0
    while len(rows) < count:
        visit += 1
        shared = {
            "visit_key": visit * 7919,
            "date_of_service": _day(draw, turns),
            "clinic": draw.choice(clinics),
            "place_of_service": draw.choice(_PLACES_OF_SERVICE),
        }
        payers = draw.choice(_PAYERS)
        lines = draw.choice((1, 2, 3, 3, 4, 4, 5, 8)) if visit % 1000 else 40
        habits = draw.choice((_COMMON, _COMMON, _THERAPY, _TIES)), draw.choice((_MODIFIERS, ("GP", "GP CQ")))
        for _ in range(lines):
            # Now and then a patient is seen in two clinics on one day.
            elsewhere = {"clinic": draw.choice(clinics)} if draw.random() < 0.02 else {}
            payer, payer_class = draw.choice(payers)
            rows.append(shared | _line(draw, *habits) | elsewhere | {"payer": payer, "payer_class": payer_class})
    draw.shuffle(rows)
    return frame(rows[:count])


def few_lines(count: int, seed: int) -> pl.DataFrame:
    """Random lines of three places and three years: what needs fewer fee rows is priced sooner."""
    return random_lines(count, seed, since=2024, clinics=("Dayton", "Anaheim", None))


_COMMON = ("97110", "97112", "97116", "97140", "97530", "97535", "G0283", "97161")
_TIES = ("97110", "97116")  # the same RVUs from 2021 on
_RVUS = reference.rvu_rows(2026)
_THERAPY = tuple(sorted(code for (code, _), row in _RVUS.items() if row["multiple_procedure"] == "5"))
_OTHERS = (
    *("95992", "95851", "97610"),  # therapy and the like without MPPR
    *("97010", "97014", "97799", "0791T", "ZZZZZ", "R0070"),  # bundled; not valid; by the contractor; unknown
    *("76881", "95886", "45378", "G0105"),  # rows of their own for 26 and TC, or for 53
)
_ANY = tuple(sorted({code for code, _ in reference.rvu_rows(2023)}))[::100]
_MODIFIERS = (
    *("", "GP", "GP", "GP KX", "59 GP", "CQ GP", "CO GO", "GO", "GN", "26", "26 GP", "TC", "53", "CQ"),
    *("GP GY", "GP GZ", "26 GY"),  # not covered
)
_PAYERS: tuple[tuple[tuple[str | None, str], ...], ...] = (  # the payers of a visit's lines, mostly one
    *[(("Medicare", "Medicare"),)] * 4,
    (("Medicare", "Medicare"), ("MEDICARE ", "Medicare"), (None, "Medicare")),  # one payer in three spellings
    (("Medicare", "Medicare"), ("State Fund", "Workers' compensation")),
    ((None, "Medicare"), (None, "Unknown"), (None, "Commercial"), ("Aetna", "Commercial")),
    ((None, "Unknown"),),
)
_PLACES_OF_SERVICE = (None, "11", "11", "11", "12", "02", "10", "19", "21", "22", "24", "31", "32", "61", "62")
_TURNS = (  # days on which a rate or factor changes, and the edges of the schedules
    date(2020, 1, 1),
    date(2020, 5, 1),
    date(2021, 1, 1),
    date(2022, 1, 1),
    date(2022, 4, 1),
    date(2022, 7, 1),
    date(2023, 1, 1),
    date(2024, 1, 1),
    date(2024, 3, 9),
    date(2025, 1, 1),
    date(2026, 1, 1),
    date(2027, 1, 1),
)


def _day(draw: random.Random, turns: Sequence[date]) -> date:
    if draw.random() < 0.3:
        return draw.choice(turns) - timedelta(days=draw.randint(0, 1))
    return turns[0] + timedelta(days=draw.randrange((turns[-1] - turns[0]).days))


def _line(draw: random.Random, codes: Sequence[str], modifiers: Sequence[str]) -> dict[str, Any]:
    dice = draw.random()
    code = draw.choice(codes if dice < 0.85 else _OTHERS if dice < 0.98 else _ANY)
    units = draw.choice((1, 1, 1, 2, 2, 3, 4, 20))
    per_unit = draw.choice((None, None, None, 0, 1999, 2500, 2906, 3000, 6000, 123_456_789, draw.randrange(5000)))
    charge = None if per_unit is None else per_unit * units
    return {"code": code, "modifiers": draw.choice(modifiers), "units": units, "charge_cents": charge}
