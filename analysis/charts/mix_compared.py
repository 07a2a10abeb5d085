"""Charts that set shares of a code side by side: therapists and payers, and our Medicare lines beside Medicare's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.charts import colors
from analysis.charts.chart import Chart, empty, without
from analysis.charts.drawing import Drawing, Trace, scatter
from analysis.charts.layout import MIDDLE, row_lines, rows, safe, share_axis
from analysis.charts.mix import set_name
from analysis.charts.pairs import below, connections, named_marks, ticks
from analysis.lines.filters import word as word_of
from analysis.medicare import benchmarks
from analysis.medicare.benchmarks import LABEL, NATION
from analysis.metrics import Missing, few_patients, few_share_units

if TYPE_CHECKING:
    from collections.abc import Sequence

_TWO = 2
"""A comparison takes two."""


def share_dots(shares: pl.DataFrame | Missing, focus: str, codes: Sequence[str], by: str = "provider") -> Chart:
    """The focus code's share for each therapist (payer, clinic) with its 95 % interval, and all together (`mix.by`).

    A dot is filled where the share differs from that of the others by more than chance. A therapist who changed has
    two: the share before and since. Those of few units are said, and are in the table.
    """
    word = word_of(by)
    question = f"Which {word} uses more {focus} than the others?"
    if isinstance(shares, Missing):
        return without(question, shares)
    if shares.is_empty():
        return empty(question, f"No line has {set_name(codes)}.")
    overall = int(shares["focus_units"].sum()) / int(shares["set_units"].sum())
    drawn = shares.filter(~pl.col("few"))
    title = _dots_title(drawn, overall, focus, codes, word)
    if drawn.is_empty():
        return empty(question, title)
    values = [_value(row) for row in drawn.iter_rows(named=True)]
    highest = max([*drawn["share"], *drawn["high"].drop_nulls(), *drawn["share_since"].drop_nulls(), overall])
    highest = max([highest, *drawn["share_earlier"].drop_nulls()])
    drawing = rows(
        drawn["key"].to_list(), values, share_axis(f"{focus} as a share of {set_name(codes)} units", highest)
    )
    drawing.update_layout(margin={"t": 30}, height=drawing.layout["height"] + 22)
    row_lines(drawing, drawn.height, [(overall, {"color": colors.ACCENT, "width": 2})])
    drawing.add_notes([_mark(f"all {overall:.0%}", overall)])
    drawing.add_traces([*_change_dots(drawn, focus), _interval_dots(drawn, focus)])
    alt = f"Dots with intervals, one row per {word}. {title}"
    return Chart(title, question, drawing, shares, alt, notes=_dot_notes(shares, word))


def _value(row: dict[str, Any]) -> str:
    if row["changed_since"] is not None:
        return f"{row['share_earlier']:.0%} → {row['share_since']:.0%} since {row['changed_since']:%b %Y}"
    known = "" if row["low"] is None else f" ({row['low']:.0%}–{row['high']:.0%})"
    return f"{row['share']:.0%}{known} of {row['set_units']:,}"


def _mark(text: str, x: float) -> dict[str, Any]:
    """Return the name of a vertical line above the rows."""
    return {
        "text": text, "x": x, "xanchor": "left", "xshift": 3, "y": 1, "yref": "paper", "yanchor": "bottom", "yshift": 1,
        "font": {"size": 11},
    }  # fmt: skip


def _interval_dots(shares: pl.DataFrame, focus: str) -> Trace:
    """The dots of those who did not change; filled where the share differs."""
    color = colors.of_code(focus)
    numbered = shares.with_row_index("row").filter(pl.col("changed_since").is_null())
    return scatter(
        x=numbered["share"],
        y=[position + MIDDLE for position in numbered["row"]],
        mode="markers",
        cliponaxis=False,  # a share near 0 is drawn as a whole dot
        error_x={
            "type": "data",
            "array": (numbered["high"] - numbered["share"]).fill_null(0),
            "arrayminus": (numbered["share"] - numbered["low"]).fill_null(0),
            "color": colors.CONTEXT,
            "thickness": 3,
            "width": 0,
        },
        marker={
            "size": 12,
            "color": color,
            "symbol": ["circle" if differs else "circle-open" for differs in numbered["differs"]],
            "line": {"width": 2.5, "color": color},
        },
        customdata=[_hover(row) for row in numbered.iter_rows(named=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _change_dots(shares: pl.DataFrame, focus: str) -> list[Trace]:
    """The shares before and since of those who changed, joined by a line."""
    rows_of = list(shares.with_row_index("row").iter_rows(named=True))
    if not any(row["changed_since"] for row in rows_of):
        return []
    pairs = [(row["share_earlier"], row["share_since"]) for row in rows_of]
    marks = [
        (row["row"], share, f"{_hover(row)}<br>{share:.1%} {when} {row['changed_since']:%b %Y}")
        for row in rows_of
        if row["changed_since"] is not None
        for share, when in ((row["share_earlier"], "before about"), (row["share_since"], "since about"))
    ]
    color = colors.of_code(focus)
    dots = scatter(
        x=[x for _, x, _ in marks],
        y=[row + MIDDLE for row, _, _ in marks],
        mode="markers",
        cliponaxis=False,
        marker={"size": [8, 12] * (len(marks) // 2), "symbol": "circle-open", "line": {"width": 2.5, "color": color}},
        customdata=[hover for _, _, hover in marks],
        hovertemplate="%{customdata}<extra></extra>",
    )
    return [connections(pairs), dots]


def _hover(row: dict[str, Any]) -> str:
    known = "" if row["low"] is None else f", 95% between {row['low']:.1%} and {row['high']:.1%}"
    patients = "" if row["patients"] is None else f", {row['patients']:,} patients"
    return (
        f"{safe(row['key'])}<br>{row['share']:.1%}{known}<br>{row['focus_units']:,} of {row['set_units']:,} "
        f"units{patients}"
    )


def _dots_title(drawn: pl.DataFrame, overall: float, focus: str, codes: Sequence[str], word: str) -> str:
    """The highest and lowest of those whose share differs by more than chance; else the share of all."""
    of_set = f"{focus} is {overall:.0%} of your {set_name(codes)} units"
    if drawn.height < _TWO:
        enough = f"{few_share_units()} units to compare"
        return f"{of_set}; {'no' if drawn.is_empty() else 'only one'} {word} has {enough}."
    if not drawn["patients"].count():
        return f"{of_set}; without a patient column, no {word} can be told from the others."
    if not drawn["differs"].count() and not drawn["changed_since"].count():
        return f"{of_set}; no two {word}s have {few_patients()} patients to compare."
    differing = drawn.filter("differs")
    if differing.is_empty():
        return f"{of_set}; no {word} differs from the others by more than chance."
    highest, lowest = differing.row(0, named=True), differing.row(-1, named=True)
    if differing.height == 1:
        return f"{of_set}, but {highest['share']:.0%} for {highest['key']}; that is more than chance."
    return (
        f"{focus} ranges from {lowest['share']:.0%} ({lowest['key']}) to {highest['share']:.0%} ({highest['key']}) of "
        f"{set_name(codes)} units; {overall:.0%} overall."
    )


def _dot_notes(shares: pl.DataFrame, word: str) -> tuple[str, ...]:
    """What a filled dot means, who changed, and who is not drawn."""
    notes = []
    drawn = shares.filter(~pl.col("few"))
    if not drawn["patients"].count():
        notes.append(
            "The export does not tell patients apart from visit to visit. The units of one patient belong together, so "
            "there is no interval, and nothing is said to differ."
        )
    else:
        notes.append(
            "Filled: differs from the others by more than chance. Bars: 95% intervals that count patients, not units."
        )
        thin = drawn.filter(pl.col("low").is_null())["key"]
        if thin.len():
            notes.append(f"No interval for fewer than {few_patients()} patients: {', '.join(thin.head(3))}.")
    notes += [
        f"{row['key']} changed since about {row['changed_since']:%b %Y}: small dot before, large dot since. Not "
        "compared with the others as one share."
        for row in drawn.drop_nulls("changed_since").to_dicts()
    ]
    if few := shares.height - drawn.height:
        notes.append(
            f"{few} {word}{'' if few == 1 else 's'} with fewer than {few_share_units()} units not shown; see the table."
        )
    return tuple(notes)


def beside_medicare(beside: pl.DataFrame, focus: str, codes: Sequence[str]) -> Chart:
    """Our Medicare lines' share of the focus code in each state, beside Medicare's own (`mix.beside_medicare`)."""
    question = f"Do we use {focus} with Medicare patients as others do?"
    if beside.is_empty():
        return empty(question, f"No Medicare line has {set_name(codes)}, so there is nothing to set beside Medicare's.")
    drawn = beside.filter(~pl.col("few"))
    title = medicare_sentence(beside, focus, codes)
    if drawn.is_empty():
        return empty(question, title)
    references = drawn.select("share_state", "share_nation").rows()
    known = [share for pair in references for share in pair if share is not None]
    highest = max([*drawn["share"], *drawn["high"].drop_nulls(), *known])
    axis = share_axis(f"{focus} as a share of {set_name(codes)} Medicare units", highest)
    states = drawn["state"].to_list()
    drawing = rows(
        [f"Your lines, {state}" for state in states],
        [_value({**row, "changed_since": None}) for row in drawn.iter_rows(named=True)],
        axis,
    )
    marks = [
        [(state, in_state), ("nation", in_nation)]
        for state, (in_state, in_nation) in zip(states, references, strict=True)
    ]
    shown = [[(name, share) for name, share in row if share is not None] for row in marks]
    _add_references(drawing, states, shown, axis["range"][1])
    dots = drawn.rename({"state": "key"}).with_columns(
        differs=(pl.col("share_state") < pl.col("low")) | (pl.col("share_state") > pl.col("high")),
        changed_since=pl.lit(None, pl.Date),
    )
    drawing.add_traces([_interval_dots(dots, focus)])
    alt = f"Dots with intervals, one row per state, and Medicare's shares as marks. {title}"
    return Chart(title, question, drawing, beside, alt, notes=_beside_notes(beside, codes))


def _add_references(
    drawing: Drawing, states: Sequence[str], marks: Sequence[Sequence[tuple[str, float]]], top: float
) -> None:
    """Medicare's shares as upright marks, their names below them."""
    medicare = [
        (row, share, f"{states[row]}<br>Medicare, {where}: {share:.1%} ({LABEL})")
        for row, shares in enumerate(marks)
        for where, share in shares
    ]
    if not medicare:
        return
    drawing.add_traces([ticks(medicare)])
    texts = [[(f"{where} {share:.0%}", share) for where, share in shares] for shares in marks]
    below(drawing, (named_marks(named, (0.0, top)) for named in texts))


def medicare_sentence(beside: pl.DataFrame, focus: str, codes: Sequence[str]) -> str:
    """Our share on Medicare lines in each of the two largest states, beside Medicare's; or why there is none."""
    drawn = beside.filter(~pl.col("few"))
    if drawn.is_empty():
        return (
            f"Your Medicare lines have fewer than {few_share_units()} units of {set_name(codes)} in each state: too "
            "few to compare with Medicare's."
        )
    first, *second = drawn.head(_TWO).to_dicts()
    of_set = f"{focus} is {first['share']:.0%} of {set_name(codes)} units ({first['set_units']:,} units)"
    return " ".join(
        [
            f"On your Medicare lines in {first['state']}, {of_set}{_against(first)}.",
            *(
                f"In {row['state']} it is {row['share']:.0%} ({row['set_units']:,} units){_against(row)}."
                for row in second
            ),
        ]
    )


def _against(row: dict[str, Any]) -> str:
    """Medicare's figures for the state and the nation, and whether ours is more than chance away from the state's."""
    in_state, in_nation = row["share_state"], row["share_nation"]
    figures = [
        f"{share:.0%} {where}"
        for share, where in ((in_state, f"in {row['state']}"), (in_nation, "nationally"))
        if share is not None
    ]
    if not figures:
        return ""
    against = f"; Medicare has {' and '.join(figures)}"
    if row["changed_since"] is not None:
        return f"{against}, but yours changed since about {row['changed_since']:%b %Y}"
    if row["low"] is None or in_state is None:
        return against
    within = row["low"] <= in_state <= row["high"]
    return f"{against}, {'no more' if within else 'more'} than chance would explain"


def _beside_notes(beside: pl.DataFrame, codes: Sequence[str]) -> tuple[str, ...]:
    """Whose figures these are, and what is missing of them."""
    drawn = beside.filter(~pl.col("few"))
    notes = [
        f"{LABEL}: everyone who bills these codes to Medicare. Marks: state and nation. Yours: Medicare lines only."
    ]
    if drawn["patients"].count() and drawn["low"].count():
        notes.append("Filled: the state's share is outside your 95% interval, which counts patients, not units.")
    else:
        notes.append(f"No interval: it takes a patient column and {few_patients()} patients.")
    notes += [
        f"CMS has no figures on every one of these codes for {state}, so the chart does not show its mix there."
        for state in drawn.filter(pl.col("share_state").is_null())["state"]
    ]
    nation = benchmarks.reference(codes).filter(pl.col("where") == NATION)
    if nation["services"].null_count():
        unknown = nation.filter(pl.col("services").is_null())["code"]
        notes.append(f"CMS has no figures on {', '.join(unknown)} for the nation, so the chart does not show its mix.")
    elif summed := nation.filter(pl.col("source") == "sum of states")["code"].to_list():
        notes.append(f"CMS's national file has no {' or '.join(summed)}, so we use the sum of the states.")
    notes += [
        f"{row['state']}: {row['set_units']:,} Medicare units of these codes, too few to compare (at least "
        f"{few_share_units()})."
        for row in beside.filter("few").to_dicts()
    ]
    return tuple(notes)
