"""Results computed from a data set are cached, so that a click computes only what it changes.

Results from a user's lines are cached in the user's session. Results from published fee schedules and from the sample
clinic, which hold no user's data, are cached once for all sessions.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable

CACHE = "cached_results"
"""Key of the session's cache; it is deleted with the lines its results come from."""
IS_SAMPLE = "is_sample"
"""Key of the flag that says whether the sample clinic is loaded."""
SETS, MOST = 5, 6
"""Most sources with cached results in a session (the export, its priced lines, two filtered sets of lines, the cube),
and most results of one name for each source: the oldest are dropped first."""
FOR_ALL_SETS, FOR_ALL_MOST = 24, 24
"""The same for the cache that all sessions share."""
Result = TypeVar("Result")


class _Identity:
    """An object as a key: equal to itself alone, however alike another one is."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


class _Cache:
    """Results by source, name and key; the oldest are dropped first."""

    def __init__(self, sets: int, most: int) -> None:
        self.sets, self.most = sets, most
        self._results: OrderedDict[_Identity, dict[str, OrderedDict[object, Any]]] = OrderedDict()
        self._lock = Lock()

    def get(
        self, source: object, name: str, key: object, make: Callable[[], Result], most: int | None = None
    ) -> Result:
        identity = _Identity(source)
        with self._lock:
            results = self._results.setdefault(identity, {}).setdefault(name, OrderedDict())
            self._results.move_to_end(identity)
            while len(self._results) > self.sets:
                self._results.popitem(last=False)
            if key in results:
                results.move_to_end(key)
                result: Result = results[key]
                return result
        result = make()  # outside the lock: it may use the cache itself, and other sessions need not wait
        with self._lock:
            results[key] = result
            while len(results) > (most or self.most):
                results.popitem(last=False)
        return result


_FOR_ALL = _Cache(FOR_ALL_SETS, FOR_ALL_MOST)
_PUBLISHED = object()


def cached(
    source: object,
    name: str,
    key: tuple[Any, ...],
    make: Callable[[], Result],
    *,
    most: int | None = None,
    private: bool = False,
) -> Result:
    """Return what `make` returns, computed once for a data set and a key.

    Parameters
    ----------
    source:
        The lines, or the other object it is computed from: compared by identity, so it must never change in place.
    name, key:
        The result's name, and what else it depends on. Values are compared; an unhashable one by identity.
    make:
        Computes the result. An error is not cached.
    most:
        Most cached results of this name.
    private:
        Whether it depends on anything the user entered, so that it stays in the session even for the sample clinic.
    """
    if st.session_state.get(IS_SAMPLE) and not private:
        return _FOR_ALL.get(source, name, _hashable(key), make, most)
    cache: _Cache = st.session_state.setdefault(CACHE, _Cache(SETS, MOST))
    return cache.get(source, name, _hashable(key), make, most)


def cached_for_all(name: str, key: tuple[Any, ...], make: Callable[[], Result]) -> Result:
    """Return what `make` returns, computed once for all sessions: from published figures only."""
    return _FOR_ALL.get(_PUBLISHED, name, _hashable(key), make)


def _hashable(value: object) -> object:
    """Return the part of a key in a form that can be compared quickly."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_hashable, value))
    try:
        hash(value)
    except TypeError:
        return _Identity(value)
    return value
