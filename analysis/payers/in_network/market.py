"""What all providers of a file are paid for a code: exact counts per cent, so that memory grows with prices alone."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import polars as pl

from analysis.money import dollars, half_up
from analysis.payers.in_network.prices import Price

if TYPE_CHECKING:
    from collections.abc import Iterable

_SCHEMA = {
    "code": pl.String,
    "modifiers": pl.String,
    "low_cents": pl.Int64,
    "median_cents": pl.Int64,
    "high_cents": pl.Int64,
    "groups": pl.Int64,
}


class Counts:
    """Count the provider groups with each rate, by code and modifiers."""

    def __init__(self) -> None:
        self._rates: defaultdict[tuple[str, str], defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
        self._groups: defaultdict[tuple[str, str], int] = defaultdict(int)

    def add(self, prices: Iterable[Price], groups: int) -> None:
        """Count the prices of one entry of the file, which hold for so many provider groups.

        A rate that the entry names twice, for two places of service, counts once.
        """
        rates = {(price.code, price.modifiers, price.cents) for price in prices if price.is_of_market}
        for code, modifiers, cents in rates:
            if cents is not None:
                self._rates[code, modifiers][cents] += groups
        for key in {(code, modifiers) for code, modifiers, _ in rates}:
            self._groups[key] += groups

    def frame(self) -> pl.DataFrame:
        """Return the market. Grain: code and modifiers: low_cents, median_cents, high_cents, groups.

        The median is over groups and half-up to a cent; a group that the file lists twice for a code counts twice.
        """
        rows = [
            (*key, min(rates), _median(rates), max(rates), self._groups[key])
            for key, rates in sorted(self._rates.items())
        ]
        return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _median(counts: dict[int, int]) -> int:
    """Return the middle value, or half-up the mean of the two in the middle."""
    total = sum(counts.values())
    middle_positions = [(total - 1) // 2, total // 2]
    middles: list[int] = []
    counted = 0
    for cents in sorted(counts):
        counted += counts[cents]
        while middle_positions and middle_positions[0] < counted:
            middles.append(cents)
            middle_positions.pop(0)
    return half_up(middles[0] + middles[1], 2)


def beside(negotiated: pl.DataFrame, market: pl.DataFrame) -> pl.DataFrame:
    """Add the market's columns to the clinic's rates; empty where the file has no rate in dollars to compare with."""
    return negotiated.join(market, on=["code", "modifiers"], how="left", maintain_order="left")


def against_market(negotiated: pl.DataFrame, market: pl.DataFrame) -> str:
    """Say for how many codes every clinic rate is below the median, and for which most; empty without a market."""
    gaps: dict[str, tuple[int, str]] = {}
    for *price, _low, median, _high, groups in beside(negotiated, market).iter_rows():
        rate = Price(*price)
        if rate.is_of_market and rate.cents is not None and (groups or 0) > 1:  # one group is the clinic itself
            gap = (median - rate.cents, f"{rate.code}: {in_words(rate.cents, median, groups)}")
            gaps[rate.code] = min(gap, gaps.get(rate.code, gap))
    below = [gap for gap in gaps.values() if gap[0] > 0]
    if not gaps:
        return ""
    largest_gap = f"; the largest gap is for {max(below)[1]}" if below else ""
    return (
        f"your rates are below the median of the file's provider groups for {len(below)} of {len(gaps)} codes"
        f"{largest_gap}"
    )


def in_words(cents: int, median_cents: int, groups: int) -> str:
    """Say where a rate stands: ``your rate of $31.20 is below the median of $34.00 among 812 provider groups``."""
    where = "below" if cents < median_cents else "above" if cents > median_cents else "at"
    return f"your rate of {dollars(cents)} is {where} the median of {dollars(median_cents)} among {groups_text(groups)}"


def groups_text(groups: int) -> str:
    """Return a number of provider groups in words: ``1 provider group``, ``812 provider groups``."""
    return "1 provider group" if groups == 1 else f"{groups:,} provider groups"
