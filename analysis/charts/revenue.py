"""Charts of revenue: what each code, payer, clinic and therapist earns, and what Medicare's rules take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.charts import colors
from analysis.charts.chart import Chart, empty, ranked, too_few, without
from analysis.charts.layout import BAR, dollar_axis, figure, on_axis, rows, safe
from analysis.charts.waterfalls import Step, hanging, in_words
from analysis.codes import hcpcs as codes
from analysis.lines.filters import word
from analysis.metrics import Waterfall, few_units, missing
from analysis.money import dollars

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_FEW = 3
NOTHING = "No line matches the filters."


def code_bars(per_code: pl.DataFrame, fields: Collection[str], top: int = 12) -> Chart:
    """Expected Medicare allowed by code, largest first, for exports without payments (`metrics.per_code`)."""
    question = "What does each code earn?"
    if per_code.is_empty():
        return empty(question, NOTHING)
    largest, notes = ranked(per_code, "code", top)
    if largest.is_empty():
        return empty(question, too_few("code"))
    names = [codes.code_with_label(code) for code in largest["code"]]
    return _amount_rows(largest, per_code, names, fields, question, _code_title(largest, per_code), notes)


def _code_title(largest: pl.DataFrame, per_code: pl.DataFrame) -> str:
    """How far the expected dollars rest on few codes; with three codes or less, what a unit of the first one earns."""
    first = largest.row(0, named=True)
    if first["share_expected"] is None:
        return "None of these lines has a Medicare amount."
    earning = largest.filter(pl.col("expected_cents") > 0)
    if earning.height > _FEW:
        *others, last = earning["code"].head(_FEW)
        part = earning["share_expected"].head(_FEW).sum()
        count = per_code.filter(pl.col("expected_cents") > 0).height
        return (
            f"Of {count} codes with expected dollars, {', '.join(others)} and {last} make up {part:.0%} of those "
            "dollars."
        )
    if first["priced_units"] < few_units():
        return too_few("code")
    amount = dollars(first["expected_per_unit_cents"])
    return f"A unit of {first['code']} earns {amount} on average at Medicare rates, after MPPR."


def split_bars(split: pl.DataFrame, fields: Collection[str], by: str, top: int = 12) -> Chart:
    """Expected Medicare allowed by payer, clinic or therapist, for exports without payments (`metrics.split`)."""
    question = f"Which {word(by)} accounts for the most units and revenue?"
    if missing_column := missing(fields, by):
        return without(question, missing_column)
    if split.is_empty():
        return empty(question, NOTHING)
    largest, notes = ranked(split, word(by), top)
    if largest.is_empty():
        return empty(question, too_few(word(by)))
    first = largest.row(0, named=True)
    title = "None of these lines has a Medicare amount."
    if first["share_expected"] is not None:
        title = (
            f"{first['key']} is {first['share_expected']:.0%} of revenue at Medicare rates "
            f"({dollars(first['expected_cents'], places=0)}) and {first['share_units']:.0%} of units."
        )
    return _amount_rows(largest, split, largest["key"].to_list(), fields, question, title, notes)


def _amount_rows(
    shown_rows: pl.DataFrame,
    every_row: pl.DataFrame,
    names: list[str],
    fields: Collection[str],
    question: str,
    title: str,
    notes: tuple[str, ...],
) -> Chart:
    """Rows with a bar of what Medicare's rules allow."""
    missing_column = missing(fields, "paid_cents")
    values = [
        dollars(cents, places=0) if cents is not None else "no Medicare amount"
        for cents in shown_rows["expected_cents"]
    ]
    drawing = rows(names, values, dollar_axis("dollars expected at Medicare rates"))
    positions = list(range(shown_rows.height))
    drawing.add_bar(
        x=[on_axis(cents) for cents in shown_rows["expected_cents"]],
        y=positions,
        **BAR,
        marker={"color": colors.ACCENT},
        customdata=[_hover(row, name) for name, row in zip(names, shown_rows.iter_rows(named=True), strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )
    columns = [
        column
        for column in ("code", "label", "key", "units", "visits", "billed_cents", "expected_cents", "paid_cents")
        if column in shown_rows.columns
    ]
    table_columns = [*columns, "priced_lines", "lines", "expected_per_unit_cents", "share_units", "share_expected"]
    alt = "Bar chart. " + "; ".join(f"{name}: {value}" for name, value in zip(names, values, strict=True)) + "."
    return Chart(
        title,
        question,
        drawing,
        every_row.select(table_columns),
        alt,
        missing=(missing_column,) if missing_column else (),
        notes=notes,
    )


def _hover(row: dict[str, int | None], name: str) -> str:
    lines = [
        safe(name),
        f"expected {dollars(row['expected_cents'])} on {row['priced_lines']:,} of {row['lines']:,} lines",
        f"{row['units']:,} units, {dollars(row['expected_per_unit_cents'])} per unit",
        f"at Medicare rates, MPPR cuts {dollars(row['mppr_cents'])} from the list price",
    ]
    return "<br>".join(lines)


def waterfall(cuts: Waterfall, every: Waterfall, whose: str) -> Chart:
    """The way from list price to expected payments, one row a step (`metrics.waterfall`).

    Parameters
    ----------
    cuts:
        Of the lines that MPPR really cuts (`payers.under_mppr`). Without any of them, every line is drawn instead.
    every:
        Of all lines, for what the rules would take off if every payer followed them.
    whose:
        Whose lines `cuts` are: ``Medicare and Evergreen``.
    """
    question = "What do Medicare's rules take off the list price?"
    if every.steps.is_empty():
        return empty(question, "None of these lines has a Medicare amount.")
    is_real = not cuts.steps.is_empty()
    drawn = cuts if is_real else every
    steps = drawn.steps
    amount_steps = {"list", "expected", "receipts"}
    values = [
        dollars(cents, places=0)
        + (f" ({share:+.1%})" if step not in amount_steps and cents and share is not None else "")
        for step, cents, share in steps.select("step", "cents", "share_of_list").iter_rows()
    ]
    bars = [
        Step(
            row["name"],
            value,
            0 if row["step"] in amount_steps else row["running_cents"] - row["cents"],
            row["running_cents"],
            colors.ACCENT if row["step"] in amount_steps else colors.WARNING,
            f"{row['name']}: {dollars(row['cents'])}<br>left after this step: {dollars(row['running_cents'])}",
        )
        for row, value in zip(steps.iter_rows(named=True), values, strict=True)
    ]
    drawing = hanging(bars, "dollars at Medicare rates" + ("" if is_real else ", all payers"))
    list_cents, mppr, receipts = _three_amounts(drawn)
    if is_real:
        title = (
            f"MPPR cuts {dollars(-mppr, places=0)} of {dollars(list_cents, places=0)} at list price for {whose}; "
            f"all of Medicare's rules leave {dollars(receipts, places=0)}."
        )
    else:
        title = (
            f"No payer here is known to apply MPPR. At Medicare rates, all payers: {dollars(list_cents, places=0)} at "
            f"list price, of which MPPR would cut {dollars(-mppr, places=0)}."
        )
    notes = []
    if is_real and every.priced_lines > cuts.priced_lines:
        all_list, all_mppr, _ = _three_amounts(every)
        notes.append(
            f"At Medicare rates, all payers: MPPR would cut {dollars(-all_mppr, places=0)} of "
            f"{dollars(all_list, places=0)}. The other payers are not known to apply it."
        )
    if drawn.priced_lines < drawn.lines:
        notes.append(f"Covers {drawn.priced_lines:,} of {drawn.lines:,} lines. The others have no Medicare amount.")
    alt = f"Bars from list price to expected payments. {in_words(bars)}"
    missing_columns = (drawn.missing,) if drawn.missing else ()
    return Chart(title, question, drawing, steps.drop("step"), f"{alt}.", missing=missing_columns, notes=tuple(notes))


def _three_amounts(cuts: Waterfall) -> tuple[int, int, int]:
    """List price, what MPPR takes off (negative), and expected payments."""
    amounts = dict(cuts.steps.select("step", "cents").iter_rows())
    return amounts["list"], amounts["mppr"], amounts["receipts"]


def reconciliation(rows_of: Mapping[str, int], cents_of: Mapping[str, int | None]) -> Chart:
    """Rows and dollars read, split into accepted, rejected and ignored: two thin bars.

    Parameters
    ----------
    rows_of, cents_of:
        Counts and billed cents under ``accepted``, ``rejected`` and ``ignored``; cents are None where the file has no
        charges, and the bar of dollars is left out then.
    """
    question = "Is every row and dollar of the file accounted for?"
    color_of = {"accepted": colors.ACCENT, "rejected": colors.WARNING, "ignored": colors.CONTEXT}
    dollars_known = all(cents_of.get(kind) is not None for kind in color_of)
    bars: dict[str, Mapping[str, int | None]] = {"rows": rows_of, **({"dollars": cents_of} if dollars_known else {})}
    drawing = figure(46 * len(bars) + 46, barmode="stack", bargap=0.45, margin={"l": 8, "r": 12, "t": 30, "b": 4})
    drawing.update_layout(
        showlegend=True, legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"}
    )
    for kind, color in color_of.items():
        parts = [amounts[kind] or 0 for amounts in bars.values()]
        totals = [sum(abs(amount or 0) for amount in amounts.values()) for amounts in bars.values()]
        texts = [f"{rows_of[kind]:,} rows", *([dollars(cents_of[kind])] if dollars_known else [])]
        drawing.add_bar(
            x=[abs(part) / total if total else 0 for part, total in zip(parts, totals, strict=True)],
            y=list(bars),
            orientation="h",
            marker=colors.parted(color),
            name=f"{kind} {rows_of[kind]:,}",
            customdata=[f"{kind}: {text}" for text in texts],
            hovertemplate="%{customdata}<extra></extra>",
        )
    drawing.update_xaxes(visible=False, range=[0, 1])
    drawing.update_yaxes(autorange="reversed", showgrid=False)
    rows_read = sum(rows_of[kind] for kind in color_of)
    title = f"{rows_of['accepted']:,} of {rows_read:,} rows are ready."
    table = pl.DataFrame(
        {
            "disposition": list(color_of),
            "rows": [rows_of[kind] for kind in color_of],
            "billed_cents": pl.Series([cents_of.get(kind) for kind in color_of], dtype=pl.Int64),
        }
    )
    alt = "; ".join(f"{kind} {rows_of[kind]:,} rows" for kind in color_of)
    return Chart(title, question, drawing, table, f"Two stacked bars: {alt}.")
