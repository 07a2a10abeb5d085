"""What a chart is to a page: the finding, the picture, the table, and what to say where it cannot be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.metrics.ripeness import few_units

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


def ranked(frame: pl.DataFrame, what: str, top: int) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the first rows with enough units to be ranked, and what to say of the others.

    Parameters
    ----------
    frame:
        Rows with ``units``, in order.
    what:
        What a row is, such as ``code``.
    top:
        Most rows drawn.
    """
    enough = frame.filter(pl.col("units") >= few_units())
    few, more = frame.height - enough.height, max(enough.height - top, 0)
    notes = []
    if more:
        notes.append(f"{more} more {what}{'s' if more > 1 else ''} in the table only.")
    if few:
        notes.append(f"{few} {what}{'s' if few > 1 else ''} with fewer than {few_units()} units in the table only.")
    return enough.head(top), tuple(notes)


def too_few(what: str) -> str:
    """Say that no row has enough units to be drawn."""
    return f"No {what} has {few_units()} units, the least to be ranked."
