"""The code guide says something of every therapy code, with a source, and nothing that our own tables contradict."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

import pytest

from analysis.audit import facts
from analysis.codes import hcpcs
from analysis.codes.guide import Belief, load_guide
from analysis.codes.guide.figures import figures_in
from analysis.codes.guide.load import load_sources
from analysis.medicare.code_edits import edits_of
from analysis.medicare.fees import NATIONAL
from analysis.pricing.code_rates import code_rates, newest_year

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.codes.guide import Source

    class Sourced(Protocol):
        """A statement with its sources."""

        @property
        def sources(self) -> tuple[Source, ...]: ...


GUIDE = load_guide()
NAMED_BEFORE = {"97116": "gait", "97140": "manual_therapy", "97129": "cognition", "97533": "sensory"}
"""Codes whose old entries named pages that do not say it, and a source that does."""


def test_every_therapy_code_has_an_entry_with_a_note() -> None:
    assert set(GUIDE.entries) == set(hcpcs.load())
    for code, entry in GUIDE.entries.items():
        assert entry.code == code
        assert entry.pays_for
        assert entry.note
        assert entry.is_not


def test_every_source_is_used() -> None:
    kinds: tuple[Sequence[Sourced], ...] = (
        GUIDE.interventions, GUIDE.questions, GUIDE.checklist, GUIDE.guidance, GUIDE.beliefs, GUIDE.answers,
        GUIDE.denials,
    )  # fmt: skip
    used = {source.name for kind in kinds for one in kind for source in one.sources}
    used |= {source.name for entry in GUIDE.entries.values() for found in entry.sources.values() for source in found}
    assert used == set(load_sources())


@pytest.mark.parametrize(("code", "source"), NAMED_BEFORE.items())
def test_a_statement_names_what_says_it(code: str, source: str) -> None:
    four_pages = {"rhythm", "questions_97112", "movement_guide", "record_guide"}
    named = {one.name for found in GUIDE.entries[code].sources.values() for one in found}
    assert source in named
    assert not named & four_pages


@pytest.mark.parametrize("belief", [one for one in GUIDE.beliefs if one.edit is not None], ids=lambda one: one.name)
def test_what_is_said_of_a_pair_is_what_the_table_has(belief: Belief) -> None:
    first, second = belief.codes
    assert edits_of(first).beside(second) == belief.edit


def test_a_denial_for_a_pair_names_codes_that_the_table_pairs() -> None:
    for entry in GUIDE.entries.values():
        for denial in entry.denials:
            if denial.carc == "236":
                for other in set(re.findall(r"\b[0-9G]\d{4}\b", denial.why)) - set(entry.codes):
                    assert any(edits_of(code).beside(other) for code in entry.codes), (entry.name, other)


def test_what_is_said_of_sometimes_therapy_is_what_the_list_has() -> None:
    said = {code for belief in GUIDE.beliefs if "sometimes-therapy" in belief.right for code in belief.codes}
    said |= {code for code, entry in GUIDE.entries.items() if "sometimes-therapy" in entry.more}
    assert said == {"95992"}
    assert said <= set(facts.codes().sometimes)
    assert not [code for code in facts.codes().sometimes if code_rates(code, NATIONAL, newest_year()).mppr]


def test_codes_that_medicare_never_pays_apart_say_so() -> None:
    bundled = [code for code in GUIDE.entries if code_rates(code, NATIONAL, newest_year()).full_cents == 0]
    assert bundled == ["97010", "92606", "97602"]
    for code in bundled:
        assert "Medicare" in " ".join(GUIDE.entries[code].is_not)
        assert "234" in [denial.carc for denial in GUIDE.entries[code].denials]


def test_the_levels_of_an_evaluation_pay_the_same() -> None:
    for name in ("pt_evaluation", "ot_evaluation"):
        codes = [code for code, entry in GUIDE.entries.items() if entry.name == name]
        assert len({code_rates(code, NATIONAL, newest_year()).full_cents for code in codes}) == 1


def test_amounts_are_computed_and_never_typed() -> None:
    for belief in GUIDE.beliefs:
        assert not re.search(r"\$\d", belief.right), belief.name
    typed = [answer.name for answer in GUIDE.answers if re.search(r"\$\d", answer.say)]
    assert typed == ["spread"]  # what other payers may pay more is no amount of a schedule


def test_a_recoding_brings_up_the_pairs_of_its_codes_alone() -> None:
    assert len(GUIDE.beliefs_about("97110", "97112")) == 1
    assert "no NCCI edit has that pair" in GUIDE.beliefs_about("97112", "97110")[0]
    assert GUIDE.beliefs_about("97112", "97530") == ()
    for text in GUIDE.beliefs_about("97110", "97112", "97530", "97116", "97140", "97032", "92526"):
        assert not figures_in(text)


def test_every_intent_leads_to_codes() -> None:
    assert {fit.intent for intervention in GUIDE.interventions for fit in intervention.fits} == set(GUIDE.intents)
    assert all(fit.codes for intervention in GUIDE.interventions for fit in intervention.fits)
