"""Whether two rows are of one patient: in Python and over pairs of rows alike."""

from __future__ import annotations

import polars as pl
import pytest

from analysis.ingest.frames import KEYS
from analysis.ingest.people import Person, same_person

JANE, DOE, SMITH, ANN = 11, 12, 13, 14


@pytest.mark.parametrize(
    ("one", "other", "numbers", "same"),
    [
        ({JANE, DOE}, {DOE, JANE}, (None, None), True),
        ({JANE, DOE}, {DOE, JANE, ANN}, (None, None), True),
        ({JANE, DOE, SMITH}, {DOE, JANE}, (1, 2), True),
        ({JANE, DOE}, {ANN, DOE}, (1, 1), False),  # a family under one member number
        ({JANE, DOE}, {ANN, SMITH}, (1, 1), False),
        ({DOE}, {DOE}, (None, None), True),
        ({DOE}, {DOE, JANE}, (None, None), None),
        ({DOE}, {DOE, JANE}, (7, 7), True),
        (set(), {DOE, JANE}, (None, None), None),
        (set(), {DOE, JANE}, (7, 7), True),
        (set(), set(), (7, 8), None),
        (set(), set(), (None, None), None),
    ],
)
def test_names_decide_and_numbers_help(
    one: set[int],
    other: set[int],
    numbers: tuple[int | None, int | None],
    same: bool | None,  # noqa: FBT001
) -> None:
    first, second = Person(frozenset(one), numbers[0]), Person(frozenset(other), numbers[1])
    assert first.same(second) is second.same(first) is same
    frame = pl.DataFrame(
        {
            "name_words": [sorted(one) or None],
            "name_words_2": [sorted(other) or None],
            "patient_id_key": [numbers[0]],
            "patient_id_key_2": [numbers[1]],
        },
        schema={
            "name_words": KEYS["name_words"],
            "name_words_2": KEYS["name_words"],
            "patient_id_key": pl.Int64,
            "patient_id_key_2": pl.Int64,
        },
    )
    assert frame.select(same_person("_2")).item() is same
