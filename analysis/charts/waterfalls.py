"""Waterfalls: the way from one amount to another, a row a step.

Where a difference is the point, the axis is the difference: zero is the amount the way begins with. On an axis of whole
amounts a difference of one percent could not be seen, and an axis cut off in between would make it look like half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.charts import colours
from analysis.charts.chart import Chart, empty
from analysis.charts.differences import (
    against_baseline,
    amounts,
    brings,
    more,
    outcome,
    scenario_name,
    signed,
    size,
    words,
)
from analysis.charts.layout import BAR, dollar_axis, on_axis, row_lines, rows, safe
from analysis.charts.pairs import below, ticks
from analysis.codes import hcpcs as codes
from analysis.money import dollars
from analysis.whatif.answers.causes import ORDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.charts.drawing import Drawing
    from analysis.whatif.answers import Bridge, Comparison
    from analysis.whatif.answers.compare import Measure

LARGEST = 10
"""Codes with a row of their own; the rest is one row, "other codes"."""

_SAID = 2
"""Differences a title names."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a waterfall: its texts, the amounts its bar lies between (cents), and its colour."""

    name: str
    value: str
    start: int
    end: int
    colour: str
    hover: str


def hanging(steps: Sequence[Step], axis: str) -> Drawing:
    """The figure of a waterfall, the first step at the top; `axis` says what the dollars are."""
    drawn = rows([step.name for step in steps], [step.value for step in steps], dollar_axis(axis))
    drawn.add_bar(
        x=[on_axis(abs(step.end - step.start)) for step in steps],
        base=[on_axis(min(step.start, step.end)) for step in steps],
        y=list(range(len(steps))),
        **BAR,
        marker={"color": [step.colour for step in steps]},
        customdata=[step.hover for step in steps],
        hovertemplate="%{customdata}<extra></extra>",
    )
    return drawn


def in_words(steps: Iterable[Step]) -> str:
    """The steps' names and figures, for those who do not see the bars."""
    return "; ".join(f"{step.name} {step.value}" for step in steps)


def _colour(cents: int) -> str:
    return colours.WARNING if cents < 0 else colours.ACCENT


def _start_line(drawn: Drawing, count: int) -> None:
    """Zero through all rows: the amount the way begins with."""
    row_lines(drawn, count, [(0.0, {"color": colours.CONTEXT, "width": 1.5})])


def _way(
    first: tuple[str, int], moves: Iterable[tuple[str, int, str]], last: tuple[str, int], axis: str
) -> tuple[Drawing, str]:
    """A waterfall of differences and its words.

    Parameters
    ----------
    first, last:
        Name and cents of the amount at either end.
    moves:
        Name, cents and further hover text of each difference between them.
    axis:
        What the dollars are.
    """
    (first_name, before), (last_name, after) = first, last
    steps = [Step(first_name, size(before), 0, 0, colours.CONTEXT, f"{safe(first_name)}: {dollars(before)}")]
    for name, cents, hover in moves:
        start = steps[-1].end
        said = f"{safe(name)}: {more(cents)}{hover}"
        steps.append(Step(name, signed(cents), start, start + cents, _colour(cents), said))
    difference = after - before
    value = f"{size(after)} ({signed(difference)})"
    said = f"{safe(last_name)}: {dollars(after)}<br>{more(difference)}"
    steps.append(Step(last_name, value, 0, difference, colours.CONTEXT, said))
    drawn = hanging(steps, axis)
    _start_line(drawn, len(steps))
    return drawn, f"Bars of the steps from the first amount to the last. {in_words(steps)}."


def difference_by_code(comparison: Comparison, measure: Measure = "allowed", largest: int = LARGEST) -> Chart:
    """From the baseline to the scenario, code by code: the largest differences, the rest in one row.

    Parameters
    ----------
    comparison:
        `whatif.compare`.
    measure:
        Expected allowed, or expected receipts.
    largest:
        Codes with a row of their own.
    """
    question = "Which codes make the difference?"
    before, after = amounts(comparison, measure)
    cents = pl.col(f"{measure}_difference_cents")
    moved = comparison.per_code.filter(cents != 0).sort([cents.abs(), "code"], descending=[True, False])
    if moved.is_empty():
        return empty(question, f"No code earns more or less: {outcome(measure, before, after)}.")
    # One code left over has its own row: "other codes" would not say more in less room.
    shown = moved if moved.height <= largest + 1 else moved.head(largest)
    column = cents.meta.output_name()
    moves = [(codes.named(row["code"]), int(row[column]), _units(row)) for row in shown.iter_rows(named=True)]
    if others := moved.height - shown.height:
        moves.append((f"Other codes ({others})", int(moved[shown.height :][column].sum()), "<br>see the table"))
    drawn, alt = _way(("Baseline", before), moves, (scenario_name(comparison), after), against_baseline(measure))
    named = list(shown.head(_SAID).select("code", column).iter_rows())
    title = f"{brings(named)}; {outcome(measure, before, after)}."
    return Chart(title, question, drawn, comparison.per_code, alt)


def _units(row: dict[str, float]) -> str:
    return f"<br>{row['units_before']:,} units before, {row['units_after']:,.1f} after"


def difference_by_cause(causes: pl.DataFrame, comparison: Comparison, measure: Measure = "allowed") -> Chart:
    """From the baseline to the scenario, one change after the other: volume, mix, price, rules (`whatif.by_cause`)."""
    question = "What makes the difference: volume, mix, price or rules?"
    before, after = amounts(comparison, measure)
    column = f"{measure}_difference_cents"
    by_cause = causes.group_by("cause", maintain_order=True).agg(pl.sum(column)).filter(pl.col(column) != 0)
    if by_cause.is_empty():
        return empty(question, f"Nothing changes the total: {outcome(measure, before, after)}.")
    moves = [
        (_cause_name(cause, label), int(cents), "")
        for cause, label, cents in causes.select("cause", "label", column).iter_rows()
    ]
    drawn, alt = _way(("Baseline", before), moves, (scenario_name(comparison), after), against_baseline(measure))
    ranked = by_cause.sort(pl.col(column).abs(), descending=True, maintain_order=True).head(_SAID)
    largest = ", ".join(f"{more(cents)} from {cause}" for cause, cents in ranked.iter_rows())
    title = f"{largest}; {outcome(measure, before, after)}."
    return Chart(title, question, drawn, causes.rename({"label": "what_changes"}), alt, notes=(ORDER,))


def _cause_name(cause: str, label: str) -> str:
    """Cause and change: ``Mix: 97110 to 97112``; the change alone where it begins with its cause."""
    return label if label.lower().startswith(cause) else f"{cause.capitalize()}: {label}"


def bridge(found: Bridge) -> Chart:
    """From one year's revenue to the next one's: volume, mix, price, rules (`whatif.bridge`)."""
    question = f"What changed {words(found.measure)} from {found.year_a} to {found.year_b}?"
    moves = [
        ("Volume: visits", found.volume_cents, f"<br>{found.visits_a:,} visits, then {found.visits_b:,}"),
        ("Mix: codes and units per visit", found.mix_cents, ""),
        ("Price: fee schedule", found.price_cents, ""),
        ("Rules: payment rules", found.rules_cents, ""),
    ]
    first, last = (f"{found.year_a}", found.start_cents), (f"{found.year_b}", found.end_cents)
    drawn, alt = _way(first, moves, last, f"dollars of {words(found.measure)}, compared with {found.year_a}")
    steps = [first, *((name, cents) for name, cents, _ in moves), last]
    table = pl.DataFrame(steps, schema={"bridge_step": pl.String, "bridge_cents": pl.Int64}, orient="row")
    notes = [f"All lines at Medicare rates, regardless of payer: {found.span} of both years."]
    if found.left_out:
        codes_out = ", ".join(found.left_out)
        notes.append(
            f"The schedule of {found.year_a} has no amount for {codes_out}, so their revenue counts under mix."
        )
    return Chart(f"{found.sentence.rstrip('.')}.", question, drawn, table, alt, notes=tuple(notes))


def scenarios_side_by_side(comparisons: Sequence[Comparison], measure: Measure = "allowed") -> Chart:
    """The baseline and each scenario in a row, with the difference in words."""
    question = "Which scenario earns most?"
    if not comparisons:
        return empty(question, "There is no scenario yet to compare with the baseline.")
    both = [amounts(comparison, measure) for comparison in comparisons]
    baseline = both[0][0]
    steps = [Step("Baseline", size(baseline), 0, 0, colours.CONTEXT, f"Baseline: {dollars(baseline)}")]
    for comparison, (before, after) in zip(comparisons, both, strict=True):
        name, change = scenario_name(comparison), after - before
        hover = f"{safe(name)}<br>baseline {dollars(before)}, scenario {dollars(after)}<br>{more(change)}"
        steps.append(Step(name, more(change), 0, change, _colour(change), hover))
    drawn = hanging(steps, against_baseline(measure))
    drawn.add_traces([ticks([(row, 0.0, "the baseline") for row in range(len(steps))])])
    at_left = {"x": 0, "xref": "paper", "xanchor": "left"}
    below(drawn, ({}, *({"text": _whole(before, after), **at_left} for before, after in both)))
    notes = tuple(
        f"{comparison.scenario.name} is compared with {dollars(before)} because it leaves lines out of the comparison."
        for comparison, (before, _) in zip(comparisons, both, strict=True)
        if before != baseline
    )
    title = _scenarios_title(comparisons, both, measure)
    return Chart(
        title, question, drawn, _scenario_table(comparisons), f"Bars of differences. {in_words(steps)}.", notes=notes
    )


def _whole(before: int, after: int) -> str:
    return size(after) + (f" ({(after - before) / before:+.1%})" if before else "")


def _scenarios_title(comparisons: Sequence[Comparison], both: list[tuple[int, int]], measure: Measure) -> str:
    """The best and the worst; with one scenario, what becomes of the whole."""
    if len(both) == 1:
        return f"{scenario_name(comparisons[0])}: {outcome(measure, *both[0])}."
    changes = [(scenario_name(c), after - before) for c, (before, after) in zip(comparisons, both, strict=True)]
    ranked = sorted(changes, key=lambda change: -change[1])
    return f"{brings([ranked[0], ranked[-1]])}: {words(measure)} compared with the baseline's {size(both[0][0])}."


def _scenario_table(comparisons: Sequence[Comparison]) -> pl.DataFrame:
    """Grain: scenario: scenario, proposed, and before, after and difference of expected allowed and receipts."""
    return pl.DataFrame(
        [
            {
                "scenario": comparison.scenario.name,
                "proposed": comparison.proposed,
                **{
                    f"{measure}_{when}_cents": cents
                    for measure in ("allowed", "receipts")
                    for when, cents in _three(*amounts(comparison, measure))
                },
            }
            for comparison in comparisons
        ]
    )


def _three(before: int, after: int) -> tuple[tuple[str, int], ...]:
    return ("before", before), ("after", after), ("difference", after - before)
