"""Figures for a set of priced lines: totals, splits, months, from list price to expected payments.

Every function takes `Priced.lines` (already filtered) and, if optional columns matter, `Export.fields`, and returns
small Polars frames or frozen values. Amounts are Int64 cents; null means "unknown" and is never zero.
"""

from analysis.metrics.core import Figure, Missing, missing
from analysis.metrics.definitions import Definition, definition
from analysis.metrics.drill import CodeFacts, code_facts, code_lines
from analysis.metrics.earned import earned, earns_most
from analysis.metrics.kpis import KPI_BY, kpis
from analysis.metrics.medicare import MedicarePayments, medicare_payments
from analysis.metrics.payer_table import PayerTable, paid_by_payer
from analysis.metrics.per_visit import per_visit, per_visit_by_payer, year_to_date
from analysis.metrics.ripeness import Ripeness, few_patients, few_share_units, few_units, few_visits, ripeness
from analysis.metrics.splits import headline, per_code, split
from analysis.metrics.totals import notes, totals, unpriced
from analysis.metrics.trend import MEASURES, month_remarks, monthly
from analysis.metrics.waterfall import Waterfall, waterfall

__all__ = [
    "KPI_BY",
    "MEASURES",
    "CodeFacts",
    "Definition",
    "Figure",
    "MedicarePayments",
    "Missing",
    "PayerTable",
    "Ripeness",
    "Waterfall",
    "code_facts",
    "code_lines",
    "definition",
    "earned",
    "earns_most",
    "few_patients",
    "few_share_units",
    "few_units",
    "few_visits",
    "headline",
    "kpis",
    "medicare_payments",
    "missing",
    "month_remarks",
    "monthly",
    "notes",
    "paid_by_payer",
    "per_code",
    "per_visit",
    "per_visit_by_payer",
    "ripeness",
    "split",
    "totals",
    "unpriced",
    "waterfall",
    "year_to_date",
]
