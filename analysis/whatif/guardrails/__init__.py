"""Guardrails of a coding scenario: what the note has to show, which edits apply, how the mix would compare."""

from analysis.codes.guide import Guide, GuideEntry, load_guide
from analysis.medicare.edits import Edits, load_edits
from analysis.whatif.guardrails.position import position
from analysis.whatif.guardrails.review import RecodingReview, flagged_lines, review

__all__ = [
    "Edits",
    "Guide",
    "GuideEntry",
    "RecodingReview",
    "flagged_lines",
    "load_edits",
    "load_guide",
    "position",
    "review",
]
