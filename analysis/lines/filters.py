"""Which lines the user is looking at: one immutable value, kept across pages and shown above the content."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

import polars as pl

NOT_STATED = "not stated"
"""Stands for lines that leave a field empty; choosing it selects those lines."""

NAMES = {
    "payer_class": "Payer class",
    "payer": "Payer",
    "clinic": "Clinic",
    "provider": "Therapist",
    "discipline": "Discipline",
    "code": "Code",
}
"""Column that figures are filtered and split by -> its name for people."""

COLUMNS = {
    "payer_classes": "payer_class",
    "payers": "payer",
    "clinics": "clinic",
    "providers": "provider",
    "disciplines": "discipline",
    "codes": "code",
}
"""Filter field -> the line's column."""

Span = tuple[date, date]
"""First and last date, both included."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One active condition, removable on its own. `value` is what `Filters.without` removes from `field`."""

    field: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on lines; an empty field sets no condition. Dates include both ends."""

    start: date | None = None
    end: date | None = None
    payer_classes: tuple[str, ...] = ()
    payers: tuple[str, ...] = ()
    clinics: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    disciplines: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    def condition(self) -> pl.Expr:
        """Return the condition a line must meet."""
        conditions: list[pl.Expr] = [pl.lit(value=True)]
        if self.start is not None:
            conditions.append(pl.col("date_of_service") >= self.start)
        if self.end is not None:
            conditions.append(pl.col("date_of_service") <= self.end)
        for field, column in COLUMNS.items():
            if values := getattr(self, field):
                conditions.append(_is_one_of(column, values))
        return pl.all_horizontal(conditions)

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the lines that meet every condition, in their order.

        Visits are ranked and priced before this, so an amount never depends on what is filtered out.
        """
        return frame if self == Filters() else frame.filter(self.condition())

    def span(self, everything: pl.DataFrame) -> Span:
        """Return the dates these filters cover: those of the whole export, narrowed by the filters' own dates.

        The filtered lines may begin later and end earlier, such as those of a therapist who left: dates without lines
        are zeros then, not missing data.
        """
        first, last = days(everything)
        return max(first, self.start or first), min(last, self.end or last)

    def chips(self) -> tuple[Chip, ...]:
        """Return every condition as a removable chip, dates first."""
        days = (
            Chip(field, day.isoformat(), f"{word} {day:%b} {day.day}, {day.year}")
            for field, word, day in (("start", "from", self.start), ("end", "to", self.end))
            if day is not None
        )
        values = (
            Chip(field, value, f"{NAMES[column]}: {value}")
            for field, column in COLUMNS.items()
            for value in getattr(self, field)
        )
        return (*days, *values)

    def without(self, chip: Chip) -> Filters:
        """Return the same filters without one chip's condition."""
        if chip.field in {"start", "end"}:
            return replace(self, **cast("Any", {chip.field: None}))
        remaining = tuple(value for value in getattr(self, chip.field) if value != chip.value)
        return replace(self, **cast("Any", {chip.field: remaining}))


def _is_one_of(column: str, values: tuple[str, ...]) -> pl.Expr:
    listed = pl.col(column).is_in(values)
    return listed | pl.col(column).is_null() if NOT_STATED in values else listed


def choices(frame: pl.DataFrame, field: str) -> tuple[str, ...]:
    """Return the values of a filter field in these lines, the most common first; NOT_STATED if some lines are empty."""
    column = COLUMNS[field]
    # Counted as categories: text is slow to group by, and a page asks for this on every run.
    counts = frame.group_by(column).len().with_columns(pl.col(column).cast(pl.String).fill_null(NOT_STATED))
    return tuple(counts.sort(["len", column], descending=[True, False])[column])


def word(column: str) -> str:
    """Return what one value of a column is called within a sentence: ``payer class``, ``therapist``."""
    return NAMES.get(column, column).lower()


def days(lines: pl.DataFrame) -> Span:
    """Return the first and last date of service of some lines (at least one)."""
    day = pl.col("date_of_service")
    first, last = lines.select(day.min().alias("first"), day.max().alias("last")).row(0)
    return first, last
