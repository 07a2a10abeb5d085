"""Whether two rows of different files may be of one patient: by keyed numbers and names (`frames.KEYS`)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

_ENOUGH = 2
"""Words that two names must have in common before one of them may hold further ones (a middle or second last name)."""


@dataclass(frozen=True, slots=True)
class Person:
    """A patient as one row names him: keyed words of the name, keyed number."""

    words: frozenset[int]
    number: int | None

    def same(self, other: Person) -> bool | None:
        """True where name or number say that both are one, False where names say two, None where nothing can tell.

        Numbers never say that two rows are of two patients: two systems number one patient differently. Nor do they
        overrule names: members of a family may share one.
        """
        if self.words and other.words:
            common, fewer = len(self.words & other.words), min(len(self.words), len(other.words))
            if common < fewer:
                return False
            if fewer >= _ENOUGH or len(self.words) == len(other.words):
                return True
        return True if self.number is not None and self.number == other.number else None


def same_person(suffix: str) -> pl.Expr:
    """As `Person.same`, over pairs of rows: the columns of the other side carry `suffix`."""
    one, other = pl.col("name_words").list.unique(), pl.col(f"name_words{suffix}").list.unique()
    common = one.list.set_intersection(other).list.len()
    fewer = pl.min_horizontal(one.list.len(), other.list.len())
    known = ((one.list.len() > 0) & (other.list.len() > 0)).fill_null(value=False)
    enough = (fewer >= _ENOUGH) | (one.list.len() == other.list.len())
    number = (pl.col("patient_id_key") == pl.col(f"patient_id_key{suffix}")).fill_null(value=False)
    return (
        pl.when(known & (common < fewer))
        .then(pl.lit(value=False))
        .when((known & enough) | number)
        .then(pl.lit(value=True))
    )
