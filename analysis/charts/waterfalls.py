"""Waterfalls: the way from one amount to another, a row a step.

Where a difference is the point, the axis is the difference: zero is the amount the way begins with. On an axis of whole
amounts a difference of one percent could not be seen, and an axis cut off in between would make it look like half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.charts import colors
from analysis.charts.chart import Chart, empty
from analysis.charts.differences import (
    against_baseline,
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
    from analysis.whatif.answers import Bridge, Difference

LARGEST = 10
"""Codes with a row of their own; the rest is one row, "other codes"."""

_NAMED_DIFFERENCES = 2
"""Differences a title names."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a waterfall: its texts, the amounts its bar lies between (cents), and its color."""

    name: str
    value: str
    start: int
    end: int
    color: str
    hover: str


def hanging(steps: Sequence[Step], axis: str) -> Drawing:
    """The figure of a waterfall, the first step at the top; `axis` says what the dollars are."""
    drawing = rows([step.name for step in steps], [step.value for step in steps], dollar_axis(axis))
    drawing.add_bar(
        x=[on_axis(abs(step.end - step.start)) for step in steps],
        base=[on_axis(min(step.start, step.end)) for step in steps],
        y=list(range(len(steps))),
        **BAR,
        marker={"color": [step.color for step in steps]},
        customdata=[step.hover for step in steps],
        hovertemplate="%{customdata}<extra></extra>",
    )
    return drawing


def in_words(steps: Iterable[Step]) -> str:
    """The steps' names and figures, for those who do not see the bars."""
    return "; ".join(f"{step.name} {step.value}" for step in steps)


def _color(cents: int) -> str:
    return colors.WARNING if cents < 0 else colors.ACCENT


def _start_line(drawing: Drawing, count: int) -> None:
    """Zero through all rows: the amount the way begins with."""
    row_lines(drawing, count, [(0.0, {"color": colors.CONTEXT, "width": 1.5})])


def _waterfall(
    first: tuple[str, int], differences: Iterable[tuple[str, int, str]], last: tuple[str, int], axis: str
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
    steps = [Step(first_name, size(before), 0, 0, colors.CONTEXT, f"{safe(first_name)}: {dollars(before)}")]
    for name, cents, hover in differences:
        start = steps[-1].end
        hover_text = f"{safe(name)}: {more(cents)}{hover}"
        steps.append(Step(name, signed(cents), start, start + cents, _color(cents), hover_text))
    difference = after - before
    value = f"{size(after)} ({signed(difference)})"
    hover_text = f"{safe(last_name)}: {dollars(after)}<br>{more(difference)}"
    steps.append(Step(last_name, value, 0, difference, colors.CONTEXT, hover_text))
    drawing = hanging(steps, axis)
    _start_line(drawing, len(steps))
    return drawing, f"Bars of the steps from the first amount to the last. {in_words(steps)}."


def difference_by_code(whole: Difference, largest: int = LARGEST) -> Chart:
    """From the baseline to the scenario, code by code: the largest differences, the rest in one row.

    Parameters
    ----------
    whole:
        The scenario's difference.
    largest:
        Codes with a row of their own.
    """
    question = "Which codes make the difference?"
    before, after, measure = whole.before_cents, whole.after_cents, whole.measure
    cents = pl.col(f"{measure}_difference_cents")
    changed_codes = whole.per_code.filter(cents != 0).sort([cents.abs(), "code"], descending=[True, False])
    if changed_codes.is_empty():
        return empty(question, f"No code earns more or less: {outcome(measure, before, after)}.")
    # One code left over has its own row: "other codes" would not say more in less room.
    largest_codes = changed_codes if changed_codes.height <= largest + 1 else changed_codes.head(largest)
    column = cents.meta.output_name()
    differences = [
        (codes.code_with_label(row["code"]), int(row[column]), _units(row))
        for row in largest_codes.iter_rows(named=True)
    ]
    if others := changed_codes.height - largest_codes.height:
        differences.append(
            (f"Other codes ({others})", int(changed_codes[largest_codes.height :][column].sum()), "<br>see the table")
        )
    drawing, alt = _waterfall(
        ("Baseline", before), differences, (scenario_name(whole), after), against_baseline(measure)
    )
    largest_differences = list(largest_codes.head(_NAMED_DIFFERENCES).select("code", column).iter_rows())
    title = f"{brings(largest_differences)}; {outcome(measure, before, after)}."
    return Chart(title, question, drawing, whole.per_code, alt)


def _units(row: dict[str, float]) -> str:
    return f"<br>{round(row['units_before'], 1):,} units before, {row['units_after']:,.1f} after"


def difference_by_cause(causes: pl.DataFrame, whole: Difference) -> Chart:
    """From the baseline to the scenario, one change after the other: volume, mix, price, rules (`whatif.by_cause`)."""
    question = "What makes the difference: volume, mix, price or rules?"
    before, after, measure = whole.before_cents, whole.after_cents, whole.measure
    column = f"{measure}_difference_cents"
    by_cause = causes.group_by("cause", maintain_order=True).agg(pl.sum(column)).filter(pl.col(column) != 0)
    if by_cause.is_empty():
        return empty(question, f"Nothing changes the total: {outcome(measure, before, after)}.")
    differences = [
        (_cause_name(cause, label), int(cents), "")
        for cause, label, cents in causes.select("cause", "label", column).iter_rows()
    ]
    drawing, alt = _waterfall(
        ("Baseline", before), differences, (scenario_name(whole), after), against_baseline(measure)
    )
    ranked = by_cause.sort(pl.col(column).abs(), descending=True, maintain_order=True).head(_NAMED_DIFFERENCES)
    largest = ", ".join(f"{more(cents)} from {cause}" for cause, cents in ranked.iter_rows())
    title = f"{largest}; {outcome(measure, before, after)}."
    return Chart(title, question, drawing, causes.rename({"label": "what_changes"}), alt, notes=(ORDER,))


def _cause_name(cause: str, label: str) -> str:
    """Cause and change: ``Mix: 97110 to 97112``; the change alone where it begins with its cause."""
    return label if label.lower().startswith(cause) else f"{cause.capitalize()}: {label}"


def bridge(answer: Bridge) -> Chart:
    """From one year's revenue to the next one's: volume, mix, price, rules (`whatif.bridge`)."""
    question = f"What changed {words(answer.measure)} from {answer.year_a} to {answer.year_b}?"
    differences = [
        ("Volume: visits", answer.volume_cents, f"<br>{answer.visits_a:,} visits, then {answer.visits_b:,}"),
        ("Mix: codes and units per visit", answer.mix_cents, ""),
        ("Price: fee schedule", answer.price_cents, ""),
        ("Rules: payment rules", answer.rules_cents, ""),
    ]
    first, last = (f"{answer.year_a}", answer.start_cents), (f"{answer.year_b}", answer.end_cents)
    drawing, alt = _waterfall(
        first, differences, last, f"dollars of {words(answer.measure)}, compared with {answer.year_a}"
    )
    rows = [first, *((name, cents) for name, cents, _ in differences), last]
    table = pl.DataFrame(rows, schema={"bridge_step": pl.String, "bridge_cents": pl.Int64}, orient="row")
    notes = [f"All lines at Medicare rates, regardless of payer: {answer.span} of both years."]
    if answer.left_out:
        codes_out = ", ".join(answer.left_out)
        notes.append(
            f"The schedule of {answer.year_a} has no amount for {codes_out}, so their revenue counts under mix."
        )
    return Chart(f"{answer.sentence.rstrip('.')}.", question, drawing, table, alt, notes=tuple(notes))


def scenarios_side_by_side(differences: Sequence[Difference]) -> Chart:
    """The baseline and each scenario in a row, with the difference in words; all in one measure."""
    question = "Which scenario earns the most?"
    if not differences:
        return empty(question, "There is no scenario yet to compare with the baseline.")
    measure, baseline = differences[0].measure, differences[0].before_cents
    steps = [Step("Baseline", size(baseline), 0, 0, colors.CONTEXT, f"Baseline: {dollars(baseline)}")]
    for each in differences:
        name, change = scenario_name(each), each.difference_cents
        amounts = f"baseline {dollars(each.before_cents)}, scenario {dollars(each.after_cents)}"
        hover = f"{safe(name)}<br>{amounts}<br>{more(change)}"
        steps.append(Step(name, more(change), 0, change, _color(change), hover))
    drawing = hanging(steps, against_baseline(measure))
    drawing.add_traces([ticks([(row, 0.0, "the baseline") for row in range(len(steps))])])
    at_left = {"x": 0, "xref": "paper", "xanchor": "left"}
    below(drawing, ({}, *({"text": _total(each), **at_left} for each in differences)))
    notes = tuple(
        f"{each.scenario.name} is compared with {dollars(each.before_cents)} because it leaves lines out of the "
        "comparison."
        for each in differences
        if each.before_cents != baseline
    )
    table = pl.DataFrame([_row(each) for each in differences])
    alt = f"Bars of differences. {in_words(steps)}."
    return Chart(_scenarios_title(differences), question, drawing, table, alt, notes=notes)


def _total(difference: Difference) -> str:
    before, after = difference.before_cents, difference.after_cents
    return size(after) + (f" ({(after - before) / before:+.1%})" if before else "")


def _scenarios_title(differences: Sequence[Difference]) -> str:
    """The best and the worst; with one scenario, what becomes of the whole."""
    first = differences[0]
    if len(differences) == 1:
        return f"{scenario_name(first)}: {outcome(first.measure, first.before_cents, first.after_cents)}."
    ranked = sorted(((scenario_name(each), each.difference_cents) for each in differences), key=lambda one: -one[1])
    against = f"{words(first.measure)} compared with the baseline's {size(first.before_cents)}"
    return f"{brings([ranked[0], ranked[-1]])}: {against}."


def _row(difference: Difference) -> dict[str, object]:
    """Grain: scenario: scenario, proposed, and before, after and difference, named after the measure."""
    amounts = {
        "before": difference.before_cents,
        "after": difference.after_cents,
        "difference": difference.difference_cents,
    }
    named = {f"{difference.measure}_{when}_cents": cents for when, cents in amounts.items()}
    return {"scenario": difference.scenario.name, "proposed": difference.proposed, **named}
