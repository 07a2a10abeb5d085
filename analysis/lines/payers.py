"""Which lines one payer decides: the same name, however it is spelled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping


def payer_key(name: str) -> str:
    """Return a payer's name without what spellings differ in: ``aetnappo`` for "Aetna - PPO"."""
    return re.sub(r"[^\w]|_", "", name.lower()) or name


def with_joined_payers(lines: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """Return lines in which several names of one payer are one, with the class that most of that name's lines have.

    Parameters
    ----------
    names:
        Name in the lines, however it is spelled -> the name that stands for it.
    """
    if not names:
        return lines
    payer, payer_class = (pl.col(name).cast(pl.String) for name in ("payer", "payer_class"))
    by_key = {payer_key(name): one for name, one in names.items()}
    distinct = lines["payer"].cast(pl.String).drop_nulls().unique()
    one_of = {name: by_key[payer_key(name)] for name in distinct if payer_key(name) in by_key}
    one_name = payer.replace(one_of)
    own = lines.filter(payer == one_name).select(payer, payer_class)
    classes = dict(own.group_by("payer").agg(pl.col("payer_class").mode().sort().first()).iter_rows())
    of_joined = payer.replace_strict(
        {name: classes[one] for name, one in one_of.items() if one in classes}, default=None, return_dtype=pl.String
    )
    return lines.with_columns(
        one_name.cast(pl.Categorical).alias("payer"),
        pl.coalesce(of_joined, payer_class).cast(pl.Categorical).alias("payer_class"),
    )


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
