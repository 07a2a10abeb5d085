"""What the code guide holds: codes, interventions, questions, the note's checklist, limits, beliefs, answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

PAIR = 2
"""Codes of a belief that a recoding of one to the other brings up."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement is from: what it is called, when it was published, and when we last read it.

    `kind` is rule, table, review, payer, guide or practice (data/code_guide/sources.toml).
    """

    name: str
    title: str
    published: str
    kind: str
    read_on: date


@dataclass(frozen=True, slots=True)
class CodeDenial:
    """A reason code (CARC) that lines are denied with, and why, in our words; the next step is the reason code's."""

    carc: str
    why: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class GuideEntry:
    """One code, or several that are alike, as the guide knows it.

    Attributes
    ----------
    name, title, codes:
        Of the entry in data/code_guide/codes.toml: its key, what it is called, and all its codes.
    code:
        The one code it is asked for.
    pays_for, more:
        What the code is for; further words.
    is_not, note:
        What it is not for, or is mistaken for; what the note has to show.
    denials:
        Reasons that its lines are denied with.
    words:
        Further words that people search with.
    sources:
        By field: pays_for (with more), is_not, note.
    """

    name: str
    title: str
    codes: tuple[str, ...]
    code: str
    pays_for: str
    more: str
    is_not: tuple[str, ...]
    note: tuple[str, ...]
    denials: tuple[CodeDenial, ...]
    words: str
    sources: Mapping[str, tuple[Source, ...]]


@dataclass(frozen=True, slots=True)
class Guidance:
    """A usual coverage limit: at most `max_units` per patient-day in one discipline.

    With `beside`, it applies only if one of those codes is on the same day.
    """

    name: str
    code: str
    max_units: int
    beside: tuple[str, ...]
    text: str
    more: str
    words: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """Codes that may fit what was done with one intent, and why."""

    intent: str
    codes: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Intervention:
    """Something done in treatment: the codes that may fit by intent, and what the note shows of it."""

    name: str
    label: str
    words: str
    note: tuple[str, ...]
    more: str
    fits: tuple[Fit, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question that separates codes: each answer with the codes it leads to, none if it is not billable as such."""

    name: str
    ask: str
    answers: tuple[tuple[str, tuple[str, ...]], ...]
    why: str
    words: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class NoteItem:
    """A line of the checklist: of every note (`kind` note), or of the record around it (`kind` record)."""

    name: str
    kind: str
    text: str
    more: str
    words: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Belief:
    """What pages still say, and what is right.

    Attributes
    ----------
    said, right:
        The belief, and what is right; `right` may hold figures in braces (figures.py).
    verdict:
        wrong, out_of_date, inexact or disputed.
    since:
        Since when it is so; empty if no day is known. May hold figures.
    edit:
        Whether the NCCI tables have a pair of its two codes; None if it is not about a pair.
    """

    name: str
    codes: tuple[str, ...]
    said: str
    verdict: str
    right: str
    since: str
    edit: bool | None
    words: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A question people ask, and a short answer; `say` may hold figures in braces (figures.py)."""

    name: str
    topic: str
    ask: str
    say: str
    since: str
    codes: tuple[str, ...]
    words: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """The whole code guide.

    Attributes
    ----------
    sentence:
        The sentence shown beside every coding scenario.
    entries:
        By code.
    intents:
        Key -> name for people, in the order to offer them.
    checklist:
        What every note has to show, and what the record around it holds.
    denials:
        Why therapy lines are denied whatever the code.
    """

    sentence: str
    entries: Mapping[str, GuideEntry]
    intents: Mapping[str, str]
    interventions: tuple[Intervention, ...]
    questions: tuple[Question, ...]
    checklist: tuple[NoteItem, ...]
    denials: tuple[CodeDenial, ...]
    guidance: tuple[Guidance, ...]
    beliefs: tuple[Belief, ...]
    answers: tuple[Answer, ...]

    @property
    def general(self) -> tuple[str, ...]:
        """What every note has to show, whatever the code."""
        return tuple(item.text for item in self.checklist if item.kind == "note")

    def beliefs_about(self, *codes: str) -> tuple[str, ...]:
        """Return what is right about edits of a pair of these codes."""
        pairs = (belief for belief in self.beliefs if belief.edit is not None and len(belief.codes) == PAIR)
        return tuple(belief.right for belief in pairs if set(belief.codes) <= set(codes))

    def about(self, code: str) -> tuple[tuple[Belief, ...], tuple[Answer, ...]]:
        """Return the beliefs and the answers about a code."""
        return (
            tuple(belief for belief in self.beliefs if code in belief.codes),
            tuple(answer for answer in self.answers if code in answer.codes and answer.topic != "outside"),
        )
