"""How a what-if says a difference: "$4,310 more", "+$4,310", and what it does to the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.money import dollars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.whatif.answers import Difference, Measure

_VERBS: dict[str, tuple[str, str, str, str]] = {
    "payers": ("revenue as your payers pay", "rises", "falls", "stays"),
    "allowed": ("expected allowed", "rises", "falls", "stays"),
    "receipts": ("expected payments", "rise", "fall", "stay"),
}
"""What a measure is called ("Revenue words" of the pages), and what becomes of it."""

_IN_CENTS_BELOW = 10_00
"""Cents below which an amount is said to the cent: "$0 more" would hide a difference."""


def words(measure: Measure) -> str:
    """The measure's name inside a sentence."""
    return _VERBS[measure][0]


def against_baseline(measure: Measure) -> str:
    """The title of an axis of differences."""
    if measure == "payers":  # the whole name does not fit a phone
        return "dollars as payers pay, compared with the baseline"
    return f"dollars of {words(measure)}, compared with the baseline"


def size(cents: int) -> str:
    """An amount without its sign: in whole dollars, small ones to the cent."""
    return dollars(abs(cents), places=0 if abs(cents) >= _IN_CENTS_BELOW or not cents else 2)


def signed(cents: int, places: int | None = None) -> str:
    """A difference with its sign: ``+$4,310``, ``-$31.20``, ``$0``; `places` fixes the decimals."""
    amount = size(cents) if places is None else dollars(abs(cents), places=places)
    return f"{'+' if cents > 0 else '-' if cents < 0 else ''}{amount}"


def more(cents: int) -> str:
    """A difference in words: ``$4,310 more``, ``$3,120 less``, ``the same``."""
    return f"{size(cents)} {'more' if cents > 0 else 'less'}" if cents else "the same"


def brings(differences: Sequence[tuple[str, int]]) -> str:
    """The largest differences in words: ``97112 earns $4,310 more, 97110 $3,120 less``."""
    (first, cents), *further = differences
    return ", ".join([f"{first} earns {more(cents)}", *(f"{name} {more(amount)}" for name, amount in further)])


def outcome(measure: Measure, before: int, after: int) -> str:
    """What becomes of the whole: ``expected allowed rises by $1,190 (+0.3%) to $413,500``."""
    name, up, down, same = _VERBS[measure]
    difference = after - before
    if not difference:
        return f"{name} {same} at {size(before)}"
    part = f" ({difference / before:+.1%})" if before else ""
    return f"{name} {up if difference > 0 else down} by {size(difference)}{part} to {size(after)}"


def scenario_name(difference: Difference) -> str:
    """The scenario's name, marked where it rests on a schedule that is not final; in front, where no cut loses it."""
    return f"PROPOSED · {difference.scenario.name}" if difference.proposed else difference.scenario.name
