"""Lines of a made-up clinic with what payers answered, for the tests of what is owed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest import read_export
from analysis.medicare.fees import resolve
from analysis.pricing import Priced, price

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.ingest import Export

HEAD = "Patient ID,DOS,Payer,CPT,Mods,Units,Charge,Status,Allowed,Insurance Paid,Patient Paid\n"
OHIO = "15202-00"
"""2026, full and reduced: 97530 33.33 and 24.18, 97110 and 97116 27.87 and 21.62, 97161 93.86 and 72.82."""


def read(rows: Sequence[str], place: str = OHIO) -> tuple[Export, Priced]:
    """Read rows under HEAD, without the status: Medicare if the payer is empty, and price them."""
    export = read_export((HEAD + "\n".join(rows) + "\n").encode(), "a.csv", key=b"k" * 32, today=date(2026, 11, 22))
    return export, price(export.lines, resolve(place))


def with_amounts(priced: Priced, **columns: Sequence[int | None] | pl.Expr) -> Priced:
    """The lines with other amounts."""
    exprs = [
        values.alias(name) if isinstance(values, pl.Expr) else pl.Series(name, values, dtype=pl.Int64)
        for name, values in columns.items()
    ]
    return Priced(priced.lines.with_columns(exprs), priced.fees, priced.notes)
