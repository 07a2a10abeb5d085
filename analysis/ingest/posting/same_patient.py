"""Whether two rows of different files may belong to one patient: by keyed numbers and names (`frames.KEYS`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENOUGH = 2
"""Words two names must share before one of them may have more (a middle or second last name)."""
COLUMNS = ("name_words", "name_stems", "last_words", "patient_id_key")
"""The columns that identify a patient."""


@dataclass(frozen=True, slots=True)
class Person:
    """A patient as one row names them: keyed words of the name, their first letters, the last name, keyed number."""

    words: frozenset[int]
    number: int | None
    stems: frozenset[int] = frozenset()
    last: frozenset[int] = frozenset()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Person:
        """Return the patient of a row with the columns `COLUMNS`."""
        words, stems, last = (frozenset(row[name] or ()) for name in COLUMNS[:3])
        return cls(words, row["patient_id_key"], stems, last)

    def same(self, other: Person) -> bool | None:
        """Return True if name or number show one patient, False if the names show two, None if nothing decides.

        Numbers never show two patients, because two systems number one patient differently. Nor do they overrule names:
        family members may share a number. Names that differ only after their first letters are two spellings or two
        people: nothing decides. The same goes for a single word within a longer name.
        """
        if self.words and other.words:
            if self.last and other.last and not self.last & other.last:
                return None if _within(self.stems, other.stems) and not _within(self.words, other.words) else False
            if not _within(self.words, other.words):
                return None if _within(self.stems, other.stems) else False
            if min(len(self.words), len(other.words)) >= _ENOUGH or len(self.words) == len(other.words):
                return True
        return True if self.number is not None and self.number == other.number else None


def _within(first: frozenset[int], second: frozenset[int]) -> bool:
    """Tell whether one of two non-empty sets is part of the other."""
    return bool(first) and bool(second) and (first <= second or second <= first)


def same_person(suffix: str) -> pl.Expr:
    """Compare as `Person.same` does, over pairs of rows: the columns of the other side carry `suffix`."""

    def sides(name: str) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
        ours, theirs = pl.col(name).list.unique(), pl.col(f"{name}{suffix}").list.unique()
        both_named = ((ours.list.len() > 0) & (theirs.list.len() > 0)).fill_null(value=False)
        return ours, theirs, both_named

    def within(name: str) -> pl.Expr:
        ours, theirs, both_named = sides(name)
        common = ours.list.set_intersection(theirs).list.len()
        return both_named & (common == pl.min_horizontal(ours.list.len(), theirs.list.len())).fill_null(value=False)

    ours, theirs, both_named = sides("name_words")
    our_last, their_last, both_last_named = sides("last_words")
    last_names_differ = both_last_named & (our_last.list.set_intersection(their_last).list.len() == 0).fill_null(
        value=False
    )
    names_agree, stems_agree = within("name_words"), within("name_stems")
    enough = (pl.min_horizontal(ours.list.len(), theirs.list.len()) >= _ENOUGH) | (ours.list.len() == theirs.list.len())
    number = (pl.col("patient_id_key") == pl.col(f"patient_id_key{suffix}")).fill_null(value=False)
    return (
        pl.when(both_named & last_names_differ & (names_agree | ~stems_agree))
        .then(pl.lit(value=False))
        .when(both_named & ~last_names_differ & ~names_agree & ~stems_agree)
        .then(pl.lit(value=False))
        .when(both_named & (last_names_differ | ~names_agree))
        .then(pl.lit(None, pl.Boolean))
        .when((both_named & enough) | number)
        .then(pl.lit(value=True))
    )
