"""What a scenario would change: compared, split by cause, tested for sensitivity, and set against past years."""

from analysis.whatif.answers.breakeven import BreakEven, break_even
from analysis.whatif.answers.bridge import Bridge, bridge
from analysis.whatif.answers.causes import by_cause
from analysis.whatif.answers.compare import Comparison, Totals, compare
from analysis.whatif.answers.marginal import Marginal, marginal
from analysis.whatif.answers.sensitivity import sensitivity
from analysis.whatif.answers.volume import VolumeEffect, volume_effect

__all__ = [
    "BreakEven",
    "Bridge",
    "Comparison",
    "Marginal",
    "Totals",
    "VolumeEffect",
    "break_even",
    "bridge",
    "by_cause",
    "compare",
    "marginal",
    "sensitivity",
    "volume_effect",
]
