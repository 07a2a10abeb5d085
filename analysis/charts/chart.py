"""What a chart is to a page: the finding, the picture, the table, and what to say where it cannot be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from analysis.charts.drawing import Drawing
    from analysis.metrics import Missing, Ripeness


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """One chart, ready for a page or a report.

    Attributes
    ----------
    title:
        The finding, a sentence with a number. It stands above the figure as text, never inside it: text wraps on a
        narrow screen and a figure's title is cut off.
    question:
        What the chart answers.
    drawing:
        The figure as plain data; None where there is nothing to draw. Transparent, without text colors: the page's
        theme sets them.
    table:
        The figures drawn, exact; columns as in data/metrics.toml.
    alt:
        The chart in words, for those who do not see it.
    missing:
        Columns the export lacks, each with its sentence.
    notes:
        What has to stand beside the chart, such as how much it leaves out.
    """

    title: str
    question: str
    drawing: Drawing | None
    table: pl.DataFrame
    alt: str
    missing: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def figure(self) -> go.Figure | None:
        """Plotly's own figure, every property checked, for reports and tests."""
        return None if self.drawing is None else self.drawing.figure()


def without(question: str, column: Missing) -> Chart:
    """The chart that is not there because the export lacks a column: its sentence stands in the title's place."""
    return Chart(column.sentence, question, None, pl.DataFrame(), column.sentence, missing=(column,))


def empty(question: str, sentence: str) -> Chart:
    """The chart that is not there because no line is left to draw."""
    return Chart(sentence, question, None, pl.DataFrame(), sentence)


def unripe_note(ripe: Ripeness | None) -> tuple[str, ...]:
    """What unripe months lack, beside a chart that draws them pale; nothing where there is none."""
    return (f"{ripe.missing}. Pale bars; titles and averages leave them out.",) if ripe and ripe.missing else ()
