"""The files of data/ are checked as they are loaded: one slip of the pen in a copy, and the message says where."""

from __future__ import annotations

import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from analysis.audit import facts
from analysis.codes import carc, guide, remarks
from analysis.errors import ContractError
from analysis.ingest import settings
from analysis.medicare import edits, policy, yearly
from analysis.medicare.fees import localities, schedules
from analysis.metrics import definition
from analysis.metrics.glossary import glossary
from analysis.metrics.key_figures import evaluation_codes, key_figures
from analysis.metrics.ripeness import comparisons
from analysis.payers import names, upload
from analysis.payments import texts
from analysis.payments.breaks.rules import rules
from analysis.payments.open_lines import _steps
from analysis.pricing.prepare import refuse_unread
from analysis.system import paths, toml_data
from analysis.whatif.scenarios import limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DATA = paths.DATA


def forget() -> None:
    """Let everything that was loaded be loaded again."""
    for name in [name for name in sys.modules if name.startswith("analysis.")]:
        for value in vars(sys.modules[name]).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for path in DATA.rglob("*"):
        if path.suffix in {".toml", ".csv"} and path.parent.name not in {"samples", "benchmarks"}:
            target = tmp_path / path.relative_to(DATA)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    monkeypatch.setattr(toml_data, "DATA", tmp_path)
    forget()
    yield tmp_path
    forget()


def _policy() -> policy.Policy:
    return policy.read_policy(vars(toml_data)["DATA"] / "policy")


def _book() -> object:
    return schedules.read_book(vars(toml_data)["DATA"] / "fee_schedules")


LOADERS: dict[str, Callable[[], object]] = {
    "metrics.toml": lambda: (definition("visits"), key_figures()),
    "comparisons.toml": comparisons,
    "evaluations.toml": evaluation_codes,
    "glossary.toml": glossary,
    "audit/rules.toml": facts.rules,
    "audit/limits.toml": facts.limits,
    "audit/thresholds.toml": facts.thresholds,
    "audit/codes.toml": facts.codes,
    "audit/payers.toml": facts.payer_rules,
    **{f"code_guide/{path.name}": guide.load_guide for path in (DATA / "code_guide").glob("*.toml")},
    "yearly/deductible.toml": yearly.deductibles,
    "remittance/carc.toml": carc.carcs,
    "remittance/rarc.toml": remarks.rarcs,
    "remittance/plb.toml": remarks.plb_reasons,
    "remittance/mistakes.toml": texts.mistakes,
    "remittance/owed.toml": texts._owed,
    "remittance/breaks.toml": rules,
    "remittance/open_lines.toml": _steps,
    "ncci/edition.toml": edits.load_edits,
    "localities/successors.toml": localities._successors,
    "scenarios/limits.toml": limits.ranges,
    "ingest/limits.toml": settings.limits,
    "ingest/headings.toml": settings.alias_index,
    "ingest/values.toml": lambda: settings.words("blank"),
    "ingest/payer_classes.toml": settings.payer_rules,
    "ingest/x12.toml": lambda: settings.x12_codes("sets"),
    "ingest/contract_headings.toml": upload._headings,
    "ingest/payer_names.toml": names._lists,
    **{f"policy/{path.name}": _policy for path in (DATA / "policy").glob("*.toml")},
    **{f"fee_schedules/{year}/schedule.toml": _book for year in range(2020, 2028)},
}


def as_named(file: str) -> str:
    """A file as messages name it: with the folder it is in."""
    return "/".join(file.split("/")[-2:])


def exchange(path: Path, old: str, new: str) -> None:
    """Exchange the first of a text in a file, which has it."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_every_file_is_loaded_somewhere() -> None:
    files = {path.relative_to(DATA).as_posix() for path in DATA.rglob("*.toml")}
    # The sample clinic's own loader refuses what it does not know (tests/sample).
    assert files - {"samples/riverside_pt.toml"} == set(LOADERS)


@pytest.mark.parametrize("file", LOADERS)
def test_a_key_nobody_knows_is_named_with_its_file(file: str, copied: Path) -> None:
    path = copied / file
    table = "[unheard.of]\nunheard_of = 1\n"
    path.write_text(path.read_text("utf-8") + "\n" + table, "utf-8")
    with pytest.raises(ContractError, match=rf"^{as_named(file)}, .*unheard") as caught:
        LOADERS[file]()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", LOADERS)
def test_a_key_that_is_there_twice_is_named_with_its_file(file: str, copied: Path) -> None:
    path = copied / file
    first = next(line for line in path.read_text("utf-8").splitlines() if re.match(r"\[?\w", line))
    exchange(path, first, f"{first}\n{first}")
    with pytest.raises(ContractError, match=rf"^{as_named(file)}: Cannot .*line \d+"):
        LOADERS[file]()


SLIPS = {
    "metrics.toml": [
        ('unit = "count"', "unit = 1", "visits, unit: 1 is not text"),
        ('unit = "count"\n', "", "visits, unit: missing"),
        ('unit = "count"', 'units = "count"', "visits, units: unknown key; the known keys are"),
        ('unit = "count"', 'unit = "counts"', "visits, unit: 'counts' is none of"),
        ('of = "visits"', 'of = "visit"', "visits, of: 'visit' is none of visits, lines"),
        ('of = "visits"', 'of = "units_paid"', "visits, of: 'units_paid' is none of visits, lines"),
        ('of = "visits"', 'of = "adjustment_cents"', "visits, of: no words for exports without adjustment_cents"),
        ('of = "visits"\n', "", "visits, table: says nothing without `of`"),
        ('over = "charged"', 'over = "billed"', "billed, over: 'billed' is none of all"),
        ("table = 3", "table = 1", "table, units: '1' is also listed under visits"),
    ],
    "comparisons.toml": [
        ("open_bp = 1000", "open_bp = 10000", "unripe_month, open_bp: is not between 0 and 10000"),
        ("open_bp = 1000", "open_bp = 0.1", "unripe_month, open_bp: 0.1 is not a whole number"),
        ("units = 20", "units = 0", "few_units, units: is not 1 or more"),
        ("visits = 10", "visits = 0", "few_visits, visits: is not 1 or more"),
        ("units = 50", "units = -1", "few_share_units, units: is not 1 or more"),
        ("patients = 10", "patients = 0", "few_patients, patients: is not 1 or more"),
    ],
    "evaluations.toml": [
        ('["97161"', '["97161", "97161"', "codes: '97161' is listed twice"),
        ('["97161"', '[97161, "97162"', "codes, 1: 97161 is not text"),
        ("codes = [", 'codes = "97161" # [', "codes: '97161' is not a list"),
    ],
    "policy/mppr.toml": [
        ("5000", "true", "rate, 1, pe_reduction_bp: True is not a whole number"),
        ("2013-04-01", "2013-04-01T00:00:00", "rate, 1, from: .* is not a date"),
    ],
    "policy/coinsurance.toml": [("patient_share_bp", "share", "rate, 1: has share; .* ending in _bp")],
    "policy/assistants.toml": [('flag = "assistant"', "", "flag: missing")],
    "policy/sequestration.toml": [
        ("sequestration_bp = 100", "cut_bp = 100", "rate, 3: has cut_bp; each step needs `from` and the same rate"),
        (
            "from = 2022-04-01",
            "from = 2020-05-01",
            "rate, 3: from 2020-05-01, which is not after 2020-05-01: the two overlap",
        ),
        ("from = 2022-07-01", "from = 2022-03-01", "rate, 4: from 2022-03-01, which is not after 2022-04-01"),
    ],
    "fee_schedules/2024/schedule.toml": [
        (
            "start = 2024-03-09",
            "start = 2024-03-10",
            "period, 2: from 2024-03-10 to 2024-12-31: it leaves a gap; expected first day is 2024-03-09",
        ),
        ("start = 2024-03-09", "start = 2024-03-08", "period, 2: .* it overlaps the one before"),
        ("end = 2024-03-08", "end = 2023-03-08", "period, 1: .* it ends too early"),
        ("end = 2024-12-31", "end = 2024-12-30", "period: ends before 2024-12-31; it must end on 2024-12-31"),
        ('"final"', '"finale"', "status: 'finale' is none of"),
        ("year = 2024", "year = 2025", "year: 2025 in the folder"),
    ],
    "remittance/breaks.toml": [("lines = 15", "lines = 15.5", "pays_less, lines: 15.5 is not a whole number")],
    "remittance/open_lines.toml": [("over_days = 0", "over_days = 45", "steps: over_days have to rise from 0")],
    "localities/successors.toml": [
        ('"01112-06"', '"01182-26"', "retired: '01182-26' is listed twice"),
    ],
    "ingest/contract_headings.toml": [
        ('year = ["', 'year = ["Per Visit!", "', "headings, visit: 'pervisit' is also listed under year"),
    ],
    "ingest/payer_names.toml": [('"hmo"', '"hmo", "hmo"', "words, plans: 'hmo' is listed twice")],
    "ingest/headings.toml": [
        ('["code"', '["DOS", "code"', "fields: dos is listed under .* and code"),
        (
            '"charge date"',
            '"Unit Type", "charge date"',
            "known, the kind of unit, .*: 'unittype' is also listed under another date",
        ),
        ('"dos"', '"dos", "dos"', "fields, .*, aliases: 'dos' is listed twice"),
    ],
    "ingest/limits.toml": [
        ("cpu_seconds = 10", "cpu_seconds = 10\nrows = 1", "process, rows: an earlier table has this key too"),
        ("cpu_seconds = 10", "", "cpu_seconds: missing"),
        ("cpu_seconds = 10", "cpu_secs = 10", "cpu_secs: unknown key"),
    ],
    "ingest/values.toml": [
        ('no = ["no"', 'no = ["YES", "no"', "flag, no: 'yes' is also listed under yes"),
    ],
    "ingest/payer_classes.toml": [
        (
            "pattern = 'medigap|medicare\\s*supp'",
            "pattern = '\\bcar\\b'\n\n[[rules]]\nclass = \"Auto\"\npattern = '\\bcar\\b'",
            "rules: .* is listed twice",
        ),
    ],
    "code_guide/sources.toml": [
        ('kind = "rule"', 'kind = "rumor"', "minutes, kind: 'rumor' is none of rule, table"),
        ("read_on = 2026-11-27", 'read_on = "today"', "minutes, read_on: 'today' is not a date"),
    ],
    "code_guide/codes.toml": [
        (
            'codes = ["97112"]',
            'codes = ["97110"]',
            "entry, neuromuscular, codes: '97110' is also listed under exercise",
        ),
        ('codes = ["97110"]', 'codes = ["97199"]', "entry, exercise, codes: '97199' is not in data/codes.csv"),
        ('title = "PT evaluation"\n', "", "entry, pt_evaluation, title: missing, for an entry of several codes"),
        ('carc = "50"', 'carc = "5000"', "entry, exercise, denials, carc: '5000' is not in data/remittance/carc.toml"),
        (
            '["movement_guide", "questions',
            '["hearsay", "questions',
            "entry, exercise, sources, pays_for: 'hearsay' is none",
        ),
        (
            'is_not = ["movement_guide"]',
            "is_not = []",
            "entry, exercise, sources, is_not: a statement without a source",
        ),
    ],
    "code_guide/chooser.toml": [
        ('intent = "quality"', 'intent = "fun"', "intervention, rhythm, fits: 'fun' is none of strength"),
        ('codes = ["97110"]', 'codes = ["97199"]', "question, intent, answers: '97199' is not in"),
    ],
    "code_guide/beliefs.toml": [
        ('verdict = "wrong"', 'verdict = "silly"', "belief, fifty_nine, verdict: 'silly' is none of wrong"),
        ('codes = ["97110", "97112"]', 'codes = ["97110"]', "belief, fifty_nine, edit: is about a pair, .* 1 codes"),
        ("{mue 97112}", "{mue}", r"belief, three_units, right: \{mue\} is not a figure; the kinds are full"),
        ("{full 95992}", "{price 95992}", r"belief, canalith, right: \{price 95992\} is not a figure"),
    ],
    "code_guide/answers.toml": [
        ('topic = "minutes"', 'topic = "time"', "answer, eight_minutes, topic: 'time' is none of")
    ],
    "yearly/deductible.toml": [
        ("from = 2022-01-01", "from = 2021-01-01", "rate, 3: from 2021-01-01, which is not after 2021-01-01"),
    ],
    "scenarios/limits.toml": [
        ("recodes = 8", "recodings = 8", "count, recodings: unknown key; the known keys are recodes"),
    ],
    "remittance/carc.toml": [
        ('"patient"', '"patients"', "code 1: effect 'patients'"),
    ],
}
"""File -> its text, the slip put in its place, and the message after the file's name."""


@pytest.mark.parametrize(
    ("file", "good", "bad", "said"),
    [pytest.param(file, *slip, id=f"{file}: {slip[2][-40:]}") for file, slips in SLIPS.items() for slip in slips],
)
def test_a_slip_is_named_with_file_and_key(file: str, good: str, bad: str, said: str, copied: Path) -> None:
    exchange(copied / file, good, bad)
    with pytest.raises(ContractError, match=f"^{as_named(file)}, {said}"):
        LOADERS[file]()


def test_a_year_left_without_a_final_schedule_is_named(copied: Path) -> None:
    exchange(copied / "fee_schedules/2024/schedule.toml", '"final"', '"proposed"')
    with pytest.raises(ContractError, match=r"^fee_schedules/2025: no final schedule between 2023 and 2025"):
        _book()


def test_a_rule_for_some_lines_says_which(copied: Path) -> None:
    exchange(copied / "policy/coinsurance.toml", "[[rate]]", 'flag = "new"\n[[rate]]')
    with pytest.raises(ContractError, match=r"^policy/coinsurance\.toml: a rule for some lines"):
        _policy()


def test_a_rule_that_no_price_is_computed_with_is_named(copied: Path) -> None:
    text = (copied / "policy" / "coinsurance.toml").read_text("utf-8").replace("patient_share_bp", "telehealth_bp")
    (copied / "policy" / "telehealth.toml").write_text(text, "utf-8")
    with pytest.raises(ContractError, match=r"^data/policy has telehealth_bp, which no price is computed with"):
        refuse_unread(_policy())


def test_a_rule_of_the_same_name_as_another_is_named(copied: Path) -> None:
    shutil.copy(copied / "policy" / "coinsurance.toml", copied / "policy" / "copay.toml")
    with pytest.raises(ContractError, match=r"^policy, copay: 'patient_share_bp' is also listed under coinsurance"):
        _policy()


def test_the_files_as_they_are_pass(copied: Path) -> None:
    assert copied.exists()
    for load in LOADERS.values():
        assert load()
