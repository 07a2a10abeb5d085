"""How long a claim may be sent and a decision appealed: what the law says, and what the clinic entered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.billing_line import is_insured
from analysis.payers import same_payer
from analysis.payments.texts import limits_by_law

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class FilingLimit:
    """A payer's limits as the clinic entered them; None: not entered.

    Attributes
    ----------
    payer:
        Its name; spellings do not count.
    file_days:
        Days from the service in which a claim may be sent.
    appeal_days:
        Days from the payer's answer in which it may be appealed.
    """

    payer: str
    file_days: int | None = None
    appeal_days: int | None = None


def with_deadlines(frame: pl.DataFrame, limits: Iterable[FilingLimit] = ()) -> pl.DataFrame:
    """Add `deadline`: until when to send a claim nobody answered, or to appeal an answer; null if no limit is known.

    Needs kind, payer, payer_class, date_of_service and paid_on. What a clinic entered comes before the law. Patients
    and money paid too much have no such limit.
    """
    service, answered = pl.col("date_of_service"), pl.col("paid_on")
    file, appeal = pl.lit(None, pl.Date), pl.lit(None, pl.Date)
    for law in limits_by_law():
        of_class = pl.col("payer_class").cast(pl.String) == law["payer_class"]
        file = pl.when(of_class).then(service.dt.offset_by(f"{law['file_months']}mo")).otherwise(file)
        appeal = pl.when(of_class).then(answered + pl.duration(days=law["appeal_days"])).otherwise(appeal)
    names = frame["payer"].cast(pl.String).unique().drop_nulls()
    for limit in limits:
        of_payer = pl.col("payer").cast(pl.String).is_in([name for name in names if same_payer(name, limit.payer)])
        if limit.file_days is not None:
            file = pl.when(of_payer).then(service + pl.duration(days=limit.file_days)).otherwise(file)
        if limit.appeal_days is not None:
            appeal = pl.when(of_payer).then(answered + pl.duration(days=limit.appeal_days)).otherwise(appeal)
    by_insurer = pl.col("kind").is_in(["denied", "short"]) | (
        (pl.col("kind") == "unpaid") & (pl.col("owed_by") != "patient")
    )
    deadline = pl.when(pl.col("kind") == "open").then(file).when(by_insurer).then(appeal)
    return frame.with_columns(deadline=deadline.cast(pl.Date))


def payers_without_limit(lines: pl.DataFrame, limits: Iterable[FilingLimit] = ()) -> tuple[str, ...]:
    """Return the payers whose filing limit neither the law nor the clinic says, most lines first."""
    by_law = [law["payer_class"] for law in limits_by_law()]
    entered = [limit.payer for limit in limits if limit.file_days is not None]
    counts = (
        lines.filter(is_insured() & ~pl.col("payer_class").cast(pl.String).is_in(by_law))
        .group_by(pl.col("payer").cast(pl.String))
        .len()
        .drop_nulls()
        .sort(["len", "payer"], descending=[True, False])
    )
    return tuple(name for name in counts["payer"] if not any(same_payer(name, payer) for payer in entered))
