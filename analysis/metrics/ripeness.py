"""Which months payers have answered far enough to be compared, and how few units are too few for an average."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.lines.billing_line import is_decided, is_insured
from analysis.metrics.core import missing
from analysis.money import BASIS
from analysis.system.toml_data import fault, load

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from analysis.system.toml_data import Form

_FILE = "comparisons.toml"
MOST = 3
"""Most months named one by one."""
_FORM: Form = {
    "unripe_month": {"open_bp": int, "reason": str},
    "few_units": {"units": int, "reason": str},
    "few_visits": {"visits": int, "reason": str},
    "few_share_units": {"units": int, "reason": str},
    "few_patients": {"patients": int, "reason": str},
}
_ANSWERS = ("allowed_cents", "paid_cents", "adjustment_cents", "paid_on")
"""Fields that hold a payer's answer; an export without any of them says nothing of answers."""


@cache
def comparisons() -> Mapping[str, Any]:
    """The settings of data/comparisons.toml. Raises ContractError for a share that is none, or a minimum below 1."""
    table = load(_FILE, _FORM)
    if not 0 < table["unripe_month"]["open_bp"] < BASIS:
        raise fault(_FILE, ("unripe_month", "open_bp"), f"is not between 0 and {BASIS}")
    for kind, entry in table.items():
        for name, minimum in entry.items():
            if kind.startswith("few") and name != "reason" and minimum < 1:
                raise fault(_FILE, (kind, name), "is not 1 or more")
    return table


def few_units() -> int:
    """Return the units below which an average is marked and never named in a sentence."""
    return int(comparisons()["few_units"]["units"])


def few_visits() -> int:
    """Return the visits below which an average per visit is not drawn, named or compared."""
    return int(comparisons()["few_visits"]["visits"])


def few_share_units() -> int:
    """Return the units of a set of codes below which a share of them is not drawn, named or compared."""
    return int(comparisons()["few_share_units"]["units"])


def few_patients() -> int:
    """Return the patients below which a share has no interval and nothing is said to differ."""
    return int(comparisons()["few_patients"]["patients"])


@dataclass(frozen=True, slots=True, eq=False)
class Ripeness:
    """How far payers have answered, month by month.

    Attributes
    ----------
    months:
        Grain: month of service with a line, in order: month (its first day), insured_lines, open_lines (insured, not
        answered), unripe (too many of them open).
    """

    months: pl.DataFrame

    @property
    def unripe(self) -> tuple[date, ...]:
        """The first days of the unripe months, in order."""
        return tuple(self.months.filter("unripe")["month"])

    def is_ripe(self) -> pl.Expr:
        """Tell of lines whether they count in titles, averages and comparisons of what payers paid."""
        return ~pl.col("date_of_service").dt.truncate("1mo").is_in(list(self.unripe))

    @property
    def missing(self) -> str:
        """What the unripe months lack: ``Oct 2026: 258 of 703 insured lines not answered yet``; empty if none is.

        More than MOST months are told as one sum.
        """
        unripe_months = self.months.filter("unripe")
        parts = [(f"{row['month']:%b %Y}", row["insured_lines"], row["open_lines"]) for row in unripe_months.to_dicts()]
        if len(parts) > MOST:
            months = f"{len(parts)} months from {parts[0][0]} to {parts[-1][0]}"
            parts = [(months, unripe_months["insured_lines"].sum(), unripe_months["open_lines"].sum())]
        return "; ".join(
            f"{name}: {still_open:,} of {insured:,} insured lines not answered yet"
            for name, insured, still_open in parts
        )


def ripeness(lines: pl.DataFrame, fields: Collection[str]) -> Ripeness:
    """Judge each month of service of some lines by how many of its insured lines a payer has answered.

    A month is unripe while more than the share in data/comparisons.toml is open. Without any column that holds an
    answer nothing can be said, and no month is unripe.
    """
    tells = any(name in fields for name in _ANSWERS) or not missing(fields, "paid_cents")
    still_open = is_insured() & ~is_decided()
    most_open = comparisons()["unripe_month"]["open_bp"]
    too_many = pl.col("open_lines") * BASIS > pl.col("insured_lines") * most_open
    return Ripeness(
        lines.group_by(pl.col("date_of_service").dt.truncate("1mo").alias("month"))
        .agg(
            is_insured().sum().cast(pl.Int64).alias("insured_lines"),
            still_open.sum().cast(pl.Int64).alias("open_lines"),
        )
        .with_columns((pl.lit(tells) & too_many).alias("unripe"))
        .sort("month")
    )
