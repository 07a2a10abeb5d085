"""Payments put onto the charges they pay."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.export import Notice
from analysis.lines import SCHEMA, Status
from analysis.money import dollars

if TYPE_CHECKING:
    from analysis.ingest.export import Export

_SUMS = ("insurance_paid_cents", "patient_paid_cents", "adjustment_cents")
_FILLED = ("allowed_cents", *_SUMS, "adjustment_reasons", "units_paid", "paid_on")
_UNSAID = 0


def post(export: Export, payments: pl.DataFrame, *, add: bool = False) -> Export:
    """The export with payments on its lines.

    Parameters
    ----------
    payments:
        `frames.POSTINGS` with ``line_id``, the charge that each one pays.
    add:
        The lines are remittances themselves: further payments are added to theirs.

    What an export says of a payment itself stays: the payment fills what is empty or $0.00 there. Where both name an
    amount and they differ, a notice says how many lines and dollars that is.
    """
    if payments.is_empty():
        return export
    found = payments.group_by("line_id").agg(
        *(_sum(name) for name in _SUMS),
        _sum("allowed_cents", ~pl.col("further_payer")),
        pl.col("units_paid").filter(~pl.col("further_payer")).sum().replace(_UNSAID, None),
        pl.col("paid_on").max(),
        pl.col("adjustment_reasons").drop_nulls().unique().sort().str.join(" ").replace("", None),
        denied=(pl.col("status").str.to_lowercase() == Status.DENIED.value).fill_null(value=False).all(),
    )
    lines = export.lines.join(found, on="line_id", how="left", suffix="_posted", maintain_order="left")
    differ = [] if add else _differences(lines)
    lines = lines.with_columns(_added(name) if add else _fill(name) for name in _FILLED)
    paid = pl.sum_horizontal(pl.col(name).fill_null(0) for name in ("insurance_paid_cents", "patient_paid_cents"))
    nothing = pl.col("paid_cents").fill_null(0) == 0
    total = pl.when(pl.lit("paid_cents" in export.fields) & nothing & pl.col("denied").is_not_null()).then(paid)
    came_in = pl.coalesce("paid_cents", pl.lit(0)) + paid > 0
    status = (
        pl.when(pl.col("denied").fill_null(value=False) & ~came_in)
        .then(pl.lit(Status.DENIED.value))
        .when(pl.col("denied").not_() & came_in)
        .then(pl.lit(Status.CHARGE.value))
        .otherwise(pl.col("status").cast(pl.String))
    )
    lines = lines.with_columns(total.otherwise("paid_cents").alias("paid_cents"), status=status)
    lines = lines.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
    fields = export.fields | {name for name in _FILLED if lines[name].null_count() < lines.height}
    return replace(export, lines=lines, fields=fields, notices=(*export.notices, *differ))


def _sum(name: str, where: pl.Expr | None = None) -> pl.Expr:
    """The sum of what is said; null where nothing is."""
    amounts = pl.col(name) if where is None else pl.col(name).filter(where)
    return pl.when(amounts.count() > 0).then(amounts.sum()).alias(name)


def _added(name: str) -> pl.Expr:
    """The line's own value and the posted one together; what the first payer allowed and paid for stays."""
    own, posted = pl.col(name), pl.col(f"{name}_posted")
    if name in _SUMS:
        both = own.is_not_null() | posted.is_not_null()
        return pl.when(both).then(own.fill_null(0) + posted.fill_null(0)).alias(name)
    if name == "adjustment_reasons":
        return (
            pl.concat_str(own.cast(pl.String), posted, separator=" ", ignore_nulls=True).replace("", None).alias(name)
        )
    return (pl.max_horizontal(own, posted) if name == "paid_on" else own).alias(name)


def _fill(name: str) -> pl.Expr:
    """The export's own value, the posted one where there is none, or an amount of 0."""
    own, posted = pl.col(name), pl.col(f"{name}_posted")
    if name == "adjustment_reasons":
        own = own.cast(pl.String)
    if name.endswith("_cents"):
        return pl.when(own.is_null() | ((own == 0) & posted.is_not_null())).then(posted).otherwise(own).alias(name)
    return pl.coalesce(own, posted).alias(name)


def _differences(lines: pl.DataFrame) -> list[Notice]:
    """Where the export and the payments both name what insurers paid, and differ."""
    own, posted = pl.col("insurance_paid_cents"), pl.col("insurance_paid_cents_posted")
    apart = lines.filter(own.is_not_null() & (own != 0) & (own != posted))
    if apart.is_empty():
        return []
    cents = int(apart.select((posted - own).abs().sum()).item())
    text = (
        f"{apart.height:,} {'line names' if apart.height == 1 else 'lines name'} another insurance payment than the "
        f"remittances do, {dollars(cents)} apart in all; the export's amount was kept"
    )
    return [Notice("insurance_paid_cents__differs", text, tuple(apart["source_row"].head(20)), apart.height)]
