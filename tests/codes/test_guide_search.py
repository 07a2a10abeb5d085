"""Search finds what people look for in the guide, however they write it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from analysis.codes import hcpcs
from analysis.codes.guide import documents, search

with (Path(__file__).parent / "guide_items.csv").open(encoding="utf-8", newline="") as file:
    ITEMS = list(csv.DictReader(file))
"""What the four pages behind this product say: words one would search with for an item, and the entry that answers."""
FIRST = 3


def test_every_item_is_there_once() -> None:
    assert [int(row["item"]) for row in ITEMS] == list(range(1, 125))


@pytest.mark.parametrize("row", ITEMS, ids=lambda row: f"{row['item']} {row['search']}")
def test_an_item_of_the_pages_is_found_among_the_first(row: dict[str, str]) -> None:
    assert row["entry"] in [found.key for found in search(row["search"])[:FIRST]]


@pytest.mark.parametrize("code", hcpcs.load())
def test_a_code_finds_its_own_entry_first(code: str) -> None:
    found = search(code)[0]
    assert (found.kind, code in found.codes) == ("entry", True)


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("interactve metronom", "answer:device"),
        ("desensitising", "intervention:desensitizing"),
        ("Sensory Integration", "entry:sensory"),
        ("streching", "belief:stretching"),
        ("vertigo", "intervention:vestibular"),
        ("neuromuscul", "entry:neuromuscular"),
    ],
)
def test_typing_and_spelling_are_forgiven(query: str, key: str) -> None:
    assert key in [found.key for found in search(query)[:FIRST]]


def test_nothing_is_found_for_nothing_and_for_what_is_not_there() -> None:
    assert search("") == ()
    assert search("the of and") == ()
    assert search("zzzz qqqqq") == ()
    assert search("submarine periscope 97112 torpedo warranty") == ()


def test_the_search_gives_no_more_than_asked_for() -> None:
    assert len(search("97112", 3)) == 3
    assert all(found.key in documents() for found in search("97112"))
