"""Load the TOML files of data/ and check them: keys, types of values, duplicate words, periods.

A form says what a file may hold: a type, or several; a list of one form; a dict of keys and their forms. A key that
ends in ``?`` may be absent, and ``*`` means any other key.
"""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from analysis.errors import ContractError
from analysis.system.paths import DATA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

Form: TypeAlias = "type | tuple[type, ...] | Sequence[Form] | Mapping[str, Form]"
_TYPES = {date: "a date", int: "a whole number", str: "text"}
"""The types of a value in words; others go by their Python name."""


def load(path: Path | str, form: Form, *, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """Load a file of the data folder, or one laid out like it.

    Raises
    ------
    ContractError
        Naming the file and the key, for anything the form does not allow, and for a text that a list holds twice.
    """
    path = DATA / path
    name = path.name if path.parent == DATA else "/".join(path.parts[-2:])
    try:
        table = tomllib.loads(path.read_text("utf-8"), parse_float=parse_float)
    except tomllib.TOMLDecodeError as error:  # a duplicate key is one
        raise ContractError(f"{name}: {error}") from None
    check(table, form, name)
    return table


def check(value: object, form: Form, file: str, *keys: str) -> None:
    """Raise ContractError if a value, under these keys of a file, does not have the form."""
    if isinstance(form, dict):
        _check_table(value, form, file, keys)
    elif isinstance(form, list):
        if not isinstance(value, list):
            raise fault(file, keys, f"{value!r} is not a list")
        for index, item in enumerate(value, start=1):
            check(item, form[0], file, *keys, str(index))
        once([item for item in value if isinstance(item, str)], file, *keys)
    else:
        types = form if isinstance(form, tuple) else (form,)
        # The very type: True is not a number, nor a time a date.
        if not (type(value) in types or (type(value) is int and float in types)):
            wanted = " or ".join(_TYPES.get(kind, kind.__name__) for kind in types)
            raise fault(file, keys, f"{value!r} is not {wanted}")


def _check_table(value: object, form: Mapping[str, Form], file: str, keys: tuple[str, ...]) -> None:
    if not isinstance(value, dict):
        raise fault(file, keys, f"{value!r} is not a table")
    forms = {name.removesuffix("?"): inner for name, inner in form.items() if name != "*"}
    for word, inner in value.items():
        if word not in forms and "*" not in form:
            raise fault(file, (*keys, word), f"unknown key; the known keys are {', '.join(forms)}")
        check(inner, forms.get(word, form.get("*", object)), file, *keys, word)
    for name in form:
        if name != "*" and not name.endswith("?") and name not in value:
            raise fault(file, (*keys, name), "missing")


def once(words: Iterable[str], file: str, *keys: str) -> None:
    """Raise ContractError for a duplicate word."""
    earlier: set[str] = set()
    for word in words:
        if word in earlier:
            raise fault(file, keys, f"{word!r} is listed twice")
        earlier.add(word)


def owners(lists: Mapping[str, Iterable[str]], file: str, *keys: str) -> dict[str, str]:
    """Map each word to the name of its list. Raise ContractError for a word in two lists.

    >>> owners({"insurer": ["aetna"], "patient": ["self pay"]}, "payers.toml")
    {'aetna': 'insurer', 'self pay': 'patient'}
    """
    owner_of: dict[str, str] = {}
    for owner, words in lists.items():
        for word in words:
            if owner_of.setdefault(word, owner) != owner:
                raise fault(file, (*keys, owner), f"{word!r} is also listed under {owner_of[word]}")
    return owner_of


def in_order(starts: Iterable[date], file: str, *keys: str) -> None:
    """Raise ContractError unless each first day is after the one before it: a period lasts until the next one."""
    days = list(starts)
    for index, (before, start) in enumerate(pairwise(days), start=2):
        if start <= before:
            raise fault(file, (*keys, str(index)), f"from {start}, which is not after {before}: the two overlap")


def without_gap(periods: Iterable[tuple[date, date]], whole: tuple[date, date], file: str, *keys: str) -> None:
    """Raise ContractError unless the periods, both ends included, cover every day of `whole` exactly once."""
    due = whole[0]
    for index, (start, end) in enumerate(periods, start=1):
        if start != due or end < start:
            problem = "leaves a gap" if start > due else "overlaps the one before" if end >= start else "ends too early"
            raise fault(file, (*keys, str(index)), f"from {start} to {end}: it {problem}; expected first day is {due}")
        due = end + timedelta(days=1)
    if due != whole[1] + timedelta(days=1):
        raise fault(file, keys, f"ends before {due}; it must end on {whole[1]}")


def fault(file: str, keys: Iterable[str], problem: str) -> ContractError:
    """Return the error for an entry of a file."""
    return ContractError(f"{', '.join((file, *keys))}: {problem}")
