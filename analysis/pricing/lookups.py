"""The small tables that lines look up on their way to a price, as frames of the engine that prices them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.pricing.fee_table import RVU_MODIFIERS
from analysis.pricing.periods import calendar
from analysis.pricing.pipeline import Tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import narwhals as nw

    from analysis.policy import Policy
    from analysis.pricing.fee_table import FeeTable
    from analysis.pricing.periods import Period


def _steps(name: str, steps: Mapping[str, int]) -> pl.DataFrame:
    # Categories, so that Polars joins dictionary numbers instead of text.
    keys = pl.Series(name, list(steps), pl.String).cast(pl.Categorical)
    return pl.DataFrame([keys, pl.Series(f"{name}_step", list(steps.values()), pl.Int64)])


def _calendar(periods: Iterable[Period], steps: Mapping[int, int]) -> pl.DataFrame:
    dates = calendar(period for period in periods if period.period_id in steps)
    return dates.select("date_of_service", period_step=pl.col("period_id").replace_strict(steps, return_dtype=pl.Int64))


def _modifiers(distinct: pl.Series, steps: Mapping[str, int], policy: Policy) -> pl.DataFrame:
    """What each distinct string of modifiers means: modifiers, modifier_step, therapy, assistant."""
    rows = [
        (
            steps[next((own for own in RVU_MODIFIERS if own in parts), "")],
            any(therapy in parts for therapy in policy.therapy_modifiers),
            any(assistant in parts for assistant in policy.assistant_modifiers),
        )
        for parts in (set(text.split()) for text in distinct.cast(pl.String))
    ]
    schema = {"modifier_step": pl.Int64, "therapy": pl.Boolean, "assistant": pl.Boolean}
    return pl.DataFrame({"modifiers": distinct}).hstack(pl.DataFrame(rows, schema=schema, orient="row"))


def lookups(
    lines: pl.DataFrame,
    fees: FeeTable,
    periods: Iterable[Period],
    policy: Policy,
    convert: Callable[[pl.DataFrame], nw.LazyFrame[Any]],
) -> Tables:
    """What the pipeline needs to know of a set of lines (modifiers, charge_cents) and of its fee rows."""
    highest = lines["charge_cents"].max()
    return Tables(
        codes=convert(_steps("code", fees.codes)),
        places=convert(_steps("place", fees.places)),
        calendar=convert(_calendar(periods, fees.periods)),
        modifiers=convert(_modifiers(lines["modifiers"].unique(), fees.modifiers, policy)),
        fees=convert(fees.rows),
        facility_step=fees.facility_step,
        highest_charge=highest if isinstance(highest, int) else 0,
    )
