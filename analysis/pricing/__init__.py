"""Medicare's exact amounts: one unit (fee_table), whole visits (pipeline), any engine (engines)."""

from analysis.pricing.engines import ENGINES, Engine
from analysis.pricing.fee_table import FeeTable, Setting, fee_table, rates, schedule_amounts
from analysis.pricing.periods import Period, periods_of
from analysis.pricing.pipeline import AMOUNTS
from analysis.pricing.prepare import ClinicLocalities, Prepared, Work, prepare, with_localities, work_of
from analysis.pricing.price import Priced, not_covered_modifier, price
from analysis.pricing.visits import in_visit_order

__all__ = [
    "AMOUNTS",
    "ENGINES",
    "ClinicLocalities",
    "Engine",
    "FeeTable",
    "Period",
    "Prepared",
    "Priced",
    "Setting",
    "Work",
    "fee_table",
    "in_visit_order",
    "not_covered_modifier",
    "periods_of",
    "prepare",
    "price",
    "rates",
    "schedule_amounts",
    "with_localities",
    "work_of",
]
