"""What a scenario would change: compared, split by cause, tested for sensitivity, and set against past years."""

from analysis.whatif.answers.breakeven import BreakEven, break_even
from analysis.whatif.answers.bridge import Bridge, bridge
from analysis.whatif.answers.causes import by_cause
from analysis.whatif.answers.compare import Comparison, Totals, compare, is_proposed, shared_out
from analysis.whatif.answers.difference import Amounts, Difference, Measure, MedicareMeasure, Money
from analysis.whatif.answers.marginal import Marginal, marginal
from analysis.whatif.answers.medicare_rates import AtMedicareRates
from analysis.whatif.answers.sensitivity import sensitivity
from analysis.whatif.answers.volume import VolumeEffect, volume_effect

__all__ = [
    "Amounts",
    "AtMedicareRates",
    "BreakEven",
    "Bridge",
    "Comparison",
    "Difference",
    "Marginal",
    "Measure",
    "MedicareMeasure",
    "Money",
    "Totals",
    "VolumeEffect",
    "break_even",
    "bridge",
    "by_cause",
    "compare",
    "is_proposed",
    "marginal",
    "sensitivity",
    "shared_out",
    "volume_effect",
]
