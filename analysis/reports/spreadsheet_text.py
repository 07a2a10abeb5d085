"""Text that a spreadsheet shows but never runs, and a terminal prints but never obeys."""

from __future__ import annotations

import polars as pl

FORMULA_START = "^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
"""What makes a spreadsheet (including one with full-width characters) read a cell as a formula (OWASP CSV
injection)."""
PLAIN_NUMBER = r"^[+-]?\$?[0-9][0-9,]*(\.[0-9]+)?%?$"
"""A signed number is not a formula: a rejected charge of -87.50 stays unchanged."""
_TEXTS = (pl.String, pl.Categorical, pl.Enum)


def neutral(frame: pl.DataFrame) -> pl.DataFrame:
    """Add an apostrophe before every text, and every heading, that a spreadsheet would run as a formula.

    Spreadsheets show the apostrophe as text. Columns of numbers and dates are unchanged; columns that then share a name
    get a number.
    """
    texts = [name for name, kind in frame.schema.items() if kind in _TEXTS]
    safe = frame.with_columns(_defused(pl.col(name).cast(pl.String)) for name in texts)
    headings = pl.DataFrame({"heading": pl.Series(frame.columns, dtype=pl.String)}).select(_defused(pl.col("heading")))
    return safe.rename(dict(zip(frame.columns, unique(headings["heading"].to_list()), strict=True)))


def _defused(cell: pl.Expr) -> pl.Expr:
    runs = cell.str.contains(FORMULA_START) & ~cell.str.contains(PLAIN_NUMBER)
    return pl.when(runs).then(cell.str.replace("^", "'")).otherwise(cell)


def unique(names: list[str]) -> list[str]:
    """Make names unique.

    >>> unique(["Paid", "Paid", "Paid (2)"])
    ['Paid', 'Paid (3)', 'Paid (2)']
    """
    originals = set(names)
    result: list[str] = []
    for name in names:
        free, count = name, 1
        while free in result or (count > 1 and free in originals):
            count += 1
            free = f"{name} ({count})"
        result.append(free)
    return result
