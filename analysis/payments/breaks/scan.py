"""Since when a share of visits is another one: the likeliest day, and how much speaks for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt

from analysis.payments.breaks.rules import rules

Days = npt.NDArray[np.datetime64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Split:
    """The likeliest day of a change.

    Attributes
    ----------
    since:
        The first day after the change.
    position:
        How many visits are before it.
    before, after:
        Shares of the flagged visits, 0 to 1.
    evidence:
        Twice the logarithm of the likelihood ratio of two shares against one.
    """

    since: date
    position: int
    before: float
    after: float
    evidence: float


def split(days: Days, flags: Flags, least: int, direction: Literal["up", "down"]) -> Split | None:
    """Find the day since which flags are set more often ("up") or less often ("down").

    None without a day that leaves `least` visits on both sides, or if the newer half of the visits since does not bear
    it out: such a change has passed.

    Parameters
    ----------
    days:
        Days of service, ascending.
    flags:
        One for each day.
    """
    total = len(days)
    starts = np.flatnonzero(days[1:] != days[:-1]) + 1
    starts = starts[(starts >= least) & (starts <= total - least)]
    if not starts.size:
        return None
    counted = np.cumsum(flags, dtype=np.int64)
    flagged, every = counted[starts - 1], int(counted[-1])
    before, after = flagged / starts, (every - flagged) / (total - starts)
    evidence = 2 * (
        _likelihood(flagged, starts)
        + _likelihood(every - flagged, total - starts)
        - _likelihood(counted[-1:], np.array([total]))
    )
    evidence = np.where(after > before if direction == "up" else after < before, evidence, 0.0)
    best = _first_of_month(days[starts], evidence, int(np.argmax(evidence)))
    position = int(starts[best])
    newer = float(flags[position + (total - position) // 2 :].mean())
    middle = (before[best] + after[best]) / 2
    if evidence[best] <= 0 or (newer < middle if direction == "up" else newer > middle):
        return None
    since = since_first_of_month(_date(days[position - 1]), _date(days[position]))
    return Split(since, position, float(before[best]), float(after[best]), float(evidence[best]))


def since_first_of_month(last_before: date, first_since: date) -> date:
    """Return the first of the month if no service falls between it and the first one after a change, else that day."""
    opens = first_since.replace(day=1)
    return opens if opens > last_before else first_since


def _likelihood(flagged: npt.NDArray[np.int64], total: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Logarithm of the likelihood of flagged visits at their own share."""
    others = total - flagged
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [np.where(part > 0, part * np.log(part / total), 0.0) for part in (flagged, others)]
    likelihood: npt.NDArray[np.float64] = parts[0] + parts[1]
    return likelihood


def _first_of_month(days: Days, evidence: npt.NDArray[np.float64], best: int) -> int:
    """Prefer the first day of service of a month if it is near and almost as likely: terms change on such days."""
    since = rules().since
    months = days.astype("datetime64[M]")
    opens = np.flatnonzero(np.concatenate([[False], months[1:] != months[:-1]]))
    near = [
        one
        for one in opens
        if abs(_date(days[one]) - _date(days[best])) <= timedelta(since.month_days)
        and evidence[best] - evidence[one] <= since.almost
    ]
    return int(max(near, key=lambda one: evidence[one])) if near else best


def _date(day: np.datetime64) -> date:
    return date.fromisoformat(str(day.astype("datetime64[D]")))
