"""Charts of real money: what was paid, or allowed so far, beside Medicare's rates for the same lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.charts import colors
from analysis.charts.chart import Chart, empty, ranked, too_few, unripe_note, without
from analysis.charts.layout import dollar_axis, on_axis, rows, safe
from analysis.codes import hcpcs as codes
from analysis.lines.filters import word
from analysis.metrics import Missing, earns_most, few_units
from analysis.money import dollars

if TYPE_CHECKING:
    from analysis.metrics import Ripeness

_ROW_PIXELS = 66
_WIDTH = 0.25
_UPPER, _LOWER = -0.13, 0.16
"""Where a row's two bars begin: money above, Medicare's rates below."""
_ROOM = 1.6
"""Width of the axis, of the longest bar's: the words beside the bars need the rest on a phone."""
_FEW = 3


def earned_bars(frame: pl.DataFrame | Missing, ripe: Ripeness, by: str, top: int = 12) -> Chart:
    """Payments by code, payer, clinic or therapist, with Medicare's rates for the same lines beside (`metrics.earned`).

    What was allowed so far in unripe months is drawn pale behind the payments and stays out of the title.
    """
    question = f"What does each {word(by)} bring in?"
    if isinstance(frame, Missing):
        return without(question, frame)
    drawn = frame.filter(pl.col("earned_cents") != 0)
    if drawn.is_empty():
        return empty(question, "No line in this selection shows a payment yet.")
    largest, left_out = ranked(drawn, word(by), top)
    if largest.is_empty():
        return empty(question, too_few(word(by)))
    names = [codes.code_with_label(key) if by == "code" else key for key in largest["key"]]
    drawing = rows(names, [""] * largest.height, dollar_axis("dollars"), legend=True, pixels=_ROW_PIXELS)
    positions = list(range(largest.height))
    hover = [_hover(row, name) for name, row in zip(names, largest.iter_rows(named=True), strict=True)]
    bar = {"orientation": "h", "width": _WIDTH, "customdata": hover, "hovertemplate": "%{customdata}<extra></extra>"}
    paid, so_far = largest["paid_ripe_cents"].fill_null(0), largest["so_far_cents"].fill_null(0)
    words = {"textposition": "outside", "cliponaxis": False, "textfont": {"size": 12}}
    has_unripe = bool((so_far != 0).any())
    real_word = [_real_word(*amounts) for amounts in zip(paid, so_far, strict=True)]
    drawing.add_bar(
        x=[on_axis(cents) for cents in paid], y=positions, offset=_UPPER, **bar, name="paid",
        marker={"color": colors.ACCENT}, **({} if has_unripe else {"text": real_word, **words}),
    )  # fmt: skip
    if has_unripe:
        drawing.add_bar(
            x=[on_axis(cents) for cents in so_far], base=[on_axis(cents) for cents in paid], y=positions,
            offset=_UPPER, **bar, name="allowed so far (months not answered yet)",
            marker=colors.outlined(colors.ACCENT), text=real_word, **words,
        )  # fmt: skip
    at_medicare = largest["medicare_cents"]
    if at_medicare.count():
        drawing.add_bar(
            x=[on_axis(cents) for cents in at_medicare], y=positions, offset=_LOWER, **bar,
            name="the same lines at Medicare rates", marker={"color": colors.CONTEXT},
            text=["" if cents is None else f"{dollars(cents, places=0)} at Medicare rates" for cents in at_medicare],
            **words,
        )  # fmt: skip
    longest = max(*largest["earned_cents"], *at_medicare.drop_nulls(), 0)
    shortest = min(*largest["earned_cents"], 0)
    drawing.update_xaxes(range=[on_axis(shortest), on_axis(round(longest * _ROOM))])
    table = drawn.rename({"key": "code"}) if by == "code" else drawn
    alt = "Bar chart. " + "; ".join(
        f"{name}: {real}, {dollars(cents, places=0) if cents is not None else 'none'} at Medicare rates"
        for name, real, cents in zip(names, real_word, at_medicare, strict=True)
    )
    notes = (*_notes(frame, ripe), *left_out)
    return Chart(_title(frame, by), question, drawing, table, f"{alt}.", notes=notes)


def _real_word(paid: int, so_far: int) -> str:
    if not so_far:
        return f"{dollars(paid, places=0)} paid"
    return f"{dollars(paid + so_far, places=0)} paid or allowed" if paid else f"{dollars(so_far, places=0)} allowed"


def _title(frame: pl.DataFrame, by: str) -> str:
    """How far the payments rest on few codes; of other groups, which one brings most."""
    paying = frame.filter(pl.col("paid_ripe_cents") > 0).sort("paid_ripe_cents", descending=True)
    enough = paying.filter(pl.col("settled_units") >= few_units())
    part = enough["share_paid"].head(_FEW).sum()
    if by == "code" and enough.height > _FEW and earns_most(frame, by) and part <= 1:
        *others, last = enough["key"].head(_FEW)
        return f"Of {paying.height} codes that were paid, {', '.join(others)} and {last} bring {part:.0%} of payments."
    if sentence := earns_most(frame, by):
        return f"{sentence}."
    return "Too few lines are answered to say what earns the most."


def _notes(frame: pl.DataFrame, ripe: Ripeness) -> tuple[str, ...]:
    """What the bars cover, and what is missing of which month."""
    held, lines = int(frame["earned_lines"].sum()), int(frame["lines"].sum())
    notes = []
    if held < lines:
        notes.append(f"Both bars cover the {held:,} of {lines:,} lines that were answered or paid.")
    return (*notes, *unripe_note(ripe))


def _hover(row: dict[str, int | None], name: str) -> str:
    lines = [
        safe(name),
        f"paid {dollars(row['paid_ripe_cents'])}",
        *([f"allowed so far {dollars(row['so_far_cents'])}"] if row["so_far_cents"] else []),
        f"at Medicare rates {dollars(row['medicare_cents'])}",
        f"on {row['earned_lines']:,} of {row['lines']:,} lines",
    ]
    return "<br>".join(lines)
