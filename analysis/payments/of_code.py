"""One code in a clinic's own lines: its units, its share of all units, how often payers deny it and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.billing_line import is_decided, is_denied, is_insured
from analysis.payments.denied import with_reason

if TYPE_CHECKING:
    from collections.abc import Iterable

_REASONS = 3


@dataclass(frozen=True, slots=True)
class CodeUse:
    """What a set of lines says about one code.

    Attributes
    ----------
    units, all_units, visits:
        Units of the code, units of all codes, and patient-days that have the code.
    decided_lines, denied_lines:
        Its insured lines that a payer has answered, and those it denied.
    reasons:
        Reason codes (empty for a denial without one) and lines of its denials, the most common first.
    """

    units: int
    all_units: int
    visits: int
    decided_lines: int
    denied_lines: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def share(self) -> float | None:
        """Its share of all units, 0 to 1; None without any."""
        return self.units / self.all_units if self.all_units else None

    @property
    def denial_rate(self) -> float | None:
        """Denied of answered lines, 0 to 1; None if no payer has answered one."""
        return self.denied_lines / self.decided_lines if self.decided_lines else None


def use_of(lines: pl.DataFrame, codes: Iterable[str]) -> CodeUse:
    """Sum up a code, or several that count as one, in some billing lines."""
    own = lines.filter(pl.col("code").cast(pl.String).is_in(list(codes)))
    decided = own.filter(is_decided() & is_insured())
    denied = with_reason(decided.filter(is_denied()))
    reasons = denied.group_by("carc").len().sort(["len", "carc"], descending=[True, False])
    return CodeUse(
        units=int(own["units"].sum()),
        all_units=int(lines["units"].sum()),
        visits=own["visit_key"].n_unique(),
        decided_lines=decided.height,
        denied_lines=denied.height,
        reasons=tuple((str(carc), int(count)) for carc, count in reasons.head(_REASONS).iter_rows()),
    )
