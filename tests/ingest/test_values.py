"""Single values as exports write them."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from analysis.ingest.cells.amounts import is_european, read_amounts
from analysis.ingest.cells.dates import decide_order, read_dates
from analysis.ingest.cells.values import (
    payer_class,
    read_minutes,
    read_places,
    read_units,
    read_zips,
    split_code,
    split_modifiers,
)

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("87.50", 8750), ("87.5", 8750), ("87", 8700), ("$87.50", 8750), ("$ 87.50 ", 8750), ("1,987.92", 198792),
        ("$1,987.92", 198792), ("(1,987.92)", -198792), ("($1,987.92)", -198792), ("$(5.00)", -500), ("87.50-", -8750),
        ("-87.50", -8750),
        ("-$87.50", -8750), ("$-87.50", -8750), (".5", 50), ("5.", 500), ("0", 0), ("+3.10", 310), ("USD 12.00", 1200),
        ("12.00 CR", -1200),
        ("87.499999999999986", 8750), ("0.30000000000000004", 30), ("1.005", 101), ("-1.005", -101), ("87.5000", 8750),
        ("12,345,678.90", 1234567890),
        ("abc", None), ("1.2.3", None), ("1,98.50", None), ("--5", None), ("(5", None), ("5)", None), ("1e5", None),
        ("12 units", None), ("$", None), ("97110 GP", None),
        ("12345678901234567890", None), ("1/31/2026", None), ("1,987,92", None), ("(-5)", -500),
    ],
)  # fmt: skip
def test_american_amounts(text: str, cents: int | None) -> None:
    assert read_amounts(pl.Series([text]), european=False)["cents"].to_list() == [cents]


@pytest.mark.parametrize(
    ("text", "cents"),
    [("1.987,92", 198792), ("87,50", 8750), ("(1.987,92)", -198792), ("87,50-", -8750), ("1.987", 198700),
    ("12", 1200), ("87.50", None), ("1,987.92", None)],
)  # fmt: skip
def test_amounts_with_a_decimal_comma(text: str, cents: int | None) -> None:
    assert read_amounts(pl.Series([text]), european=True)["cents"].to_list() == [cents]


@pytest.mark.parametrize(
    ("texts", "comma"),
    [(["1.987,92", "12"], True), (["87,50"], True), (["87.50", "1,987.92"], False), (["1,987"], None),
    (["12", "x"], None), (["-87,50", "(3,10)"], True), (["1.234.567"], True)],
)  # fmt: skip
def test_the_decimal_mark_is_decided_over_the_column(texts: list[str], *, comma: bool | None) -> None:
    assert is_european([pl.Series(texts)]) is comma


def test_fractions_of_a_cent_are_told_and_noise_is_not() -> None:
    fractions = read_amounts(pl.Series(["1.005", "1.50", "1.5000", "0.30000000000000004"]), european=False)["fraction"]
    assert fractions.to_list() == [True, False, False, False]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1/31/2026", date(2026, 1, 31)), ("01/31/2026", date(2026, 1, 31)), ("01-31-2026", date(2026, 1, 31)),
        ("1.31.2026", date(2026, 1, 31)),
        ("1/31/26", date(2026, 1, 31)), ("1/31/27", date(2027, 1, 31)), ("1/31/98", date(1998, 1, 31)),
        ("2026-01-31", date(2026, 1, 31)), ("2026/1/31", date(2026, 1, 31)),
        ("20260131", date(2026, 1, 31)), ("01312026", date(2026, 1, 31)), ("46053", date(2026, 1, 31)),
        ("46053.0", date(2026, 1, 31)), ("46053.604", date(2026, 1, 31)),
        ("2026-01-31 14:30:00", date(2026, 1, 31)), ("2026-01-31T14:30:00.000Z", date(2026, 1, 31)),
        ("1/31/2026 2:30 PM", date(2026, 1, 31)), ("1/31/2026 0:00", date(2026, 1, 31)),
        ("Jan 31, 2026", date(2026, 1, 31)), ("January 31 2026", date(2026, 1, 31)), ("31-JAN-26", date(2026, 1, 31)),
        ("31 Jan 2026", date(2026, 1, 31)), ("Sat 1/31/2026", date(2026, 1, 31)),
        ("31st Jan 2026", date(2026, 1, 31)), ("Sept 5, 2026", date(2026, 9, 5)), ("2024-02-29", date(2024, 2, 29)),
        ("2/30/2026", None), ("2025-02-29", None), ("13/13/2026", None), ("97110", None), ("1234", None),
        ("soon", None), ("31 Foo 2026", None), ("1/31", None), ("0/0/0000", None), ("2026-13-01", None),
    ],
)  # fmt: skip
def test_dates(text: str, day: date | None) -> None:
    assert read_dates(pl.Series([text]), order="mdy", today=TODAY)["date"].to_list() == [day]


@pytest.mark.parametrize(
    ("texts", "order", "reason"),
    [
        (["1/2/2026", "1/31/2026"], "mdy", "proved"),
        (["1/2/2026", "31/01/2026"], "dmy", "proved"),
        (["1/2/2026", "3/4/2026"], "mdy", "ambiguous"),
        (["2026-01-31"], "mdy", "unneeded"),
        (["13/13/2026", "1/31/2026"], "mdy", "proved"),
        (["1/31/2026", "31/1/2026", "28/1/2026"], "dmy", "contradicted"),
        (["01/02/2026 00:00", "31/01/2026 00:00"], "dmy", "proved"),
    ],
)
def test_the_order_of_dates_is_decided_over_the_column(texts: list[str], order: str, reason: str) -> None:
    decided = decide_order(pl.Series(texts))
    assert (decided.order, decided.reason) == (order, reason)


def test_a_day_first_column_is_read_day_first() -> None:
    days = read_dates(pl.Series(["1/2/2026", "31/01/26", "01022026"]), order="dmy", today=TODAY)["date"].to_list()
    assert days == [date(2026, 2, 1), date(2026, 1, 31), date(2026, 2, 1)]


@pytest.mark.parametrize(
    ("text", "code", "modifiers"),
    [
        ("97110", "97110", ""), ("97110.0", "97110", ""), (" 97110 ", "97110", ""), ("g0283", "G0283", ""),
        ("0101T", "0101T", ""),
        ("97140-59", "97140", "59"), ("97110 GP KX", "97110", "GP KX"), ("97110:GP:59", "97110", "GP 59"),
        ("HC:97110:GP", "97110", "GP"), ("97110GP", "97110", "GP"), ("97110GPKX", "97110", "GP KX"),
        ("97110,GP,KX", "97110", "GP KX"), ("97110 - Ther ex", "97110", ""), ("97110 GP - Ther ex", "97110", "GP"),
        ("97110 (GP)", "97110", "GP"), ("CPT 97110", "97110", ""),
        ("9711", None, ""), ("971100", None, ""), ("NO SHOW", None, ""), ("97IIO", None, ""), ("97110ZZ", None, ""),
        ("", None, ""), ("100", None, ""),
    ],
)  # fmt: skip
def test_codes_and_the_modifiers_joined_to_them(text: str, code: str | None, modifiers: str) -> None:
    assert split_code(text) == (code, modifiers)


@pytest.mark.parametrize(
    ("text", "modifiers"),
    [("kx, GP", "GP KX"), ("GP", "GP"), ("GP;59;GP", "59 GP"), ("59.0", "59"), ("GPKX", "GP KX"), ("", ""),
    ("GP/KX/CQ/59", "59 CQ GP KX"), ("G", None), ("GPX", None), ("hello", None), ("ABCD", None)],
)  # fmt: skip
def test_modifiers_are_sorted_and_each_there_once(text: str, modifiers: str | None) -> None:
    assert split_modifiers(text) == modifiers


@pytest.mark.parametrize(
    ("text", "units", "fault"),
    [
        ("2", 2, None), ("2.0", 2, None), ("2.00", 2, None), ("2,00", 2, None), ("-1", -1, None), ("999", 999, None),
        ("02", 2, None), ("0", 0, "zero"), ("1000", None, "too_many"), ("1.5", None, "fraction"),
        ("two", None, "not_a_number"), ("UN", None, "not_a_number"), ("1/2", None, "not_a_number"),
        ("2 units", 2, None), ("1e2", None, "not_a_number"),
        ("99999999999999999999", None, "not_a_number"),
    ],
)  # fmt: skip
def test_units(text: str, units: int | None, fault: str | None) -> None:
    read = read_units(pl.Series([text]))
    assert read["units"].to_list() == [units]
    if text != "99999999999999999999":  # any fault will do, as long as it is one
        assert read["fault"].to_list() == [fault]
    assert units is not None or read["fault"].null_count() == 0


def test_minutes_places_and_zip_codes() -> None:
    assert read_minutes(pl.Series(["45", "45.0", "45 min", "0:45", "1:05", "x"]))["minutes"].to_list() == [
        45,
        45,
        45,
        45,
        65,
        None,
    ]
    assert read_places(pl.Series(["11", "2", "11 - Office", "Office", "11.0", "0", "foo"]))["place"].to_list() == [
        "11",
        "02",
        "11",
        "11",
        "11",
        None,
        None,
    ]
    assert read_zips(pl.Series(["14201", "14201-1234", "2134", "2134.0", "Buffalo"]))["zip"].to_list() == [
        "14201",
        "14201",
        "02134",
        "02134",
        None,
    ]


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        (None, "Medicare Part B", "Medicare"), (None, "NGS Medicare", "Medicare"),
        (None, "Railroad Medicare", "Medicare"), (None, "Humana Medicare Advantage", "Medicare Advantage"),
        (None, "AARP Medicare Complete", "Medicare Advantage"),
        ("Medicare", "Aetna Medicare PPO", "Medicare Advantage"), ("Medicare", "NGS", "Medicare"),
        ("3", "Whatever", "Medicare"), ("16", None, "Medicare Advantage"), ("17.0", None, "Blue Cross Blue Shield"),
        (None, "BCBS of Western NY", "Blue Cross Blue Shield"), (None, "Aetna", "Commercial"),
        (None, "UnitedHealthcare", "Commercial"), (None, "NYSIF Workers Comp", "Workers' compensation"),
        (None, "Workman's Comp", "Workers' compensation"),
        (None, "GEICO", "Auto"), (None, "No-Fault", "Auto"), (None, "Self Pay", "Self-pay"),
        (None, "Medi-Cal", "Medicaid"), (None, "Tricare East", "Military and veterans"),
        (None, "VA Community Care", "Military and veterans"),
        (None, "Zzyzx", "Unknown"), (None, None, "Unknown"), ("Commercial", "Zzyzx", "Commercial"),
    ],
)  # fmt: skip
def test_classes_of_payers(kind: str | None, name: str | None, expected: str) -> None:
    assert payer_class(kind, name) == expected
