"""What one more unit of a code earns: as the visit's full unit, and as an additional one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from analysis.codes.hcpcs import label
from analysis.errors import BadInput
from analysis.medicare.fees import resolve
from analysis.medicare.policy import load_policy
from analysis.money import dollars
from analysis.pricing.pipeline import price_units
from analysis.whatif.scenarios import BASELINE, GpciChange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.whatif.scenarios import Scenario
    from analysis.whatif.visits import Cube


@dataclass(frozen=True, slots=True, eq=False)
class Marginal:
    """One more unit of each code, in the locality and year that most of the newest visits are priced.

    Attributes
    ----------
    frame:
        Grain: code, in the order asked for, without those Medicare sets no amount for: code, label, full_cents,
        reduced_cents (an additional unit; the full amount if MPPR does not apply to the code), full_receipts_cents,
        reduced_receipts_cents (after sequestration), full_difference_cents, reduced_difference_cents (to `against`),
        further_share (the part of the code's units not paid as the full unit today; null without any).
    against:
        The code the differences are measured against.
    where:
        Label of the locality, and the schedule's year.
    """

    frame: pl.DataFrame
    against: str
    where: str
    year: int

    def sentence(self, code: str) -> str:
        """Explain why swapping a unit earns less than the list prices suggest."""
        rows = {row["code"]: row for row in self.frame.iter_rows(named=True)}
        row, other = rows[code], rows[self.against]
        full, further = row["full_difference_cents"], row["reduced_difference_cents"]
        words = "more" if full >= 0 else "less"
        part = other["further_share"]
        share = "" if part is None else f" {part:.0%} of your {self.against} units are additional units."
        return (
            f"By list price a unit of {code} earns {dollars(abs(full))} {words} than {self.against}; as an additional "
            f"unit of a visit, with reduced practice expense, {dollars(abs(further))} "
            f"{'more' if further >= 0 else 'less'}.{share}"
        )


def marginal(cube: Cube, scenario: Scenario, codes: Sequence[str], against: str) -> Marginal:
    """Return the value of one more unit of some codes under a scenario's fees, where and when the newest visits are.

    Raises
    ------
    BadInput
        If no line has a locality, or Medicare sets no amount for `against`.
    """
    rows = cube.fee_rows(scenario).filter(pl.col("fee_id") < cube.all_fees.size)
    locality_key, period_id = _where(cube)
    listed_codes = list(dict.fromkeys([against, *codes]))
    unit_rows = rows.filter(
        pl.col("code").is_in(listed_codes),
        pl.col("rvu_modifier") == "",
        ~pl.col("facility"),
        pl.col("locality_key") == locality_key,
        pl.col("period_id") == period_id,
        pl.col("full_cents").is_not_null(),
    )
    full, reduced = (_one_unit(unit_rows, holds_top=top) for top in (True, False))
    further = cube.full_units(BASELINE).select(
        "code", (1 - pl.col("full_units") / pl.col("units")).alias("further_share")
    )
    frame = (
        unit_rows.select("code", "schedule_year")
        .with_columns(
            full["expected_cents"].alias("full_cents"),
            reduced["expected_cents"].alias("reduced_cents"),
            full["receipts_cents"].alias("full_receipts_cents"),
            reduced["receipts_cents"].alias("reduced_receipts_cents"),
        )
        .join(further, on="code", how="left")
    )
    base = frame.filter(pl.col("code") == against)
    if base.is_empty():
        raise BadInput(
            f"{against} as the code to compare with",
            expected="a code Medicare sets an amount for",
            todo="choose another code",
        )
    order = pl.DataFrame({"code": listed_codes, "label": [label(code) for code in listed_codes]})
    frame = order.join(frame, on="code", how="inner", maintain_order="left").with_columns(
        (pl.col("full_cents") - base["full_cents"][0]).alias("full_difference_cents"),
        (pl.col("reduced_cents") - base["reduced_cents"][0]).alias("reduced_difference_cents"),
    )
    gpci = scenario.one(GpciChange)
    locality = gpci.locality if gpci and gpci.locality else locality_key
    year = int(frame["schedule_year"][0])
    return Marginal(frame.drop("schedule_year"), against, resolve(locality).label, year)


def _where(cube: Cube) -> tuple[str, int]:
    """Return the locality and period of most units in the newest period with lines."""
    lines = cube.distinct.lines.join(cube.distinct.line_kinds.select("kind", "fee_id", "units"), on="kind")
    located = lines.join(cube.distinct.visits, on="visit").join(
        cube.fees.select("fee_id", "locality_key", "period_id"), on="fee_id"
    )
    if located.is_empty():
        raise BadInput(
            "no line with a Medicare locality",
            expected="a clinic with a locality",
            todo="set its ZIP code on the Data page",
        )
    units = located.group_by("locality_key", "period_id").agg((pl.col("units") * pl.col("visits")).sum().alias("units"))
    locality_key, period_id, _ = units.sort("period_id", "units", "locality_key").row(-1)
    return locality_key, period_id


def _one_unit(rows: pl.DataFrame, *, holds_top: bool) -> pl.DataFrame:
    """Return the amounts of a one-unit line at each fee row, in row order, without a charge or a flag."""
    lines = rows.select("fee_id").with_columns(
        pl.lit(1, pl.Int64).alias("units"),
        pl.lit(None, pl.Int64).alias("charge_cents"),
        *(pl.lit(value=False).alias(flag) for flag in load_policy().line_flags),
        pl.lit(holds_top).alias("holds_top"),
    )
    priced: pl.DataFrame = price_units(nw.from_native(lines.lazy()), nw.from_native(rows.lazy())).collect().to_native()
    return rows.select("fee_id").join(priced, on="fee_id", how="left", maintain_order="left")
