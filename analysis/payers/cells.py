"""What people type into a contract, in a table's cell or on the page, read as an entry of a contract file."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analysis.errors import BadInput
from analysis.payers.book import BASES
from analysis.whatif.scenarios.files import contract_from

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analysis.whatif.scenarios import Contract

    Refused = Callable[[str], BadInput]

LABELS: Mapping[str, str] = {
    "payer": "Payer",
    "payer_class": "Payer class",
    "basis": "Pays by",
    "percent": "Percent",
    "year": "Fee schedule year",
    "locality": "Locality",
    "mppr": "MPPR",
    "further_units": "Further units, percent",
    "visit": "Rate per visit",
    "evaluation": "Rate with an evaluation",
    "visit_cap": "At most per visit",
    "visit_floor": "At least per visit",
    "lesser": "Never more than the charge",
    "assistants": "Assistants, percent",
    "since": "From",
    "until": "To",
    "code": "Code",
    "fee": "Fee",
    "further_fee": "Fee of further units",
    "fees": "Fee",
    "further_fees": "Fee of further units",
    "other": "Other codes, percent of the charge",
}
"""Entry of a contract -> its name for people."""
PERCENTS = ("percent", "other", "assistants", "further_units")
DOLLARS = ("visit", "evaluation", "visit_cap", "visit_floor", "fee", "further_fee")
DAYS = ("since", "until")
TRUTHS = ("mppr", "lesser")
_PARTS = ("assistants", "further_units")
"""Percentages of an amount that are never more than all of it."""
_MAY_BE_ZERO = ("fee", "further_fee")
"""A fee table may say that a code is paid nothing."""
_LEAST_SHARE = Decimal("0.05")
"""The least share of Medicare or of the charge that is believed: 1.1% is rather 110%."""
_LEAST_PERCENT = 5
"""From here on a number without a sign is a percentage: nobody pays five times Medicare or more."""
_MOST_SHARE = 10
_NUMBER = re.compile(r"\d+(?:\.\d*)?|\.\d+|\d{1,3}(?:,\d{3})+(?:\.\d*)?")
"""Digits with a decimal point, thousands apart or not: 88,00 is neither."""
_YES = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
_US_DAYS = ("%m/%d/%Y", "%m/%d/%y")
_ISO = len("2026-04-01")


def read_cell(entry: str, text: str, refused: Refused) -> object:
    """Read a cell that is not empty as an entry of a contract.

    Parameters
    ----------
    entry:
        As in a contract file (docs/what-if.md), or `code`, `fee` and `further_fee` of one code.
    refused:
        Makes the error of what was expected; it knows where the cell is.

    Raises
    ------
    BadInput
        Made by `refused`.
    """
    if entry in PERCENTS:
        return _share(entry, text, refused)
    if entry in DOLLARS:
        return _number(text, "dollars such as 31.50 or 1,100.00", refused, may_be_zero=entry in _MAY_BE_ZERO)
    read = _READERS.get(entry)
    return text if read is None else read(text, refused)


def contract_of_cells(entries: Mapping[str, Any]) -> Contract:
    """Make a contract of entries that `read_cell` read.

    Raises
    ------
    BadInput
        Whose column is the entry, in the words of `LABELS`.
    """
    try:
        return contract_from(dict(entries), "contract")
    except BadInput as error:
        entry, *rest = (error.column or "").removeprefix("contract").lstrip(", ").split(", ")
        column = ", ".join((LABELS.get(entry, entry), *rest)) or None
        raise BadInput(error.found, expected=error.expected, todo=error.todo, column=column) from error


def _share(entry: str, text: str, refused: Refused) -> Decimal:
    """Read a percentage as a share: 110%, 110 and 1.1 are all 1.1."""
    has_sign = "%" in text
    value = _number(text.replace("%", ""), "a percentage such as 110%", refused)
    share = value / 100 if has_sign or value >= _LEAST_PERCENT else value
    if share < _LEAST_SHARE:
        raise refused(f"a percentage such as 110%, or {(value * 100).normalize():f}% if that many times is meant")
    if share > _MOST_SHARE:
        raise refused(f"a percentage such as 110%, at most {_MOST_SHARE * 100:,}%")
    if entry in _PARTS and share > 1:
        raise refused("a percentage such as 85%, at most 100%")
    return share


def _number(text: str, expected: str, refused: Refused, *, may_be_zero: bool = False) -> Decimal:
    plain = text.strip().removeprefix("$").strip()
    if re.fullmatch(r"[-\u2212(].*", text.strip()) or plain.startswith("-"):
        raise refused(f"{expected}, not a negative number")
    if not _NUMBER.fullmatch(plain):
        raise refused(expected)
    value = Decimal(plain.replace(",", ""))
    if not value and not may_be_zero:
        raise refused("a number above zero")
    return value


def _day(text: str, refused: Refused) -> date:
    try:
        return date.fromisoformat(text[:_ISO])
    except ValueError:
        pass
    for pattern in _US_DAYS:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise refused("a day such as 2026-04-01 or 4/1/2026")


def _truth(text: str, refused: Refused) -> bool:
    if text.lower() not in _YES:
        raise refused("yes or no")
    return _YES[text.lower()]


def _year(text: str, refused: Refused) -> int:
    if not re.fullmatch(r"\d{4}(\.0)?", text):
        raise refused("a year such as 2025")
    return int(text[:4])


def _code(text: str, _refused: Refused) -> str:
    return text.upper().removesuffix(".0")


def _basis(text: str, _refused: Refused) -> str:
    """Return the basis by its name in files or on screen ("Percent of Medicare")."""
    by_name = {plain(words): basis for basis, words in BASES.items()}
    return by_name.get(plain(text), text.lower())


def plain(text: str) -> str:
    """Return the letters, digits and percent signs of a heading or a word, by which spellings are told apart."""
    return re.sub(r"[^a-z0-9%]", "", text.lower())


_READERS: Mapping[str, Callable[[str, Refused], object]] = {
    **dict.fromkeys(DAYS, _day),
    **dict.fromkeys(TRUTHS, _truth),
    "year": _year,
    "code": _code,
    "basis": _basis,
}
