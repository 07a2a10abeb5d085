"""Where the headings of a table are, and their names made unique.

Exports put a title block above the headings ("Charges by therapist, printed 2026-11-02"), so the row is found by what
its cells say: the row that holds the most headings RevMix knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.ingest.cells.distinct import INVISIBLE
from analysis.ingest.settings import alias_index, known_headings, limits, plain_heading

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_ENOUGH = 2
"""Recognised headings a row needs to be taken for the headings outright."""
_NOT_A_HEADING = re.compile(r"[\d\s$.,:/()%+-]*\d[\d\s$.,:/()%+-]*")
"""A cell of digits and marks only: a date, a number or an amount."""
_NAMELESS = "(column {position}, no heading)"


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """The row of headings.

    Attributes
    ----------
    index:
        Position among the rows searched, from 0.
    cells:
        The headings as they stand there.
    score:
        How many of them RevMix (or the mapping in use) knows; 0 when the row was only guessed by its shape.
    """

    index: int
    cells: tuple[str, ...]
    score: int


def find_header(rows: Sequence[Sequence[str | None]], extra: Collection[str] = ()) -> HeaderRow | None:
    """The row of headings among the first rows of a table, or None.

    Parameters
    ----------
    extra:
        Headings that a mapping names, known beside the aliases.
    """
    named = {plain_heading(heading) for heading in extra}
    best: HeaderRow | None = None
    above: tuple[str, ...] = ()
    for index, row in enumerate(rows[: limits().search_rows]):
        cells = tuple((cell or "").strip() for cell in row)
        for found in (cells, _under(above, cells, named)):
            score = _known(found, named)
            same = best is not None and best.index == index and score == best.score
            better = best is None or score > best.score or (same and found is not cells)
            if score >= (1 if named else _ENOUGH) and better:
                best = HeaderRow(index, found, score)
        above = cells
    return best or _by_shape(rows)


def _under(above: Sequence[str], cells: Sequence[str], named: Collection[str]) -> tuple[str, ...]:
    """The headings of a row under another one that belongs to it: "Service" over "Date", "Insurance" over two columns.

    Empty where the upper row makes none of them a known one.
    A cell of the upper row is part of the heading below it where both together are a known one, or the lower is none.
    Over columns to its right it stands only where their own words do not tell them apart.
    """
    if not any(above) or any(_NOT_A_HEADING.fullmatch(cell) for cell in (*above, *cells)):
        return ()
    joined = []
    over, gained = "", False
    for index, cell in enumerate(cells):
        direct = above[index] if index < len(above) else ""
        over = direct or over
        both = f"{over} {cell}".strip()
        tells = direct or not _is_known(cell, named) or cells.count(cell) > 1
        if tells and both != cell and _is_known(both, named):
            joined.append(both)
            gained = True
        else:
            joined.append(cell if _is_known(cell, named) or not direct else both)
    return tuple(joined) if gained else ()


def _is_known(cell: str, named: Collection[str]) -> bool:
    """Whether a heading is one that RevMix or the mapping in use knows."""
    plain = plain_heading(cell)
    return bool(plain) and (plain in alias_index() or plain in known_headings() or plain in named)


def _known(cells: Sequence[str], named: Collection[str]) -> int:
    """How many different things the cells of a row name that a heading may name."""
    # "Date:" is the label of a filter that the cell beside it names.
    plain = {plain_heading(cell) for cell in cells if not cell.endswith(":")} - {""}
    fields = {alias_index()[cell][0][0] for cell in plain if cell in alias_index()}
    return len(fields) + sum(cell in known_headings() for cell in plain) + 2 * len(plain & set(named))


def _by_shape(rows: Sequence[Sequence[str | None]]) -> HeaderRow | None:
    """The first row that looks like headings of unknown names: all different, no number, as wide as what follows."""
    filled = [[(cell or "").strip() for cell in row] for row in rows[: limits().search_rows + 20]]
    widest = max((sum(map(bool, row)) for row in filled), default=0)
    for index, row in enumerate(filled):
        names = [cell for cell in row if cell]
        if len(names) < max(_ENOUGH, widest * 0.8) or len(set(names)) < len(names):
            continue
        return None if any(_NOT_A_HEADING.fullmatch(name) for name in names) else HeaderRow(index, tuple(row), 0)
    return None


def unique_headings(cells: Sequence[str]) -> tuple[str, ...]:
    """Headings with none empty and none twice: the second "Mod" becomes "Mod (2)"."""
    seen: set[str] = set()
    unique = []
    for position, cell in enumerate(cells, start=1):
        base = " ".join(re.sub(INVISIBLE, "", cell).split()) or _NAMELESS.format(position=position)
        name, count = base, 1
        while name in seen:
            count += 1
            name = f"{base} ({count})"
        seen.add(name)
        unique.append(name)
    return tuple(unique)


def is_nameless(heading: str) -> bool:
    """Whether a column had no heading in the file."""
    return re.fullmatch(_NAMELESS.replace("(", r"\(").replace(")", r"\)").format(position=r"\d+"), heading) is not None
