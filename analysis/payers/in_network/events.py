"""JSON as a stream of events, and what reads one value of it: skipped, built whole, or member by member.

Every function takes the stream right after the first event of its value and leaves it right after the last one.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import ijson

from analysis.errors import BadInput
from analysis.payers.in_network.opening import AGAIN, EXPECTED, PIECE, Source, cut_off

if TYPE_CHECKING:
    from collections.abc import Iterator

    Events = Iterator[tuple[str, object]]

_OPENS, _CLOSES = frozenset({"start_map", "start_array"}), frozenset({"end_map", "end_array"})
_DEEPEST = 50
"""Levels inside one value; the schema has five at most."""


class TooDeep(Exception):
    """Values nested deeper than any file of the schema; `parsed` reports them to the user."""


@contextmanager
def parsed(source: Source) -> Iterator[Events]:
    """Yield the events of a file.

    Raises
    ------
    BadInput
        While they are read: for what is not JSON, and for a file that is cut off.
    """
    try:
        yield ijson.basic_parse(source, buf_size=PIECE)
    except TooDeep as error:
        raise BadInput("values nested too deeply", expected=EXPECTED, todo=AGAIN, file=source.name) from error
    except (ijson.JSONError, ArithmeticError) as error:  # ArithmeticError: an exponent of twenty digits
        if source.ended:
            raise cut_off(source.name) from error
        todo = "choose the JSON file the payer publishes, not a web page that links to it"
        raise BadInput("text that is not JSON", expected=EXPECTED, todo=todo, file=source.name) from error


def skip(events: Events, event: str) -> None:
    """Pass over a value."""
    if event not in _OPENS:
        return
    depth = 1
    for event, value in events:  # noqa: PLR1704  the loop that most of a file goes through
        if value is not None:
            continue
        if event in _OPENS:
            depth += 1
            if depth > _DEEPEST:
                raise TooDeep
        elif event in _CLOSES:
            depth -= 1
            if not depth:
                return


def build(events: Events, event: str, value: object) -> object:
    """Return a whole value, as `json.loads` would; numbers with a point are Decimals."""
    if event not in _OPENS:
        return value
    # Keys and values of a map are kept in one list until it ends: one `append` for nearly every event.
    outer_values: list[list[object]] = []
    values: list[object] = []
    append = values.append
    for event, value in events:  # noqa: PLR1704  as in `skip`
        if value is not None or event == "null":
            append(value)
        elif event in _OPENS:
            outer_values.append(values)
            if len(outer_values) > _DEEPEST:
                raise TooDeep
            values = []
            append = values.append
        else:
            built = dict(zip(values[::2], values[1::2], strict=True)) if event == "end_map" else values
            if not outer_values:
                return built
            values = outer_values.pop()
            append = values.append
            append(built)
    raise AssertionError("the parser ends with an error before its events do")


def members(events: Events) -> Iterator[tuple[str, str, object]]:
    """Yield key, first event and value of each member of a map; the caller has to read a value that was opened."""
    for event, key in events:
        if event == "end_map":
            return
        first, value = next(events)
        yield str(key), first, value


def elements(events: Events) -> Iterator[tuple[str, object]]:
    """Yield first event and value of each element of an array; the caller has to read a value that was opened."""
    for event, value in events:
        if event == "end_array":
            return
        yield event, value
