"""Figures made of small frames: the only place that knows Plotly. Each function returns a `Chart`."""

from analysis.charts.billed import billed_bars
from analysis.charts.chart import Chart
from analysis.charts.fees import conversion_factors, rates_by_year, unit_values, volume_effect
from analysis.charts.mix import set_name, share_dots, share_multiples, share_over_time
from analysis.charts.months import monthly
from analysis.charts.revenue import code_bars, reconciliation, split_bars, waterfall

__all__ = [
    "Chart",
    "billed_bars",
    "code_bars",
    "conversion_factors",
    "monthly",
    "rates_by_year",
    "reconciliation",
    "set_name",
    "share_dots",
    "share_multiples",
    "share_over_time",
    "split_bars",
    "unit_values",
    "volume_effect",
    "waterfall",
]
