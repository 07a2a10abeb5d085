"""Price scenarios on the distinct visits of a clinic's lines: exactly, and fast enough for a slider."""

from analysis.whatif.visits.build import build
from analysis.whatif.visits.cube import Cube
from analysis.whatif.visits.sums import MEASURES, Exact, Outcome, Sums, total
from analysis.whatif.visits.visit_lines import VisitLines

__all__ = ["MEASURES", "Cube", "Exact", "Outcome", "Sums", "VisitLines", "build", "total"]
