"""A Plotly figure as plain data: put together in microseconds, checked by Plotly in tests and not whenever it is shown.

Plotly's own figures check every property whenever one is set, which took most of a page's time. The names here are
Plotly's, and `Drawing.figure` gives its figure, every property checked.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
import polars as pl
from plotly.basedatatypes import BaseFigure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Trace = dict[str, Any]
"""A series of marks: Plotly's properties, its `type` among them."""


def bar(**properties: Any) -> Trace:  # noqa: ANN401  Plotly's own properties
    """Bars."""
    return _plain({"type": "bar", **properties})  # type: ignore[no-any-return]


def scatter(**properties: Any) -> Trace:  # noqa: ANN401  Plotly's own properties
    """Points or lines."""
    return _plain({"type": "scatter", **properties})  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:  # noqa: ANN401  any property
    """A property as JSON has it: columns and sequences as lists, days as text."""
    match value:
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case pl.Series():
            return _plain(value.to_list())
        case list() | tuple():
            return [inner if isinstance(inner, (str, int)) else _plain(inner) for inner in value]
        case date():
            return value.isoformat()
        case float() if value != value:  # noqa: PLR0124  not a number is nothing
            return None
    return value


class Drawing:
    """What Plotly draws: its traces and its layout.

    Attributes
    ----------
    data, layout:
        As Plotly's JSON has them.
    """

    __slots__ = ("data", "layout")

    def __init__(self, layout: dict[str, Any]) -> None:
        self.data: list[Trace] = []
        self.layout: dict[str, Any] = {}
        _merge(self.layout, layout)  # part by part, so that two axes that begin alike do not stay one

    def add_bar(self, **properties: Any) -> None:  # noqa: ANN401  Plotly's own properties
        """Add bars."""
        self.data.append(bar(**properties))

    def add_scatter(self, **properties: Any) -> None:  # noqa: ANN401  Plotly's own properties
        """Add points or lines."""
        self.data.append(scatter(**properties))

    def add_traces(self, traces: Iterable[Trace]) -> None:
        """Add series of marks."""
        self.data.extend(traces)

    def update_layout(self, **changes: Any) -> Drawing:  # noqa: ANN401  Plotly's own properties
        """Change the layout; of nested properties only those named."""
        _merge(self.layout, _plain(changes))
        return self

    def update_xaxes(self, **changes: Any) -> None:  # noqa: ANN401  Plotly's own properties
        """Change every horizontal axis."""
        self._update_axes("xaxis", changes)

    def update_yaxes(self, **changes: Any) -> None:  # noqa: ANN401  Plotly's own properties
        """Change every vertical axis."""
        self._update_axes("yaxis", changes)

    def _update_axes(self, kind: str, changes: dict[str, Any]) -> None:
        plain = _plain(changes)
        for name in [name for name in self.layout if name.startswith(kind)] or [kind]:
            _merge(self.layout.setdefault(name, {}), plain)

    def add_notes(self, notes: Iterable[dict[str, Any]]) -> None:
        """Add texts without arrows (Plotly's annotations)."""
        self.layout.setdefault("annotations", []).extend({"showarrow": False, **note} for note in notes)

    def add_shapes(self, shapes: Iterable[dict[str, Any]]) -> None:
        """Add lines and areas."""
        self.layout.setdefault("shapes", []).extend(shapes)

    def add_hline(self, y: float, line: dict[str, Any]) -> None:
        """Add a line across the whole width."""
        across = {"type": "line", "xref": "x domain", "x0": 0, "x1": 1, "yref": "y"}
        self.add_shapes([{**across, "y0": y, "y1": y, "line": line}])

    def panels(self, titles: Sequence[str], across: int, *, gaps: tuple[float, float], title: dict[str, Any]) -> None:
        """Part the figure into panels of the same axes, row by row, with a title above each; `on_panel` draws on one.

        Parameters
        ----------
        gaps:
            Parts of the width and of the height between panels.
        title:
            Further properties of the titles.
        """
        down = -(-len(titles) // across)
        width, height = (1 - gaps[0] * (across - 1)) / across, (1 - gaps[1] * (down - 1)) / down
        base_x, base_y = self.layout.pop("xaxis", {}), self.layout.pop("yaxis", {})
        notes = []
        for index, text in enumerate(titles):
            row, column = divmod(index, across)
            number = "" if index == 0 else str(index + 1)
            left, top = column * (width + gaps[0]), 1 - row * (height + gaps[1])
            lowest = index + across >= len(titles)
            self.layout[f"xaxis{number}"] = {
                **base_x, "domain": [left, left + width], "anchor": f"y{number}", "showticklabels": lowest,
                **({"matches": "x"} if index else {}),
            }  # fmt: skip
            self.layout[f"yaxis{number}"] = {
                **base_y, "domain": [max(top - height, 0.0), top], "anchor": f"x{number}",
                "showticklabels": column == 0, **({"matches": "y"} if index else {}),
            }  # fmt: skip
            notes.append(
                {"text": text, "x": left + width / 2, "y": top, "xref": "paper", "yref": "paper",
                 "xanchor": "center", "yanchor": "bottom", **title}
            )  # fmt: skip
        self.add_notes(notes)

    def on_panel(self, index: int, traces: Iterable[Trace]) -> None:
        """Draw on a panel, counted from 0."""
        number = "" if index == 0 else str(index + 1)
        self.data.extend({**trace, "xaxis": f"x{number}", "yaxis": f"y{number}"} for trace in traces)

    def spec(self) -> dict[str, Any]:
        """The figure as Plotly's JSON has it, in which a page may change what it likes."""
        return {"data": list(self.data), "layout": deepcopy(self.layout)}

    def figure(self) -> go.Figure:
        """Plotly's figure, every property checked. Raises ValueError for one that Plotly does not know."""
        return go.Figure(self.spec())


class Unchecked(BaseFigure):  # type: ignore[misc]
    """A figure for those who take none but Plotly's own and would check it: `Drawing` is checked in tests."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = spec

    def to_dict(self) -> dict[str, Any]:
        """The figure as plain data."""
        return self._spec


def _merge(target: dict[str, Any], changes: dict[str, Any]) -> None:
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(inner := target.get(key), dict):
            _merge(inner, value)
        else:
            target[key] = deepcopy(value) if isinstance(value, (dict, list)) else value
