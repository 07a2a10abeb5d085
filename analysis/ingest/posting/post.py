"""Post payments to the charges they pay."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.frames import IMBALANCES
from analysis.ingest.rows.export import Notice
from analysis.lines.billing_line import REFUSED, SCHEMA, Status
from analysis.money import dollars

if TYPE_CHECKING:
    from analysis.ingest.rows.export import Export

_SUMS = ("insurance_paid_cents", "patient_paid_cents", "adjustment_cents")
_FILLED = ("allowed_cents", *_SUMS, "adjustment_reasons", "units_paid", "paid_on")
_UNSAID = 0
_SHOWN = 3
"""How many rows a notice names."""
_DIFFERS, _EXCEEDS = "export_payment", "over_charge"
"""Levels of `frames.IMBALANCES`."""


def post(export: Export, payments: pl.DataFrame, *, add: bool = False) -> Export:
    """Post payments to an export's lines.

    Parameters
    ----------
    payments:
        `frames.POSTINGS` with ``line_id``, the charge each one pays, and ``takes_back`` (a reversal: its dollars count,
        but it decides nothing).
    add:
        The lines are remittances themselves: later payments are added to theirs.

    The export's own payment stays: a posted payment fills only what is empty or $0.00. A payment that a reversal takes
    back no longer holds: the remittances' amount replaces it. If both have an amount and they differ, or if paid plus
    adjusted exceeds the charge, a notice says so and the line is listed in `imbalances`. Of several decisions of the
    first payer, the last one says what is allowed; the decisions say whether a line was denied, whatever the export's
    status.
    """
    if payments.is_empty():
        return export
    first = ~pl.col("further_payer") & ~pl.col("takes_back")
    payments = payments.sort("paid_on", "source_file", "transaction", nulls_last=False, maintain_order=True)
    payments = payments.with_columns(
        moment=pl.when(first & pl.col("allowed_cents").is_not_null()).then(
            pl.struct("paid_on", "source_file", "transaction").rle_id()
        )
    )
    last = pl.col("moment") == pl.col("moment").max().over("line_id")
    is_decision = ~pl.col("takes_back") & pl.col("status").is_not_null()
    posted = (
        payments.with_columns(last=last.fill_null(value=False))
        .group_by("line_id")
        .agg(
            *(_sum(name) for name in _SUMS),
            _sum("allowed_cents", pl.col("last")),
            pl.col("units_paid").filter(first).sum().replace(_UNSAID, None),
            pl.col("paid_on").max(),
            pl.col("adjustment_reasons").filter(~pl.col("takes_back")).str.split(" ").explode().drop_nulls().unique(
                maintain_order=True
            ).str.join(" ").replace("", None),
            overruled=(pl.col("takes_back") & pl.col("alone")).any(),
            denied=pl.col("status").filter(is_decision).eq(Status.DENIED.value).any(),
            decided=is_decision.any(),
            refused=pl.col("status").filter(is_decision).is_in(REFUSED).all() & is_decision.any(),
        )
    )  # fmt: skip
    lines = export.lines.join(posted, on="line_id", how="left", suffix="_posted", maintain_order="left")
    findings = [*([] if add else _differences(lines)), *_over_charge(lines, add=add)]
    lines = lines.with_columns(_add(name) if add else _fill(name) for name in _FILLED)
    paid = pl.sum_horizontal(pl.col(name).fill_null(0) for name in ("insurance_paid_cents", "patient_paid_cents"))
    has_no_total = pl.col("paid_cents").fill_null(0) == 0
    total = pl.when(pl.lit("paid_cents" in export.fields) & has_no_total & pl.col("decided").is_not_null()).then(paid)
    was_paid = pl.coalesce("paid_cents", pl.lit(0)) + paid > 0
    refused = pl.col("refused").fill_null(value=False)
    status = (
        pl.when(refused & ~was_paid)
        .then(pl.when("denied").then(pl.lit(Status.DENIED.value)).otherwise(pl.lit(Status.BUNDLED.value)))
        .when(pl.col("decided") | (was_paid & pl.col("decided").is_not_null()))
        .then(pl.lit(Status.CHARGE.value))
        .otherwise(pl.col("status").cast(pl.String))
    )
    if add:  # the line itself is the first payer's decision
        status = pl.when(was_paid).then(pl.lit(Status.CHARGE.value)).otherwise(pl.col("status").cast(pl.String))
    lines = lines.with_columns(total.otherwise("paid_cents").alias("paid_cents"), status=status)
    lines = lines.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
    fields = export.fields | {name for name in _FILLED if lines[name].null_count() < lines.height}
    imbalances = pl.concat([export.imbalances, *(frame for _, frame in findings)])
    notices = (*export.notices, *(notice for notice, _ in findings))
    return replace(export, lines=lines, fields=fields, notices=notices, imbalances=imbalances)


def _sum(name: str, where: pl.Expr | None = None) -> pl.Expr:
    """Sum the known values; null if there are none."""
    amounts = pl.col(name) if where is None else pl.col(name).filter(where)
    return pl.when(amounts.count() > 0).then(amounts.sum()).alias(name)


def _add(name: str) -> pl.Expr:
    """Add the posted value to the line's own; what the first payer allowed and paid for stays."""
    exported, posted = pl.col(name), pl.col(f"{name}_posted")
    if name in _SUMS:
        has_amount = exported.is_not_null() | posted.is_not_null()
        return pl.when(has_amount).then(exported.fill_null(0) + posted.fill_null(0)).alias(name)
    if name == "adjustment_reasons":
        return (
            pl.concat_str(exported.cast(pl.String), posted, separator=" ", ignore_nulls=True)
            .replace("", None)
            .alias(name)
        )
    return (pl.max_horizontal(exported, posted) if name == "paid_on" else exported).alias(name)


def _fill(name: str) -> pl.Expr:
    """Use the export's value. If it is empty or $0, use the posted one."""
    exported, posted = pl.col(name), pl.col(f"{name}_posted")
    if name == "insurance_paid_cents":
        exported = pl.when(~pl.col("overruled").fill_null(value=False)).then(exported)
    else:  # a denial says nothing about a line that the export shows as paid
        is_paid = pl.col("insurance_paid_cents").fill_null(0) > 0
        posted = pl.when(~(is_paid & pl.col("refused") & ~pl.col("overruled"))).then(posted)
    if name == "adjustment_reasons":
        exported = exported.cast(pl.String)
    if name.endswith("_cents"):
        return (
            pl.when(exported.is_null() | ((exported == 0) & posted.is_not_null()))
            .then(posted)
            .otherwise(exported)
            .alias(name)
        )
    return pl.coalesce(exported, posted).alias(name)


def _differences(lines: pl.DataFrame) -> list[tuple[Notice, pl.DataFrame]]:
    """Find lines whose insurance payment differs between the export and the remittances."""
    exported, posted = pl.col("insurance_paid_cents"), pl.col("insurance_paid_cents_posted")
    differing = lines.filter(exported.is_not_null() & (exported != 0) & (exported != posted))
    if differing.is_empty():
        return []
    findings = []
    for overruled, consequence in (
        (False, "the export's amount is used"),
        (True, "reversed by the payer: the remittance counts"),
    ):
        group = differing.filter(pl.col("overruled") == overruled)
        if group.is_empty():
            continue
        sums = [dollars(int(group[name].sum())) for name in ("insurance_paid_cents", "insurance_paid_cents_posted")]
        text = (
            f"{group.height:,} {'line shows' if group.height == 1 else 'lines show'} a different insurance payment in "
            f"the export ({sums[0]}) from the remittances ({sums[1]}); {consequence}: {_row_names(group)}"
        )
        name = "insurance_paid_cents__overruled" if overruled else "insurance_paid_cents__differs"
        notice = Notice(name, text, tuple(group["source_row"].head(20)), group.height)
        findings.append((notice, _imbalances(group, _DIFFERS, exported, posted)))
    return findings


def _over_charge(lines: pl.DataFrame, *, add: bool) -> list[tuple[Notice, pl.DataFrame]]:
    """Find lines whose insurance payment and adjustments together exceed the charge."""
    total = pl.sum_horizontal(
        pl.col(f"{name}_posted").fill_null(0) for name in ("insurance_paid_cents", "adjustment_cents")
    )
    if add:
        total = total + pl.sum_horizontal(
            pl.col(name).fill_null(0) for name in ("insurance_paid_cents", "adjustment_cents")
        )
    exceeding = lines.filter(pl.col("decided").is_not_null() & (total > pl.col("charge_cents")))
    if exceeding.is_empty():
        return []
    cents = int(exceeding.select((total - pl.col("charge_cents")).sum()).item())
    text = (
        f"on {exceeding.height:,} {'line' if exceeding.height == 1 else 'lines'} payments and adjustments "
        f"from remittances exceed the charge by {dollars(cents)}; compare claim and remittances: "
        f"{_row_names(exceeding)}"
    )
    notice = Notice("payments__over_charge", text, tuple(exceeding["source_row"].head(20)), exceeding.height)
    return [(notice, _imbalances(exceeding, _EXCEEDS, pl.col("charge_cents"), total))]


def _row_names(lines: pl.DataFrame) -> str:
    """Name the first rows of some lines: "june.csv row 2, june.csv row 3 and 4 more"."""
    names = [f"{name} row {row}" for name, row in lines.select("source_file", "source_row").head(_SHOWN).iter_rows()]
    remainder = f" and {lines.height - _SHOWN:,} more" if lines.height > _SHOWN else ""
    return ", ".join(names) + remainder


def _imbalances(lines: pl.DataFrame, level: str, expected: pl.Expr, actual: pl.Expr) -> pl.DataFrame:
    """Return lines as `frames.IMBALANCES`."""
    return lines.select(
        pl.col("source_file").cast(pl.String),
        "source_row",
        pl.lit(level).alias("level"),
        pl.lit(None, pl.Int64).alias("segment"),
        expected.alias("expected_cents"),
        actual.alias("found_cents"),
        (expected - actual).alias("difference_cents"),
    ).select(pl.col(name).cast(dtype) for name, dtype in IMBALANCES.items())
