"""Scenarios priced on the distinct visits of a clinic's lines: exact, and quick enough for a slider."""

from analysis.cube.build import build
from analysis.cube.cube import Cube
from analysis.cube.sums import MEASURES, Exact, Outcome, Sums, total
from analysis.cube.visit_lines import VisitLines

__all__ = ["MEASURES", "Cube", "Exact", "Outcome", "Sums", "VisitLines", "build", "total"]
