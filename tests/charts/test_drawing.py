"""Figures as plain data are what Plotly makes of the same calls, and Plotly knows every property of them."""

from __future__ import annotations

from datetime import date

import plotly.graph_objects as go
import polars as pl
import pytest
from plotly.subplots import make_subplots

from analysis.charts.drawing import Drawing, Unchecked, bar, scatter
from analysis.charts.layout import figure, rows

AXIS = {"gridcolor": "#abcdef", "fixedrange": True}


def test_axes_that_begin_alike_are_two() -> None:
    drawn = Drawing({"xaxis": AXIS, "yaxis": AXIS})
    drawn.update_xaxes(title={"text": "across"}, type="date")
    drawn.update_yaxes(title={"text": "up"}, range=[0, 1])
    made = drawn.figure()
    assert (made.layout.xaxis.title.text, made.layout.yaxis.title.text) == ("across", "up")
    assert (made.layout.xaxis.range, made.layout.yaxis.type) == (None, None)
    assert AXIS == {"gridcolor": "#abcdef", "fixedrange": True}


def test_the_look_is_nobody_s_to_change() -> None:
    figure(100).update_layout(margin={"l": 99})
    figure(100).update_xaxes(title={"text": "mine"})
    assert figure(100).layout["margin"]["l"] == 8
    assert "title" not in figure(100).layout["xaxis"]
    assert figure(100).layout["xaxis"] is not figure(100).layout["yaxis"]


def test_a_drawing_is_what_plotly_makes_of_the_same_calls() -> None:
    ours, theirs = Drawing({}), go.Figure()
    for drawn in (ours, theirs):
        drawn.update_layout(height=200, legend={"x": 0})
        drawn.update_layout(legend={"y": 1}, margin={"t": 3})
        drawn.add_bar(x=[1, 2], y=[3, 4], marker={"color": "red"})
        drawn.add_scatter(x=[1, 2], y=[3, None], mode="lines")
        drawn.update_xaxes(title={"text": "dollars"}, tickformat="$~s")
        drawn.update_yaxes(range=[0, 1])
        drawn.add_hline(y=0.5, line={"dash": "dot"})
    expected = theirs.to_plotly_json()
    expected["layout"].pop("template")
    assert ours.figure().to_plotly_json()["data"] == expected["data"]
    for name in ("height", "legend", "margin", "xaxis", "yaxis"):
        assert ours.layout[name] == expected["layout"][name]
    assert ours.layout["shapes"][0] == expected["layout"]["shapes"][0]


def test_panels_lie_where_plotly_puts_them() -> None:
    ours = Drawing({})
    ours.panels(["a", "b", "c"], 2, gaps=(0.06, 0.1), title={})
    theirs = make_subplots(
        2, 2, shared_xaxes="all", shared_yaxes="all", horizontal_spacing=0.06, vertical_spacing=0.1
    ).to_plotly_json()["layout"]
    for axis in ("xaxis", "yaxis", "xaxis2", "yaxis2", "xaxis3", "yaxis3"):
        assert ours.layout[axis]["domain"] == pytest.approx(theirs[axis]["domain"])
        assert ours.layout[axis]["anchor"] == theirs[axis]["anchor"]
    assert {ours.layout[axis]["matches"] for axis in ("xaxis2", "xaxis3")} == {"x"}
    assert [ours.layout[f"xaxis{n}"]["showticklabels"] for n in ("", "2", "3")] == [False, True, True]
    ours.on_panel(2, [scatter(x=[1], y=[2])])
    assert (ours.data[0]["xaxis"], ours.data[0]["yaxis"]) == ("x3", "y3")
    ours.figure()


def test_columns_and_days_become_plain() -> None:
    trace = bar(x=pl.Series([date(2026, 3, 2), None]), y=pl.Series([1.5, float("nan")]), customdata=("a", "b"))
    assert trace == {"type": "bar", "x": ["2026-03-02", None], "y": [1.5, None], "customdata": ["a", "b"]}


def test_a_property_that_plotly_does_not_know_is_refused() -> None:
    drawn = rows(["a"], ["1"], {})
    drawn.update_layout(nonsense=1)
    with pytest.raises(ValueError, match="nonsense"):
        drawn.figure()


def test_a_page_may_change_what_it_is_given() -> None:
    drawn = rows(["a"], ["1"], {})
    spec = drawn.spec()
    spec["layout"]["xaxis"]["title"] = {"text": "other"}
    assert "title" not in drawn.layout["xaxis"]
    assert Unchecked(spec).to_dict() is spec
