"""What is made of a data set is kept in the session, so that a move on a page makes only what the move changes."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = "kept"
"""Key of everything that is kept; it goes with the lines it is made of."""
SETS, MOST = 5, 6
"""Objects of which something is kept (the export, its priced lines, those under two choices of filters, the cube), and
results of one name for each: the oldest go first."""
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


def kept(of: object, name: str, key: tuple[Any, ...], make: Callable[[], Made], *, most: int = MOST) -> Made:
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
    """
    sets: OrderedDict[_Itself, dict[str, OrderedDict[object, Any]]]
    sets = st.session_state.setdefault(KEPT, OrderedDict())
    mine, full = _Itself(of), _part(key)
    results = sets.setdefault(mine, {}).setdefault(name, OrderedDict())
    sets.move_to_end(mine)
    if full not in results:
        results[full] = make()
    results.move_to_end(full)
    while len(results) > most:
        results.popitem(last=False)
    while len(sets) > SETS:
        sets.popitem(last=False)
    found: Made = results[full]
    return found


def _part(value: object) -> object:
    """A part of a key that can be compared quickly."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_part, value))
    try:
        hash(value)
    except TypeError:
        return _Itself(value)
    return value
