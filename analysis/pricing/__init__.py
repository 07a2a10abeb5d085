"""Medicare's exact amounts: one unit (fee_table), whole visits (pipeline), any engine (engines)."""

from analysis.pricing.engines import ENGINES, Engine
from analysis.pricing.fee_table import FeeTable, Setting, fee_table, rates, schedule_amounts
from analysis.pricing.periods import Period, periods_of
from analysis.pricing.pipeline import AMOUNTS
from analysis.pricing.price import Places, Priced, price

__all__ = [
    "AMOUNTS",
    "ENGINES",
    "Engine",
    "FeeTable",
    "Period",
    "Places",
    "Priced",
    "Setting",
    "fee_table",
    "periods_of",
    "price",
    "rates",
    "schedule_amounts",
]
