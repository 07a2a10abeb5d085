"""How much of a practice an answer in the payers' money speaks for, in the export's own dollars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.payers.paid_lines import PAYER

if TYPE_CHECKING:
    from analysis.payers.observed import Observed

_KEYS = [*PAYER, "code"]
_DOLLARS = {"allowed_cents": "allowed dollars", "charge_cents": "charges"}
"""What the share is of: allowed dollars, or charges in an export without any."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The share of dollars whose payer's amounts are known.

    Attributes
    ----------
    share:
        0 to 1; None if the export names no dollars at all.
    dollars:
        What it is a share of: allowed dollars, or charges.
    left_out:
        The payers without known terms, on neither side; those with the most dollars first.
    """

    share: float | None
    dollars: str
    left_out: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return not self.left_out and self.share in {None, 1.0}

    @property
    def percent(self) -> str:
        """The share: ``93%``; rounding never makes a part look like all or nothing. Empty if it is not known."""
        if self.share is None:
            return ""
        text = f"{self.share:.0%}"
        if text not in {"0%", "100%"} or self.share in {0.0, 1.0}:
            return text
        return f"{min(max(self.share, 0.001), 0.999):.1%}"

    @property
    def part(self) -> str:
        """The share in words: ``93% of your allowed dollars``; empty if it is not known."""
        if self.share is None:
            return ""
        return f"{'all' if self.share == 1 else self.percent} of your {self.dollars}"

    @property
    def left_out_in_words(self) -> str:
        """``2 payers with unknown terms are left out: Acme and Apex``; empty if none is."""
        count = len(self.left_out)
        if not count:
            return ""
        names = " and ".join((", ".join(self.left_out[:-1]), self.left_out[-1]) if count > 1 else self.left_out)
        payers, verb = ("payer", "is") if count == 1 else ("payers", "are")
        return f"{count} {payers} with unknown terms {verb} left out: {names}"

    @property
    def sentence(self) -> str:
        """``It covers 93% of your allowed dollars; 2 payers with unknown terms are left out: Acme and Apex.``."""
        parts = [f"It covers {self.part}" if self.part else "", self.left_out_in_words]
        text = "; ".join(part for part in parts if part)
        return f"{text}." if text else ""


def coverage_of(every: pl.DataFrame, known: pl.DataFrame, observed: Observed) -> Coverage:
    """Return the share of dollars of known lines.

    Parameters
    ----------
    every, known:
        Lines of distinct visits with payer, payer_class, code, units and visits (how many visits are alike): all in
        view, and those with an amount on both sides. Of a payer and code that are known in part, that part of the
        units counts.
    """
    units = (pl.col("units") * pl.col("visits")).sum()
    of_code = (
        every.group_by(_KEYS)
        .agg(units.alias("units"))
        .join(known.group_by(_KEYS).agg(units.alias("known")), on=_KEYS, how="left", nulls_equal=True)
    )
    weighed = of_code.join(observed.dollars, on=_KEYS, how="left", nulls_equal=True).with_columns(
        pl.col("known", *_DOLLARS).fill_null(0)
    )
    name = next((name for name in _DOLLARS if weighed[name].sum()), None)
    dollars = pl.lit(0) if name is None else pl.col(name)
    per_payer = weighed.group_by(PAYER).agg(pl.col("known").sum(), dollars.sum().alias("of"))
    unknown = per_payer.filter(pl.col("known") == 0).sort("of", *PAYER, descending=[True, False, False])
    left_out = tuple(payer or payer_class for payer, payer_class in unknown.select(PAYER).iter_rows())
    if name is None:
        return Coverage(None, "", left_out)
    # A whole is exactly one: fractions of units would add up to almost one.
    known_cents = (
        pl.when(pl.col("known") == pl.col("units"))
        .then(pl.col(name))
        .otherwise(pl.col(name) * pl.col("known") / pl.col("units"))
    )
    share = float(weighed.select(known_cents.sum()).item()) / float(weighed[name].sum())
    return Coverage(min(share, 1.0), _DOLLARS[name], left_out)
