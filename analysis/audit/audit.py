"""All rules over all claims: what was found, and which rules could not run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.audit import facts
from analysis.audit.claims import FOUND, Claims, claims
from analysis.audit.coding import add_ons, evaluations, guidance, in_year, untimed
from analysis.audit.days import closed, duplicates, hours, places
from analysis.audit.edits import mue, needless, pairs
from analysis.audit.modifiers import kx, plans
from analysis.audit.patterns import mix, same_visits
from analysis.audit.units import rules as units
from analysis.errors import ContractError
from analysis.medicare.edits import editions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from analysis.audit.facts import Rule
    from analysis.pricing import Priced

RULES: Mapping[str, Callable[[Claims], pl.DataFrame]] = {
    "edit__ncci_pair": pairs.ncci_pair,
    "edit__mue": mue.mue,
    "modifier__discipline_missing": plans.discipline_missing,
    "modifier__discipline_mismatch": plans.discipline_mismatch,
    "modifier__assistant_discipline": plans.assistant_discipline,
    "modifier__kx_missing": kx.kx_missing,
    "modifier__kx_early": kx.kx_early,
    "modifier__needless_59": needless.needless_59,
    "units__over_minutes": units.over_minutes,
    "units__under_minutes": units.under_minutes,
    "units__wrong_code": units.wrong_code,
    "code__addon_without_primary": add_ons.addon_without_primary,
    "code__untimed_units": untimed.untimed_units,
    "code__not_in_year": in_year.not_in_year,
    "code__evaluation_repeated": evaluations.evaluation_repeated,
    "guidance__97112_units": guidance.usual_units,
    "day__duplicate_line": duplicates.duplicate_line,
    "day__therapist_hours": hours.therapist_hours,
    "day__two_clinics": places.two_clinics,
    "day__closed_day": closed.closed_day,
    "pattern__mix_outlier": mix.mix_outlier,
    "pattern__mix_shift": mix.mix_shift,
    "pattern__same_visits": same_visits.same_visits,
}
"""Every rule by its stable name."""

_CONTEXT = ("date_of_service", "visit_key", "patient_key", "payer", "payer_class", "clinic", "provider")
FINDINGS: dict[str, pl.DataType] = {
    "finding": pl.Int64(),
    "rule": pl.String(),
    **FOUND,
    "date_of_service": pl.Date(),
    "visit_key": pl.Int64(),
    "patient_key": pl.Int64(),
    "payer": pl.String(),
    "payer_class": pl.String(),
    "clinic": pl.String(),
    "provider": pl.String(),
}
"""Grain: a finding, errors first, then most dollars first: its number from 0, its rule, what the rule says
(`claims.FOUND`), and the context of its first line."""


@dataclass(frozen=True, slots=True)
class NotRun:
    """A rule that could not run, and the columns that hold nothing."""

    rule: Rule
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """What an audit found.

    Attributes
    ----------
    findings:
        `FINDINGS`.
    not_run:
        Rules that could not run: neither passed nor failed.
    edition:
        The newest edits that claims were held against.
    """

    findings: pl.DataFrame
    not_run: tuple[NotRun, ...]
    edition: str

    @property
    def at_risk_cents(self) -> int:
        """Dollars that may be taken back, each line once, however many findings it is in."""
        return in_all(self.findings, "at_risk_cents")

    @property
    def missed_cents(self) -> int:
        """Dollars that were not billed."""
        return in_all(self.findings, "missed_cents")


def in_all(findings: pl.DataFrame, amount: str) -> int:
    """Add up an amount of findings; of those about one and the same first line only the largest counts."""
    largest = findings.group_by(pl.col("line_ids").list.first()).agg(pl.col(amount).max())
    return int(largest[amount].sum())


def audit(priced: Priced, fields: Collection[str]) -> Audit:
    """Look at claims as billed with every rule.

    Parameters
    ----------
    priced:
        The lines of the whole export: a rule needs all lines of a day, and of a patient's year.
    fields:
        The fields the export has.
    """
    known = facts.rules()
    if known.keys() != RULES.keys():
        raise ContractError(f"audit/rules.toml and the rules differ: {', '.join(sorted(known.keys() ^ RULES.keys()))}")
    every = claims(priced, fields, editions())
    not_run, parts = [], []
    for name, look in RULES.items():
        if lacks := every.lacks(known[name].needs):
            not_run.append(NotRun(known[name], lacks))
        else:
            parts.append(look(every).with_columns(pl.lit(name).alias("rule")))
    return Audit(_with_context(pl.concat(parts), every), tuple(not_run), every.editions[-1].edition)


def _with_context(parts: pl.DataFrame, every: Claims) -> pl.DataFrame:
    severities = {name: rule.severity for name, rule in facts.rules().items()}
    context = every.lines.select(pl.col("line_id").alias("first"), *_CONTEXT)
    order = pl.col("severity").replace_strict({name: rank for rank, name in enumerate(facts.SEVERITIES)})
    dollars = pl.max_horizontal("at_risk_cents", "missed_cents").fill_null(0)
    return (
        parts.with_columns(
            severity=pl.coalesce("severity", pl.col("rule").replace_strict(severities, return_dtype=pl.String)),
            first=pl.col("line_ids").list.first(),
        )
        .join(context, on="first", how="left", maintain_order="left")
        .sort([order, dollars, "date_of_service", "first", "rule"], descending=[False, True, True, False, False])
        .with_row_index("finding")
        .select(pl.col(name).cast(dtype) for name, dtype in FINDINGS.items())
    )
