"""Scenarios priced on the distinct visits of a clinic's lines: exact, and quick enough for a slider."""

from analysis.cube.cube import MEASURES, Cube, Outcome, Sums, VisitLines, build, total

__all__ = ["MEASURES", "Cube", "Outcome", "Sums", "VisitLines", "build", "total"]
