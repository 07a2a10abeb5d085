"""Units billed against minutes noted: too many, too few, or the right number on the wrong code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit import facts
from analysis.audit.claims import DAY, FOUND, PLAN, counted, found, of_units, timed
from analysis.audit.units.counting import UNIT_MINUTES, allocate, units_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.audit.claims import Claims

_SERVICE = (*PLAN, "service")


def over_minutes(claims: Claims) -> pl.DataFrame:
    """Find plans of care of a day with more timed units than their minutes carry."""
    days = judged(claims).filter(pl.col("billed") > pl.col("most"))
    return found(
        days.with_columns(
            message=_sentence("most"),
            at_risk_cents=of_units(pl.col("billed") - pl.col("most"), "value_cents", "billed"),
        )
    )


def under_minutes(claims: Claims) -> pl.DataFrame:
    """Find plans of care of a day with fewer timed units than their minutes carry."""
    days = judged(claims).filter(pl.col("billed") < pl.col("least"))
    return found(
        days.with_columns(
            message=_sentence("least"), missed_cents=(pl.col("least") - pl.col("billed")) * pl.col("unit_cents")
        )
    )


def wrong_code(claims: Claims) -> pl.DataFrame:
    """Find days with the right number of units, of which one stands on a code with too few minutes (8-minute rule)."""
    days = judged(claims).filter("eight_minute", "misplaced", pl.col("billed") == pl.col("most"))
    schema = {name: FOUND[name] for name in ("line_ids", "code", "message")}
    return found(pl.DataFrame(list(_reallocated(days)), schema=schema, orient="row"))


def _reallocated(days: pl.DataFrame) -> Iterator[tuple[list[int], str, str]]:
    columns = ("line_ids", "services", "service_minutes", "service_units")
    for line_ids, services, minutes, units in days.select(columns).iter_rows():
        right = allocate(dict(zip(services, minutes, strict=True)))
        billed = dict(zip(services, units, strict=True))
        code = max(services, key=lambda service: billed[service] - right.units[service])
        as_billed = ", ".join(f"{service} x {count}" for service, count in billed.items())
        yield line_ids, code, f"billed {as_billed}, but {right.working}"


def judged(claims: Claims) -> pl.DataFrame:
    """Return the timed services of each day and plan of care whose units can be held against their minutes.

    Grain: visit, payer and plan of care, of which every timed line has minutes. Columns: line_ids, code (the one with
    the most units), billed (units), minutes, most and least (units by the payer's rule; where nobody knows which one it
    uses, by the more and the less generous of the two), rule (in words), eight_minute, value_cents (null where unknown)
    and unit_cents of the cheapest service, misplaced (units stand on codes where the 8-minute rule cannot put them),
    services, service_minutes, service_units.
    """
    lines = claims.lines.filter(timed()).with_columns(
        eight_minute=pl.col("payer_class").is_in(facts.payer_rules().eight_minute),
        service=pl.col("code").replace(dict(facts.codes().together)),
        complete=pl.col("minutes").is_not_null().all().over(PLAN),
        plans=pl.col("discipline").n_unique().over(DAY),
    )
    lines = lines.filter("complete")
    # The total of a visit says nothing of one code, nor of one of two plans of care.
    of_visit = _days(lines.filter(pl.col("minutes_of_visit") & pl.col("eight_minute") & (pl.col("plans") == 1)))
    of_visit = of_visit.with_columns(
        minutes=pl.col("service_minutes").list.first(), midpoint=None, misplaced=pl.lit(value=False)
    )
    days = pl.concat([_days(lines.filter(~pl.col("minutes_of_visit"))), of_visit], how="vertical_relaxed")
    total = units_of(pl.col("minutes"))
    return days.with_columns(
        most=pl.when("eight_minute").then(total).otherwise(pl.max_horizontal(total, "midpoint")),
        least=pl.when("eight_minute").then(total).otherwise(pl.min_horizontal(total, "midpoint")),
        rule=pl.when("eight_minute")
        .then(pl.lit("Medicare's 8-minute rule"))
        .otherwise(pl.lit("the 8-minute rule and the midpoint rule agree")),
    )


def _days(lines: pl.DataFrame) -> pl.DataFrame:
    """Add up lines by service, then by day and plan of care."""
    services = lines.group_by(_SERVICE, maintain_order=True).agg(
        pl.col("line_id"),
        pl.col("units").sum(),
        pl.when(pl.col("minutes_of_visit").first())
        .then(pl.col("minutes").first())
        .otherwise(pl.col("minutes").sum())
        .alias("minutes"),
        pl.col("value_cents").sum(),
        pl.col("value_cents").is_null().any().alias("unvalued"),
        pl.col("unit_cents").min(),
        pl.col("eight_minute").first(),
    )
    rest, extra = pl.col("minutes") % UNIT_MINUTES, pl.col("units") - pl.col("minutes") // UNIT_MINUTES
    least_raised, most_left = rest.filter(extra == 1).min(), rest.filter(extra == 0).max()
    return services.group_by(PLAN, maintain_order=True).agg(
        pl.col("line_id").list.explode(keep_nulls=False, empty_as_null=False).alias("line_ids"),
        pl.col("service").sort_by("units", descending=True).first().alias("code"),
        pl.col("units").sum().alias("billed"),
        pl.col("minutes").sum(),
        units_of(pl.col("minutes")).sum().alias("midpoint"),
        pl.col("eight_minute").first(),
        pl.when(~pl.col("unvalued").any()).then(pl.col("value_cents").sum()).alias("value_cents"),
        pl.col("unit_cents").min(),
        (~extra.is_in([0, 1]).all() | (least_raised < most_left).fill_null(value=False)).alias("misplaced"),
        pl.col("service").alias("services"),
        pl.col("minutes").alias("service_minutes"),
        pl.col("units").alias("service_units"),
    )


def _sentence(right: str) -> pl.Expr:
    return pl.format(
        "{} billed for {} timed minutes, which carry {} ({})", counted("billed"), "minutes", counted(right), "rule"
    )
