"""Look at all lines of an export: what is judged, what is owed, and files whose allowed column cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.payments.decided import last_day
from analysis.payments.expected import expectations
from analysis.payments.owed.allowed_column import payment_as_allowed
from analysis.payments.owed.arrives import PAYMENT_MISTAKES
from analysis.payments.owed.judged import judge
from analysis.payments.owed.worklist import WORKLIST, worklist

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.ingest import Export
    from analysis.medicare.fees.schedules import Track
    from analysis.payers import ContractBook
    from analysis.payments.owed.limits import FilingLimit
    from analysis.pricing import Priced


@dataclass(frozen=True, slots=True, eq=False)
class Owed:
    """What payers owe.

    Attributes
    ----------
    expected:
        `EXPECTATIONS` of every line.
    judged:
        `JUDGED`: what became of every line an insurer has to answer.
    found:
        `WORKLIST`: the lines and visits behind the sums.
    payment_files:
        `PAYMENT_AS_ALLOWED`: files whose allowed column holds the payment. Its lines are not judged.
    """

    expected: pl.DataFrame
    judged: pl.DataFrame
    found: pl.DataFrame
    payment_files: pl.DataFrame

    @property
    def due(self) -> pl.DataFrame:
        """`expected` with the amounts that were judged by, netted within visits."""
        netted = self.judged.filter("judged").select("line_id", netted="due_cents")
        return (
            self.expected.join(netted, on="line_id", how="left", maintain_order="left")
            .with_columns(due_cents=pl.coalesce("netted", "due_cents"))
            .drop("netted")
        )


def find_owed(
    priced: Priced,
    contracts: ContractBook,
    export: Export | None = None,
    *,
    adjustments: pl.DataFrame | None = None,
    limits: Iterable[FilingLimit] = (),
    track: Track = "non_qp",
) -> Owed:
    """Return what payers owe on all lines; without the export, open lines are left out."""
    expected = expectations(priced, contracts, track=track)
    files = payment_as_allowed(priced.lines)
    untrusted = files.select(pl.col("line_ids").explode().alias("line_id")).drop_nulls()
    judged = judge(
        priced,
        contracts,
        export=export,
        adjustments=adjustments if export is None else export.adjustments,
        expected=expected,
        untrusted=untrusted,
        track=track,
    )
    if priced.lines.is_empty():
        return Owed(expected, judged, pl.DataFrame(schema=WORKLIST), files)
    found = worklist(priced, judged, last_day(priced.lines), limits=limits, track=track)
    return Owed(expected, judged, found, files)


def underpaid(
    priced: Priced, contracts: ContractBook, *, adjustments: pl.DataFrame | None = None, track: Track = "non_qp"
) -> pl.DataFrame:
    """Return what payers denied, or paid too little by a mistake, most dollars first: rows of `WORKLIST`.

    Of what was allowed and not paid only known mistakes count: the rest may be a deductible.
    """
    found = find_owed(priced, contracts, adjustments=adjustments, track=track).found
    names = "|".join(PAYMENT_MISTAKES)
    by_mistake = (pl.col("kind") == "unpaid") & pl.col("mistake").str.contains(names)
    return found.filter(pl.col("kind").is_in(["denied", "short"]) | by_mistake)
