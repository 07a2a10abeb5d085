"""Findings added up and looked into: by rule, by therapist or payer, by month; the lines behind one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit import facts

if TYPE_CHECKING:
    from analysis.audit.audit import Audit

BY_RULE: dict[str, pl.DataType] = {
    "rule": pl.String(),
    "rule_title": pl.String(),
    "severity": pl.String(),
    "at_risk_cents": pl.Int64(),
    "missed_cents": pl.Int64(),
    "findings": pl.Int64(),
    "lines": pl.Int64(),
}
"""Grain: rule that found something, errors first, then most dollars: its name and title, its gravest severity, dollars,
findings, and the lines they are about (each once). Dollars are null where no finding has any."""
SEVERITY_WORDS = {"error": "Not payable as billed", "warning": "Likely wrong", "note": "A question"}
"""Severity in words, the gravest first."""


def by_rule(findings: pl.DataFrame) -> pl.DataFrame:
    """Add findings up by rule: `BY_RULE`."""
    rank = {name: position for position, name in enumerate(facts.SEVERITIES)}
    titles = {name: rule.title for name, rule in facts.rules().items()}
    summed = (
        findings.with_columns(rank=pl.col("severity").replace_strict(rank, return_dtype=pl.Int64))
        .group_by("rule")
        .agg(
            pl.col("rank").min(),
            *_sums(),
            pl.len().alias("findings"),
            pl.col("line_ids").list.explode(keep_nulls=False, empty_as_null=False).n_unique().alias("lines"),
        )
        .sort(
            ["rank", pl.max_horizontal("at_risk_cents", "missed_cents").fill_null(0), "findings", "rule"],
            descending=[False, True, True, False],
        )
        .with_columns(
            rule_title=pl.col("rule").replace_strict(titles, return_dtype=pl.String),
            severity=pl.col("rank").replace_strict(dict(enumerate(facts.SEVERITIES)), return_dtype=pl.String),
        )
    )
    return summed.select(pl.col(name).cast(dtype) for name, dtype in BY_RULE.items())


def by(findings: pl.DataFrame, key: str) -> pl.DataFrame:
    """Add findings up by therapist, payer, clinic (`key`) or month of service, most dollars first; months in order.

    Grain: a value of the key: key, at_risk_cents, missed_cents, findings; null keys are "Not stated".
    """
    value = pl.col("date_of_service").dt.strftime("%Y-%m") if key == "month" else pl.col(key)
    summed = findings.group_by(value.fill_null("Not stated").alias("key")).agg(
        *_sums(), pl.len().cast(pl.Int64).alias("findings")
    )
    if key == "month":
        return summed.sort("key")
    dollars = pl.sum_horizontal("at_risk_cents", "missed_cents")
    return summed.sort([dollars, "findings", "key"], descending=[True, True, False])


def _sums() -> list[pl.Expr]:
    """Add up dollars both ways; null where no finding has any."""
    amounts = (pl.col("at_risk_cents"), pl.col("missed_cents"))
    return [pl.when(amount.count() > 0).then(amount.sum()).alias(amount.meta.output_name()) for amount in amounts]


def lines_of(lines: pl.DataFrame, line_ids: list[int]) -> pl.DataFrame:
    """Return the visits behind a finding, line by line: all lines of the patient-days of some lines.

    Grain: line: line_id, source_file, source_row, date_of_service, code, modifiers, units, minutes, charge_cents,
    allowed_cents, payer, provider, about (whether the finding is about this line).
    """
    about = pl.col("line_id").is_in(line_ids)
    days = lines.filter(about).select("visit_key").unique()
    return (
        lines.join(days, on="visit_key", how="semi")
        .sort("date_of_service", "line_id")
        .select(
            *("line_id", "source_file", "source_row", "date_of_service", "code", "modifiers", "units", "minutes"),
            *("charge_cents", "allowed_cents", "payer", "provider"),
            about=about,
        )
    )


def within(result: Audit, line_ids: pl.Series) -> pl.DataFrame:
    """Return the findings whose first line is one of some lines."""
    first = pl.col("line_ids").list.first()
    return result.findings.filter(first.is_in(line_ids.implode()))
