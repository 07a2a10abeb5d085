"""What is made of a data set is kept, so that a move on a page makes only what the move changes.

What is made of a user's lines is kept in the user's session. What is made of published fee schedules and of the sample
clinic, which hold nothing of anybody, is kept once for all sessions.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = "kept"
"""Key of everything that is kept; it goes with the lines it is made of."""
IS_SAMPLE = "is_sample"
"""Key of whether the sample clinic is what is loaded."""
SETS, MOST = 5, 6
"""Objects of which something is kept in a session (the export, its priced lines, those under two choices of filters,
the cube), and results of one name for each: the oldest go first."""
SHARED_SETS, SHARED_MOST = 24, 24
"""The same for what all sessions share."""
Made = TypeVar("Made")


class _Itself:
    """An object as a key: equal to itself alone, however alike another one is."""

    __slots__ = ("held",)

    def __init__(self, held: object) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.held is other.held

    def __hash__(self) -> int:
        return id(self.held)


class _Shelf:
    """Results by what they are made of, by name and by key; the oldest go first."""

    def __init__(self, sets: int, most: int) -> None:
        self.sets, self.most = sets, most
        self._held: OrderedDict[_Itself, dict[str, OrderedDict[object, Any]]] = OrderedDict()
        self._lock = Lock()

    def get(self, of: object, name: str, key: object, make: Callable[[], Made], most: int | None = None) -> Made:
        mine = _Itself(of)
        with self._lock:
            results = self._held.setdefault(mine, {}).setdefault(name, OrderedDict())
            self._held.move_to_end(mine)
            while len(self._held) > self.sets:
                self._held.popitem(last=False)
            if key in results:
                results.move_to_end(key)
                found: Made = results[key]
                return found
        made = make()  # outside the lock: it may keep something itself, and others need not wait for it
        with self._lock:
            results[key] = made
            while len(results) > (most or self.most):
                results.popitem(last=False)
        return made


_SHARED = _Shelf(SHARED_SETS, SHARED_MOST)
_PUBLISHED = object()


def kept(
    of: object, name: str, key: tuple[Any, ...], make: Callable[[], Made], *, most: int | None = None, own: bool = False
) -> Made:
    """What `make` gives, made once for a data set and a key.

    Parameters
    ----------
    of:
        The lines, or what else it is made of: known by identity, so it must never be changed in place.
    name, key:
        What it is, and what else it depends on. Values are compared; what cannot be hashed is known by identity.
    make:
        Makes it. An error is not kept.
    most:
        Results of this name that are kept.
    own:
        Whether something the user has entered goes into it, so that it stays in the session even for the sample clinic.
    """
    if st.session_state.get(IS_SAMPLE) and not own:
        return _SHARED.get(of, name, _part(key), make, most)
    mine: _Shelf = st.session_state.setdefault(KEPT, _Shelf(SETS, MOST))
    return mine.get(of, name, _part(key), make, most)


def published(name: str, key: tuple[Any, ...], make: Callable[[], Made]) -> Made:
    """What `make` gives, made once for all: of published figures alone."""
    return _SHARED.get(_PUBLISHED, name, _part(key), make)


def _part(value: object) -> object:
    """A part of a key that can be compared quickly."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_part, value))
    try:
        hash(value)
    except TypeError:
        return _Itself(value)
    return value
