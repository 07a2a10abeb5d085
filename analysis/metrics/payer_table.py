"""What each payer pays for each code, per unit and per visit: codes down, payers across."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.codes import hcpcs as codes
from analysis.lines.filters import NOT_STATED
from analysis.metrics.core import Missing, missing, with_paid
from analysis.metrics.key_figures import CONDITIONS, key_figures
from analysis.metrics.ripeness import few_units

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from analysis.metrics.ripeness import Ripeness

ALL_PAYERS, OTHER_PAYERS, ALL_CODES = "All payers", "Other payers", "All codes"
_FIGURES = {
    "unit": ("accepted_per_unit", "expected_per_unit_cents"),
    "visit": ("accepted_per_visit", "expected_per_visit"),
}
"""What each of PER shows: key figures of what was paid, and of Medicare's rates for the same lines."""
PER = tuple(_FIGURES)


@dataclass(frozen=True, slots=True, eq=False)
class PayerTable:
    """Payments by code and payer.

    Attributes
    ----------
    frame:
        Grain: a code, most payments first; where it is per visit, all codes together before them. code, label,
        ``all_cents`` (all payers), ``at_medicare_cents`` (at Medicare rates, the same lines), then a column of cents
        for each payer. Null where nothing was paid.
    few:
        The same rows and amount columns: whether too few units stand behind the amount.
    headings:
        Column of cents -> its heading: the payer's name.
    """

    frame: pl.DataFrame
    few: pl.DataFrame
    headings: Mapping[str, str]


def paid_by_payer(
    lines: pl.DataFrame, fields: Collection[str], ripe: Ripeness, per: str, top: int = 5
) -> PayerTable | Missing:
    """Average what each payer paid for each code over the answered months, per one of PER.

    Denied lines and lines nobody answered or paid do not count. The `top` payers by payments have a column each, the
    others share one. `Missing` if the export lacks payments or payers.
    """
    if missing_column := missing(fields, "paid_cents") or missing(fields, "payer"):
        return missing_column
    counted = (
        with_paid(lines)
        .filter(ripe.is_ripe(), CONDITIONS["accepted"]())
        .with_columns(pl.col("code").cast(pl.String), payer=pl.col("payer").cast(pl.String).fill_null(NOT_STATED))
    )
    sizes = counted.group_by("payer").agg(pl.col("paid_cents").sum()).filter(pl.col("paid_cents") > 0)
    ranked = sizes.sort(["paid_cents", "payer"], descending=[True, False])["payer"].to_list()
    largest = ranked[:top] if len(ranked) > top + 1 else ranked
    column_of = {payer: f"payer_{number}_cents" for number, payer in enumerate(largest)}
    headings = {"all_cents": ALL_PAYERS, **{column: payer for payer, column in column_of.items()}}
    if len(largest) < len(ranked):
        headings["others_cents"] = OTHER_PAYERS
    counted = counted.with_columns(
        column=pl.col("payer").replace_strict(column_of, default="others_cents", return_dtype=pl.String)
    )
    cells = _averages(counted, per)
    if per == "visit":
        cells = pl.concat([_averages(counted.with_columns(code=pl.lit(ALL_CODES)), per), cells])
    columns = ["all_cents", "at_medicare_cents", *(name for name in headings if name != "all_cents")]
    rows = cells.filter(column="all_cents").select("code")
    labels = [codes.label(code) if code != ALL_CODES else "" for code in rows["code"]]
    values = _wide(rows, cells, "value", columns, pl.Int64())
    values.insert_column(1, pl.Series("label", labels, pl.String))
    return PayerTable(values, _wide(rows, cells, "few", columns, pl.Boolean()).drop("code"), headings)


def _averages(counted: pl.DataFrame, per: str) -> pl.DataFrame:
    """Grain: code (most payments first) and column of the table: code, column, value (cents), few."""
    paid, expected = (key_figures()[name] for name in _FIGURES[per])
    sums = [*paid.sums(), *expected.sums(), pl.col("units").sum(), pl.col("paid_cents").sum().alias("dollars")]
    cells = (
        pl.concat([counted.with_columns(column=pl.lit("all_cents")), counted])
        .group_by("code", "column")
        .agg(sums)
        .filter(pl.col("dollars") > 0)
        .with_columns(paid.value(), expected.value(), few=pl.col("units") < few_units())
    )
    whole = cells.filter(column="all_cents").sort(["dollars", "code"], descending=[True, False])
    at_medicare = whole.select("code", pl.lit("at_medicare_cents").alias("column"), expected.column, "few")
    names = ["code", "column", "value", "few"]
    paid_cells = pl.concat([whole, cells.filter(pl.col("column") != "all_cents")])
    return pl.concat(
        [paid_cells.select("code", "column", pl.col(paid.column).alias("value"), "few"),
         at_medicare.rename({expected.column: "value"}).select(names)]
    )  # fmt: skip


def _wide(rows: pl.DataFrame, cells: pl.DataFrame, what: str, columns: list[str], dtype: pl.DataType) -> pl.DataFrame:
    """Give each column of the table its own, in order; cells that are not there are null."""
    pivoted = cells.pivot(on="column", index="code", values=what)
    wide = rows.join(pivoted, on="code", how="left", maintain_order="left")
    return wide.select(
        "code", *(pl.col(name) if name in wide.columns else pl.lit(None, dtype).alias(name) for name in columns)
    )
