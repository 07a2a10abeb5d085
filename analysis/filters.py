"""What part of the lines the user is looking at: one immutable value, kept over pages and named above the content."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import polars as pl

if TYPE_CHECKING:
    from datetime import date

NOT_STATED = "not stated"
"""Stands for lines that leave a field empty; choosing it selects them."""

COLUMNS = {
    "payer_classes": ("payer_class", "Payer class"),
    "payers": ("payer", "Payer"),
    "clinics": ("clinic", "Clinic"),
    "providers": ("provider", "Therapist"),
    "disciplines": ("discipline", "Discipline"),
    "codes": ("code", "Code"),
}
"""Filter field -> the line's column, and its name for people."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One active condition, removable on its own. `value` is what `Filters.without` takes out of `field`."""

    field: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on lines; an empty field asks nothing. Dates include both ends."""

    start: date | None = None
    end: date | None = None
    payer_classes: tuple[str, ...] = ()
    payers: tuple[str, ...] = ()
    clinics: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    disciplines: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """Whether any condition is set."""
        return self != Filters()

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The lines that meet every condition, in their order.

        Visits are ranked and priced before this, so an amount never depends on what is filtered out.
        """
        conditions: list[pl.Expr] = []
        if self.start is not None:
            conditions.append(pl.col("date_of_service") >= self.start)
        if self.end is not None:
            conditions.append(pl.col("date_of_service") <= self.end)
        for field, (column, _) in COLUMNS.items():
            if wanted := getattr(self, field):
                conditions.append(_is_one_of(column, wanted))
        return frame.filter(*conditions) if conditions else frame

    def chips(self) -> tuple[Chip, ...]:
        """Every condition as a removable chip, dates first."""
        days = (
            Chip(field, day.isoformat(), f"{word} {day:%b} {day.day}, {day.year}")
            for field, word, day in (("start", "from", self.start), ("end", "to", self.end))
            if day is not None
        )
        values = (
            Chip(field, value, f"{name}: {value}")
            for field, (_, name) in COLUMNS.items()
            for value in getattr(self, field)
        )
        return (*days, *values)

    def without(self, chip: Chip) -> Filters:
        """The same filters less one chip's condition."""
        if chip.field in {"start", "end"}:
            return replace(self, **cast("Any", {chip.field: None}))
        left = tuple(value for value in getattr(self, chip.field) if value != chip.value)
        return replace(self, **cast("Any", {chip.field: left}))


def _is_one_of(column: str, wanted: tuple[str, ...]) -> pl.Expr:
    listed = pl.col(column).is_in(wanted)
    return listed | pl.col(column).is_null() if NOT_STATED in wanted else listed


def choices(frame: pl.DataFrame, field: str) -> tuple[str, ...]:
    """Values of a filter field in these lines, the commonest first; NOT_STATED where some lines leave it empty."""
    column, _ = COLUMNS[field]
    counts = frame.group_by(pl.col(column).cast(pl.String).fill_null(NOT_STATED)).len()
    return tuple(counts.sort(["len", column], descending=[True, False])[column])
