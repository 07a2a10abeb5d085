"""Key figures: each one entry of data/metrics.toml, from which tiles, the table of key figures and downloads derive."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.lines.billing_line import is_decided, is_denied, is_insured
from analysis.metrics.definitions import definitions
from analysis.money import half_up
from analysis.system.toml_data import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@cache
def evaluation_codes() -> frozenset[str]:
    """Codes of initial evaluations: data/evaluations.toml."""
    return frozenset(load("evaluations.toml", {"codes": [str]})["codes"])


def is_collected() -> pl.Expr:
    """Whether a line counts in the net collection rate: a payer has answered it, and it holds both amounts."""
    return pl.col("paid_cents").is_not_null() & pl.col("allowed_cents").is_not_null() & is_decided()


CONDITIONS: Mapping[str, Callable[[], pl.Expr]] = {
    "all": lambda: pl.col("visit_key").is_not_null(),
    "charged": lambda: pl.col("charge_cents").is_not_null(),
    "priced": lambda: pl.col("expected_cents").is_not_null(),
    "allowed": lambda: pl.col("allowed_cents").is_not_null(),
    "paid": lambda: pl.col("paid_cents").is_not_null(),
    "collected": is_collected,
    "answered": lambda: is_decided() & is_insured(),
    "denied": lambda: is_denied() & is_insured(),
    "evaluated": lambda: pl.col("code").cast(pl.String).is_in(list(evaluation_codes())),
}
"""Which lines a figure is over."""
_PARTS = ("of", "per", "over", "where", "holds", "needs", "table")


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
    needs: tuple[str, ...] = ()
    table: int | None = None

    @property
    def column(self) -> str:
        """Its column in a frame: an amount ends in ``_cents``."""
        return self.name if self.unit != "cents" or self.name.endswith("_cents") else f"{self.name}_cents"

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
    """Every key figure by name, in the order of the file."""
    return {name: _key_figure(name, entry) for name, entry in definitions().items() if "of" in entry}


def _key_figure(name: str, entry: Mapping[str, Any]) -> KeyFigure:
    parts: dict[str, Any] = {part: entry[part] for part in _PARTS if part in entry}
    return KeyFigure(name, entry["unit"], **parts | {"needs": tuple(entry.get("needs", ()))})
