"""Checks of single values in a scenario: texts, codes, classes, years, localities and conditions on lines."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from analysis.errors import BadInput, MissingRelease
from analysis.ingest.settings import meanings, payer_rules
from analysis.lines.filters import COLUMNS, NOT_STATED
from analysis.medicare.fees import load_book, resolve
from analysis.whatif.scenarios.limits import counts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from analysis.lines.filters import Filters

_CODE = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
_LINES = "\n\r\t"
"""Control characters that a longer text may hold."""


def near(text: str, words: Iterable[str], otherwise: str) -> str:
    """Say what to do about an unknown word: the nearest known one, or else `otherwise`."""
    known = nearest(text, words)
    return otherwise if known is None else f'did you mean "{known}"?'


def nearest(text: str, words: Iterable[str]) -> str | None:
    """Return the known word that is spelled most like another; None where none is."""
    by_casefold = {word.casefold(): word for word in words}
    closest = get_close_matches(text.casefold(), by_casefold, n=1)
    return by_casefold[closest[0]] if closest else None


def check_one_of(text: str, words: Iterable[str], column: str) -> None:
    """Raise BadInput for a word that is not a known one."""
    allowed = tuple(words)
    if text not in allowed:
        listed = ", ".join(allowed)
        raise BadInput(f'"{text}"', expected=f"one of {listed}", todo=near(text, allowed, "choose one"), column=column)


def check_line(text: str, column: str) -> None:
    """Raise BadInput for a one-line text that is empty, too long or holds control characters."""
    if not text.strip():
        raise BadInput("nothing", expected="text", todo="enter one", column=column)
    _check_text(text, counts().name_characters, "", column)


def check_paragraph(text: str, column: str) -> None:
    """Raise BadInput for a text that is too long or holds control characters; it may be empty or have several lines."""
    _check_text(text, counts().note_characters, _LINES, column)


def _check_text(text: str, most: int, allowed: str, column: str) -> None:
    if len(text) > most:
        raise BadInput(
            f"{len(text):,} characters", expected=f"at most {most:,} characters", todo="shorten it", column=column
        )
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in allowed for sign in text):
        raise BadInput("invisible characters", expected="text", todo="type it again", column=column)


def within(name: str, key: str) -> str:
    """Return where a key is: ``recode 2, share``; the key alone at the top of a file."""
    return f"{name}, {key}" if name else key


def check_code(code: str, column: str) -> None:
    """Raise BadInput for text that does not look like a CPT or HCPCS code."""
    if not _CODE.fullmatch(code):
        raise BadInput(
            f'"{code}"',
            expected="a five-character code such as 97110 or G0283",
            todo="correct the code, and leave out modifiers",
            column=column,
        )


@cache
def payer_classes() -> tuple[str, ...]:
    """Return every class a payer may have in data/ingest/payer_classes.toml, and those of lines without one."""
    return (*payer_rules().classes, NOT_STATED)


@cache
def _disciplines() -> tuple[str, ...]:
    return (*dict.fromkeys(meanings("discipline").values()), NOT_STATED)


def check_payer_classes(names: Iterable[str], column: str) -> None:
    """Raise BadInput for a class no payer can have."""
    for name in names:
        check_one_of(name, payer_classes(), column)


def check_where(where: Filters, column: str) -> None:
    """Raise BadInput for a condition that no line can meet, or that a scenario file cannot express."""
    if where.codes:
        raise BadInput(
            "a condition on codes",
            expected="conditions on payer class, payer, clinic, therapist, discipline and dates",
            todo="remove the codes; a recoding names its own codes",
            column=column,
        )
    if where.start and where.end and where.start > where.end:
        raise BadInput(
            f"{where.start} to {where.end}",
            expected="a start date before the end date",
            todo="swap the dates",
            column=column,
        )
    for field, key in COLUMNS.items():
        for name in getattr(where, field):
            check_name(name, within(column, key))
    check_payer_classes(where.payer_classes, within(column, "payer_class"))
    for name in where.disciplines:
        check_one_of(name, _disciplines(), within(column, "discipline"))


def check_name(name: str, column: str) -> None:
    """Raise BadInput for an empty or invalid name from an export; other names stay exactly as in the export."""
    if not name.strip() or any(unicodedata.category(sign) == "Cs" for sign in name):
        raise BadInput(
            "an empty name",
            expected=f'a name exactly as in the export, or "{NOT_STATED}" for lines without one',
            todo="remove the condition to include all lines",
            column=column,
        )


def check_year(year: int, column: str) -> None:
    """Raise BadInput for a year without a fee schedule, naming the available ones."""
    fee_book = load_book()
    if year not in fee_book.schedules:
        labels = ", ".join(schedule.label for _, schedule in sorted(fee_book.schedules.items()))
        raise BadInput(
            f"{year}, which has no fee schedule", expected=f"one of {labels}", todo="choose one", column=column
        )


def check_day(day: date, column: str) -> None:
    """Raise BadInput for a date without a fee schedule, naming the available dates."""
    fee_book = load_book()
    try:
        fee_book.schedule(day.year).period_on(day)
    except MissingRelease as error:
        first, last = (fee_book.schedules[pick(fee_book.schedules)].periods for pick in (min, max))
        raise BadInput(
            f"{day}, which has no fee schedule",
            expected=f"a date from {first[0].start} to {last[-1].end}",
            todo="choose one",
            column=column,
        ) from error


def check_locality(key: str, column: str) -> None:
    """Raise BadInput for text that is not a locality key such as ``15202-00``."""
    resolved = locality_key(key, column)
    if resolved != key:
        raise BadInput(
            f'"{key}"', expected="a MAC and locality number", todo=f'write it as "{resolved}"', column=column
        )


def locality_key(text: str, column: str) -> str:
    """Return the locality key of a MAC and number, a ZIP code or a state; BadInput if there is none."""
    try:
        return resolve(text).key
    except BadInput as error:
        raise BadInput(error.found, expected=error.expected, todo=error.todo, column=column) from error
