"""The figures an owner follows, by clinic, therapist, payer or month."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.billing_line import is_decided, is_denied, is_insured
from analysis.lines.filters import NOT_STATED
from analysis.metrics.core import cents_per, is_collected, missing, share_of_column, total, with_paid
from analysis.system.toml_data import load

if TYPE_CHECKING:
    from collections.abc import Collection

    from analysis.metrics.core import Missing

KPI_BY = ("month", "clinic", "provider", "payer", "payer_class")
_NEEDS = {
    "billed_cents": "charge_cents",
    "charge_per_unit_cents": "charge_cents",
    "allowed_cents": "allowed_cents",
    "paid_cents": "paid_cents",
    "paid_per_unit_cents": "paid_cents",
    "paid_per_visit_cents": "paid_cents",
    "net_collection": "allowed_cents",
}


@cache
def evaluation_codes() -> frozenset[str]:
    """Codes of initial evaluations: data/evaluations.toml."""
    return frozenset(load("evaluations.toml", {"codes": [str]})["codes"])


def kpis(lines: pl.DataFrame, fields: Collection[str], by: str) -> tuple[pl.DataFrame, tuple[Missing, ...]]:
    """The figures for every value of one of KPI_BY, and what cannot be shown for want of a column.

    Grain: key (months in order, else most visits first): key, visits, share_visits, units, units_per_visit, evaluations
    (visits with an initial evaluation), billed_cents, charge_per_unit_cents, allowed_cents, paid_cents,
    paid_per_unit_cents, paid_per_visit_cents, net_collection, decided_lines (insured lines that a payer has answered),
    denied_lines (of these), denial_rate. Figures of a column the export lacks are null. Each is defined in
    data/metrics.toml; paid amounts per unit and visit are over lines that hold a payment.
    """
    text = pl.col("date_of_service").dt.strftime("%Y-%m") if by == "month" else pl.col(by).cast(pl.String)
    paid, allowed = pl.col("paid_cents"), pl.col("allowed_cents")
    both = is_collected()
    decided = is_decided() & is_insured()
    denied = is_denied() & is_insured()
    evaluated = pl.col("code").cast(pl.String).is_in(list(evaluation_codes()))
    frame = (
        with_paid(lines)
        .with_columns(key=text.fill_null(NOT_STATED))
        .group_by("key")
        .agg(
            pl.col("visit_key").n_unique().cast(pl.Int64).alias("visits"),
            pl.col("units").sum(),
            pl.col("visit_key").filter(evaluated).n_unique().cast(pl.Int64).alias("evaluations"),
            total("charge_cents").alias("billed_cents"),
            pl.col("units").filter(pl.col("charge_cents").is_not_null()).sum().alias("charged_units"),
            total("allowed_cents"),
            total("paid_cents"),
            pl.col("units").filter(paid.is_not_null()).sum().alias("paid_units"),
            pl.col("visit_key").filter(paid.is_not_null()).n_unique().alias("paid_visits"),
            paid.filter(both).sum().alias("paid_of_both"),
            allowed.filter(both).sum().alias("allowed_of_both"),
            decided.sum().cast(pl.Int64).alias("decided_lines"),
            denied.sum().cast(pl.Int64).alias("denied_lines"),
        )
        .with_columns(
            share_visits=share_of_column("visits"),
            units_per_visit=pl.col("units") / pl.col("visits"),
            charge_per_unit_cents=cents_per("billed_cents", "charged_units"),
            paid_per_unit_cents=cents_per("paid_cents", "paid_units"),
            paid_per_visit_cents=cents_per("paid_cents", "paid_visits"),
            net_collection=_ratio("paid_of_both", "allowed_of_both"),
            denial_rate=_ratio("denied_lines", "decided_lines"),
        )
    )
    gone = {name: why for name, field in _NEEDS.items() if (why := missing(fields, field)) is not None}
    ordered = frame.sort(["key"] if by == "month" else ["visits", "key"], descending=by != "month" and [True, False])
    shown = ordered.select(_COLUMNS).with_columns(pl.lit(None).cast(frame.schema[name]).alias(name) for name in gone)
    return shown, tuple(dict.fromkeys(gone.values()))


_COLUMNS = (
    "key", "visits", "share_visits", "units", "units_per_visit", "evaluations", "billed_cents", "charge_per_unit_cents",
    "allowed_cents", "paid_cents", "paid_per_unit_cents", "paid_per_visit_cents", "net_collection", "decided_lines",
    "denied_lines", "denial_rate",
)  # fmt: skip


def _ratio(part: str, whole: str) -> pl.Expr:
    """A part of a whole; null where the whole is nothing."""
    return pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole))
