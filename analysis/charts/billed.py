"""The chart of billed dollars by code: what there is to see before any locality is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.charts import colors
from analysis.charts.chart import Chart, empty, ranked, too_few
from analysis.charts.layout import BAR, dollar_axis, on_axis, rows
from analysis.codes import hcpcs as codes
from analysis.money import dollars

if TYPE_CHECKING:
    import polars as pl


def billed_bars(per_code: pl.DataFrame, top: int = 12) -> Chart:
    """Billed dollars by code, largest first (`metrics.per_code`); nothing to draw where no line has a charge."""
    question = "What is billed for each code?"
    billed = per_code.drop_nulls("billed_cents").sort(["billed_cents", "code"], descending=[True, False])
    total = int(billed["billed_cents"].sum())
    if not total:
        return empty(question, "This export has no charges, so there are no billed dollars to compare.")
    largest, notes = ranked(billed, "code", top)
    table = billed.select("code", "label", "units", "visits", "billed_cents", "billed_lines", "lines")
    if largest.is_empty():
        return empty(question, too_few("code"))
    names = [codes.code_with_label(code) for code in largest["code"]]
    values = [dollars(cents, places=0) for cents in largest["billed_cents"]]
    drawing = rows(names, values, dollar_axis("dollars billed"))
    drawing.add_bar(
        x=[on_axis(cents) for cents in largest["billed_cents"]],
        y=list(range(largest.height)),
        **BAR,
        marker={"color": colors.ACCENT},
        customdata=[
            f"{row['code']}: billed {dollars(row['billed_cents'])} on {row['billed_lines']:,} of {row['lines']:,} lines"
            for row in largest.iter_rows(named=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    title = f"{names[0]} is {largest['billed_cents'][0] / total:.0%} of the {dollars(total, places=0)} billed."
    alt = "Bar chart of billed dollars. " + "; ".join(f"{n}: {v}" for n, v in zip(names, values, strict=True)) + "."
    return Chart(title, question, drawing, table, alt, notes=notes)
