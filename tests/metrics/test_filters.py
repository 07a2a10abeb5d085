"""Filters select, say what they do, and are taken away one by one."""

from __future__ import annotations

from datetime import date

import pytest

from analysis.lines.filters import NOT_STATED, Filters, choices, days, word
from tests.metrics.builders import THREE_VISITS


@pytest.mark.parametrize(
    ("filters", "line_ids"),
    [
        (Filters(), [0, 1, 2, 3]),
        (Filters(start=date(2026, 2, 9)), [2, 3]),
        (Filters(end=date(2026, 2, 9)), [0, 1, 2]),
        (Filters(codes=("97110",)), [1, 2]),
        (Filters(codes=("97110", "97014"), providers=("Ben",)), [2, 3]),
        (Filters(payers=("Acme",)), [0, 1, 3]),
        (Filters(payers=(NOT_STATED,)), [2]),
        (Filters(payers=("Acme", NOT_STATED)), [0, 1, 2, 3]),
        (Filters(clinics=("Elsewhere",)), []),
        (Filters(disciplines=(NOT_STATED,)), [0, 1, 2, 3]),
    ],
)
def test_which_lines_pass(filters: Filters, line_ids: list[int]) -> None:
    assert filters.apply(THREE_VISITS)["line_id"].to_list() == line_ids


def test_chips_name_every_condition_and_take_it_away() -> None:
    filters = Filters(start=date(2026, 1, 2), payers=("Acme", "Zenith"), codes=("97110",))
    chips = filters.chips()
    assert [chip.text for chip in chips] == ["from Jan 2, 2026", "Payer: Acme", "Payer: Zenith", "Code: 97110"]
    for chip in chips:
        filters = filters.without(chip)
    assert filters == Filters()


def test_taking_one_value_leaves_its_neighbours() -> None:
    filters = Filters(payers=("Acme", "Zenith"))
    assert filters.without(filters.chips()[0]).payers == ("Zenith",)


def test_choices_with_most_lines_first() -> None:
    assert choices(THREE_VISITS, "payers") == ("Acme", NOT_STATED)
    assert choices(THREE_VISITS, "codes") == ("97110", "97014", "97112")


def test_the_days_looked_at_are_the_exports_and_not_those_of_the_lines_that_pass() -> None:
    assert days(THREE_VISITS) == (date(2026, 1, 5), date(2026, 2, 10))
    assert Filters(providers=("Ada",)).span(THREE_VISITS) == days(THREE_VISITS)  # hers are of 5 January only
    assert Filters(start=date(2026, 2, 1)).span(THREE_VISITS) == (date(2026, 2, 1), date(2026, 2, 10))
    assert Filters(end=date(2026, 1, 31)).span(THREE_VISITS) == (date(2026, 1, 5), date(2026, 1, 31))
    assert Filters(start=date(2025, 1, 1), end=date(2026, 12, 31)).span(THREE_VISITS) == days(THREE_VISITS)


def test_a_dimension_within_a_sentence() -> None:
    assert (word("provider"), word("payer_class"), word("status")) == ("therapist", "payer class", "status")
