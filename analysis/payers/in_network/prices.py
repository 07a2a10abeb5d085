"""A negotiated price as the file has it, read into whole cents or basis points."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

from analysis.money import BASIS

NEVER = date(9999, 12, 31)
"""What the schema has for a rate that does not expire."""
NEGOTIATED, DERIVED, FEE_SCHEDULE = "negotiated", "derived", "fee schedule"
PERCENTAGE, PER_DIEM = "percentage", "per diem"
DOLLARS = frozenset({NEGOTIATED, DERIVED, FEE_SCHEDULE})
"""The types of a price in dollars for one unit; a per diem is one for a day."""
PROFESSIONAL = frozenset({"professional", "both"})
CSTM_00 = "CSTM-00"
"""A place of service that stands for all of them; a code that stands for all codes of its type."""
_LIMIT = Decimal(1_000_000_000)
_SPACES = re.compile(r"[\s_]+")


class Price(NamedTuple):
    """What a payer agreed to pay for a unit of a code.

    Attributes
    ----------
    modifiers, places:
        Sorted, with spaces between; empty: none, and any place.
    cents, percent_bp:
        One of the two: dollars, or the part of the charge.
    expires:
        None: never, or the file does not say.
    """

    code: str
    modifiers: str
    places: str
    billing_class: str
    negotiated_type: str
    cents: int | None
    percent_bp: int | None
    expires: date | None
    arrangement: str

    @property
    def is_of_market(self) -> bool:
        """Whether it is a professional fee-for-service rate in dollars, which is what a market is made of."""
        return self.arrangement == "ffs" and self.negotiated_type in DOLLARS and self.billing_class in PROFESSIONAL


def read_price(entry: object, code: str, arrangement: str) -> Price | None:
    """Read one of `negotiated_prices`; None for one without a usable number."""
    if not isinstance(entry, dict):
        return None
    negotiated_type = _normalized(entry.get("negotiated_type"))
    rate = entry.get("negotiated_rate")
    is_number = isinstance(rate, int | Decimal | str) and not isinstance(rate, bool)
    amount = _hundredths(rate) if is_number else None
    if amount is None:
        return None
    is_percent = negotiated_type == PERCENTAGE
    return Price(
        code,
        _sorted_words(entry.get("billing_code_modifier")),
        _sorted_words(entry.get("service_code")),
        _normalized(entry.get("billing_class")),
        negotiated_type,
        None if is_percent else amount,
        amount if is_percent else None,
        _date(entry.get("expiration_date")),
        arrangement,
    )


def arrangement_of(entry: object) -> str:
    """Return ffs, bundle or capitation, as the file has it."""
    return _normalized(entry)


@lru_cache(maxsize=1 << 14)
def _hundredths(value: int | Decimal | str) -> int | None:
    """Return cents of dollars, which are also the basis points of a percentage, half-up; None for what is no rate."""
    try:
        number = Decimal(value.replace(",", "").strip("$% ") if isinstance(value, str) else value)
    except InvalidOperation:
        return None
    if not number.is_finite() or not 0 <= number < _LIMIT:
        return None
    return int((number * (BASIS // 100)).quantize(Decimal(1), ROUND_HALF_UP))


@lru_cache(maxsize=1 << 10)
def _normalized_text(text: str) -> str:
    return _SPACES.sub(" ", text.strip().lower())


def _normalized(value: object) -> str:
    return _normalized_text(value) if isinstance(value, str) else ""


@lru_cache(maxsize=1 << 10)
def _date_of(text: str) -> date | None:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return None if day == NEVER else day


def _date(value: object) -> date | None:
    return _date_of(value) if isinstance(value, str) else None


def _sorted_words(value: object) -> str:
    """Return the words of a list, sorted, with spaces between."""
    if not value:
        return ""
    words = value if isinstance(value, list) else [value]
    return _sorted_text(tuple(str(word) for word in words if word is not None))


@lru_cache(maxsize=1 << 12)
def _sorted_text(words: tuple[str, ...]) -> str:
    return " ".join(sorted({word.strip().upper() for word in words} - {""}))
