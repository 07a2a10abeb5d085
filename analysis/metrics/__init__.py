"""Figures for a set of priced lines: totals, splits, months, from list price to expected payments.

Every function takes `Priced.lines` (already filtered) and, if optional columns matter, `Export.fields`, and returns
small Polars frames or frozen values. Amounts are Int64 cents; null means "unknown" and is never zero.
"""

from analysis.metrics.core import Figure, Missing, missing
from analysis.metrics.definitions import Definition, definition
from analysis.metrics.drill import CodeFacts, code_facts, code_lines
from analysis.metrics.kpis import KPI_BY, kpis
from analysis.metrics.medicare import MedicarePayments, medicare_payments
from analysis.metrics.splits import headline, per_code, split
from analysis.metrics.totals import notes, totals, unpriced
from analysis.metrics.trend import MEASURES, monthly
from analysis.metrics.waterfall import Waterfall, waterfall

__all__ = [
    "KPI_BY",
    "MEASURES",
    "CodeFacts",
    "Definition",
    "Figure",
    "MedicarePayments",
    "Missing",
    "Waterfall",
    "code_facts",
    "code_lines",
    "definition",
    "headline",
    "kpis",
    "medicare_payments",
    "missing",
    "monthly",
    "notes",
    "per_code",
    "split",
    "totals",
    "unpriced",
    "waterfall",
]
