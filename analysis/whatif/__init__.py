"""What a scenario would change: compared, taken apart by cause, tried for its sensitivity, set against past years."""

from analysis.whatif.breakeven import BreakEven, break_even
from analysis.whatif.bridge import Bridge, bridge
from analysis.whatif.causes import by_cause
from analysis.whatif.compare import Comparison, Totals, compare
from analysis.whatif.marginal import Marginal, marginal
from analysis.whatif.sensitivity import sensitivity

__all__ = [
    "BreakEven",
    "Bridge",
    "Comparison",
    "Marginal",
    "Totals",
    "break_even",
    "bridge",
    "by_cause",
    "compare",
    "marginal",
    "sensitivity",
]
