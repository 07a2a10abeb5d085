"""Payers' names: contracts without a line, names that may be one payer, and lines of several names joined."""

from __future__ import annotations

import polars as pl
import pytest

from analysis.lines.payers import with_joined_payers
from analysis.payers.names import alike, nearest_payer, without_lines
from analysis.whatif.scenarios import Contract


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Aetna", "Aetna PPO"),
        ("Atena PPO", "Aetna PPO"),
        ("Lakeview HMO of Ohio", "Lakeview HMO"),
        ("Zeta", None),
    ],
)
def test_the_payer_that_is_meant(name: str, meant: str | None) -> None:
    assert nearest_payer(name, ["Aetna PPO", "Lakeview HMO", "Medicare"]) == meant


def test_a_name_two_payers_begin_with_means_neither_for_certain() -> None:
    assert nearest_payer("Blue", ["Blue Cross HMO", "Blue Shield PPO"]) is None


def test_contracts_of_payers_that_no_line_names() -> None:
    spelled, stranger = (Contract("visit", payer=name, visit_cents=8_800) for name in ("aetna-ppo", "Aetna"))
    of_class = Contract("visit", payer_class="Commercial", visit_cents=8_800)
    assert without_lines([spelled, stranger, of_class], ["Aetna PPO"]) == {stranger: "Aetna PPO"}


def test_names_that_may_be_one_payer() -> None:
    names = {
        "Aetna": 9,
        "AETNA INC": 3,
        "Aetna Health Ins. Co.": 12,
        "Aetna PPO": 5,
        "Aetna HMO": 5,
        "Blue Cross": 2,
        "Blue Shield": 1,
        "Health Plan": 4,
        "The Health Group": 4,
    }
    assert alike(names) == [("Aetna Health Ins. Co.", "Aetna", "AETNA INC")]


LINES = pl.DataFrame(
    {
        "payer": ["Aetna", "AETNA INC", "Aetna, Inc.", None, "Zeta"],
        "payer_class": ["Commercial", "Unknown", "Other", "Medicare", "Auto"],
    },
    schema={"payer": pl.Categorical(), "payer_class": pl.Categorical()},
)


def test_joined_names_are_one_payer_of_one_class_however_they_are_spelled() -> None:
    joined = with_joined_payers(LINES, {"Aetna Inc": "Aetna"})
    assert joined["payer"].to_list() == ["Aetna", "Aetna", "Aetna", None, "Zeta"]
    assert joined["payer_class"].to_list() == ["Commercial"] * 3 + ["Medicare", "Auto"]
    assert joined.schema == LINES.schema


def test_without_joined_names_lines_stay_as_they_are() -> None:
    assert with_joined_payers(LINES, {}) is LINES
