"""The TOML files of data/, checked as they are loaded: keys, kinds of values, words that stand twice, periods.

What a file may hold is said by a form: a type, or several; a list of one form; a dict of keys and their forms. A key
that ends in ``?`` may be absent, and ``*`` stands for any further key.
"""

from __future__ import annotations

import tomllib
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from analysis.errors import ContractError
from analysis.system.paths import DATA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

Form: TypeAlias = "type | tuple[type, ...] | Sequence[Form] | Mapping[str, Form]"


def load(path: Path | str, form: Form, *, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """A file of the data folder, or one laid out like it.

    Raises
    ------
    ContractError
        Naming the file and the key, for whatever is not as the form says; a list of texts may hold each once.
    """
    path = DATA / path
    name = path.name if path.parent == DATA else "/".join(path.parts[-2:])
    try:
        table = tomllib.loads(path.read_text("utf-8"), parse_float=parse_float)
    except tomllib.TOMLDecodeError as error:  # a key that stands twice is one
        raise ContractError(f"{name}: {error}") from None
    check(table, form, name)
    return table


def check(value: object, form: Form, file: str, *keys: str) -> None:
    """Raise ContractError where a value, under these keys of a file, is not as the form says."""
    if isinstance(form, dict):
        _check_table(value, form, file, keys)
    elif isinstance(form, list):
        if not isinstance(value, list):
            raise fault(file, keys, f"{value!r} is no list")
        for place, item in enumerate(value, start=1):
            check(item, form[0], file, *keys, str(place))
        once([item for item in value if isinstance(item, str)], file, *keys)
    else:
        kinds = form if isinstance(form, tuple) else (form,)
        if not (type(value) in kinds or (type(value) is int and float in kinds)):  # True is no number, a time no date
            raise fault(file, keys, f"{value!r} is no {' or '.join(kind.__name__ for kind in kinds)}")


def _check_table(value: object, form: Mapping[str, Form], file: str, keys: tuple[str, ...]) -> None:
    if not isinstance(value, dict):
        raise fault(file, keys, f"{value!r} is no table")
    known = {name.removesuffix("?"): inner for name, inner in form.items() if name != "*"}
    for word, inner in value.items():
        if word not in known and "*" not in form:
            raise fault(file, (*keys, word), f"a key nobody knows; known are {', '.join(known)}")
        check(inner, known.get(word, form.get("*", object)), file, *keys, word)
    for name in form:
        if name != "*" and not name.endswith("?") and name not in value:
            raise fault(file, (*keys, name), "missing")


def once(words: Iterable[str], file: str, *keys: str) -> None:
    """Raise ContractError for a word that stands twice."""
    seen: set[str] = set()
    for word in words:
        if word in seen:
            raise fault(file, keys, f"{word!r} stands twice")
        seen.add(word)


def owners(lists: Mapping[str, Iterable[str]], file: str, *keys: str) -> dict[str, str]:
    """Word -> the list it stands in. Raises ContractError for one that stands in two."""
    found: dict[str, str] = {}
    for owner, words in lists.items():
        for word in words:
            if found.setdefault(word, owner) != owner:
                raise fault(file, (*keys, owner), f"{word!r} stands under {found[word]} too")
    return found


def in_order(starts: Iterable[date], file: str, *keys: str) -> None:
    """Raise ContractError unless each first day is later than the one before: a period lasts until the next."""
    days = list(starts)
    for place, (before, start) in enumerate(pairwise(days), start=2):
        if start <= before:
            raise fault(file, (*keys, str(place)), f"from {start}, which is not after {before}: the two overlap")


def without_gap(periods: Iterable[tuple[date, date]], whole: tuple[date, date], file: str, *keys: str) -> None:
    """Raise ContractError unless periods, both ends included, cover the whole, each day once."""
    due = whole[0]
    for place, (start, end) in enumerate(periods, start=1):
        if start != due or end < start:
            said = "leaves a gap" if start > due else "overlaps the one before" if end >= start else "ends too early"
            raise fault(file, (*keys, str(place)), f"from {start} to {end}: it {said}; due is {due}")
        due = end + timedelta(days=1)
    if due != whole[1] + timedelta(days=1):
        raise fault(file, keys, f"ends before {due}; it has to end with {whole[1]}")


def fault(file: str, keys: Iterable[str], said: str) -> ContractError:
    """The error for an entry of a file."""
    return ContractError(f"{', '.join((file, *keys))}: {said}")
