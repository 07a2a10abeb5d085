"""Scenarios in a web address."""

from __future__ import annotations

import re
import zlib
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import BadInput
from analysis.lines.filters import Filters
from analysis.whatif.scenarios import Contract, Recode, Scenario, ScheduleChange
from analysis.whatif.scenarios.link import _COMMON, decode, encode
from tests.whatif.scenarios.strategies import SCENARIOS

FIFTH = Scenario("A fifth of 97110 to 97530", (Recode("97110", "97530", 1, 2_000),))


def packed(text: bytes) -> str:
    packer = zlib.compressobj(9, zdict=_COMMON)
    return "1" + urlsafe_b64encode(packer.compress(text) + packer.flush()).decode().rstrip("=")


@given(SCENARIOS)
def test_what_is_packed_comes_back_the_same(scenario: Scenario) -> None:
    link = encode(scenario)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", link)
    assert decode(link) == scenario
    assert decode(f" {link}\n") == scenario


def test_a_usual_scenario_is_a_short_link() -> None:
    assert len(encode(FIFTH)) < 60
    both = Scenario("2027", (Recode("97140", "97530"), ScheduleChange(year=2027, factor_e4=328_409)))
    assert len(encode(both)) < 90


def test_links_stay_good() -> None:
    # Made by the first version. If this fails, links that people have sent each other no longer open.
    assert decode("1ePm9AETcg7nFUSEtM60kQyE_TQHducTaS8gqAEBNHZc") == FIFTH


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_a_link_that_was_changed_gives_another_scenario_or_one_clear_line(place: int, sign: str) -> None:
    link = encode(FIFTH)
    changed = link[: place % len(link)] + sign + link[place % len(link) + 1 :]
    try:
        scenario = decode(changed)
    except BadInput as error:
        assert "\n" not in str(error)  # noqa: PT017  most changes are refused, all in one line
    else:
        assert scenario == FIFTH  # a bit that base64 does not use


def test_a_link_that_was_cut_short_is_refused() -> None:
    link = encode(FIFTH)
    for length in range(len(link)):
        with pytest.raises(BadInput, match="link"):
            decode(link[:length])


@pytest.mark.parametrize(
    "link",
    [
        "",
        "1",
        "1!!!!",
        "1é",
        "1AAAA",
        "hello",
        "2" + "A" * 40,
        packed(b'name = "x"') + "AAAA",
        packed(b'name = "\xff"'),
        "1" + "A" * 50_000,
    ],
)
def test_what_is_no_link_is_refused(link: str) -> None:
    with pytest.raises(BadInput, match="expected a scenario link"):
        decode(link)


def test_a_link_may_not_swell() -> None:
    bomb = packed(b'name = "' + b" " * 20_000_000 + b'"')
    assert len(bomb) < 40_000
    with pytest.raises(BadInput, match="more than a scenario"):
        decode(bomb)


def test_what_a_link_holds_is_checked_as_a_file_is() -> None:
    with pytest.raises(BadInput, match=r'^the link, column "recode 1, share"'):
        decode(packed(b'name = "x"\n[[recode]]\nfrom = "97110"\nto = "97112"\nshare = 2'))
    with pytest.raises(BadInput, match=r"^the link: found text that is not TOML"):
        decode(packed(b"name"))


def test_a_scenario_too_long_for_a_link_is_sent_as_a_file() -> None:
    names = tuple(f"Clinic number {number}" for number in range(1_200))
    long = Scenario("Long", (Recode("97110", "97112", where=Filters(clinics=names)),))
    with pytest.raises(BadInput, match="save it as a file"):
        encode(long)
    fees = tuple((f"9{number}", 100 * number) for number in range(1_000, 2_000))
    contract = Contract("fees", payer="Aetna", fees=fees)
    assert decode(encode(Scenario("Many fees", (contract,)))).of(Contract) == (contract,)
