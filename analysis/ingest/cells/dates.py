"""Read dates: numbers in any order, Excel serial numbers, month names, with or without a time.

The order of day and month is decided for the whole column: a single 31/01/2026 makes the column day-first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells.distinct import by_distinct

if TYPE_CHECKING:
    from analysis.ingest.mapping import DateOrder

_TIME = r"(?i)[T\s,]+\d{1,2}:\d{2}.*$"
_WEEKDAY = re.compile(r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d{1,2})[/\-. ](\d{1,2})[/\-. ](\d{4}|\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})[/\-. ](\d{1,2})[/\-. ](\d{1,2})")
_EIGHT = re.compile(r"\d{8}")
_SIX = re.compile(r"\d{6}")
_FIVE = re.compile(r"\d{5}")
_SAME_DAY = re.compile(r"(.{6,10}?)\s*(?:-|\u2013|to|thru|through)\s*\1", re.IGNORECASE)
"""A range of one day, as claim forms write it: 03/02/2026 - 03/02/2026. A longer range is not a date of service."""
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s\-/,.]*([a-z]{3,9})\.?[\s\-/,.]*(\d{4}|\d{2})", re.IGNORECASE)
_NAME_FIRST = re.compile(r"([a-z]{3,9})\.?[\s\-/]*(\d{1,2})(?:st|nd|rd|th)?[\s\-/,]+(\d{4}|\d{2})", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_EPOCH = date(1899, 12, 30)  # Excel's day 0, corrected for its false leap day in 1900
_SERIALS = range(32_874, 73_051)  # 1990-01-01 to 2099-12-31
_YEARS = range(1900, 2100)
_DECEMBER = 12
_LATE = 8
"""How many years back a billing export is likely to reach."""


@dataclass(frozen=True, slots=True)
class Order:
    """The order of day, month and year in numeric dates, and how it was decided.

    Attributes
    ----------
    order:
        ``mdy``, ``dmy`` or ``ymd``.
    reason:
        ``chosen`` by the user, ``proved`` by a day above 12, ``contradicted`` (cells prove both orders; the more common
        one won), ``ambiguous`` (no cell shows it; the American order is used), or ``unneeded`` (no such dates).
    """

    order: DateOrder
    reason: str


def decide_order(cells: pl.Series, order: DateOrder = "auto") -> Order:
    """Decide the order of a whole column of dates."""
    if order != "auto":
        return Order(order, "chosen")
    day_first = month_first = neither = 0
    for text in cells.drop_nulls().unique():
        if (match := _NUMBERS.match(_WEEKDAY.sub("", text))) is None:
            continue
        first, second = int(match[1]), int(match[2])
        day_first += first > _DECEMBER >= second
        month_first += second > _DECEMBER >= first
        neither += first <= _DECEMBER and second <= _DECEMBER
    if day_first and month_first:
        return Order("dmy" if day_first > month_first else "mdy", "contradicted")
    if day_first or month_first:
        return Order("dmy" if day_first else "mdy", "proved")
    return Order("mdy", "ambiguous" if neither else "unneeded")


def read_dates(cells: pl.Series, *, order: DateOrder, today: date) -> pl.DataFrame:
    """Read distinct cells as dates: one column ``date``, null if the cell is not a date.

    A two-digit year means the latest such year that is not later than next year.
    """
    timeless = cells.str.replace(_TIME, "")
    zeros_lost = _lost_zeros(timeless, order, today)

    def read_days(distinct: pl.Series) -> pl.DataFrame:
        days = [
            _read_date(text.zfill(6) if zeros_lost and _FIVE.fullmatch(text) else text, order, today)
            for text in distinct
        ]
        return pl.DataFrame({"date": pl.Series(days, dtype=pl.Date)})

    return by_distinct(timeless, read_days)


def _lost_zeros(cells: pl.Series, order: DateOrder, today: date) -> bool:
    """Tell whether five-digit numbers are six-digit dates whose leading zero a spreadsheet dropped, not serial numbers.

    They are if other cells in the column have six digits, or if all of them give recent dates when read this way and
    old dates when read as serial numbers.
    """
    texts = cells.drop_nulls().unique().to_list()
    five = [text for text in texts if _FIVE.fullmatch(text)]
    if not five:
        return False
    days = [_in_numbers(text.zfill(6), order, today) for text in five]
    if any(day is None for day in days):
        return False
    if any(_SIX.fullmatch(text) for text in texts):
        return True
    serials = [_in_numbers(text, order, today) for text in five]
    late = date(today.year - _LATE, 1, 1)
    return all(day and day >= late for day in days) and not any(day and day >= late for day in serials)


def _read_date(text: str, order: DateOrder, today: date) -> date | None:
    """Read one text as a date, or return None."""
    text = _WEEKDAY.sub("", text.strip())
    if match := _SAME_DAY.fullmatch(text):
        text = match[1]
    return _in_numbers(text, order, today) or _with_month_name(text, today)


def _in_numbers(text: str, order: DateOrder, today: date) -> date | None:
    """Read a date written only in numbers, or return None."""
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(match[1], match[2], match[3], today=today)
    if match := _NUMBERS.fullmatch(text):
        return _ordered(match[1], match[2], match[3], order, today)
    if match := _SERIAL.fullmatch(text):
        serial = int(match[1])
        return _EPOCH + timedelta(days=serial) if serial in _SERIALS else None
    if _SIX.fullmatch(text):
        return _ordered(text[:2], text[2:4], text[4:], order, today)
    if _EIGHT.fullmatch(text):
        year_first = _day(text[:4], text[4:6], text[6:], today=today)
        year_last = _ordered(text[:2], text[2:4], text[4:], order, today)
        return year_first if year_first and year_first.year in _YEARS else year_last
    return None


def _with_month_name(text: str, today: date) -> date | None:
    """Read a date with an English month name, or return None."""
    if (match := _NAMED.fullmatch(text)) and (month := _month(match[2])):
        return _day(match[3], month, match[1], today=today)
    if (match := _NAME_FIRST.fullmatch(text)) and (month := _month(match[1])):
        return _day(match[3], month, match[2], today=today)
    return None


def _ordered(first: str, second: str, third: str, order: DateOrder, today: date) -> date | None:
    """Build a date from three numbers whose order is known."""
    if order == "dmy":
        return _day(third, second, first, today=today)
    if order == "ymd" and len(third) == len("26"):
        return _day(first, second, third, today=today)
    return _day(third, first, second, today=today)


def _month(name: str) -> str | None:
    """Return the number of a month from its English name, as text."""
    lower = name.lower()
    if lower[:3] in _MONTHS and (lower in _MONTHS or lower == "sept" or lower in _LONG_MONTHS):
        return str(_MONTHS.index(lower[:3]) + 1)
    return None


def _day(year: str, month: str, day: str, *, today: date) -> date | None:
    """Build a date from its numbers as text; None if there is no such day."""
    number = int(year)
    if len(year) == len("26"):
        number += 2000 if number <= today.year % 100 + 1 else 1900
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None
