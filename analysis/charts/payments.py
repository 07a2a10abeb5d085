"""Charts of payments: what is short and why, expected beside allowed, denials, what is still open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.charts import colors
from analysis.charts.chart import Chart, empty
from analysis.charts.layout import BAR, dollar_axis, on_axis, rows, safe
from analysis.charts.pairs import connections, dots
from analysis.codes import hcpcs as codes
from analysis.lines.filters import word
from analysis.money import dollars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.metrics import Ripeness

_MOST = 12


def _bars(
    names: Sequence[str], cents: Sequence[int], hover: Sequence[str], axis: str, color: str | Sequence[str]
) -> Chart:
    """Rows of one bar each, without words around them."""
    values = [dollars(amount, places=0) for amount in cents]
    drawing = rows(names, values, dollar_axis(axis))
    drawing.add_bar(
        x=[on_axis(amount) for amount in cents],
        y=list(range(len(names))),
        **BAR,
        marker={"color": color},
        customdata=[safe(text) for text in hover],
        hovertemplate="%{customdata}<extra></extra>",
    )
    alt = f"Bar chart, {axis}. " + "; ".join(f"{n}: {v}" for n, v in zip(names, values, strict=True)) + "."
    return Chart("", "", drawing, pl.DataFrame(), alt)


def _with_words(chart: Chart, title: str, question: str, table: pl.DataFrame, notes: tuple[str, ...] = ()) -> Chart:
    return Chart(title, question, chart.drawing, table, chart.alt, notes=notes)


def short_by_mistake(summary: pl.DataFrame) -> Chart:
    """What is short by the mistake that explains it (`payments.by_mistake`)."""
    question = "Why were we underpaid?"
    if summary.is_empty():
        return empty(question, "No line or visit with known payer terms was allowed too little.")
    total = int(summary["owed_cents"].sum())
    first = summary.row(0, named=True)
    title = f"{first['label']}: {dollars(first['owed_cents'], places=0)} of the {dollars(total, places=0)} short."
    hover = [
        f"{row['label']}: {dollars(row['owed_cents'])} on {row['lines']:,} line{'' if row['lines'] == 1 else 's'}"
        for row in summary.iter_rows(named=True)
    ]
    drawing = _bars(summary["label"].to_list(), summary["owed_cents"].to_list(), hover, "dollars short", colors.WARNING)
    return _with_words(drawing, title, question, summary.drop("mistake"))


def owed_by_payer(sums: pl.DataFrame, name: str, label: str) -> Chart:
    """One of the sums of what is owed by payer (`payments.sums_by_payer`), in the column `name`."""
    question = f"{label}: by which payer?"
    some = sums.filter(pl.col(name) > 0).sort([name, "payer"], descending=[True, False])
    if some.is_empty():
        return empty(question, f"{label}: nothing.")
    largest = some.head(_MOST)
    total, first = int(some[name].sum()), some.row(0, named=True)
    title = f"{first['payer']}: {dollars(first[name], places=0)} of the {dollars(total, places=0)} {label.lower()}."
    hover = [f"{row['payer']}: {dollars(row[name])}" for row in largest.iter_rows(named=True)]
    drawing = _bars(
        largest["payer"].to_list(), largest[name].to_list(), hover, f"dollars, {label.lower()}", colors.WARNING
    )
    others = some.height - largest.height
    notes = (f"{others} more in the table only.",) if others else ()
    return _with_words(drawing, title, question, some.select("payer", name), notes)


def expected_and_allowed(compared: pl.DataFrame, by: str, ripe: Ripeness | None = None) -> Chart:
    """What should be allowed (open dot) and what was (filled) for each payer, code or month (`payments.compare`).

    By month, unripe ones are gray and stay out of the title; `ripe` says what they lack.
    """
    question = f"Is the allowed amount right for each {word(by)}?"
    comparable = compared.filter(pl.col("compared_lines") > 0)
    if comparable.is_empty():
        return empty(
            question,
            "No line has both an allowed amount and known payer terms. Map an allowed-amount column on the Data page, "
            "or enter contracts on the Contracts page.",
        )
    unripe = _unripe(by, ripe)
    answered = comparable.filter(~pl.col("key").is_in(unripe))
    expected, allowed = int(answered["due_cents"].sum()), int(answered["allowed_cents"].sum())
    # The newest months, in order; of all else, those with the most dollars.
    largest = comparable.tail(_MOST) if by == "month" else comparable.head(_MOST)
    names = [codes.code_with_label(key) if by == "code" else key for key in largest["key"]]
    values = [dollars(cents, places=0) for cents in largest["difference_cents"]]
    pairs = [(on_axis(row["due_cents"]), on_axis(row["allowed_cents"])) for row in largest.iter_rows(named=True)]
    hover = [
        f"{name}: expected {dollars(row['due_cents'])}, allowed {dollars(row['allowed_cents'])} on "
        f"{row['compared_lines']:,} lines"
        for name, row in zip(names, largest.iter_rows(named=True), strict=True)
    ]
    drawing = rows(names, values, dollar_axis("dollars: ○ expected, ● allowed"))
    drawing.add_traces([connections(pairs)])
    color = [
        colors.CONTEXT if key in unripe else colors.WARNING if difference < 0 else colors.ACCENT
        for key, difference in largest.select("key", "difference_cents").iter_rows()
    ]
    drawing.add_traces(dots(pairs, color, [safe(text) for text in hover]))
    title = f"Payers allowed {dollars(allowed, places=0)}; we expected {dollars(expected, places=0)}."
    if answered.is_empty():
        title = f"No month is answered far enough to compare; {comparable['compared_lines'].sum():,} lines were so far."
    alt = f"Dot chart of expected and allowed by {word(by)}. " + "; ".join(hover) + "."
    others = comparable.height - largest.height
    notes = (f"{others} more in the table only.",) if others else ()
    return Chart(title, question, drawing, compared, alt, notes=(*_unripe_notes(unripe, ripe), *notes))


def _unripe(by: str, ripe: Ripeness | None) -> list[str]:
    """Keys of the months not answered far enough, in a table by month."""
    return [f"{month:%Y-%m}" for month in ripe.unripe] if ripe and by == "month" else []


def _unripe_notes(unripe: Sequence[str], ripe: Ripeness | None) -> tuple[str, ...]:
    """What the gray months lack."""
    return (f"{ripe.missing}. Gray; the title leaves them out.",) if unripe and ripe else ()


def denial_bars(denied: pl.DataFrame) -> Chart:
    """Denied dollars at Medicare rates by reason (`payments.denials`)."""
    question = "Why do payers deny?"
    if denied.is_empty():
        return empty(question, "No line was denied.")
    at_charges = denied["expected_cents"].sum() == 0
    column = "charge_cents" if at_charges else "expected_cents"
    lines = int(denied["lines"].sum())
    largest = denied.sort([column, "carc"], descending=[True, False]).head(_MOST)
    names = [f"{row['carc']} {row['text']}".strip() for row in largest.iter_rows(named=True)]
    hover = [
        f"{row['carc']}: {row['text']}; {row['lines']:,} lines, {dollars(row['charge_cents'])} billed"
        for row in largest.iter_rows(named=True)
    ]
    what = "billed dollars" if at_charges else "dollars at Medicare rates"
    drawing = _bars(names, largest[column].to_list(), hover, what, colors.WARNING)
    share = largest["lines"][0] / lines
    title = f"{largest['text'][0].capitalize()}: {share:.0%} of {lines:,} denied line{'' if lines == 1 else 's'}."
    return _with_words(drawing, title, question, denied)


def denials_by(denied: pl.DataFrame, by: str, ripe: Ripeness | None = None) -> Chart:
    """Billed dollars denied by payer, code, therapist or month (`payments.denials_by`), with the share of lines.

    By month, unripe ones are gray and stay out of the title; `ripe` says what they lack.
    """
    question = f"What do payers deny, by {word(by)}?"
    some = denied.filter(pl.col("denied_lines") > 0)
    if some.is_empty():
        return empty(question, "No line was denied.")
    # The newest months, in order; of all else, those with the most dollars.
    largest = some.tail(_MOST) if by == "month" else some.head(_MOST)
    names = [codes.code_with_label(key) if by == "code" else key for key in largest["key"]]
    hover = [
        f"{name}: {row['denied_lines']:,} of {row['decided_lines']:,} answered lines denied "
        f"({row['denial_rate']:.1%}), {dollars(row['charge_cents'])} billed"
        for name, row in zip(names, largest.iter_rows(named=True), strict=True)
    ]
    cents = largest["charge_cents"].fill_null(0)
    unripe = _unripe(by, ripe)
    color = [colors.CONTEXT if key in unripe else colors.WARNING for key in largest["key"]]
    drawing = _bars(names, cents.to_list(), hover, "billed dollars denied", color if unripe else colors.WARNING)
    answered = some.filter(~pl.col("key").is_in(unripe))
    if answered.is_empty():
        title = f"No month is answered far enough; {some['denied_lines'].sum():,} lines were denied so far."
        return _with_words(drawing, title, question, denied, _unripe_notes(unripe, ripe))
    first = answered.sort(["charge_cents", "key"], descending=[True, False], nulls_last=True).row(0, named=True)
    total = int(answered["charge_cents"].sum())
    name = codes.code_with_label(first["key"]) if by == "code" else first["key"]
    title = (
        f"{name}: {dollars(first['charge_cents'] or 0, places=0)} of the {dollars(total, places=0)} billed that payers "
        f"denied; {first['denial_rate']:.1%} of its answered lines."
    )
    others = some.height - largest.height
    notes = (f"{others} more in the table only.",) if others else ()
    return _with_words(drawing, title, question, denied, (*_unripe_notes(unripe, ripe), *notes))


def aging_bars(aged: pl.DataFrame) -> Chart:
    """Open lines by age (`payments.aging`), billed dollars."""
    question = "What is still open, and for how long?"
    open_lines = int(aged["lines"].sum()) if aged.height else 0
    if not open_lines:
        return empty(question, "No insured line is open, or the export has no payments to check against.")
    old = int(aged.filter(~pl.col("bucket").is_in(["0-30 days", "31-60 days"]))["charge_cents"].sum())
    hover = [
        f"{row['bucket']}: {row['lines']:,} lines, {dollars(row['charge_cents'])} billed"
        for row in aged.iter_rows(named=True)
    ]
    drawing = _bars(aged["bucket"].to_list(), aged["charge_cents"].to_list(), hover, "billed dollars", colors.ACCENT)
    title = f"{open_lines:,} insured lines are open; {dollars(old, places=0)} billed is more than 60 days old."
    return _with_words(drawing, title, question, aged)
