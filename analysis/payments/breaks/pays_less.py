"""Since when a payer pays a code less: the amount nearly all lines held, and the lower one they hold since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from analysis.lines.billing_line import REFUSED, is_decided
from analysis.money import half_up
from analysis.payers.discovery.amounts import SURE, sources
from analysis.payments.breaks.rules import rules
from analysis.payments.breaks.scan import since_first_of_month

if TYPE_CHECKING:
    from collections.abc import Iterator

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_SCALES = ("units", "charge_cents", "list_cents", "scheduled_cents")
"""What a payer's amounts may be based on: units (a fee), the charge, Medicare's amount without or with MPPR."""
_SOURCES = (*SURE, "adjusted")
"""Amounts that stay what they are once a payer has answered; payments grow until the patient has paid."""
_FOLLOWED = ("charge_cents", "list_cents")
_BIN = 0.005
"""Width of the classes in which the most common amount is looked for, as a share of it."""
_FULL_AND_REDUCED = 2
"""Amounts a payer may have for so many units of a code: one where it comes first in a visit, one where it does not."""
_CAP_VISITS, _CAP_SHARE, _CAP_OTHERS = 10, 0.1, 0.2
"""A total of visits is a rate or cap per visit if so many visits hold it, that share of all, and that share of them
with another number of units than most: fees add up to one total only by the same services."""


@dataclass(frozen=True, slots=True)
class Less:
    """A code paid less: usual cents per unit before and since, the lines that hold them, the dollars less.

    `code` is empty where the payer pays by visit; then the amounts are of a visit. `lines` and `agreeing` count the
    lines (visits) since, and those of them that hold the new amount; `lines_before` those judged before.
    """

    code: str
    since: date
    before_cents: int
    after_cents: int
    lines_before: int
    lines: int
    agreeing: int
    short_cents: int
    line_ids: tuple[int, ...]


def pays_less(lines: pl.DataFrame, adjustments: pl.DataFrame | None) -> Iterator[Less]:
    """Yield the codes that one payer pays less for since a day.

    What a payer's terms themselves explain is no change: an amount that stays the same share of the charge, or of
    Medicare's fee of the day with or without MPPR, or the same fee a unit. Refused lines never count.
    """
    if not lines.select(is_decided().any()).item():
        return
    name, amounts = next(sources(lines, adjustments), ("", lines.clear()))
    if name not in _SOURCES:
        return
    refused = pl.col("status").cast(pl.String).is_in(REFUSED)
    amounts = amounts.filter(~refused)
    complete = (is_decided() & ~refused).all().over("visit_key")
    whole_visits = lines.filter(complete).select("visit_key").unique()
    visits = (
        amounts.join(whole_visits, on="visit_key", how="semi")
        .group_by("visit_key")
        .agg(pl.col("date_of_service").first(), pl.col("units").sum(), pl.col("amount_cents").sum(), "line_id")
        .filter(pl.col("amount_cents") > 0)
    )
    capped = _capped(visits)
    if capped:
        items = visits.with_columns(code=pl.lit(""), all_units=pl.col("units"), units=pl.lit(1, pl.Int64))
        if (fall := _judge(items.sort("date_of_service", "visit_key"), ("units",))) is not None:
            yield fall
    at_cap = visits.filter(pl.col("amount_cents").is_in(capped)).select("visit_key")
    singly = amounts.filter(pl.col("amount_cents") > 0).join(at_cap, on="visit_key", how="anti")
    singly = singly.with_columns(pl.col("code").cast(pl.String), line_id=pl.concat_list("line_id"))
    for of_code in singly.sort("code", "date_of_service", "visit_key").partition_by("code", maintain_order=True):
        priced = of_code["list_cents"].count() * 2 > of_code.height
        if not priced and lines["list_cents"].count():
            continue  # Medicare has no price for the code: whether the amount follows one cannot be told
        fall = _judge(of_code, _SCALES)
        if fall is not None:
            yield fall


def _capped(visits: pl.DataFrame) -> list[int]:
    """Return the totals that are a rate or a cap per visit."""
    totals = visits.group_by("amount_cents", "units").len().group_by("amount_cents")
    sums = totals.agg(pl.col("len").sum().alias("visits"), pl.col("len").max().alias("most"))
    enough = max(_CAP_VISITS, _CAP_SHARE * visits.height)
    others = pl.col("visits") - pl.col("most")
    is_cap = (pl.col("visits") >= enough) & (others >= _CAP_OTHERS * pl.col("visits"))
    return sums.filter(is_cap)["amount_cents"].to_list()


def _judge(items: pl.DataFrame, scales: tuple[str, ...]) -> Less | None:
    """Judge lines of one code, in order of date; where units are paid differently, those with the usual units."""
    fall, understood = _on_scales(items, scales, 1)
    if fall is None and not understood and "charge_cents" in scales:
        usual = items.group_by("units").len().sort("len", "units", descending=[True, False])["units"][0]
        fall, _ = _on_scales(items.filter(pl.col("units") == usual), scales, _FULL_AND_REDUCED)
    return fall


def _on_scales(items: pl.DataFrame, scales: tuple[str, ...], most: int) -> tuple[Less | None, bool]:
    """Return the change, if any, and whether the amounts are understood: on some scale they never changed."""
    best, best_fit = None, 0.0
    for scale in scales:
        with_base = items.filter(pl.col(scale).fill_null(0) > 0)
        if with_base.height * 2 < items.height or with_base.height < 2 * rules().pays_less.lines:
            continue
        change, fit, stable = _change(with_base, scale, most)
        if stable:
            return None, True
        if change is not None and fit > best_fit:
            best, best_fit = change, fit
    return best, best is not None


@dataclass(frozen=True, slots=True)
class _Rates:
    """Usual amounts as exact quotients, the highest first: cents paid for so much of what they follow."""

    cents: Ints
    of_base: Ints

    @property
    def quotients(self) -> npt.NDArray[np.float64]:
        """The quotients, to compare them; dollars are made of whole cents."""
        return self.cents / self.of_base

    def missed(self, amount: Ints, base: Ints) -> Ints:
        """Return by how much each amount differs from each rate of its base: cents times the rate's base."""
        return np.abs(amount * self.of_base[:, np.newaxis] - self.cents[:, np.newaxis] * base)

    def hold(self, amount: Ints, base: Ints, units: Ints) -> Flags:
        """Tell which amounts are one of the rates, up to rounding by line or by unit."""
        near = self.missed(amount, base) <= (1 + units) * self.of_base[:, np.newaxis]
        any_rate: Flags = np.logical_or.reduce(near, axis=0)
        return any_rate

    def of(self, base: Ints, which: Ints) -> Ints:
        """Return each base's cents at the rate chosen for it, half-up."""
        return half_up(self.cents[which] * base, self.of_base[which])


def _usual(amount: Ints, base: Ints, most: int) -> _Rates:
    """Return the most common amounts of the base: as few as nearly all lines hold, each as its middle line has it."""
    rate = amount / base
    classes = np.round(np.log(rate) / _BIN).astype(np.int64)
    left = np.ones(len(rate), dtype=np.bool_)
    middles: list[int] = []
    while len(middles) < most and left.mean() > 1 - rules().pays_less.agree_percent / 100:
        values, counts = np.unique(classes[left], return_counts=True)
        top = values[np.argmax(counts)]
        middles.append(_middle(rate, left & (classes == top)))
        left &= np.abs(classes - top) > 1
    middles.sort(key=lambda position: -rate[position])
    return _Rates(amount[middles], base[middles])


def _middle(values: npt.NDArray[np.float64], chosen: Flags) -> int:
    """Return the position of the median of some values: one of them, so that it stays exact."""
    positions = np.flatnonzero(chosen)
    return int(positions[np.argsort(values[positions], kind="stable")[(len(positions) - 1) // 2]])


def _per_unit(rates: _Rates, base: Ints, units: Ints) -> Ints:
    """Return the rates as cents of one unit, for the usual base of a unit."""
    middle = _middle(base / units, np.ones(len(base), dtype=np.bool_))
    return half_up(rates.cents * base[middle], rates.of_base * units[middle])


def _fall(before: pl.DataFrame, after: pl.DataFrame, column: str) -> float:
    """Return by what the usual charge or fee of a unit fell, as a factor above 1; 1 if it is not known."""
    per_unit = pl.col(column) / pl.col("units")
    old, new = (part.select(per_unit.median()).item() if column in part.columns else None for part in (before, after))
    return float(old / new) if old and new else 1.0


def _change(items: pl.DataFrame, scale: str, most: int) -> tuple[Less | None, float, bool]:
    """Look for a change on one scale: it, the share of lines it explains, and whether there was none at all."""
    rule = rules().pays_less
    amount, base, units = (items[name].to_numpy() for name in ("amount_cents", scale, "units"))
    days = items["date_of_service"].to_numpy()
    total, agree, strangers = len(days), rule.agree_percent / 100, rule.strangers_percent / 100

    newest = 2 * rule.lines
    new = _usual(amount[-newest:], base[-newest:], most)
    holds_new = new.hold(amount, base, units)
    # The stretch at the end in which lines with the new amount outnumber the others most, from a day's first line on.
    opens = np.concatenate([[0], np.flatnonzero(days[1:] != days[:-1]) + 1])
    gained = np.cumsum(np.where(holds_new, 1, -1)[::-1])[::-1]
    start = int(opens[np.argmax(gained[opens])])
    fit = float(holds_new[start:].mean())
    if start < rule.lines:
        return None, fit, bool(holds_new.mean() >= agree)
    if total - start < rule.lines or fit < agree:
        return None, fit, False
    first = max(0, start - rule.window)
    old = _usual(amount[first:start], base[first:start], most)
    holds_old = old.hold(amount, base, units)
    clean = (
        len(old.cents) == len(new.cents)
        and holds_old[first:start].mean() >= agree
        and holds_new[first:start].mean() <= strangers
        and holds_old[start:].mean() <= strangers
    )
    if not clean:
        return None, fit, False
    before = _per_unit(old, base[first:start], units[first:start])
    after = _per_unit(new, base[start:], units[start:])
    # A lower share of a higher charge or fee is no loss: the dollars have to fall, too, and more than what they follow.
    followed = max(1.0, *(_fall(items[first:start], items[start:], name) for name in _FOLLOWED))
    if max(*(after / before * followed), *(new.quotients / old.quotients)) > 1 - rule.fall_percent / 100:
        return None, fit, False
    agreeing = holds_new & (np.arange(total) >= start)
    which = (new.missed(amount, base) / new.of_base[:, np.newaxis]).argmin(axis=0)
    short = int((old.of(base, which) - amount)[agreeing].sum())
    explained = float((holds_old[first:start].sum() + agreeing.sum()) / (total - first))
    change = Less(
        code=str(items["code"][0]),
        since=since_first_of_month(items["date_of_service"][start - 1], items["date_of_service"][start]),
        before_cents=int(before[0]),
        after_cents=int(after[0]),
        lines_before=start - first,
        lines=total - start,
        agreeing=int(agreeing.sum()),
        short_cents=short,
        line_ids=tuple(items["line_id"].filter(pl.Series(agreeing)).explode().to_list()),
    )
    return change, explained, False
