"""Turn the accepted rows into canonical billing lines (`analysis.lines.billing_line`)."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import ContractError
from analysis.ingest.cells.distinct import by_distinct
from analysis.ingest.cells.values import payer_class, read_disciplines, read_zips
from analysis.ingest.rows.statuses import statuses
from analysis.lines.billing_line import CENTS, OPTIONAL, SCHEMA, Status, conform

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping

    from analysis.ingest.rows.parse import Rows

_DAY_ZERO = date(2000, 1, 1)
_DAY_BITS, _PATIENT_BITS, _GROUP_BITS = 16, 28, 19
"""Bits of a visit_key, from the right: day since 2000 (to 2179), patient (268 million), group (524 thousand)."""
_PAYMENTS = ("paid_cents", "insurance_paid_cents", "patient_paid_cents")
_TEXTS = ("payer", "provider", "adjustment_reasons")


def line_fields(rows: Rows) -> frozenset[str]:
    """Return the canonical fields the export really has: all required ones, and the optional ones present."""
    has = {name for name in OPTIONAL if name in rows.mapping.fields or name in rows.values}
    if not _clinics(rows).is_null().all():
        has.add("clinic")
    return frozenset(SCHEMA) - OPTIONAL - {"mac", "locality"} | has


def build_lines(rows: Rows, accepted: pl.Series) -> pl.DataFrame:
    """Build the lines of the accepted rows, in source order.

    Raises
    ------
    ContractError
        If they break the contract of `analysis.lines.billing_line`.
    """
    all_accepted = accepted.len() == rows.height
    values = {name: series if all_accepted else series[accepted] for name, series in rows.values.items()}
    texts = {name: rows.text(name) if all_accepted else rows.text(name)[accepted] for name in _TEXTS}
    frame = pl.DataFrame(
        {
            "line_id": pl.int_range(accepted.len(), eager=True),
            "source_row": rows.table.source_rows(accepted),
            "patient_key": values["patient_key"],
            "visit_key": _visit_keys(rows, accepted),
            "date_of_service": values["date"],
            "code": values["code"],
            "modifiers": values["modifiers"],
            "units": values["units"],
            "minutes": values.get("minutes"),
            "units_paid": values.get("units_paid"),
            "paid_on": values.get("paid_on"),
            "place_of_service": values.get("place_of_service"),
            "payer_class": _payer_classes(rows, accepted),
            "discipline": _disciplines(rows, accepted),
            "status": statuses(rows, accepted).fill_null(Status.CHARGE.value),
            **{name: values.get(name) for name in CENTS},
            "clinic": _clinics(rows)[accepted],
            **texts,
        },
        schema_overrides={
            "minutes": pl.Int64,
            "units_paid": pl.Int64,
            "paid_on": pl.Date,
            "place_of_service": pl.String,
        }
        | dict.fromkeys(CENTS, pl.Int64),
    ).with_columns(source_file=pl.lit(rows.table.name), mac=pl.lit(None, pl.String), locality=pl.lit(None, pl.String))
    return conform(frame.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()))


def _visit_keys(rows: Rows, accepted: pl.Series) -> pl.Series:
    """Pack billing group, patient and date into one number: equal exactly if all three are."""
    groups = rows.text("billing_group")
    distinct = groups.unique()
    index = pl.DataFrame({"name": distinct, "group": pl.int_range(distinct.len(), dtype=pl.Int64, eager=True)})
    group = (
        groups.alias("name")
        .to_frame()
        .join(index, on="name", how="left", nulls_equal=True, maintain_order="left")["group"]
    )
    return pack_visits(group[accepted], rows.values["patient_index"][accepted], rows.values["date"][accepted])


def pack_visits(group: pl.Series, patient: pl.Series, day: pl.Series) -> pl.Series:
    """Pack billing group, patient and date into one number: equal exactly if all three are.

    Raises
    ------
    ContractError
        If one of them has more values than its bits can hold.
    """
    parts = pl.DataFrame({"group": group, "patient": patient, "day": (day - _DAY_ZERO).dt.total_days()})
    parts = parts.cast(pl.Int64)
    for name, bits in (("group", _GROUP_BITS), ("patient", _PATIENT_BITS), ("day", _DAY_BITS)):
        if parts.height and not parts[name].is_between(0, 2**bits - 1).all():
            raise ContractError(f"a visit_key has no room for this {name}")
    packed = (pl.col("group") * 2**_PATIENT_BITS + pl.col("patient")) * 2**_DAY_BITS + pl.col("day")
    return parts.select(visit_key=packed).to_series()


def _payer_classes(rows: Rows, accepted: pl.Series) -> pl.Series:
    """Return the class of every line's payer, from its type and name."""
    pairs = pl.DataFrame({"kind": rows.text("payer_type")[accepted], "name": rows.text("payer")[accepted]})
    distinct = pairs.unique()
    classes = [payer_class(kind, name) for kind, name in distinct.iter_rows()]
    distinct = distinct.with_columns(pl.Series("payer_class", classes, dtype=pl.String))
    joined = pairs.join(distinct, on=["kind", "name"], how="left", nulls_equal=True, maintain_order="left")
    return joined["payer_class"]


def _disciplines(rows: Rows, accepted: pl.Series) -> pl.Series:
    """Return PT, OT or SLP from GP, GO or GN on the line, else from the export's column; null if neither says."""
    column_disciplines = by_distinct(rows.text("discipline")[accepted], read_disciplines)["discipline"]
    by_modifier = by_distinct(rows.values["modifiers"][accepted], _discipline_of)["discipline"]
    return (
        column_disciplines
        if by_modifier.null_count() == accepted.len()
        else by_modifier.zip_with(by_modifier.is_not_null(), column_disciplines)
    )


def _discipline_of(modifiers: pl.Series) -> pl.DataFrame:
    """Read distinct modifiers as ``discipline``; null if none of them tells."""
    of_modifier = pl.coalesce(
        pl.when(pl.col("modifiers").str.contains(modifier, literal=True)).then(pl.lit(discipline))
        for modifier, discipline in (("GP", "PT"), ("GO", "OT"), ("GN", "SLP"))
    )
    return modifiers.alias("modifiers").to_frame().select(discipline=of_modifier)


def _clinics(rows: Rows) -> pl.Series:
    """Return every row's clinic; if the export has ZIP codes but no clinics, each ZIP code is a clinic."""
    if rows.has("clinic") or not rows.has("clinic_zip"):
        return rows.text("clinic")
    zips = by_distinct(rows.text("clinic_zip"), read_zips)["zip"].alias("clinic")
    return zips if zips.drop_nulls().n_unique() > 1 else rows.text("clinic")


def clinic_zips(rows: Rows, accepted: pl.Series) -> AnyMapping[str | None, str]:
    """Map each clinic to its most common ZIP code; empty if the export has no ZIP codes."""
    if not rows.has("clinic_zip"):
        return MappingProxyType({})
    zips = by_distinct(rows.text("clinic_zip")[accepted], read_zips)["zip"]
    counts = (
        pl.DataFrame({"clinic": _clinics(rows)[accepted], "zip": zips})
        .drop_nulls("zip")
        .group_by("clinic", "zip")
        .len()
        .sort(["len", "zip"], descending=[True, False])
        .unique("clinic", keep="first", maintain_order=True)
        .sort("clinic", nulls_last=True)
    )
    return MappingProxyType(dict(counts.select("clinic", "zip").iter_rows()))
