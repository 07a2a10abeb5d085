"""Search over all of the guide: ranked, forgiving about endings, spelling and typing."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from math import log
from typing import TYPE_CHECKING

from analysis.codes import hcpcs
from analysis.codes.guide.figures import without_figures
from analysis.codes.guide.load import load_guide

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analysis.codes.guide.contents import Guide

_WORD = re.compile(r"[a-z0-9]+")
_BRITISH = ((re.compile(r"is(?=(e|ed|es|ing|ation)\b)"), "iz"), (re.compile(r"programme"), "program"))
_ENDINGS = ("ations", "ation", "ings", "ing", "ers", "er", "ed", "es", "s", "e")
_SHORTEST_STEM = 4
_COMMON = frozenset(
    """
    a an and are as at be by can code codes do does for from has have how i if in is it its me meaning my no not of on
    or that the their then there they this to was what when where which who why will with you your
    """.split()  # noqa: SIM905  words are easier to read and to add to as a text
)
"""Words that say nothing about what is looked for."""
_ITSELF, _TITLE, _WORDS, _TEXT = 12.0, 4.0, 3.0, 1.0
"""How much a word counts by where it stands: a code searched for alone on its own entry, in the title, among the search
words, in the text. A code among the codes counts like the title and more, the fewer they are: a pair before a list."""
_PREFIX, _TYPO = 0.6, 0.5
"""How much of that a word counts that only begins so, or is only spelled alike."""
_SHORTEST_PREFIX, _SHORTEST_TYPO, _ALIKE = 3, 5, 0.8
_KINDS = ("entry", "belief", "limit", "question", "intervention", "answer", "note", "record")
"""Which of two results that fit alike stands first."""
_ENOUGH = 0.34
"""Part of the words' weight a result has to have."""


@dataclass(frozen=True, slots=True)
class Document:
    """Something search can find.

    Attributes
    ----------
    key:
        Kind and name, such as ``belief:fifty_nine``. Kinds: entry, intervention, question, note, record, limit, belief,
        answer.
    title, text:
        What it is called, and what it says; the text may hold figures in braces (figures.py).
    words:
        Further words that people search with.
    codes:
        The codes it is about.
    """

    key: str
    title: str
    text: str
    words: str
    codes: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The kind of thing: the first half of the key."""
        return self.key.partition(":")[0]

    @property
    def name(self) -> str:
        """Its name among those of its kind: the second half of the key."""
        return self.key.partition(":")[2]


def _documents(guide: Guide) -> Iterator[Document]:
    for entry in {entry.name: entry for entry in guide.entries.values()}.values():
        title = f"{', '.join(entry.codes)} {entry.title}"
        text = " ".join((entry.pays_for, entry.more, *entry.is_not, *entry.note))
        usual = " ".join(sorted(frozenset().union(*map(hcpcs.disciplines, entry.codes))))
        yield Document(f"entry:{entry.name}", title, text, f"{entry.words} {usual}", entry.codes)
    for intervention in guide.interventions:
        codes = tuple(dict.fromkeys(code for fit in intervention.fits for code in fit.codes))
        text = " ".join((intervention.more, *intervention.note, *(fit.why for fit in intervention.fits)))
        yield Document(f"intervention:{intervention.name}", intervention.label, text, intervention.words, codes)
    for question in guide.questions:
        codes = tuple(dict.fromkeys(code for _, codes in question.answers for code in codes))
        text = " ".join((question.why, *(when for when, _ in question.answers)))
        yield Document(f"question:{question.name}", question.ask, text, question.words, codes)
    for item in guide.checklist:
        yield Document(f"{item.kind}:{item.name}", item.text, item.more, item.words, ())
    for limit in guide.guidance:
        yield Document(f"limit:{limit.name}", limit.text, limit.more, limit.words, (limit.code, *limit.beside))
    for belief in guide.beliefs:
        yield Document(f"belief:{belief.name}", belief.said, belief.right, belief.words, belief.codes)
    for answer in guide.answers:
        yield Document(f"answer:{answer.name}", answer.ask, answer.say, answer.words, answer.codes)


@cache
def documents() -> Mapping[str, Document]:
    """Return all that search can find, by key."""
    return {document.key: document for document in _documents(load_guide())}


def _stem(word: str) -> str:
    """Return a word without its ending, so that stretch, stretching and stretches are one."""
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _SHORTEST_STEM and not word[0].isdigit():
            return stem
    return word


def _words(text: str) -> list[str]:
    """Return the words of a text that say something, in small letters, American spelling, without endings."""
    text = text.casefold()
    for pattern, american in _BRITISH:
        text = pattern.sub(american, text)
    return [_stem(word) for word in _WORD.findall(text) if word not in _COMMON]


@cache
def _index() -> tuple[Mapping[str, Mapping[str, float]], Mapping[str, float]]:
    """Return how much each word counts in each document, and how telling each word is."""
    weights: dict[str, dict[str, float]] = defaultdict(dict)
    for key, document in documents().items():
        fields = (
            (_TEXT, without_figures(document.text)),
            (_WORDS, document.words),
            (_TITLE, document.title),
            (_TITLE * (1 + 1 / max(len(document.codes), 1)), " ".join(document.codes)),
        )
        for weight, text in fields:
            for word in _words(text):
                weights[word][key] = max(weight, weights[word].get(key, 0.0))
    telling = {word: log(1 + len(documents()) / len(keys)) for word, keys in weights.items()}
    return weights, telling


def _alike(word: str) -> dict[str, float]:
    """Return the known words that a word of a query may mean, and how surely."""
    weights, _ = _index()
    if word in weights:
        return {word: 1.0}
    longer = {known: _PREFIX for known in weights if len(word) >= _SHORTEST_PREFIX and known.startswith(word)}
    if longer or len(word) < _SHORTEST_TYPO or word.isdigit():
        return longer
    return dict.fromkeys(get_close_matches(word, list(weights), n=3, cutoff=_ALIKE), _TYPO)


def search(query: str, at_most: int = 12) -> tuple[Document, ...]:
    """Return what fits a query best, best first; nothing if too little of it is found.

    >>> search("interactve metronome")[0].key
    'intervention:rhythm'
    """
    weights, telling = _index()
    scores: dict[str, float] = defaultdict(float)
    covered: dict[str, float] = defaultdict(float)
    asked = 0.0
    words = dict.fromkeys(_words(query))
    codes = [word for word in words if word.upper() in hcpcs.load()]
    for word in words:
        meant = _alike(word)
        worth = max((telling[known] for known in meant), default=log(1 + len(documents())))
        asked += worth
        best: dict[str, float] = {}
        for known, sureness in meant.items():
            for key, weight in weights[known].items():
                best[key] = max(best.get(key, 0.0), sureness * weight * telling[known])
        if codes == [word]:
            own = f"entry:{load_guide().entries[word.upper()].name}"
            best[own] = _ITSELF * telling[word]
        for key, score in best.items():
            scores[key] += score
            covered[key] += worth
    found = documents()
    ranked = sorted(scores, key=lambda key: (-scores[key] * covered[key] / asked, _KINDS.index(found[key].kind), key))
    return tuple(found[key] for key in ranked if covered[key] >= _ENOUGH * asked)[:at_most]
