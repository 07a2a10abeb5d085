"""Priced lines for tests of figures: a test writes what it cares about, everything else is filled in."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.pricing import AMOUNTS
from tests.pricing.lines import frame

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL_FIELDS = frozenset(
    {"payer", "clinic", "provider", "charge_cents", "allowed_cents", "insurance_paid_cents", "patient_paid_cents"}
)


def priced(*rows: Mapping[str, Any]) -> pl.DataFrame:
    """Lines as `Priced.lines`: amounts a row does not give are null, as for a line without a Medicare amount."""
    amounts = {name: pl.Series(name, [row.get(name) for row in rows], pl.Int64) for name in AMOUNTS}
    return frame([{k: v for k, v in row.items() if k not in AMOUNTS} for row in rows]).with_columns(**amounts)


def amounts(list_cents: int, scheduled: int, expected: int, *, full_units: int = 1) -> dict[str, int]:
    """Amounts of one line without assistants or sequestration."""
    return {
        "full_units": full_units,
        "list_cents": list_cents,
        "scheduled_cents": scheduled,
        "expected_cents": expected,
        "assistant_cut_cents": 0,
        "sequestration_cents": 0,
        "receipts_cents": expected,
    }


def repeated(lines: pl.DataFrame, times: int = 20) -> pl.DataFrame:
    """The same lines so many times over, as other visits: enough units to be named."""
    return pl.concat([lines.with_columns(visit_key=pl.col("visit_key") + 1000 * number) for number in range(times)])


# Visit 1: 97112 in full and two units of 97110 reduced. Visit 2: 97110 in full, billed below the fee, denied.
# Visit 3: a code Medicare sets no amount for.
THREE_VISITS = priced(
    {
        "visit_key": 1,
        "date_of_service": date(2026, 1, 5),
        "code": "97112",
        "payer": "Acme",
        "provider": "Ada",
        "charge_cents": 7000,
        "allowed_cents": 3500,
        "insurance_paid_cents": 2800,
        "patient_paid_cents": 500,
        **amounts(3273, 3273, 3273),
    },
    {
        "visit_key": 1,
        "date_of_service": date(2026, 1, 5),
        "code": "97110",
        "units": 2,
        "payer": "Acme",
        "provider": "Ada",
        "charge_cents": 12000,
        "allowed_cents": 5000,
        "insurance_paid_cents": None,
        "patient_paid_cents": 1000,
        **amounts(5812, 4442, 4442, full_units=0),
    },
    {
        "visit_key": 2,
        "date_of_service": date(2026, 2, 9),
        "code": "97110",
        "payer": None,
        "provider": "Ben",
        "charge_cents": 2500,
        "status": "denied",
        **amounts(2906, 2906, 2500),
    },
    {
        "visit_key": 3,
        "date_of_service": date(2026, 2, 10),
        "code": "97014",
        "payer": "Acme",
        "provider": "Ben",
        "charge_cents": 3000,
    },
)
