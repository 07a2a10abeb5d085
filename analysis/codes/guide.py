"""What a code pays for and what the note has to show, in our own words (data/code_guide.toml)."""

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
    """One code: what it pays for, what the note has to show, and the source."""

    code: str
    pays_for: str
    note: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Guidance:
    """A usual coverage limit: at most `max_units` per patient-day in one discipline.

    With `beside`, it applies only if one of those codes is on the same day.
    """

    code: str
    max_units: int
    beside: tuple[str, ...]
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Guide:
    """The whole code guide.

    Attributes
    ----------
    sentence:
        The sentence shown beside every coding scenario.
    general:
        What every note has to show, whatever the code.
    beliefs:
        (codes, sentence): beliefs that are common but no longer true.
    """

    sentence: str
    general: tuple[str, ...]
    entries: Mapping[str, GuideEntry]
    guidance: tuple[Guidance, ...]
    beliefs: tuple[tuple[frozenset[str], str], ...]

    def beliefs_about(self, *codes: str) -> tuple[str, ...]:
        """Return the beliefs about a pair of these codes."""
        return tuple(text for pair, text in self.beliefs if pair <= set(codes))


@cache
def load_guide() -> Guide:
    """Load the guide that ships with RevMix."""
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
