"""Whether two rows are of one patient: in Python and over pairs of rows alike."""

from __future__ import annotations

import polars as pl
import pytest

from analysis.ingest.frames import KEYS
from analysis.ingest.posting.same_patient import COLUMNS, Person, same_person

JANE, JANEY, DOE, SMITH, ANN = 110, 111, 120, 130, 140
"""Words by number; those of one ten begin with the same letters."""


@pytest.mark.parametrize(
    ("one", "other", "numbers", "same"),
    [
        ({JANE, DOE}, {DOE, JANE}, (None, None), True),
        ({JANE, DOE}, {DOE, JANE, ANN}, (None, None), True),
        ({JANE, DOE, SMITH}, {DOE, JANE}, (1, 2), True),
        ({JANE, DOE}, {ANN, DOE}, (1, 1), False),  # a family under one member number
        ({JANE, DOE}, {ANN, SMITH}, (1, 1), False),
        ({JANE, DOE}, {JANEY, DOE}, (1, 1), None),  # a spelling, or a sister
        ({JANE, DOE}, {JANEY, SMITH}, (1, 1), False),
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
    stems = [frozenset(word // 10 for word in words) for words in (one, other)]
    first, second = (
        Person(frozenset(words), number, stem) for words, number, stem in zip((one, other), numbers, stems, strict=True)
    )
    assert first.same(second) is second.same(first) is same
    frame = pl.DataFrame([row(first), row(second)], schema={name: KEYS[name] for name in COLUMNS})
    pair = frame.head(1).hstack(frame.tail(1).rename(lambda name: f"{name}_2"))
    assert pair.select(same_person("_2")).item() is same


def row(person: Person) -> dict[str, object]:
    values = (person.words, person.stems, person.last)
    return dict(zip(COLUMNS, (*(sorted(value) or None for value in values), person.number), strict=True))


@pytest.mark.parametrize(
    ("one", "other", "last", "same"),
    [
        ({JANE, DOE}, {JANE, DOE}, ({DOE}, {JANE}), False),  # Doe, Jane and Jane, Doe
        ({JANE, DOE}, {JANE, DOE}, ({DOE}, {DOE}), True),
        ({JANE, DOE}, {JANE, DOE}, ({DOE}, set()), True),
        ({JANE, DOE}, {JANE, DOE, SMITH}, ({DOE}, {DOE, SMITH}), True),
        ({JANE, DOE}, {JANEY, DOE}, ({JANE}, {JANEY}), None),
    ],
)
def test_a_comma_tells_which_name_is_the_last(
    one: set[int],
    other: set[int],
    last: tuple[set[int], set[int]],
    same: bool | None,  # noqa: FBT001
) -> None:
    first, second = (
        Person(frozenset(words), None, frozenset(word // 10 for word in words), frozenset(lasts))
        for words, lasts in zip((one, other), last, strict=True)
    )
    assert first.same(second) is same
    frame = pl.DataFrame([row(first), row(second)], schema={name: KEYS[name] for name in COLUMNS})
    pair = frame.head(1).hstack(frame.tail(1).rename(lambda name: f"{name}_2"))
    assert pair.select(same_person("_2")).item() is same
