"""Medicare's rates side by side: by year and by locality."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.codes import hcpcs as labels
from analysis.medicare.fees import load_book
from analysis.pricing import schedule_amounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from analysis.medicare.fees import Locality, Schedule, SchedulePeriod
    from analysis.medicare.fees.schedules import Track


def _periods() -> Iterator[tuple[str, Schedule, SchedulePeriod]]:
    """Yield every schedule period in order, with the name it is shown by."""
    for _, schedule in sorted(load_book().schedules.items()):
        for period in schedule.periods:
            name = schedule.label
            if len(schedule.periods) > 1:
                name = f"{name} from {period.start:%b} {period.start.day}"
            yield name, schedule, period


def schedules() -> tuple[str, ...]:
    """Return the names of the schedule periods in order, as the frames below use them."""
    return tuple(name for name, _, _ in _periods())


def conversion_factors(track: Track = "non_qp") -> pl.DataFrame:
    """Return the conversion factor over time.

    Grain: schedule period: schedule (its name), start, end, conversion_factor_e4 (dollars times 10,000), change (from
    the period before, null on the first), proposed.
    """
    frame = pl.DataFrame(
        [
            (name, period.start, period.end, period.factor_e4(track), schedule.proposed)
            for name, schedule, period in _periods()
        ],
        schema={
            "schedule": pl.String,
            "start": pl.Date,
            "end": pl.Date,
            "conversion_factor_e4": pl.Int64,
            "proposed": pl.Boolean,
        },
        orient="row",
    )
    factor = pl.col("conversion_factor_e4")
    return frame.with_columns((factor / factor.shift(1) - 1).alias("change"))


def _amounts(
    schedule: Schedule, locality: Locality, on: date, codes: Sequence[str], track: Track = "non_qp"
) -> pl.DataFrame:
    """Return code, label, full_cents, reduced_cents, reason of plain code rows, in the order asked for, each code once.

    reduced_cents is null if MPPR does not apply to the code or there is no amount.
    """
    amounts = schedule_amounts(schedule, locality, on=on, codes=codes, track=track).filter(pl.col("modifier") == "")
    in_order = pl.DataFrame(
        {"code": codes, "label": [labels.label(code) for code in codes]}, schema={"code": pl.String, "label": pl.String}
    )
    unknown = pl.lit(f"not in the {schedule.label} fee schedule")
    joined = in_order.join(amounts, left_on="code", right_on="hcpcs", how="left", maintain_order="left")
    return joined.select(
        "code",
        "label",
        "full_cents",
        "reduced_cents",
        pl.when(pl.col("status").is_null()).then(unknown).otherwise("reason").alias("reason"),
    )


def by_year(locality: Locality, codes: Sequence[str], track: Track = "non_qp") -> pl.DataFrame:
    """Price one unit of each code under every schedule, in one locality.

    Grain: code and schedule period: code, label, schedule, start, proposed, full_cents, reduced_cents, full_change,
    reduced_change (from the period before), reason.
    """
    frames = [
        _amounts(schedule, locality, period.start, codes, track).select(
            "code",
            "label",
            pl.lit(name).alias("schedule"),
            pl.lit(period.start).alias("start"),
            pl.lit(schedule.proposed).alias("proposed"),
            "full_cents",
            "reduced_cents",
            "reason",
        )
        for name, schedule, period in _periods()
    ]
    before = {
        column: pl.col(column).shift(1).over("code", order_by="start") for column in ("full_cents", "reduced_cents")
    }
    return pl.concat(frames).with_columns(
        *(
            pl.when(earlier > 0).then(pl.col(column) / earlier - 1).alias(column.replace("_cents", "_change"))
            for column, earlier in before.items()
        )
    )


def by_locality(
    localities: Iterable[Locality], codes: Sequence[str], on: date, track: Track = "non_qp"
) -> pl.DataFrame:
    """Price one unit of each code on a date in several localities.

    Grain: locality and code, none without a locality: place (its label), code, label, full_cents, reduced_cents,
    reason. Raises MissingRelease for a date without a schedule, final or proposed.
    """
    schedule = load_book().schedule_on(on, proposed=True)
    frames = [
        _amounts(schedule, locality, on, codes, track).select(pl.lit(locality.label).alias("place"), pl.all())
        for locality in dict.fromkeys(localities)
    ]
    return pl.concat([pl.DataFrame(schema=_BY_LOCALITY), *frames])


_BY_LOCALITY = {
    "place": pl.String,
    "code": pl.String,
    "label": pl.String,
    "full_cents": pl.Int64,
    "reduced_cents": pl.Int64,
    "reason": pl.String,
}
