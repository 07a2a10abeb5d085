"""The code guide: what each code is for, which code fits, what the note must show, what is believed and what is right.

All of it is data (data/code_guide), in our own words, each statement with its source. `load_guide` loads it, `search`
looks through it, `Figure` is an amount that a text asks for and the schedules give.
"""

from analysis.codes.guide.contents import (
    Answer,
    Belief,
    CodeDenial,
    Fit,
    Guidance,
    Guide,
    GuideEntry,
    Intervention,
    NoteItem,
    Question,
    Source,
)
from analysis.codes.guide.figures import Figure, filled
from analysis.codes.guide.load import load_guide
from analysis.codes.guide.search import Document, documents, search

__all__ = [
    "Answer",
    "Belief",
    "CodeDenial",
    "Document",
    "Figure",
    "Fit",
    "Guidance",
    "Guide",
    "GuideEntry",
    "Intervention",
    "NoteItem",
    "Question",
    "Source",
    "documents",
    "filled",
    "load_guide",
    "search",
]
