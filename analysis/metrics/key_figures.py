"""Key figures: each one entry of data/metrics.toml, from which tiles, the table of key figures and downloads derive."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.lines.billing_line import CENTS, OPTIONAL, is_decided, is_denied, is_insured
from analysis.metrics.core import missing
from analysis.metrics.definitions import column_of, definitions
from analysis.money import half_up
from analysis.pricing import AMOUNTS
from analysis.system.toml_data import fault, load, owners

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@cache
def evaluation_codes() -> frozenset[str]:
    """Codes of initial evaluations: data/evaluations.toml."""
    return frozenset(load("evaluations.toml", {"codes": [str]})["codes"])


def is_collected() -> pl.Expr:
    """Whether a line counts in the net collection rate: a payer has answered it, and it holds both amounts."""
    return pl.col("paid_cents").is_not_null() & pl.col("allowed_cents").is_not_null() & is_decided()


def is_settled() -> pl.Expr:
    """Whether it is known what a line brought: it was denied, or its payment is answered or there.

    An open $0.00 is no payment.
    """
    paid = pl.col("paid_cents")
    return is_denied() | (paid.is_not_null() & (is_decided() | (paid != 0)))


CONDITIONS: Mapping[str, Callable[[], pl.Expr]] = {
    "all": lambda: pl.col("visit_key").is_not_null(),
    "charged": lambda: pl.col("charge_cents").is_not_null(),
    "priced": lambda: pl.col("expected_cents").is_not_null(),
    "allowed": lambda: pl.col("allowed_cents").is_not_null(),
    "paid": lambda: pl.col("paid_cents").is_not_null(),
    "collected": is_collected,
    "settled": is_settled,
    "accepted": lambda: is_settled() & ~is_denied(),
    "answered": lambda: is_decided() & is_insured(),
    "denied": lambda: is_denied() & is_insured(),
    "evaluated": lambda: pl.col("code").cast(pl.String).is_in(list(evaluation_codes())),
}
"""Which lines a figure is over."""
_PARTS = ("of", "per", "over", "where", "holds", "table")
_SUMMED = ("visits", "lines", "units", *CENTS, *(name for name in AMOUNTS if name != "fee_id"))
"""What a figure may add up or divide by."""
_FILE = "metrics.toml"


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A key figure as data/metrics.toml defines it (see the head of that file)."""

    name: str
    unit: str
    of: str
    per: str = ""
    over: str = "all"
    where: str = "all"
    holds: str = ""
    table: int | None = None

    @property
    def column(self) -> str:
        """Its column in a frame."""
        return column_of(self.name, self.unit)

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns of an export it cannot do without."""
        return tuple(name for name in (self.of, self.per) if name in OPTIONAL)

    def sums(self) -> tuple[pl.Expr, ...]:
        """What has to be added up over lines `with_paid`: ``<name>:of``, ``<name>:per`` and ``<name>:lines``."""
        over = CONDITIONS[self.over]()
        counted = over & CONDITIONS[self.where]()
        per = [_sum(self.per, over).alias(f"{self.name}:per")] if self.per else []
        lines = over.sum().cast(pl.Int64).alias(f"{self.name}:lines")
        return (_sum(self.of, counted).alias(f"{self.name}:of"), *per, lines)

    def value(self) -> pl.Expr:
        """The figure from its `sums`: cents half-up; null where nothing is known of it, or nothing to divide by."""
        top = pl.col(f"{self.name}:of")
        if not self.per:
            return top.alias(self.column)
        bottom = pl.col(f"{self.name}:per")
        quotient = half_up(top, bottom) if self.unit == "cents" else top / bottom
        return pl.when(bottom > 0).then(quotient).alias(self.column)


def _sum(what: str, counted: pl.Expr) -> pl.Expr:
    """Visits, lines or a column of the lines that count; an amount that no line holds is null."""
    match what:
        case "visits":
            return pl.col("visit_key").filter(counted).n_unique().cast(pl.Int64)
        case "lines":
            return counted.sum().cast(pl.Int64)
        case "units":
            return pl.col("units").filter(counted).sum()
        case _:
            amounts = pl.col(what).filter(counted)
            return pl.when(amounts.count() > 0).then(amounts.sum())


@cache
def key_figures() -> Mapping[str, KeyFigure]:
    """Every key figure by name, in the order of the file.

    Raises
    ------
    ContractError
        Naming file, figure and key, for an entry that would quietly show nothing.
    """
    every = {name: _key_figure(name, entry) for name, entry in definitions().items()}
    known = {name: figure for name, figure in every.items() if figure is not None}
    places = {figure.name: [str(figure.table)] for figure in known.values() if figure.table is not None}
    owners(places, _FILE, "table")
    return known


def _key_figure(name: str, entry: Mapping[str, Any]) -> KeyFigure | None:
    """Return the figure of an entry; None if it only says what a column means."""
    parts: dict[str, Any] = {part: entry[part] for part in _PARTS if part in entry}
    if "of" not in parts:
        if parts:
            raise fault(_FILE, (name, next(iter(parts))), "says nothing without `of`")
        return None
    for part in parts.keys() & {"of", "per"}:
        if parts[part] not in _SUMMED:
            raise fault(_FILE, (name, part), f"{parts[part]!r} is none of {', '.join(_SUMMED)}")
        if parts[part] in OPTIONAL and missing((), parts[part]) is None:
            raise fault(_FILE, (name, part), f"no words for exports without {parts[part]} (analysis/metrics/core.py)")
    for part in parts.keys() & {"over", "where"}:
        if parts[part] not in CONDITIONS:
            raise fault(_FILE, (name, part), f"{parts[part]!r} is none of {', '.join(CONDITIONS)}")
    return KeyFigure(name, entry["unit"], **parts)
