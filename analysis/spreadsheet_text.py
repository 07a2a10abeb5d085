"""Text that a spreadsheet shows and never runs, and that a terminal prints and never obeys."""

from __future__ import annotations

import polars as pl

FORMULA_START = r"^[=+\-@\t\r]"
"""What makes a spreadsheet read a cell as a formula (OWASP, CSV injection)."""
PLAIN_NUMBER = r"^[+-]?\$?[0-9][0-9,]*(\.[0-9]+)?%?$"
"""A signed number is no formula: a rejected charge of -87.50 stays what it was."""
_TEXTS = (pl.String, pl.Categorical, pl.Enum)


def neutral(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with an apostrophe before every text, and every heading, that a spreadsheet would run as a formula.

    Spreadsheets show the apostrophe as text. Columns of numbers and dates stay as they are; columns of one name after
    that get a number.
    """
    texts = [name for name, kind in frame.schema.items() if kind in _TEXTS]
    safe = frame.with_columns(_defused(pl.col(name).cast(pl.String)) for name in texts)
    headings = pl.DataFrame({"heading": pl.Series(frame.columns, dtype=pl.String)}).select(_defused(pl.col("heading")))
    return safe.rename(dict(zip(frame.columns, unique(headings["heading"].to_list()), strict=True)))


def _defused(cell: pl.Expr) -> pl.Expr:
    runs = cell.str.contains(FORMULA_START) & ~cell.str.contains(PLAIN_NUMBER)
    return pl.when(runs).then(cell.str.replace("^", "'")).otherwise(cell)


def unique(names: list[str]) -> list[str]:
    """Names with none twice: the second "Paid" becomes "Paid (2)"."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return result
