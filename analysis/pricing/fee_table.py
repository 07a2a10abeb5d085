"""Medicare's amount for one unit, full and reduced by MPPR, for every code, locality and period, in exact cents.

    full    = half_up((W*gW + PE*gPE + MP*gMP) * CF)
    reduced = half_up((W*gW + PE*gPE*(1 - reduction) + MP*gMP) * CF)       rounded once, at the end

Source: CMS, PFS Relative Value Files, payment formula. Checked against a CMS locality payment file (tests/pricing).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import polars as pl

from analysis.errors import BadInput
from analysis.medicare.fees.localities import gpcis_in
from analysis.medicare.fees.schedules import FACTOR_SCALE, GPCI_SCALE, RVU_COLUMNS, RVU_SCALE, load_book
from analysis.medicare.policy import load_policy
from analysis.money import BASIS, half_up

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from analysis.medicare.fees.localities import Locality, LocalityGpcis
    from analysis.medicare.fees.schedules import Schedule, Track
    from analysis.medicare.policy import Rules
    from analysis.pricing.periods import Period

Setting = Literal["nonfacility", "facility"]

_CENTS = RVU_SCALE * GPCI_SCALE * FACTOR_SCALE // 100


INGREDIENTS = (
    "schedule_year",
    "schedule_modifier",
    "status",
    "multiple_procedure",
    "has_rvus",
    "work_rvu_e2",
    "pe_rvu_e2",
    "malpractice_rvu_e2",
    "work_gpci_e3",
    "pe_gpci_e3",
    "mp_gpci_e3",
    "factor_e4",
    "pe_reduction_bp",
)
"""The inputs of one unit's amounts: a fee row carries them, so that a scenario can replace them.

`schedule_year` and `schedule_modifier` say which RVU row it is: "" if a code has no separate row for a modifier.
"""


def with_amounts(rows: pl.DataFrame) -> pl.DataFrame:
    """Add full_cents, reduced_cents (null without MPPR), mppr and reason to rows with the INGREDIENTS."""
    policy = load_policy()
    work = pl.col("work_rvu_e2") * pl.col("work_gpci_e3")
    practice = pl.col("pe_rvu_e2") * pl.col("pe_gpci_e3")
    malpractice = pl.col("malpractice_rvu_e2") * pl.col("mp_gpci_e3")
    factor, unreduced_bp = pl.col("factor_e4"), BASIS - pl.col("pe_reduction_bp")
    full = half_up((work + practice + malpractice) * factor, _CENTS)
    reduced = half_up((BASIS * (work + malpractice) + unreduced_bp * practice) * factor, BASIS * _CENTS)

    payable = pl.col("status").is_in(policy.payable) & pl.col("has_rvus")
    bundled = pl.col("status").is_in(policy.bundled)
    mppr = payable & (pl.col("multiple_procedure") == policy.mppr_indicator)
    no_rvus = pl.format("no RVUs in the fee schedule (status {})", pl.col("status"))
    reason = pl.col("status").replace_strict(dict(policy.status_reasons), default=no_rvus, return_dtype=pl.String)
    return rows.with_columns(
        pl.when(payable).then(full).when(bundled).then(0).alias("full_cents"),
        pl.when(mppr).then(reduced).alias("reduced_cents"),
        mppr.fill_null(value=False).alias("mppr"),
        pl.when(~payable & ~bundled).then(reason).alias("reason"),
    )


def with_top_rank(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `top_rank`: the order of rows with amounts under MPPR, from 1; 0 is never the unit paid in full."""
    order = pl.struct("pe_rvu_e2", "full_cents").rank("dense")
    return rows.with_columns(pl.when("mppr").then(order).otherwise(0).cast(pl.Int64).alias("top_rank"))


def _whole(value: int, name: str) -> pl.Expr:
    return pl.lit(value, pl.Int64).alias(name)


def _ingredients(
    rvus: pl.DataFrame, setting: Setting, gpcis: LocalityGpcis, factor_e4: int, rules: Rules
) -> pl.DataFrame:
    """Add the INGREDIENTS that RVU rows lack: the setting's practice expense, GPCIs, factor and reduction."""
    return _with_practice_expense(rvus, setting).with_columns(
        (pl.sum_horizontal(*RVU_COLUMNS) > 0).alias("has_rvus"),
        _whole(gpcis.work_gpci_e3, "work_gpci_e3"),
        _whole(gpcis.pe_gpci_e3, "pe_gpci_e3"),
        _whole(gpcis.mp_gpci_e3, "mp_gpci_e3"),
        _whole(factor_e4, "factor_e4"),
        _whole(rules["pe_reduction_bp"], "pe_reduction_bp"),
    )


def _with_practice_expense(rvus: pl.DataFrame, setting: Setting) -> pl.DataFrame:
    """Return RVU rows with a setting's practice expense; always-therapy codes have the non-facility one in both."""
    therapy = pl.col("multiple_procedure") == load_policy().mppr_indicator
    of_setting = pl.col(f"{setting}_pe_rvu_e2")
    return rvus.with_columns(pl.when(therapy).then("nonfacility_pe_rvu_e2").otherwise(of_setting).alias("pe_rvu_e2"))


def schedule_amounts(
    schedule: Schedule,
    locality: Locality,
    *,
    on: date,
    codes: Collection[str] | None = None,
    track: Track = "non_qp",
    setting: Setting = "nonfacility",
) -> pl.DataFrame:
    """Return Medicare's payment for one unit under a schedule on a date: one row per code and modifier, in order.

    Columns: hcpcs, modifier, status, work_rvu_e2, pe_rvu_e2, malpractice_rvu_e2, full_cents, reduced_cents (null for
    codes without MPPR), mppr, reason (why there is no amount, else null).
    """
    rvus = schedule.rvus if codes is None else schedule.rvus.filter(pl.col("hcpcs").is_in(list(codes)))
    factor = schedule.period_on(on).factor_e4(track)
    rows = with_amounts(_ingredients(rvus, setting, gpcis_in(schedule, locality), factor, load_policy().on(on)))
    return rows.select(
        "hcpcs",
        "modifier",
        "status",
        "work_rvu_e2",
        "pe_rvu_e2",
        "malpractice_rvu_e2",
        "full_cents",
        "reduced_cents",
        "mppr",
        "reason",
    )


def rates(
    on: date,
    locality: Locality,
    *,
    codes: Sequence[str] | None = None,
    track: Track = "non_qp",
    setting: Setting = "nonfacility",
    proposed: bool = False,
) -> pl.DataFrame:
    """Return Medicare's rates on a date in a locality.

    Columns: those of `schedule_amounts`, and date, mac, locality (whose GPCIs were used), conversion_factor_e4.

    Raises
    ------
    MissingRelease
        For a date without a schedule.
    BadInput
        For a code the schedule does not have.
    """
    schedule = load_book().schedule_on(on, proposed=proposed)
    gpci_locality = gpcis_in(schedule, locality).locality
    frame = schedule_amounts(schedule, locality, on=on, codes=codes, track=track, setting=setting)
    if missing := sorted(set(codes or ()) - set(frame["hcpcs"])):
        raise BadInput(
            f"the code{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
            expected=f"codes of the {schedule.label} fee schedule",
            todo="check the spelling, or remove --codes to see all codes",
        )
    return frame.with_columns(
        pl.lit(on).alias("date"),
        pl.lit(gpci_locality.mac).alias("mac"),
        pl.lit(gpci_locality.locality).alias("locality"),
        pl.lit(schedule.period_on(on).factor_e4(track), pl.Int64).alias("conversion_factor_e4"),
    )


def _codes_and_modifiers(codes: Sequence[str], modifiers: Sequence[str]) -> pl.DataFrame:
    """Return every code with every row modifier asked for, in that order."""
    left = pl.DataFrame({"hcpcs": codes}, schema={"hcpcs": pl.String})
    right = pl.DataFrame({"rvu_modifier": modifiers}, schema={"rvu_modifier": pl.String})
    return left.join(right, how="cross", maintain_order="left_right").with_row_index("position")


def _rvu_rows(keys: pl.DataFrame, schedule: Schedule) -> pl.DataFrame:
    """Return the RVU row of each code and modifier: the modifier's own if the code has one, else the plain row."""
    by_modifier = schedule.rvus.rename({"modifier": "rvu_modifier"})
    plain = by_modifier.filter(pl.col("rvu_modifier") == "").drop("rvu_modifier")
    its_modifier = pl.col("rvu_modifier").alias("schedule_modifier")
    modifier_rows = keys.join(by_modifier, on=["hcpcs", "rvu_modifier"], how="inner").with_columns(its_modifier)
    plain_rows = keys.join(modifier_rows, on="position", how="anti").join(plain, on="hcpcs", how="left")
    plain_rows = plain_rows.with_columns(pl.lit("").alias("schedule_modifier"))
    return pl.concat([modifier_rows, plain_rows.select(modifier_rows.columns)]).sort("position")


def _one_period(rvus: pl.DataFrame, setting: Setting, locality: Locality, period: Period) -> pl.DataFrame:
    schedule, rules = period.schedule, period.rules
    return _ingredients(rvus, setting, gpcis_in(schedule, locality), period.factor_e4, rules).select(
        pl.col("hcpcs").alias("code"),
        "rvu_modifier",
        pl.lit(setting == "facility").alias("facility"),
        pl.lit(locality.key).alias("locality_key"),
        pl.lit(period.period_id, pl.Int64).alias("period_id"),
        pl.lit(schedule.year, pl.Int64).alias("year"),
        pl.lit(schedule.year, pl.Int64).alias("schedule_year"),
        *INGREDIENTS[1:],
        *(_whole(rate, name) for name, rate in rules.rates if name not in INGREDIENTS),
    )


def with_unknown_codes(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the reason to rows of codes that their year's schedule does not have."""
    label = {year: schedule.label for year, schedule in load_book().schedules.items()}
    unknown = pl.format(
        "not in the {} fee schedule", pl.col("schedule_year").replace_strict(label, default="", return_dtype=pl.String)
    )
    return rows.with_columns(pl.when(pl.col("status").is_null()).then(unknown).otherwise("reason").alias("reason"))


@dataclass(frozen=True, slots=True, eq=False)
class FeeTable:
    """The fee rows a set of lines needs, numbered so that a line finds its row by addition.

    Every combination of setting, locality, period, code and row modifier has a row. Its number `fee_id` is the sum of
    one offset per key: so lines look up one small table per key and one row, instead of joining on five columns.

    Attributes
    ----------
    rows:
        Grain: fee_id. Columns besides: code, rvu_modifier, facility, locality_key, period_id, year, the
        INGREDIENTS, full_cents, reduced_cents (null without MPPR), mppr, top_rank, every dated rate (policy.Rules),
        reason (null where there is an amount). `top_rank` orders the rows under MPPR by practice-expense RVU, then by
        fee, from 1; 0 is never the unit paid in full.
    codes, modifiers, localities, periods:
        The offset of each key value.
    facility_offset:
        The offset of a facility setting; 0 if the table has only one setting.
    """

    rows: pl.DataFrame
    codes: Mapping[str, int]
    modifiers: Mapping[str, int]
    localities: Mapping[str, int]
    periods: Mapping[int, int]
    facility_offset: int


def fee_table(
    codes: Iterable[str],
    localities: Iterable[Locality],
    periods: Iterable[Period],
    *,
    modifiers: Iterable[str] = (),
    settings: Sequence[Setting] = ("nonfacility",),
) -> FeeTable:
    """Return the fee rows of some codes (with the row modifiers in use), localities, periods and settings."""
    modifiers = sorted({"", *modifiers})
    return _cached_table(
        tuple(sorted(set(codes))), tuple(modifiers), tuple(sorted(set(localities))), tuple(periods), tuple(settings)
    )


@lru_cache(maxsize=8)
def _cached_table(
    codes: tuple[str, ...],
    modifiers: tuple[str, ...],
    localities: tuple[Locality, ...],
    periods: tuple[Period, ...],
    settings: tuple[Setting, ...],
) -> FeeTable:
    """Return the cached table for the same keys: every choice of filters asks for it again."""
    keys = _codes_and_modifiers(codes, modifiers)
    rvus = {period.schedule.year: _rvu_rows(keys, period.schedule) for period in periods}
    per_period_rows = [
        _one_period(rvus[period.schedule.year], setting, locality, period)
        for setting in settings
        for locality in localities
        for period in periods
    ]
    rows = pl.concat(per_period_rows).with_row_index("fee_id").with_columns(pl.col("fee_id").cast(pl.Int64))
    rows = with_unknown_codes(with_top_rank(with_amounts(rows)))
    rows_per_period = keys.height
    rows_per_locality = rows_per_period * len(periods)
    return FeeTable(
        rows=rows,
        codes={code: index * len(modifiers) for index, code in enumerate(codes)},
        modifiers={modifier: index for index, modifier in enumerate(modifiers)},
        localities={locality.key: index * rows_per_locality for index, locality in enumerate(localities)},
        periods={period.period_id: index * rows_per_period for index, period in enumerate(periods)},
        facility_offset=rows_per_locality * len(localities) if len(settings) > 1 else 0,
    )
