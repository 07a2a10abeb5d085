"""Figures made of small frames: the only place that knows Plotly. Each function returns a `Chart`."""

from analysis.charts.assumptions import break_even, tornado
from analysis.charts.billed import billed_bars
from analysis.charts.chart import Chart
from analysis.charts.earned import earned_bars
from analysis.charts.fees import conversion_factors, rates_by_year, unit_values, volume_effect
from analysis.charts.mix import set_name, share_multiples, share_over_time
from analysis.charts.mix_compared import beside_medicare, medicare_sentence, share_dots
from analysis.charts.months import monthly
from analysis.charts.payers import payers_per_visit
from analysis.charts.payments import (
    aging_bars,
    denial_bars,
    denials_by,
    expected_and_allowed,
    owed_by_payer,
    short_by_mistake,
)
from analysis.charts.per_visit import per_visit
from analysis.charts.revenue import code_bars, reconciliation, split_bars, waterfall
from analysis.charts.waterfalls import bridge, difference_by_cause, difference_by_code, scenarios_side_by_side
from analysis.charts.what_if import marginal_units, mix_before_after

__all__ = [
    "Chart",
    "aging_bars",
    "beside_medicare",
    "billed_bars",
    "break_even",
    "bridge",
    "code_bars",
    "conversion_factors",
    "denial_bars",
    "denials_by",
    "difference_by_cause",
    "difference_by_code",
    "earned_bars",
    "expected_and_allowed",
    "marginal_units",
    "medicare_sentence",
    "mix_before_after",
    "monthly",
    "owed_by_payer",
    "payers_per_visit",
    "per_visit",
    "rates_by_year",
    "reconciliation",
    "scenarios_side_by_side",
    "set_name",
    "share_dots",
    "share_multiples",
    "share_over_time",
    "short_by_mistake",
    "split_bars",
    "tornado",
    "unit_values",
    "volume_effect",
    "waterfall",
]
