"""What the yearly answers of every page start from: the last twelve full months at the rates in force today."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from analysis.pricing.baseline import current
from pages._ui.kit.cache import cached

if TYPE_CHECKING:
    from analysis.lines.filters import Filters
    from analysis.pricing import Priced
    from analysis.pricing.baseline import Baseline


def of_today(priced: Priced, filters: Filters) -> Baseline:
    """Return the baseline of some lines and filters, of which only the dates matter."""
    day = today()
    return cached(priced, "baseline", (filters.start, filters.end, day), lambda: current(priced.lines, filters, day))


def today() -> date:
    """Return the day on which the page is looked at."""
    return date.today()  # noqa: DTZ011  the user's own day
