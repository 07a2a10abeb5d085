"""A visit's payments and units: month by month, by payer, and this year to date against last year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.filters import NOT_STATED
from analysis.metrics.core import Missing, missing, with_paid
from analysis.metrics.key_figures import is_settled, key_figures
from analysis.metrics.ripeness import few_units, few_visits
from analysis.metrics.trend import months_of
from analysis.money import dollars

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from typing import Any

    from analysis.lines.filters import Span
    from analysis.metrics.ripeness import Ripeness

_FIGURES = ("visits", "units", "units_per_visit", "settled_per_visit")


def per_visit(lines: pl.DataFrame, fields: Collection[str], span: Span, ripe: Ripeness) -> pl.DataFrame:
    """Return payments and units per visit for every month of `span`.

    Grain: month: month (its first day), visits, units, units_per_visit, settled_per_visit_cents (null without payments,
    as in an export that has none), insured_lines, open_lines, unripe, whole_month.
    """
    figures = [key_figures()[name] for name in _FIGURES]
    by_month = (
        with_paid(lines)
        .group_by(pl.col("date_of_service").dt.truncate("1mo").alias("month"))
        .agg(part for figure in figures for part in figure.sums())
        .with_columns(figure.value() for figure in figures)
        .select("month", *(figure.column for figure in figures))
    )
    if missing(fields, "paid_cents"):
        by_month = by_month.with_columns(settled_per_visit_cents=pl.lit(None, pl.Int64))
    return (
        months_of(span)
        .join(by_month, on="month", how="left", maintain_order="left")
        .join(ripe.months, on="month", how="left", maintain_order="left")
        .with_columns(
            pl.col("visits", "units", "insured_lines", "open_lines").fill_null(0),
            pl.col("unripe").fill_null(value=False),
        )
        .select(*by_month.columns, "insured_lines", "open_lines", "unripe", "whole_month")
    )


def per_visit_by_payer(lines: pl.DataFrame, fields: Collection[str], ripe: Ripeness) -> pl.DataFrame | Missing:
    """Return what a visit brings by payer over the answered months, most payments first.

    Grain: payer: payer, settled_per_visit_cents, expected_per_visit_cents (Medicare's rates, the same lines),
    paid_to_medicare, visits, units_per_visit, few (too few units or visits for an average). Lines nobody answered
    or paid do not count; denied ones do. `Missing` if the export lacks payments or payers.
    """
    if missing_column := missing(fields, "paid_cents") or missing(fields, "payer"):
        return missing_column
    figures = [key_figures()[name] for name in (*_FIGURES, "expected_per_visit")]
    priced = pl.col("expected_cents").is_not_null()
    settled = with_paid(lines).filter(ripe.is_ripe(), is_settled())
    return (
        settled.group_by(pl.col("payer").cast(pl.String).fill_null(NOT_STATED))
        .agg(
            *(part for figure in figures for part in figure.sums()),
            pl.col("paid_cents").filter(priced).sum().alias("paid_priced"),
            pl.col("expected_cents").sum().alias("expected"),
        )
        .with_columns(figure.value() for figure in figures)
        .with_columns(
            paid_to_medicare=pl.when(pl.col("expected") > 0).then(pl.col("paid_priced") / pl.col("expected")),
            few=(pl.col("units") < few_units()) | (pl.col("visits") < few_visits()),
        )
        .sort(["settled_per_visit:of", "payer"], descending=[True, False])
        .select(
            "payer", "settled_per_visit_cents", "expected_per_visit_cents", "paid_to_medicare", "visits",
            "units_per_visit", "few",
        )
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stretch:
    """Months of one year (their first days) and their figures; the payment is None where nothing is known of it."""

    months: tuple[date, ...]
    visits: int
    units_per_visit: float
    paid_per_visit_cents: int | None

    @property
    def name(self) -> str:
        """Its months: ``Jan to Sep 2026``; one by one if some in between are left out."""
        first, last = self.months[0], self.months[-1]
        if len(self.months) == 1:
            return f"{first:%b %Y}"
        if last.month - first.month + 1 == len(self.months):
            return f"{first:%b} to {last:%b %Y}"
        return f"{', '.join(f'{month:%b}' for month in self.months[:-1])} and {last:%b %Y}"


def year_to_date(lines: pl.DataFrame, fields: Collection[str], span: Span, ripe: Ripeness) -> str:
    """Compare this year's months so far with the same months of last year, in a sentence that names both.

    A month counts if it is full and answered in both years. This year is that of the last such month; where there is
    none, or a stretch has few units, the sentence says that there is nothing to compare.
    """
    trend = per_visit(lines, fields, span, ripe)
    usable = set(trend.filter("whole_month", ~pl.col("unripe"))["month"])
    both = [month for month in sorted(usable) if month.replace(year=month.year - 1) in usable]
    this_year = [month for month in both if month.year == both[-1].year]
    if not this_year:
        return "No full, answered month of this year has the same month of last year beside it, so nothing is compared."
    later = _stretch(lines, fields, this_year)
    earlier = _stretch(lines, fields, [month.replace(year=month.year - 1) for month in this_year])
    if later is None or earlier is None:
        least = f"{few_units()} units or {few_visits()} visits"
        return f"Fewer than {least} in this year or in the same months of last year: nothing is compared."
    return _compared(later, earlier)


def _stretch(lines: pl.DataFrame, fields: Collection[str], months: list[date]) -> Stretch | None:
    figures = [key_figures()[name] for name in _FIGURES]
    within = with_paid(lines).filter(pl.col("date_of_service").dt.truncate("1mo").is_in(months))
    row: dict[str, Any] = (
        within.select(part for figure in figures for part in figure.sums())
        .with_columns(figure.value() for figure in figures)
        .row(0, named=True)
    )
    if row["units"] < few_units() or row["visits"] < few_visits():
        return None
    paid = None if missing(fields, "paid_cents") else row["settled_per_visit_cents"]
    return Stretch(tuple(months), row["visits"], row["units_per_visit"], paid)


def _compared(later: Stretch, earlier: Stretch) -> str:
    paid, before = later.paid_per_visit_cents, earlier.paid_per_visit_cents
    units, units_before = later.units_per_visit, earlier.units_per_visit
    parts = []
    if paid is not None and before:
        parts.append(f"{dollars(paid)} against {dollars(before)} paid per visit ({paid / before - 1:+.1%})")
    parts.append(f"{units:.2f} against {units_before:.2f} units per visit ({units / units_before - 1:+.1%})")
    parts.append(f"{later.visits:,} against {earlier.visits:,} visits ({later.visits / earlier.visits - 1:+.1%})")
    return f"{later.name} against {earlier.name}: {', '.join(parts)}."
