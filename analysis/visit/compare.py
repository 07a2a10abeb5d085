"""The same visit under every schedule, in other localities, and with one more unit of each code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.codes import hcpcs
from analysis.pricing import rate_tables
from analysis.visit.lines import Service
from analysis.visit.priced import lines_of, total

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.medicare.fees import Locality
    from analysis.visit.lines import Visit

_TOTALS = dict.fromkeys(("expected_cents", "medicare_cents", "patient_cents", "receipts_cents"), pl.Int64)


def _totals(visit: Visit) -> tuple[int | None, ...]:
    """Return allowed amount, Medicare's payment, the patient's part, and both together."""
    lines = lines_of(visit)
    allowed, medicare, receipts = (
        total(lines, name) for name in ("expected_cents", "medicare_cents", "receipts_cents")
    )
    patient = None if receipts is None or medicare is None else receipts - medicare
    return allowed, medicare, patient, receipts


def by_year(visit: Visit) -> pl.DataFrame:
    """Price the visit under every schedule period.

    Grain: schedule period, oldest first: schedule, proposed, expected_cents, medicare_cents, patient_cents,
    receipts_cents (null where a code has no amount), visit_change (from the period before).
    """
    periods = rate_tables.conversion_factors(visit.track).select("schedule", "proposed", "start")
    rows = [(name, proposed, *_totals(visit.on(start))) for name, proposed, start in periods.iter_rows()]
    schema = {"schedule": pl.String, "proposed": pl.Boolean, **_TOTALS}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    earlier = pl.col("expected_cents").shift(1)
    return frame.with_columns(pl.when(earlier > 0).then(pl.col("expected_cents") / earlier - 1).alias("visit_change"))


def by_locality(visit: Visit, localities: Iterable[Locality]) -> pl.DataFrame:
    """Price the visit in several localities. Grain: locality: place and the visit's totals."""
    rows = [(place.label, *_totals(replace(visit, locality=place))) for place in dict.fromkeys(localities)]
    return pl.DataFrame(rows, schema={"place": pl.String, **_TOTALS}, orient="row")


def one_more_unit(visit: Visit) -> pl.DataFrame:
    """Return what one more unit of each timed code of the visit would add.

    Grain: code: code, label, added_cents (allowed), added_receipts_cents. Null where the visit has no amount.
    """
    base = lines_of(visit)
    given = tuple(
        Service(code, units, modifiers=tuple(modifiers.split()))
        for code, units, modifiers in base.select("code", "units", "modifiers").iter_rows()
    )
    rows = []
    for position, service in enumerate(given):
        if hcpcs.minutes(service.code) is None:
            continue
        more = (*given[:position], replace(service, units=(service.units or 0) + 1), *given[position + 1 :])
        allowed, _, _, receipts = _totals(replace(visit, services=more))
        before = (total(base, "expected_cents"), total(base, "receipts_cents"))
        added = [
            None if after is None or earlier is None else after - earlier
            for after, earlier in zip((allowed, receipts), before, strict=True)
        ]
        rows.append((service.code, hcpcs.label(service.code), *added))
    schema = {"code": pl.String, "label": pl.String, "added_cents": pl.Int64, "added_receipts_cents": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").unique("code", keep="first", maintain_order=True)
