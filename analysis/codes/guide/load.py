"""Load the code guide from data/code_guide and check it: every source known, every code ours, every figure readable."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from analysis.codes import hcpcs
from analysis.codes.carc import carcs
from analysis.codes.guide.contents import (
    PAIR,
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
from analysis.codes.guide.figures import figures_in
from analysis.system.toml_data import fault, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from analysis.system.toml_data import Form

_FOLDER = "code_guide"
VERDICTS = ("wrong", "out_of_date", "inexact", "disputed")
TOPICS = ("minutes", "modifiers", "edits", "payment", "payers", "coding", "record", "outside")
_SOURCE_KINDS = ("rule", "table", "review", "payer", "guide", "practice")
_SOURCED: dict[str, Form] = {"words": str, "sources": [str]}
_DENIAL: dict[str, Form] = {"carc": str, "why": str}
_LINE: dict[str, Form] = {"text": str, "more?": str, **_SOURCED}
_FORMS: Mapping[str, Form] = {
    "sources": {"*": {"title": str, "published": str, "kind": str, "read_on": date}},
    "codes": {
        "entry": {
            "*": {
                "title?": str,
                "codes": [str],
                "pays_for": str,
                "more?": str,
                "is_not": [str],
                "note": [str],
                "words": str,
                "denials": [_DENIAL],
                "sources": {"pays_for": [str], "is_not": [str], "note": [str]},
            }
        }
    },
    "chooser": {
        "intent": {"*": {"label": str}},
        "question": {"*": {"ask": str, "answers": [{"when": str, "codes": [str]}], "why": str, **_SOURCED}},
        "intervention": {
            "*": {
                "label": str,
                "note": [str],
                "more?": str,
                "fits": [{"intent": str, "codes": [str], "why": str}],
                **_SOURCED,
            }
        },
    },
    "checklist": {
        "sentence": str,
        "note": {"*": _LINE},
        "record": {"*": _LINE},
        "denial": {"*": {**_DENIAL, "sources": [str]}},
    },
    "limits": {"limit": {"*": {"code": str, "beside?": [str], "most": int, **_LINE}}},
    "beliefs": {
        "belief": {
            "*": {
                "codes?": [str],
                "said": str,
                "verdict": str,
                "right": str,
                "since?": str,
                "edit?": bool,
                **_SOURCED,
            }
        }
    },
    "answers": {"answer": {"*": {"topic": str, "ask": str, "say": str, "since?": str, "codes?": [str], **_SOURCED}}},
}
"""The files of data/code_guide."""


class _File:
    """One file: its rows, and the checks that name it."""

    def __init__(self, name: str) -> None:
        self.name = f"{_FOLDER}/{name}.toml"
        self.table: dict[str, Any] = load(self.name, _FORMS[name])

    def rows(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the rows of one kind with their keys."""
        yield from self.table[kind].items()

    def one_of(self, value: str, known: Iterable[str], *keys: str) -> str:
        """Return a value that has to be a known one."""
        if value not in known:
            raise fault(self.name, keys, f"{value!r} is none of {', '.join(known)}")
        return value

    def sources(self, names: Iterable[str], *keys: str) -> tuple[Source, ...]:
        """Return the sources of a statement, which has one at least."""
        known = load_sources()
        found = tuple(known[self.one_of(name, known, *keys)] for name in names)
        if not found:
            raise fault(self.name, keys, "a statement without a source")
        return found

    def codes(self, codes: Iterable[str], *keys: str) -> tuple[str, ...]:
        """Return codes of data/codes.csv."""
        for code in codes:
            if code not in hcpcs.load():
                raise fault(self.name, keys, f"{code!r} is not in data/codes.csv")
        return tuple(codes)

    def denial(self, row: Mapping[str, Any], *keys: str, sources: tuple[Source, ...] = ()) -> CodeDenial:
        """Return a denial whose reason code is known."""
        if row["carc"] not in carcs():
            raise fault(self.name, (*keys, "carc"), f"{row['carc']!r} is not in data/remittance/carc.toml")
        return CodeDenial(row["carc"], row["why"], sources)

    def text(self, text: str, *keys: str) -> str:
        """Return a text whose figures can be read."""
        try:
            figures_in(text)
        except ValueError as error:
            raise fault(self.name, keys, str(error)) from None
        return text


@cache
def load_sources() -> Mapping[str, Source]:
    """Load the sources of the guide's statements, by key."""
    name = f"{_FOLDER}/sources.toml"
    table = load(name, _FORMS["sources"])
    for key, row in table.items():
        if row["kind"] not in _SOURCE_KINDS:
            raise fault(name, (key, "kind"), f"{row['kind']!r} is none of {', '.join(_SOURCE_KINDS)}")
    return {key: Source(key, row["title"], row["published"], row["kind"], row["read_on"]) for key, row in table.items()}


@cache
def load_guide() -> Guide:
    """Load the guide that ships with RevMix.

    Raises
    ------
    ContractError
        Naming the file and the key: an unknown source, code, reason code, intent, verdict or topic; braces that are no
        figure; a code in two entries.
    """
    chooser, checklist = _File("chooser"), _File("checklist")
    intents = {key: row["label"] for key, row in chooser.rows("intent")}
    return Guide(
        sentence=checklist.table["sentence"],
        entries=_entries(_File("codes")),
        intents=intents,
        interventions=tuple(_interventions(chooser, intents)),
        questions=tuple(_questions(chooser)),
        checklist=tuple(item for kind in ("note", "record") for item in _items(checklist, kind)),
        denials=tuple(
            checklist.denial(row, "denial", key, sources=checklist.sources(row["sources"], "denial", key, "sources"))
            for key, row in checklist.rows("denial")
        ),
        guidance=tuple(_guidance(_File("limits"))),
        beliefs=tuple(_beliefs(_File("beliefs"))),
        answers=tuple(_answers(_File("answers"))),
    )


def _entries(file: _File) -> dict[str, GuideEntry]:
    """Return the entries by code; those of several codes need a title, others have their code's label."""
    entries: dict[str, GuideEntry] = {}
    for key, row in file.rows("entry"):
        codes = file.codes(row["codes"], "entry", key, "codes")
        if len(codes) > 1 and "title" not in row:
            raise fault(file.name, ("entry", key, "title"), "missing, for an entry of several codes")
        for code in codes:
            if code in entries:
                raise fault(file.name, ("entry", key, "codes"), f"{code!r} is also listed under {entries[code].name}")
            entries[code] = GuideEntry(
                name=key,
                title=row.get("title") or hcpcs.label(code),
                codes=codes,
                code=code,
                pays_for=row["pays_for"],
                more=row.get("more", ""),
                is_not=tuple(row["is_not"]),
                note=tuple(row["note"]),
                denials=tuple(file.denial(denial, "entry", key, "denials") for denial in row["denials"]),
                words=row["words"],
                sources={
                    field: file.sources(names, "entry", key, "sources", field)
                    for field, names in row["sources"].items()
                },
            )
    return entries


def _interventions(file: _File, intents: Mapping[str, str]) -> Iterator[Intervention]:
    for key, row in file.rows("intervention"):
        at = ("intervention", key)
        fits = tuple(
            Fit(
                file.one_of(fit["intent"], intents, *at, "fits"),
                file.codes(fit["codes"], *at, "fits"),
                fit["why"],
            )
            for fit in row["fits"]
        )
        sources = file.sources(row["sources"], *at, "sources")
        yield Intervention(key, row["label"], row["words"], tuple(row["note"]), row.get("more", ""), fits, sources)


def _questions(file: _File) -> Iterator[Question]:
    for key, row in file.rows("question"):
        answers = tuple(
            (answer["when"], file.codes(answer["codes"], "question", key, "answers")) for answer in row["answers"]
        )
        sources = file.sources(row["sources"], "question", key, "sources")
        yield Question(key, row["ask"], answers, row["why"], row["words"], sources)


def _items(file: _File, kind: str) -> Iterator[NoteItem]:
    for key, row in file.rows(kind):
        sources = file.sources(row["sources"], kind, key, "sources")
        yield NoteItem(key, kind, row["text"], row.get("more", ""), row["words"], sources)


def _guidance(file: _File) -> Iterator[Guidance]:
    for key, row in file.rows("limit"):
        at = ("limit", key)
        [code] = file.codes([row["code"]], *at, "code")
        beside = file.codes(row.get("beside", ()), *at, "beside")
        sources = file.sources(row["sources"], *at, "sources")
        yield Guidance(key, code, row["most"], beside, row["text"], row.get("more", ""), row["words"], sources)


def _beliefs(file: _File) -> Iterator[Belief]:
    for key, row in file.rows("belief"):
        at = ("belief", key)
        codes = file.codes(row.get("codes", ()), *at, "codes")
        if "edit" in row and len(codes) != PAIR:
            raise fault(file.name, (*at, "edit"), f"is about a pair, but there are {len(codes)} codes")
        yield Belief(
            name=key,
            codes=codes,
            said=row["said"],
            verdict=file.one_of(row["verdict"], VERDICTS, *at, "verdict"),
            right=file.text(row["right"], *at, "right"),
            since=file.text(row.get("since", ""), *at, "since"),
            edit=row.get("edit"),
            words=row["words"],
            sources=file.sources(row["sources"], *at, "sources"),
        )


def _answers(file: _File) -> Iterator[Answer]:
    for key, row in file.rows("answer"):
        at = ("answer", key)
        yield Answer(
            name=key,
            topic=file.one_of(row["topic"], TOPICS, *at, "topic"),
            ask=row["ask"],
            say=file.text(row["say"], *at, "say"),
            since=row.get("since", ""),
            codes=file.codes(row.get("codes", ()), *at, "codes"),
            words=row["words"],
            sources=file.sources(row["sources"], *at, "sources"),
        )
