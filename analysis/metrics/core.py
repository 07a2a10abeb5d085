"""Shared by all figures: a value with its coverage, what is missing, sums that never turn "unknown" into zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.metrics.definitions import definition
from analysis.money import dollars

if TYPE_CHECKING:
    from collections.abc import Collection

PAYMENT_PARTS = {"insurance_paid_cents": "insurance", "patient_paid_cents": "patient"}
"""The columns that paid_cents adds up if the export has no total of its own."""

_WORDS = {
    "charge_cents": ("no charges", "a charge column"),
    "allowed_cents": ("no allowed amounts", "an allowed-amount column"),
    "paid_cents": ("no payments", "a paid, insurance-paid or patient-paid column"),
    "payer": ("no payer names", "a payer column"),
    "clinic": ("no clinics", "a clinic or location column"),
    "provider": ("no therapists", "a therapist column"),
    "minutes": ("no minutes", "a minutes column"),
    "place_of_service": ("no place of service", "a place-of-service column"),
}


@dataclass(frozen=True, slots=True)
class Missing:
    """A column the export does not have, and the sentence shown instead of its figure."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its unit and what it is based on.

    Attributes
    ----------
    name:
        Its entry in data/metrics.toml.
    value:
        Cents or a count as int, a ratio or share as float; None if there is nothing to show.
    lines_with, lines:
        Lines that hold the value's data, out of how many.
    missing:
        The column the export lacks; the value is then None.
    note:
        What to show beside the number, such as how many lines it covers; empty if nothing is needed.
    """

    name: str
    value: int | float | None
    lines_with: int
    lines: int
    missing: Missing | None = None
    note: str = ""

    @property
    def label(self) -> str:
        """Its heading."""
        return definition(self.name).label

    @property
    def help(self) -> str:
        """Its definition, for hover."""
        return definition(self.name).text

    @property
    def text(self) -> str:
        """As prose and tiles have it: ``$1,234``, ``3.42``, ``31%``; an em dash for nothing."""
        return _formatted(self.value, definition(self.name).unit, places=definition(self.name).places)

    @property
    def exact(self) -> str:
        """To the cent: ``$1,234.56``; otherwise as `text`, with one more decimal for shares."""
        return _formatted(self.value, definition(self.name).unit, places=2)


def _formatted(value: float | None, unit: str, *, places: int) -> str:
    if value is None:
        return "—"
    match unit:
        case "cents":
            return dollars(int(value), places=places)
        case "ratio":
            return f"{value:,.2f}"
        case "share":
            return f"{value:.1%}" if places else f"{value:.0%}"
        case _:
            return f"{value:,}"


def missing(fields: Collection[str], column: str) -> Missing | None:
    """Say why a figure cannot be shown, or return None if the export has what it needs.

    `column` is a column of the line, or ``paid_cents``, which each of the payment columns provides.
    """
    if column not in _WORDS:  # a column every line has
        return None
    if column in fields or (column == "paid_cents" and any(part in fields for part in PAYMENT_PARTS)):
        return None
    what, what_column = _WORDS[column]
    return Missing(column, f"This export has {what}. Map {what_column} on the Data page to see this figure.")


def with_paid(lines: pl.DataFrame) -> pl.DataFrame:
    """Add paid_cents: the line's own total, else insurance plus patient payments; null if it has none."""
    first, second = (pl.col(name) for name in PAYMENT_PARTS)
    both_empty = first.is_null() & second.is_null()
    parts = pl.when(~both_empty).then(first.fill_null(0) + second.fill_null(0)).cast(pl.Int64)
    return lines.with_columns(pl.coalesce("paid_cents", parts).alias("paid_cents"))


def partly_paid(fields: Collection[str]) -> str:
    """Return the remark beside a paid amount from insurers or patients only; empty if it includes both."""
    absent_parts = (
        [] if "paid_cents" in fields else [name for part, name in PAYMENT_PARTS.items() if part not in fields]
    )
    return f"{absent_parts[0]} payments are not in this export" if absent_parts else ""


def total(column: str) -> pl.Expr:
    """Sum a column; null, not 0, if no line holds a value."""
    return pl.when(pl.col(column).count() > 0).then(pl.col(column).sum()).alias(column)


def sums() -> list[pl.Expr]:
    """Return the sums behind tiles and splits, over lines `with_paid`; an amount that no line holds is null."""
    visit, priced = pl.col("visit_key"), pl.col("expected_cents").is_not_null()
    return [
        pl.len().alias("lines"),
        visit.n_unique().alias("visits"),
        visit.filter(priced).n_unique().alias("priced_visits"),
        pl.col("units").sum(),
        total("charge_cents").alias("billed_cents"),
        pl.col("charge_cents").count().alias("billed_lines"),
        total("expected_cents"),
        priced.sum().alias("priced_lines"),
        total("receipts_cents"),
        total("allowed_cents"),
        pl.col("allowed_cents").count().alias("allowed_lines"),
        total("paid_cents"),
        pl.col("paid_cents").count().alias("paid_lines"),
    ]


def share_of_column(column: str) -> pl.Expr:
    """Return each row's part of a column's sum; null if that sum is 0 or unknown."""
    whole = pl.col(column).sum()
    return pl.when(whole != 0).then(pl.col(column) / whole)


VALUE_NAMES = {
    "charge_cents": "charge",
    "expected_cents": "Medicare amount",
    "receipts_cents": "Medicare amount",
    "allowed_cents": "allowed amount",
    "paid_cents": "payment",
    "units": "units",
}
"""What people call the value that a line holds in a summed column."""


def over_lines(lines_with: int, lines: int, what: str) -> str:
    """Return the remark beside a sum over part of the lines; empty if it covers all. `what` as in VALUE_NAMES."""
    if lines_with == lines:
        return ""
    return f"over {lines_with:,} of {lines:,} lines; the others have no {what}"
