"""Scenario files: read exactly, refused by name, written so that they read back the same."""

from __future__ import annotations

import re
import tomllib
from datetime import date

import pytest
from hypothesis import given

from analysis.errors import BadInput
from analysis.lines.filters import Filters
from analysis.whatif.scenarios import (
    KINDS,
    Contract,
    GpciChange,
    MpprChange,
    Recode,
    RvuChange,
    Scenario,
    ScheduleChange,
    contract_from,
    contract_table,
    contracts_toml,
    read,
    read_bytes,
    read_contracts,
    to_toml,
)
from analysis.whatif.scenarios.files import TOP
from analysis.whatif.scenarios.provenance import PROVENANCE
from tests.conftest import ROOT
from tests.whatif.scenarios.strategies import EVERYTHING, FULL, SCENARIOS, contracts

SWAP = '[[recode]]\nfrom = "97110"\nto = "97112"\n'
AETNA = '[[contract]]\npayer = "Aetna"\n'


def refused(body: str, head: str = 'name = "Tried"\n') -> BadInput:
    with pytest.raises(BadInput) as caught:
        read(head + body, "try.toml")
    assert caught.value.file == "try.toml"
    assert "\n" not in str(caught.value)
    return caught.value


# ------------------------------------------------------------------------------------------------------------- reading
def test_every_section_is_read_exactly() -> None:
    assert read(FULL, "full.toml") == EVERYTHING


def test_what_is_left_out_stays_as_it_is() -> None:
    assert read('name = "Nothing"', "x.toml") == Scenario("Nothing")
    assert read('name = "One"\n' + SWAP, "x.toml").of(Recode) == (Recode("97110", "97112", None, 10_000),)


def test_no_decimal_passes_through_a_float() -> None:
    # 33.3333 is no float: times 10,000 it is 333332.99999999994.
    text = 'name = "x"\n[schedule]\nconversion_factor = 33.3333\n[gpci]\nwork = 1.005\n[mppr]\nrate = 0.2900\n'
    scenario = read(text, "x.toml")
    assert scenario.one(ScheduleChange) == ScheduleChange(factor_e4=333_333)
    assert scenario.one(GpciChange) == GpciChange(work_e3=1_005)
    assert scenario.one(MpprChange) == MpprChange(2_900)


@pytest.mark.parametrize("share", ["1", "1.0", "1e0", "0x1", "10e-1", "+1", "1.00000000"])
def test_a_number_may_be_written_in_any_way(share: str) -> None:
    assert read(f'name = "x"\n{SWAP}share = {share}', "x.toml").of(Recode)[0].share_bp == 10_000


def test_therapist_is_another_word_for_provider_and_a_text_may_stand_for_a_list() -> None:
    scenario = read(f'name = "x"\n{SWAP}where = {{ therapist = "Ann" }}', "x.toml")
    assert scenario.of(Recode)[0].where == Filters(providers=("Ann",))


def test_a_locality_is_kept_by_its_key_and_codes_in_capitals() -> None:
    scenario = read('name = "x"\n[gpci]\nlocality = "oh"\n[[rvu]]\ncode = "g0283 "\npe_rvu = 1', "x.toml")
    assert scenario.one(GpciChange) == GpciChange("15202-00")
    assert scenario.of(RvuChange)[0].code == "G0283"


def test_inner_tables_may_stand_apart() -> None:
    text = f'name = "x"\n{SWAP}[recode.where]\npayer = "A"\n{AETNA}basis = "fees"\n[contract.fees]\n97110 = 31\n'
    scenario = read(text, "x.toml")
    assert scenario.of(Recode)[0].where.payers == ("A",)
    assert scenario.of(Contract)[0].fees == (("97110", 3_100),)


# ------------------------------------------------------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    ("body", "column", "message"),
    [
        ("sharee = 1", None, 'the entry "sharee"'),
        ("[schedul]\nyear = 2026", None, 'did you mean "schedule"?'),
        (f"{SWAP}shrae = 1", "recode 1", 'did you mean "share"?'),
        (f"{SWAP}{SWAP}Share = 1", "recode 2", 'did you mean "share"?'),
        (f"{SWAP}where = {{ payr = 'A' }}", "recode 1, where", 'did you mean "payer"?'),
        (f"{SWAP}where = {{ code = '97110' }}", "recode 1, where", 'the entry "code"'),
        ("[mppr]\nreason = 'x'\nrat = 1", "mppr", 'did you mean "rate"?'),
    ],
)  # fmt: skip
def test_unknown_entries_are_named_with_what_is_expected(body: str, column: str | None, message: str) -> None:
    error = refused(body)
    assert error.column == column
    assert message in str(error)
    assert error.expected.count(", ") >= 3


@pytest.mark.parametrize(
    ("body", "column", "found"),
    [
        ('[[recode]]\nfrom = 97110\nto = "97112"', "recode 1, from", "the number 97110"),
        (f'{SWAP}share = "0.2"', "recode 1, share", 'the text "0.2"'),
        (f"{SWAP}share = true", "recode 1, share", "true"),
        (f"{SWAP}share = [0.2]", "recode 1, share", "a list"),
        (f"{SWAP}share = {{ a = 1 }}", "recode 1, share", "a table"),
        (f'{SWAP}units_per_visit = "some"', "recode 1, units_per_visit", 'the text "some"'),
        (f'{SWAP}where = "Medicare"', "recode 1, where", 'the text "Medicare"'),
        (f"{SWAP}where = {{ payer = ['A', 1] }}", "recode 1, where, payer", "the number 1"),
        (f"{SWAP}where = {{ start = '2026-01-01' }}", "recode 1, where, start", 'the text "2026-01-01"'),
        ("[schedule]\nperiod = 2026-01-01T08:00:00", "schedule, period", "the time 2026-01-01 08:00:00"),
        ("[schedule]\nperiod = 08:00:00", "schedule, period", "the time 08:00:00"),
        ("[schedule]\nyear = 2026-01-01", "schedule, year", "the date 2026-01-01"),
        ("[schedule]\nyear = 26", "schedule, year", "26, which has no fee"),
        ("[schedule]\nyear = 2026.0", "schedule, year", "the number 2026.0"),
        (f"[schedule]\nyear = 0x{'f' * 9_000}", "schedule, year", "the number "),
        ("[schedule]\ntrack = 'QP'", "schedule, track", '"QP"'),
        ("[gpci]\nlocality = 15202", "gpci, locality", "the number 15202"),
        ("[gpci]\nlocality = 'ny'", "gpci, locality", "the locality 'ny'"),
        (f'{AETNA}basis = "visit"\nvisit = 90\nmppr = "no"', "contract 1, mppr", 'the text "no"'),
        (f'{AETNA}basis = "fees"\nfees = 31', "contract 1, fees", "the number 31"),
        ("note = 3", "note", "the number 3"),
        ("entered_on = 'today'", "entered_on", 'the text "today"'),
        ('[recode]\nfrom = "97110"', "recode", "a table"),
        ("recode = [1]", "recode 1", "the number 1"),
        ("schedule = 2026", "schedule", "the number 2026"),
        ("[[schedule]]\nyear = 2026", "schedule", "a list"),
    ],
)
def test_values_of_another_type(body: str, column: str, found: str) -> None:
    error = refused(body)
    assert error.column == column
    assert error.found.startswith(found)
    assert len(str(error)) < 400


@pytest.mark.parametrize(
    ("body", "column", "message"),
    [
        # Numbers that are not kept.
        (f"{SWAP}share = 20", "recode 1, share", "write 20% as 0.2"),
        (f"{SWAP}share = 0.12345", "recode 1, share", "round it"),
        (f"{SWAP}share = 1.{'0' * 60}1", "recode 1, share", "decimals"),
        (f"{SWAP}share = inf", "recode 1, share", "Infinity"),
        (f"{SWAP}share = nan", "recode 1, share", "NaN"),
        (f"{SWAP}share = 1e999999999", "recode 1, share", "from 0 to 1"),
        (f"{SWAP}share = 1e-999999999", "recode 1, share", "decimals"),
        (f"{SWAP}units_per_visit = 0", "recode 1, units_per_visit", "from 1 to 999"),
        (f"{SWAP}units_per_visit = 1.5", "recode 1, units_per_visit", 'or "all"'),
        ("[gpci]\nwork = 1.0005", "gpci, work", "at most 3 decimals"),
        ("[schedule]\nconversion_factor = 33.40091", "schedule, conversion_factor", "at most 4 decimals"),
        (f'{AETNA}basis = "visit"\nvisit = 90.005', "contract 1, visit", "at most 2 decimals"),
        (f'{AETNA}basis = "fees"\nfees = {{ 97110 = 31.005 }}', "contract 1, fees, 97110", "at most 2 decimals"),
        # What is missing, and what contradicts itself.
        ("[[recode]]\nfrom = '97110'", "recode 1, to", "no to"),
        ("[[recode]]\n", "recode 1", "an empty change"),
        ("[assistants]\nreason = 'none'", "assistants", "an empty change"),
        ("[[volume]]\nwhere = { payer = 'A' }", "volume 1, change", "no change"),
        ("[[rvu]]\ncode = '97110'", "rvu 1", "an empty change"),
        (f"{SWAP}where = {{ payer = [] }}", "recode 1, where, payer", "an empty list"),
        (f"{SWAP}where = {{ provider = 'A', therapist = 'B' }}", "recode 1, where", "both therapist and provider"),
        (f"{AETNA}percent = 1", "contract 1, basis", "no basis"),
        (f"{AETNA}basis = 'vist'", "contract 1, basis", 'did you mean "visit"?'),
        (f"{AETNA}basis = 'visit'\nvisit = 90\nmppr = true", "contract 1, mppr", "does not belong to"),
        (f"{AETNA}basis = 'fees'\nfees = {{}}", "contract 1, fees", "no fees"),
        (f"{AETNA}basis = 'fees'\nfees = {{ G0283 = 1, g0283 = 2 }}", "contract 1, fees", "G0283 twice"),
        (f"{SWAP}{SWAP}", "recode 2, where", "recode 1 may also move"),  # a rule of analysis.whatif.scenarios.kinds
    ],
)  # fmt: skip
def test_numbers_that_are_not_kept_and_what_is_missing_or_contradicts_itself(
    body: str, column: str, message: str
) -> None:
    error = refused(body)
    assert error.column == column
    assert message in str(error)


def test_a_file_without_a_name() -> None:
    assert refused(SWAP, head="").column == "name"
    assert refused(SWAP, head='name = " "\n').column == "name"
    assert refused(SWAP, head="name = 2026\n").found == "the number 2026"


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('name = "x"\nnote = \n', 2),
        ('name = "x"\nname = "y"\n', 2),
        ('name = "x"\n[schedule]\nyear = 2026\n[schedule]\nyear = 2025\n', 4),
        ('name = "x"\nentered_on = 2026-02-30\n', 2),
        ("a,b\n1,2\n", 1),
        ('name = "x', None),
        (f'name = "x"\nnote = {"[" * 20_000}', None),
        (f'name = "x"\nnote = {"9" * 9_000}', None),
    ],
)
def test_what_is_not_toml_names_the_line(text: str, row: int | None) -> None:
    error = refused(text, head="")
    assert error.row == row
    assert len(str(error)) < 400


# ------------------------------------------------------------------------------------------------------------- as bytes
UMLAUT = 'name = "Café – Müller"\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_any_common_encoding_is_read(encoding: str) -> None:
    assert read_bytes(UMLAUT.encode(encoding), "x.toml").name == "Café – Müller"
    assert read_bytes(UMLAUT.replace("\n", "\r\n").encode(encoding), "x.toml").name == "Café – Müller"


def test_a_mark_before_the_text_is_no_part_of_it() -> None:
    assert read("\ufeff" + UMLAUT, "x.toml").name == "Café – Müller"


@pytest.mark.parametrize("data", [b'name = "\x81"', b"PK\x03\x04\x00\x00", b"\x00\x00\x00", b"\xff\xfe\x00", b""])
def test_bytes_that_are_no_scenario_give_one_clear_line(data: bytes) -> None:
    with pytest.raises(BadInput, match=r"^x\.toml") as caught:
        read_bytes(data, "x.toml")
    assert "billing export" not in str(caught.value)


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(BadInput, match="1,000,001 bytes"):
        read_bytes(b" " * 1_000_001, "x.toml")


# ------------------------------------------------------------------------------------------------------------- writing
@given(SCENARIOS)
def test_what_is_written_reads_back_the_same(scenario: Scenario) -> None:
    text = to_toml(scenario)
    assert read(text, "x.toml") == scenario
    assert read_bytes(text.encode("utf-8"), "x.toml") == scenario
    assert to_toml(read(text, "x.toml")) == text
    assert read(to_toml(scenario, explained=False), "x.toml") == scenario


def test_every_section_is_explained_once_where_it_first_stands() -> None:
    text = to_toml(EVERYTHING)
    assert text.startswith("# A RevMix scenario")
    for section in (kind.section for kind in KINDS):
        assert text.count(section.about[0]) == 1
        assert text.index(section.about[0]) < text.index(section.head)
    assert to_toml(Scenario("x")).count("[") == 0
    assert not re.search(r"^#", to_toml(EVERYTHING, explained=False), re.MULTILINE)


def test_who_entered_what_stands_in_the_file() -> None:
    table = tomllib.loads(to_toml(EVERYTHING))
    for part in (table, table["recode"][0]):
        assert part["entered_by"] == "Dana"
        assert part["entered_on"] == date(2026, 11, 24)
        assert part["reason"] == "chart review"
    assert "entered_by" not in table["recode"][1]


def test_a_file_says_figures_as_people_do() -> None:
    text = to_toml(EVERYTHING)
    for line in (
        "share = 0.2\n",
        'units_per_visit = "all"\nshare = 1.0\n',
        "conversion_factor = 32.8409\n",
        "percent = 1.1\n",
        "visit_cap = 120.00\n",
        "fees = { 97110 = 31.00, 97112 = 33.50 }\n",
        'where = { payer_class = ["Medicare"], provider = ["Ann", "Bob"], start = 2026-01-01, end = 2026-06-30 }\n',
    ):
        assert line in text


# ----------------------------------------------------------------------------------------------------------- contracts
@given(contracts())
def test_contracts_alone_read_back_the_same(terms: tuple[Contract, ...]) -> None:
    assert read_contracts(contracts_toml(terms), "contracts.toml") == terms
    for contract in terms:
        (table,) = tomllib.loads(contract_table(contract), parse_float=str)["contract"]
        assert table["basis"] == contract.basis
        assert read_contracts(contract_table(contract), "x.toml") == (contract,)


def test_a_file_of_contracts_holds_nothing_else() -> None:
    assert read_contracts("", "contracts.toml") == ()
    for text, message in (
        ('name = "x"', 'the entry "name"'),
        ("[contract]\nbasis = 'observed'", "double the brackets"),
        (f"{AETNA}basis = 'observed'\n" * 2, "contract 2, payer"),
        ("contract = [1]", "contract 1"),
    ):
        with pytest.raises(BadInput, match=re.escape(message)) as caught:
            read_contracts(text, "contracts.toml")
        assert caught.value.file == "contracts.toml"


def test_a_contract_is_named_as_its_reader_calls_it() -> None:
    with pytest.raises(BadInput) as caught:
        contract_from({"payer": "Aetna", "basis": "visit"}, "Aetna's contract")
    assert caught.value.column == "Aetna's contract, visit"


# ----------------------------------------------------------------------------------------------------------- documented
def test_the_document_names_every_entry_and_its_example_is_read() -> None:
    document = (ROOT / "docs" / "what-if.md").read_text("utf-8")
    for section in (kind.section for kind in KINDS):
        assert f"`{section.head}`" in document
        for key in (*section.keys, *PROVENANCE, *TOP):
            assert f"`{key.name}`" in document or f"`{key.name} = " in document, f"{section.name}: {key.name}"
    example = re.search(r"```toml\n(.*?)```", document, re.DOTALL)
    assert example
    assert read(example[1], "what-if.md").of(Recode)[0].share_bp == 2_000
