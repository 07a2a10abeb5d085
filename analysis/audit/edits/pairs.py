"""NCCI code pairs: two codes of a day of which the second is not paid, unless a modifier parts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit import facts
from analysis.audit.claims import DAY, found, nothing

if TYPE_CHECKING:
    from collections.abc import Collection

    from analysis.audit.claims import Claims
    from analysis.medicare.edits import Edits


def conflicts(lines: pl.DataFrame, day: Collection[str], edits: Edits) -> pl.DataFrame:
    """Return the code pairs of each day that an edit does not let be paid together.

    Parameters
    ----------
    lines:
        Columns `day`, code, discipline and distinct_service (59 or an X modifier).
    day:
        The columns that name a day of one patient. Codes under two plans of care are of two practitioners.

    Returns
    -------
    pl.DataFrame
        Grain: day and pair: `day`, col1 (paid), col2 (not paid), modifier_indicator (0: no modifier helps), text.
    """
    in_use = lines["code"].unique().implode()
    pairs = edits.pairs.filter(pl.col("col1").is_in(in_use) & pl.col("col2").is_in(in_use))
    either = pl.concat([pairs["col1"], pairs["col2"]]).unique().implode()
    keys = [*day, "plan"]
    codes = (
        lines.filter(pl.col("code").is_in(either))
        .with_columns(
            plan=pl.col("discipline"),
            day_of_visit=pl.col("date_of_service") if "date_of_service" in lines.columns else pl.lit(edits.effective),
        )
        .group_by([*keys, "code"], maintain_order=True)
        .agg((~pl.col("distinct_service")).any().alias("bare"), pl.col("day_of_visit").first())
    )
    second = codes.drop("day_of_visit").rename({"code": "col2", "bare": "second_bare", "plan": "second_plan"})
    same_plan = (pl.col("plan") == pl.col("second_plan")) | pl.col("plan").is_null() | pl.col("second_plan").is_null()
    # The modifier may stand on either code (CMS change request 11168).
    unparted = (pl.col("bare") & pl.col("second_bare")) | (pl.col("modifier_indicator") == 0)
    return (
        codes.rename({"code": "col1"})
        .join(pairs, on="col1", maintain_order="left")
        .join(second, on=[*day, "col2"], nulls_equal=True, maintain_order="left")
        .filter(same_plan & unparted & _in_force(pl.col("day_of_visit")))
        .unique([*day, "col1", "col2"], maintain_order=True)
        .select(
            *day,
            "col1",
            "col2",
            "modifier_indicator",
            text=pl.when(pl.col("modifier_indicator") == 0)
            .then(pl.format("{} is not paid with {}", "col2", "col1"))
            .otherwise(pl.format("{} is not paid with {} unless one of them has 59 or an X modifier", "col2", "col1")),
        )
    )


def _in_force(day: pl.Expr) -> pl.Expr:
    begun = pl.col("begins").is_null() | (pl.col("begins") <= day)
    return begun & (pl.col("ends").is_null() | (day <= pl.col("ends")))


def ncci_pair(claims: Claims) -> pl.DataFrame:
    """Find code pairs that Medicare does not pay together, and pairs whose edits came and went."""
    parted = claims.holds("modifiers")
    every = [_of_edition(lines, edits, parted=parted) for lines, edits in claims.by_edition()]
    return pl.concat([nothing(), *every])


def _of_edition(medicare: pl.DataFrame, edits: Edits, *, parted: bool) -> pl.DataFrame:
    pairs = conflicts(medicare, DAY, edits)
    if not parted:  # without a modifier column nobody knows whether 59 is there
        pairs = pairs.filter(pl.col("modifier_indicator") == 0)
    settled = pairs.with_columns(settled=pl.lit(value=True)).drop("modifier_indicator")
    every = pl.concat([settled, _unsettled(medicare)])
    if every.is_empty():
        return nothing()
    first, second = (_lines_of(medicare, every, column) for column in ("col1", "col2"))
    with_lines = every.join(second, on=[*DAY, "col2"], maintain_order="left").join(first, on=[*DAY, "col1"])
    edition = edits.effective
    took_effect = f"{edition:%b} {edition.day}, {edition:%Y}"
    early = pl.col("settled") & (pl.col("col2_date") < edition)
    note = pl.lit(f"; the table took effect {took_effect}, after this visit: check the edits of that date")
    return found(
        with_lines.select(
            line_ids=pl.concat_list("col2_lines", "col1_lines"),
            code="col2",
            severity=pl.when(early | ~pl.col("settled")).then(pl.lit("note")),
            message=pl.concat_str("text", pl.when(early).then(note).otherwise(pl.lit(""))),
            at_risk_cents=pl.when("settled").then("col2_cents"),
        )
    )


def _lines_of(lines: pl.DataFrame, pairs: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the lines of one code of each pair, their value and date."""
    return (
        lines.join(pairs.select(*DAY, code=column).unique(), on=[*DAY, "code"], how="semi")
        .group_by(*DAY, pl.col("code").alias(column), maintain_order=True)
        .agg(
            pl.col("line_id").alias(f"{column}_lines"),
            pl.when(pl.col("value_cents").is_not_null().all())
            .then(pl.col("value_cents").sum())
            .alias(f"{column}_cents"),
            pl.col("date_of_service").first().alias(f"{column}_date"),
        )
    )


def _unsettled(lines: pl.DataFrame) -> pl.DataFrame:
    """Return pairs of days in which CMS's edits for them came and went."""
    codes = facts.codes()
    first, last = codes.unsettled_days
    pairs = pl.DataFrame(codes.unsettled, schema=["col1", "col2"], orient="row")
    days = (
        lines.filter(pl.col("date_of_service").is_between(first, last)).select(*DAY, "code").unique(maintain_order=True)
    )
    return (
        days.rename({"code": "col1"})
        .join(pairs, on="col1")
        .join(days.rename({"code": "col2"}), on=[*DAY, "col2"])
        .select(
            *DAY,
            "col1",
            "col2",
            text=pl.format(
                "edits for {} with {} came and went in {}: the table that ships does not settle this visit",
                "col1", "col2", pl.lit(f"{first:%Y}"),
            ),
            settled=pl.lit(value=False),
        )
    )  # fmt: skip
