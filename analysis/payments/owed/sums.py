"""The four sums that make the gap, by payer and in all, and for which share of the dollars they speak."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from analysis.lines.billing_line import is_insured
from analysis.payments.owed.judged import PARTS

SUMMED = ("expected_cents", "received_cents", *PARTS, "not_in_files_cents", "over_cents")
"""Expected = received + the four parts + payments that are not in the files - paid too much."""
SUMS: dict[str, pl.DataType] = {
    "payer": pl.String(),
    "lines": pl.Int64(),
    "judged_lines": pl.Int64(),
    **dict.fromkeys(SUMMED, pl.Int64()),
}
"""Grain: a payer (all its spellings) with a judged line: its insured lines, those that are judged, and their
sums, in cents; the most missing dollars first."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What all judged lines should bring and what became of it, in cents.

    Attributes
    ----------
    expected, received, denied, short, unpaid, open, not_in_files, over:
        Expected = received + denied + short + unpaid + open + not_in_files - over.
    due, cut:
        What the terms give, and what the law took off payments; their difference is expected.
    judged:
        How many lines these are.
    share:
        Of the charges of insured lines, the part of judged lines, 0 to 1; of the lines, where there are no charges.
        None without insured lines.
    unknown:
        Payers of which no line is judged because nobody knows their terms, most lines first.
    untold:
        Lines whose payer's terms are known but whose allowed amount is not in the files.
    """

    expected: int
    received: int
    denied: int
    short: int
    unpaid: int
    open: int
    not_in_files: int
    over: int
    due: int
    cut: int
    judged: int
    share: float | None
    unknown: tuple[str, ...]
    untold: int

    @property
    def gap(self) -> int:
        """What is missing: the four sums."""
        return self.denied + self.short + self.unpaid + self.open


def totals(judged: pl.DataFrame, lines: pl.DataFrame) -> Totals:
    """Sum what is judged (`judge`) of some lines."""
    here = _of(judged, lines)
    counted = here.filter("judged")
    sums = {name: int(counted[name].sum()) for name in (*SUMMED, "due_cents", "cut_cents")}
    unknown = here.group_by("payer_number").agg(_name(), pl.len(), pl.col("terms_known").any())
    unknown = unknown.filter(~pl.col("terms_known"))
    names = unknown.sort(["len", "payer"], descending=[True, False])["payer"].to_list()
    untold = here.filter(~pl.col("judged") & pl.col("terms_known") & (pl.col("state") == "paid"))
    return Totals(
        **{name.removesuffix("_cents"): cents for name, cents in sums.items()},
        judged=counted.height,
        share=_share(here),
        unknown=tuple(names),
        untold=untold.height,
    )


def sums_by_payer(judged: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Sum what is judged (`judge`) of some lines by payer: `SUMS`."""
    here = _of(judged, lines)
    summed = here.group_by("payer_number").agg(
        _name(),
        pl.len().cast(pl.Int64).alias("lines"),
        pl.col("judged").sum().cast(pl.Int64).alias("judged_lines"),
        *(pl.col(name).filter("judged").sum() for name in SUMMED),
    )
    missing = pl.sum_horizontal(PARTS)
    return summed.filter(pl.col("judged_lines") > 0).select(*SUMS).sort([missing, "payer"], descending=[True, False])


def _of(judged: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    named = lines.filter(is_insured()).select(
        "line_id",
        "charge_cents",
        payer=pl.coalesce(pl.col("payer").cast(pl.String), pl.col("payer_class").cast(pl.String)),
    )
    return judged.join(named, on="line_id", how="inner", maintain_order="left")


def _name() -> pl.Expr:
    """Return a payer's most common spelling."""
    return pl.col("payer").mode().sort().first()


def _share(here: pl.DataFrame) -> float | None:
    if here.is_empty():
        return None
    charges = int(here["charge_cents"].sum())
    if charges:
        return int(here.filter("judged")["charge_cents"].sum()) / charges
    return here.filter("judged").height / here.height
