"""Amounts inside the guide's texts: what stands in braces is computed from the schedules and tables, never typed.

`{full 97112}` is a full unit here and now, `{full 97112-97110 2020 national}` the difference of two codes nationally in
2020, `{reduced 97530 2023 10212-01}` a reduced unit in one locality. `analysis.pricing.guide_figures` computes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_BRACES = re.compile(r"\{([^{}]*)\}")
_CODE = r"[0-9A-Z]\d{4}"
_AT = r"(?: (?P<year>20\d\d))?(?: (?P<place>national|\d{5}-\d\d))?"
_AMOUNT = rf"(?P<code>{_CODE})(?:-(?P<less>{_CODE}))?{_AT}"
_FORMS = {
    "full": _AMOUNT,
    "reduced": _AMOUNT,
    "practice": _AMOUNT,
    "change": rf"(?P<code>{_CODE}) (?P<before>20\d\d)-(?P<year>20\d\d)(?: (?P<place>national|\d{{5}}-\d\d))?",
    "visit": rf"(?P<units>{_CODE}x\d(?: {_CODE}x\d)*){_AT}",
    "mue": rf"(?P<code>{_CODE})",
    "factor": r"(?P<year>20\d\d)",
    "factor_change": r"(?P<year>20\d\d)",
    "citation": r"(?P<year>20\d\d)",
    "deductibles": "",
    "edition": "",
    "place": "",
    "year": "",
}
"""What may stand in braces: the kind of figure, and the form of what follows it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that a text asks for.

    Attributes
    ----------
    kind:
        full, reduced, practice (a unit, and the practice expense in it), change (of a full unit between two years),
        visit (units of codes on one day), mue (most units), factor and factor_change (conversion factor), citation (of
        a year's schedule), deductibles, edition (of the NCCI tables), place and year (looked up for).
    code, less:
        The code, and another one whose amount is taken off.
    year, before:
        The schedule's year, and an earlier one; empty: the newest final one.
    place:
        ``national`` or a locality's number; empty: the locality looked up for.
    units:
        Codes with their units, such as ``97112x2 97110x1``.
    """

    kind: str
    code: str = ""
    less: str = ""
    year: str = ""
    before: str = ""
    place: str = ""
    units: str = ""


def _figure(text: str) -> Figure:
    """Read what stands between braces. Raises ValueError for anything else.

    >>> _figure("full 97112-97110 2020 national")
    Figure(kind='full', code='97112', less='97110', year='2020', before='', place='national', units='')
    """
    kind, _, rest = text.partition(" ")
    found = re.fullmatch(_FORMS[kind], rest) if kind in _FORMS else None
    if found is None:
        raise ValueError(f"{{{text}}} is not a figure; the kinds are {', '.join(_FORMS)}")
    return Figure(kind, **{name: value or "" for name, value in found.groupdict().items()})


def figures_in(text: str) -> tuple[Figure, ...]:
    """Return the figures that a text asks for. Raises ValueError for braces around anything else."""
    return tuple(_figure(asked) for asked in _BRACES.findall(text))


def filled(text: str, shown: Callable[[Figure], str]) -> str:
    """Return a text with its figures as `shown` gives them.

    >>> filled("at most {mue 97112} units", lambda figure: "4")
    'at most 4 units'
    """
    return _BRACES.sub(lambda match: shown(_figure(match[1])), text)


def without_figures(text: str) -> str:
    """Return a text without its figures, for searching."""
    return _BRACES.sub(" ", text)
