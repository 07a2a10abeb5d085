"""Guard rails of a coding scenario: what the note has to show, which edits it would meet, where the mix would stand."""

from analysis.guards.edits import Edits, load_edits
from analysis.guards.guide import Guide, GuideEntry, load_guide
from analysis.guards.position import position
from analysis.guards.review import Review, flagged_lines, review

__all__ = ["Edits", "Guide", "GuideEntry", "Review", "flagged_lines", "load_edits", "load_guide", "position", "review"]
