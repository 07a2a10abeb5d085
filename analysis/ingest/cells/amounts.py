"""Read amounts of money as whole cents: ``$1,987.92``, ``(1,987.92)``, ``87.50-``, ``1.987,92``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

_EUROPEAN = r"(\d\.\d{3})*,\d{1,2}$|^\D*\d{1,3}(\.\d{3}){2,}\D*$"
_AMERICAN = r"^[^,]*(\d,\d{3})*\.\d{1,2}$|^\D*\d{1,3}(,\d{3}){2,}\D*$|\d,\d{3}\.\d"
_WELL_FORMED = r"^(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?$"
_THOUSANDS = r"(\d)[\s\u00a0\u202f](\d{3})(\D|$)"
"""A space between thousands, as French and Swiss exports write it."""
_MOST_DIGITS = 13
"""Most digits before the decimal point: whole cents in int64 still have room for sums over millions of lines."""
_ONE = r"-?\$?\d[\d,]*[.,]\d{2}"
LISTED = rf"^\s*{_ONE}(?:[\s,;/|&+]+{_ONE})+\s*$"
"""Several amounts in one cell, for a row with several codes: "120.00, 55.00"."""
_NOISE = 10
"""From this many decimals on, a number is floating-point noise (0.30000000000000004), not a fraction of a cent."""


def _without_currency(cells: pl.Series) -> pl.Series:
    """Uppercase cells, remove currency and spaces; two numbers with a space between stay two, so they are no amount."""
    return (
        cells.str.replace_all("\u2212", "-", literal=True)
        .str.to_uppercase()
        .str.replace_all(_THOUSANDS, "$1$2$3")
        .str.replace_all(_THOUSANDS, "$1$2$3")  # 1 234 567: one pass removes every second space
        .str.replace_all(r"(\d)[\s\u00a0]+(\d)", "$1?$2")
        .str.replace_all(r"USD|[\s$€£\u00a0]|CR$", "")
    )


def is_european(columns: Iterable[pl.Series]) -> bool | None:
    """Tell whether the comma is the decimal mark, judged over all cells of some columns; None if no cell shows it."""
    european = american = 0
    for column in columns:
        body = _without_currency(column.drop_nulls().unique()).str.strip_chars("()+-")
        european += int(body.str.contains(_EUROPEAN).sum())
        american += int(body.str.contains(_AMERICAN).sum())
    if european == american:
        return None
    return european > american


def read_amounts(cells: pl.Series, *, european: bool) -> pl.DataFrame:
    """Read distinct cells as amounts.

    Returns
    -------
    ``cents`` (Int64, null if the cell is not an amount) and ``fraction`` (true if it had fractions of a cent; these are
    rounded half-up, away from zero).
    """
    cleaned = _without_currency(cells).alias("bare")
    frame = cleaned.to_frame().with_columns(
        negative=pl.col("bare").str.contains(r"^\(.*\)$|^-|-$|^\(?-") | cells.str.to_uppercase().str.ends_with("CR"),
        # One pair of parentheses or one sign, never a mixture: "--5" and "(5" are not amounts.
        body=pl.col("bare").str.replace(r"^\((.*)\)$", "$1").str.replace(r"^[+-](.*)$|^(.*)-$", "$1$2"),
    )
    if european:
        frame = frame.with_columns(body=pl.col("body").str.replace_all(".", "", literal=True).str.replace(",", "."))
        swapped = cleaned.str.contains(r"\.\d{1,2}(\D|$)").fill_null(value=False)  # 87.50 is no amount where 87,50 is
        frame = frame.with_columns(body=pl.when(~swapped).then("body"))
    is_well_formed = pl.col("body").str.contains(_WELL_FORMED) & pl.col("body").str.contains(r"\d")
    parts = frame.with_columns(
        whole=pl.when(is_well_formed).then(pl.col("body").str.extract(r"^([\d,]*)").str.replace_all(",", "")),
        decimals=pl.when(is_well_formed).then(pl.col("body").str.extract(r"\.(\d*)$").fill_null("")),
    ).with_columns(whole=pl.when(pl.col("whole").str.len_chars() <= _MOST_DIGITS).then("whole"))
    padded = pl.col("decimals").str.pad_end(3, "0")
    hundredths = padded.str.slice(0, 2).cast(pl.Int64) + (padded.str.slice(2, 1) >= "5").cast(pl.Int64)
    size = (
        pl.when(pl.col("whole") == "").then(pl.lit("0")).otherwise("whole").cast(pl.Int64, strict=False) * 100
        + hundredths
    )
    fraction_digits = pl.col("decimals").str.slice(2).str.strip_chars_end("0")
    return parts.select(
        cents=pl.when("negative").then(-size).otherwise(size),
        fraction=(fraction_digits != "") & (pl.col("decimals").str.len_chars() < _NOISE),
    )


def listed_total(cells: pl.Series) -> pl.DataFrame:
    """Add up the amounts each distinct cell lists (`LISTED`): ``cents``, null if it lists none."""
    listed = cells.to_frame("cell").with_row_index().filter(pl.col("cell").str.contains(LISTED))
    parts = listed.with_columns(part=pl.col("cell").str.extract_all(_ONE)).explode("part")
    cents = read_amounts(parts["part"], european=bool(is_european([parts["part"]])))["cents"]
    sums = parts.select("index").with_columns(cents=cents).group_by("index").agg(pl.col("cents").sum())
    rows = cells.to_frame("cell").with_row_index().select("index")
    return rows.join(sums, on="index", how="left", maintain_order="left").select("cents")
