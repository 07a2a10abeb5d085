"""What a code pays for and what its note has to show, in our own words (data/code_guide.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from analysis.system.toml_data import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.system.toml_data import Form

_FORM: Form = {
    "verified_on": date,
    "sentence": str,
    "general": [str],
    "code": {"*": {"pays_for": str, "note": [str], "source": str}},
    "guidance": [{"code": str, "beside?": [str], "most": int, "text": str, "source": str}],
    "belief": [{"codes": [str], "text": str}],
}


@dataclass(frozen=True, slots=True)
class GuideEntry:
    """A code: what it pays for, what the note has to show, and where that is from."""

    code: str
    pays_for: str
    note: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Guidance:
    """A usual limit of coverage: at most so many units a patient-day in one discipline.

    With `beside`, only where one of those codes is on the same day.
    """

    code: str
    most: int
    beside: tuple[str, ...]
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Guide:
    """All of the code guide.

    Attributes
    ----------
    sentence:
        What stands beside every coding scenario.
    general:
        What a note has to show whatever the code.
    beliefs:
        (codes, sentence): what is often believed and no longer so.
    """

    sentence: str
    general: tuple[str, ...]
    entries: Mapping[str, GuideEntry]
    guidance: tuple[Guidance, ...]
    beliefs: tuple[tuple[frozenset[str], str], ...]

    def beliefs_about(self, *codes: str) -> tuple[str, ...]:
        """The beliefs about a pair among some codes."""
        return tuple(text for pair, text in self.beliefs if pair <= set(codes))


@cache
def load_guide() -> Guide:
    """The guide RevMix ships."""
    table = load("code_guide.toml", _FORM)
    return Guide(
        sentence=table["sentence"],
        general=tuple(table["general"]),
        entries={
            code: GuideEntry(code, entry["pays_for"], tuple(entry["note"]), entry["source"])
            for code, entry in table["code"].items()
        },
        guidance=tuple(
            Guidance(row["code"], row["most"], tuple(row.get("beside", ())), row["text"], row["source"])
            for row in table["guidance"]
        ),
        beliefs=tuple((frozenset(row["codes"]), row["text"]) for row in table["belief"]),
    )
