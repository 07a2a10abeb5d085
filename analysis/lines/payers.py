"""Which lines one payer decides: the same name, however it is spelled."""

from __future__ import annotations

import numpy as np
import polars as pl


def payer_numbers(lines: pl.DataFrame) -> pl.Series:
    """Return `payer_number` of lines with payer and payer_class: one number for all spellings of a payer.

    Case, spaces and punctuation do not tell payers apart. Where no payer is named, the payer class stands for it; so
    lines without any payer, whose class is Unknown, have one number. Numbers mean nothing beyond these lines.
    """
    names = lines.select(pl.coalesce("payer", "payer_class")).to_series()
    distinct = names.unique()
    plain = distinct.cast(pl.String).str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "")
    # A table over the categories: looking a line up in it costs a fraction of a join.
    categories = distinct.to_physical().to_numpy()
    numbers = np.zeros(int(categories.max(initial=0)) + 1, np.int64)
    numbers[categories] = plain.rank("dense").to_numpy()
    return pl.Series("payer_number", numbers).gather(names.to_physical())
