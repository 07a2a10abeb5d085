"""A therapist's mix of the movement codes: against the state, and against the therapist's own past.

The patient is the unit: a therapist's share is that of the units, but how far chance may move it is judged by how much
patients differ, so that one patient's many visits weigh as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit import facts
from analysis.audit.claims import found, nothing
from analysis.medicare import benchmarks
from analysis.money import BASIS

if TYPE_CHECKING:
    from analysis.audit.claims import Claims

CODES = ("97110", "97112", "97530", "97140", "97116")
"""The movement codes, whose shares are compared."""
SHIFTED = ("97112", "97530")
"""Codes that pay more than 97110: a sudden shift to them is asked about."""


def mix_outlier(claims: Claims) -> pl.DataFrame:
    """Find therapists whose share of 97112 or 97530 in the movement codes of Medicare lines is far above the nation's.

    A funnel: the fewer patients, the wider the limits around Medicare's own share.
    """
    limit = facts.limits()["mix"]
    reference = dict(benchmarks.reference(CODES).select("code", "share").iter_rows())
    movement = claims.lines.filter("medicare", pl.col("code").is_in(CODES), pl.col("provider").is_not_null())
    parts = [nothing()]
    for code in SHIFTED:
        usual = reference[code]
        if usual is None:
            continue
        of_therapist = _sides(_by_patient(movement, (code,)), []).with_columns(
            error=(usual * (1 - usual) / pl.col("weight")).sqrt()
        )
        odd = of_therapist.filter(_enough(), pl.col("share") > usual + int(limit["errors"]) * pl.col("error"))
        message = pl.format(
            "{} is {}% of {} units of the movement codes on Medicare lines ({} patients); Medicare's own share is {}%",
            pl.lit(code), _percent(pl.col("share")), "units", "patients", _percent(pl.lit(usual)),
        )  # fmt: skip
        parts.append(_with_lines(movement.filter(pl.col("code") == code), odd.select("provider", message=message)))
    return pl.concat(parts)


def mix_shift(claims: Claims) -> pl.DataFrame:
    """Find therapists whose share of 97112 and 97530 in the movement codes rose from one month on."""
    limit = facts.limits()["mix"]
    movement = claims.lines.filter(pl.col("code").is_in(CODES), pl.col("provider").is_not_null()).with_columns(
        month=pl.col("date_of_service").dt.truncate("1mo")
    )
    if movement.is_empty():
        return nothing()
    of_patients = _by_patient(movement, SHIFTED, "month")
    shifts = []
    for month in movement["month"].unique().sort()[1:]:
        sides = _sides(of_patients.with_columns(late=pl.col("month") >= month), ["late"]).filter(_enough())
        early, late = (sides.filter(pl.col("late") == side) for side in (False, True))
        both = early.join(late, on="provider", suffix="_late")
        pooled = (pl.col("moved") + pl.col("moved_late")) / (pl.col("units") + pl.col("units_late"))
        error = (pooled * (1 - pooled) * (1 / pl.col("weight") + 1 / pl.col("weight_late"))).sqrt()
        rise = pl.col("share_late") - pl.col("share")
        shifts.append(
            both.select("provider", "share", "share_late", month=pl.lit(month), rise=rise, errors=rise / error)
        )
    if not shifts:
        return nothing()
    clear = (pl.col("rise") * BASIS >= int(limit["shift_bp"])) & (pl.col("errors") >= int(limit["shift_errors"]))
    largest = (
        pl.concat(shifts)
        .filter(clear)
        .sort("errors", descending=True)
        .unique("provider", keep="first", maintain_order=True)
        .sort("provider")
    )
    message = pl.format(
        "{} made up {}% of the movement codes before {} and {}% since",
        pl.lit(" and ".join(SHIFTED)), _percent(pl.col("share")), pl.col("month").dt.strftime("%b %Y"),
        _percent(pl.col("share_late")),
    )  # fmt: skip
    since = movement.filter(pl.col("code").is_in(SHIFTED)).join(
        largest.select("provider", since="month"), on="provider"
    )
    return _with_lines(since.filter(pl.col("month") >= pl.col("since")), largest.select("provider", message=message))


def _by_patient(movement: pl.DataFrame, codes: tuple[str, ...], *more: str) -> pl.DataFrame:
    """Return each therapist's units of all codes and of some, by patient."""
    some = pl.col("code").is_in(codes)
    return movement.group_by("provider", "patient_key", *more).agg(
        pl.col("units").sum(), pl.col("units").filter(some).sum().alias("moved")
    )


def _sides(of_patients: pl.DataFrame, side: list[str]) -> pl.DataFrame:
    """Return each therapist's share, and its weight: how many patients of equal size would tell as much."""
    patients = of_patients.group_by("provider", "patient_key", *side).agg(pl.col("units", "moved").sum())
    return patients.group_by("provider", *side).agg(
        pl.len().alias("patients"),
        pl.col("units", "moved").sum(),
        (pl.col("moved").sum() / pl.col("units").sum()).alias("share"),
        (pl.col("units").sum() ** 2 / (pl.col("units") ** 2).sum()).alias("weight"),
    )


def _enough() -> pl.Expr:
    limit = facts.limits()["mix"]
    return (pl.col("patients") >= int(limit["patients"])) & (pl.col("units") >= int(limit["units"]))


def _percent(share: pl.Expr) -> pl.Expr:
    return (share * 100).round(0).cast(pl.Int64)


def _with_lines(lines: pl.DataFrame, therapists: pl.DataFrame) -> pl.DataFrame:
    """Return one finding for each therapist, with the lines behind it."""
    behind = lines.sort("line_id").group_by("provider").agg(pl.col("line_id").alias("line_ids"), pl.col("code").first())
    return found(therapists.join(behind, on="provider", maintain_order="left"))
