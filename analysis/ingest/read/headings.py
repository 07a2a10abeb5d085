"""Find a table's row of headings and make the headings unique.

Exports put a title block above the headings ("Charges by therapist, printed 2026-11-02"), so the row is found by its
cells: it is the row with the most headings RevMix knows.
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
"""Recognized headings a row needs to count as the headings without further checks."""
_NOT_A_HEADING = re.compile(r"[\d\s$.,:/()%+-]*\d[\d\s$.,:/()%+-]*")
"""A cell of only digits and marks: a date, a number or an amount."""
_NO_HEADING = "(column {position}, no heading)"


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """The row of headings.

    Attributes
    ----------
    index:
        Position among the searched rows, from 0.
    cells:
        The headings as written in the file.
    score:
        How many of them RevMix (or the mapping in use) knows; 0 if the row was only guessed from its shape.
    """

    index: int
    cells: tuple[str, ...]
    score: int


def find_header(rows: Sequence[Sequence[str | None]], extra: Collection[str] = ()) -> HeaderRow | None:
    """Find the row of headings among the first rows of a table, or return None.

    Parameters
    ----------
    extra:
        Headings a mapping names, known in addition to the aliases.
    """
    mapped_headings = {plain_heading(heading) for heading in extra}
    best: HeaderRow | None = None
    above: tuple[str, ...] = ()
    for index, row in enumerate(rows[: limits().search_rows]):
        cells = tuple((cell or "").strip() for cell in row)
        for candidate in (cells, _under(above, cells, mapped_headings)):
            score = _count_known(candidate, mapped_headings)
            same = best is not None and best.index == index and score == best.score
            better = best is None or score > best.score or (same and candidate is not cells)
            if score >= (1 if mapped_headings else _ENOUGH) and better:
                best = HeaderRow(index, candidate, score)
        above = cells
    return best or _by_shape(rows)


def _under(above: Sequence[str], cells: Sequence[str], mapped_headings: Collection[str]) -> tuple[str, ...]:
    """Combine headings with a row above that belongs to them: "Service" over "Date", "Insurance" over two columns.

    Empty if the upper row turns none of them into a known heading. A cell of the upper row becomes part of the heading
    below it if both together are a known heading, or if the lower one is not known. Over the columns to its right it
    applies only if their own words do not tell them apart.
    """
    if not any(above) or any(_NOT_A_HEADING.fullmatch(cell) for cell in (*above, *cells)):
        return ()
    joined = []
    group_heading, is_combined = "", False
    for index, cell in enumerate(cells):
        cell_above = above[index] if index < len(above) else ""
        group_heading = cell_above or group_heading
        combined = f"{group_heading} {cell}".strip()
        may_combine = cell_above or not _is_known(cell, mapped_headings) or cells.count(cell) > 1
        if may_combine and combined != cell and _is_known(combined, mapped_headings):
            joined.append(combined)
            is_combined = True
        else:
            joined.append(cell if _is_known(cell, mapped_headings) or not cell_above else combined)
    return tuple(joined) if is_combined else ()


def _is_known(cell: str, mapped_headings: Collection[str]) -> bool:
    """Tell whether RevMix or the mapping in use knows a heading."""
    plain = plain_heading(cell)
    return bool(plain) and (plain in alias_index() or plain in known_headings() or plain in mapped_headings)


def _count_known(cells: Sequence[str], mapped_headings: Collection[str]) -> int:
    """Count the different meanings that the cells of a row name as headings."""
    # "Date:" is the label of a filter that the cell beside it names.
    plain = {plain_heading(cell) for cell in cells if not cell.endswith(":")} - {""}
    fields = {alias_index()[cell][0][0] for cell in plain if cell in alias_index()}
    return len(fields) + sum(cell in known_headings() for cell in plain) + 2 * len(plain & set(mapped_headings))


def _by_shape(rows: Sequence[Sequence[str | None]]) -> HeaderRow | None:
    """Return the first row shaped like unknown headings: all different, no number, as wide as what follows."""
    filled = [[(cell or "").strip() for cell in row] for row in rows[: limits().search_rows + 20]]
    widest = max((sum(map(bool, row)) for row in filled), default=0)
    for index, row in enumerate(filled):
        names = [cell for cell in row if cell]
        if len(names) < max(_ENOUGH, widest * 0.8) or len(set(names)) < len(names):
            continue
        return None if any(_NOT_A_HEADING.fullmatch(name) for name in names) else HeaderRow(index, tuple(row), 0)
    return None


def unique_headings(cells: Sequence[str]) -> tuple[str, ...]:
    """Make headings unique and non-empty.

    >>> unique_headings(["Mod", "Mod", ""])
    ('Mod', 'Mod (2)', '(column 3, no heading)')
    """
    earlier: set[str] = set()
    unique = []
    for position, cell in enumerate(cells, start=1):
        base = " ".join(re.sub(INVISIBLE, "", cell).split()) or _NO_HEADING.format(position=position)
        name, count = base, 1
        while name in earlier:
            count += 1
            name = f"{base} ({count})"
        earlier.add(name)
        unique.append(name)
    return tuple(unique)


def has_no_heading(heading: str) -> bool:
    """Tell whether a column had no heading in the file."""
    return (
        re.fullmatch(_NO_HEADING.replace("(", r"\(").replace(")", r"\)").format(position=r"\d+"), heading) is not None
    )
