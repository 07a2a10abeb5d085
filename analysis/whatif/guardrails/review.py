"""The dollars of a scenario's recodings, split into those with a flag and those without."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from analysis.codes.guide import load_guide
from analysis.medicare.edits import load_edits
from analysis.money import half_up
from analysis.whatif.guardrails.flags import RULES, flags
from analysis.whatif.scenarios import Recode

if TYPE_CHECKING:
    from analysis.codes.guide import GuideEntry
    from analysis.whatif.scenarios import Scenario
    from analysis.whatif.visits import Cube, VisitLines


@dataclass(frozen=True, slots=True, eq=False)
class RecodingReview:
    """What is shown beside a coding scenario.

    Attributes
    ----------
    per_flag:
        Grain: rule and text, as RULES has them: rule, name, code, text, visits (expected), allowed_difference_cents,
        receipts_difference_cents (of those visits). A visit may be in several rows.
    visits, flagged_visits:
        Visits in which units would move, and those of them with any flag; expected values.
    flagged_allowed_cents, free_allowed_cents, flagged_receipts_cents, free_receipts_cents:
        What the recodings change, in visits with a flag and in those without, at the scenario's prices; together this
        is everything they change.
    raised:
        Grain: distinct visit, combination and text (flags.flags).
    documentation:
        The guide's entry for each target code, in the recodings' order, if there is one.
    undocumented:
        Target codes without an entry in the guide.
    beliefs:
        Common beliefs about these codes that are no longer true.
    """

    per_flag: pl.DataFrame
    visits: float
    flagged_visits: float
    flagged_allowed_cents: int
    free_allowed_cents: int
    flagged_receipts_cents: int
    free_receipts_cents: int
    raised: pl.DataFrame
    documentation: tuple[GuideEntry, ...]
    undocumented: tuple[str, ...]
    beliefs: tuple[str, ...]


def review(cube: Cube, scenario: Scenario) -> RecodingReview:
    """Check a scenario's recodings against NCCI edits, usual guidance and the code guide."""
    guide = load_guide()
    targets = tuple(dict.fromkeys(recode.target for recode in scenario.of(Recode)))
    lines = cube.visits(scenario)
    raised = flags(lines, targets, load_edits(), guide.guidance)
    gained = _gained(lines, len(scenario.of(Recode)))
    flagged = gained.join(raised.select("visit", "combination").unique(), on=["visit", "combination"], how="semi")
    all_visits, flagged_visits = _expected(gained, lines), _expected(flagged, lines)
    return RecodingReview(
        per_flag=_by_text(raised, gained, lines),
        visits=float(all_visits.visits),
        flagged_visits=float(flagged_visits.visits),
        flagged_allowed_cents=_cents(flagged_visits.allowed),
        free_allowed_cents=_cents(all_visits.allowed) - _cents(flagged_visits.allowed),
        flagged_receipts_cents=_cents(flagged_visits.payments),
        free_receipts_cents=_cents(all_visits.payments) - _cents(flagged_visits.payments),
        raised=raised,
        documentation=tuple(guide.entries[code] for code in targets if code in guide.entries),
        undocumented=tuple(code for code in targets if code not in guide.entries),
        beliefs=guide.beliefs_about(
            *(code for recode in scenario.of(Recode) for code in (recode.source, recode.target))
        ),
    )


def flagged_lines(
    cube: Cube, reviewed: RecodingReview, text: str, lines: pl.DataFrame, at_most: int = 200
) -> pl.DataFrame:
    """Return the clinic's own visits behind a flag, line by line, newest first, without patient data.

    Grain: line of a visit that may be flagged this way: number (of the visit in this list), date_of_service,
    source_row, code, modifiers, units. `lines` are those the cube was built from; limited to `at_most` visits.
    """
    flagged = reviewed.raised.filter(pl.col("text") == text).select("visit").unique()
    visit_keys = cube.distinct.actual_visits.join(flagged, on="visit", how="semi").select("visit_key")
    visit_lines = lines.join(visit_keys, on="visit_key", how="semi")
    newest = visit_lines.group_by("visit_key").agg(pl.col("date_of_service").first(), pl.col("line_id").first())
    newest = newest.sort(["date_of_service", "line_id"], descending=[True, False]).head(at_most)
    numbered = newest.select("visit_key").with_row_index("number", offset=1)
    return (
        visit_lines.join(numbered, on="visit_key")
        .sort("number", "line_id")
        .select(pl.col("number").cast(pl.Int64), "date_of_service", "source_row", "code", "modifiers", "units")
    )


_SUMS = ("expected_cents", "receipts_cents")
_KEYS = ("visit_change_mask", "volume_mask")


def _gained(lines: VisitLines, recodes: int) -> pl.DataFrame:
    """Return what each combination's recodings change in a visit; assistant changes are on both sides.

    Grain: visit, combination and volume_mask: visit_change_mask, visits, expected_cents and receipts_cents of all such
    visits.
    """
    others = pl.col("combination") // (1 << recodes) * (1 << recodes)
    moved = lines.after.filter("moved").select("visit", "combination", others.alias("without")).unique()
    after = lines.after.join(moved, on=["visit", "combination"]).filter("counted")
    plain = pl.concat([lines.unchanged, lines.after.filter(pl.col("combination") == others)]).filter("counted")
    before = plain.rename({"combination": "without"}).join(moved, on=["visit", "without"])
    keys = ["visit", "combination", *_KEYS]
    sums = [pl.col(_SUMS).sum()]
    both = pl.concat([after.group_by(keys).agg(sums), before.group_by(keys).agg(sums).with_columns(-pl.col(_SUMS))])
    return (
        both.group_by(keys)
        .agg(sums)
        .join(lines.visits.select("visit", "visits"), on="visit")
        .with_columns(pl.col(_SUMS) * pl.col("visits"))
    )


@dataclass(frozen=True, slots=True)
class _Sum:
    visits: Fraction
    allowed: Fraction
    payments: Fraction


def _expected(gained: pl.DataFrame, lines: VisitLines) -> _Sum:
    """Return the expected number of visits, and the expected change in them."""
    combinations = gained.unique(["visit", "combination"])
    counts = combinations.group_by("visit_change_mask", "combination").agg(pl.col("visits").sum())
    visits = lines.scale * sum((lines.chance(e, c) * n for e, c, n in counts.iter_rows()), Fraction(0))
    sums = gained.group_by("visit_change_mask", "combination", "volume_mask").agg(pl.col(_SUMS).sum())
    weighted = [(lines.weight(e, c, g), allowed, payments) for e, c, g, allowed, payments in sums.iter_rows()]
    return _Sum(
        visits,
        sum((weight * allowed for weight, allowed, _ in weighted), Fraction(0)),
        sum((weight * payments for weight, _, payments in weighted), Fraction(0)),
    )


def _cents(value: Fraction) -> int:
    return half_up(value.numerator, value.denominator)


def _by_text(raised: pl.DataFrame, gained: pl.DataFrame, lines: VisitLines) -> pl.DataFrame:
    order = list(RULES)
    rows = []
    for (rule, code, text), visits in raised.group_by("rule", "code", "text"):
        flagged = gained.join(visits.select("visit", "combination"), on=["visit", "combination"], how="semi")
        change = _expected(flagged, lines)
        rows.append(
            (rule, RULES[str(rule)], code, text, float(change.visits), _cents(change.allowed), _cents(change.payments))
        )
    rows.sort(key=lambda row: (order.index(str(row[0])), -row[4], str(row[3])))
    return pl.DataFrame(
        rows,
        schema={
            "rule": pl.String,
            "name": pl.String,
            "code": pl.String,
            "text": pl.String,
            "visits": pl.Float64,
            "allowed_difference_cents": pl.Int64,
            "receipts_difference_cents": pl.Int64,
        },
        orient="row",
    )
