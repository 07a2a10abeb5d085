"""Stack the lines and accounts of several exports."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from types import MappingProxyType

import polars as pl

from analysis.ingest.rows.export import Export
from analysis.ingest.rows.to_lines import pack_visits

_FRAMES = ("provider_adjustments", "imbalances", "postings", "unmatched", "numbers", "checks")
_COUNTS = tuple(
    f"{measure}_{kind}" for measure in ("rows", "dollars") for kind in ("read", "accepted", "rejected", "ignored")
)


def with_file_name(export: Export, name: str) -> Export:
    """Rename an export's file wherever its frames name it."""

    def rename(frame: pl.DataFrame) -> pl.DataFrame:
        if "source_file" not in frame.columns:
            return frame
        return frame.with_columns(pl.lit(name).cast(frame.schema["source_file"]).alias("source_file"))

    frames = {
        item.name: rename(getattr(export, item.name))
        for item in fields(export)
        if isinstance(getattr(export, item.name), pl.DataFrame)
    }
    return replace(export, name=name, **frames)  # type: ignore[arg-type]  # the fields that hold frames


def concatenated(exports: list[Export]) -> Export:
    """Stack all lines and accounts; visits are found anew over all files."""
    exports = _with_clinics(exports)
    first_ids, next_id = [], 0
    for export in exports:
        first_ids.append(next_id)
        next_id += export.lines.height
    all_fields = frozenset[str]().union(*(export.fields for export in exports))

    def shifted(name: str) -> pl.DataFrame:
        moved = (
            getattr(export, name).with_columns(pl.col("line_id") + first_id)
            for export, first_id in zip(exports, first_ids, strict=True)
        )
        stacked: pl.DataFrame = pl.concat(moved)
        return stacked

    lines = pl.concat(
        _with_total(export, all_fields).with_columns(pl.col("line_id") + first_id)
        for export, first_id in zip(exports, first_ids, strict=True)
    )
    keys = shifted("keys")
    zips: dict[str | None, str] = {}
    for export in reversed(exports):
        zips |= export.clinic_zips
    digest = hashlib.sha256(
        "\n".join(f"{item.sha256} {item.sheet} {item.mapping}" for item in exports).encode()
    ).hexdigest()
    main = next((export for export in exports if export.format != "835"), exports[0])
    return Export(
        name=_listed([export.name for export in exports]),
        sha256=digest,
        format=", ".join(dict.fromkeys(export.format for export in exports)),
        sheet="",
        lines=lines.with_columns(visit_key=_visits(lines, keys)),
        mapping=main.mapping,
        fields=all_fields,
        rows=pl.concat(export.rows for export in exports),
        rejected=pl.concat((_with_file(export) for export in exports if export.rejected.height), how="diagonal_relaxed")
        if any(export.rejected.height for export in exports)
        else main.rejected,
        notices=tuple(
            replace(notice, text=f"{export.name}: {notice.text}") for export in exports for notice in export.notices
        ),
        clinic_zips=MappingProxyType(zips),
        keys=keys,
        adjustments=shifted("adjustments"),
        **{name: pl.concat(getattr(export, name) for export in exports) for name in _FRAMES},
        **{name: sum(getattr(export, name) for export in exports) for name in _COUNTS},
    )


def _with_clinics(exports: list[Export]) -> list[Export]:
    """Name lines without a clinic by their file's ZIP code if other files belong to other clinics."""
    zip_codes = {export.clinic_zips[None] for export in exports if None in export.clinic_zips}
    if len(zip_codes) < 2 and not any(set(export.clinic_zips) - {None} for export in exports):  # noqa: PLR2004  two differ
        return exports
    return [
        _with_clinic(export, export.clinic_zips[None]) if None in export.clinic_zips else export for export in exports
    ]


def _with_clinic(export: Export, zip_code: str) -> Export:
    """Give an export's lines without a clinic the clinic of a ZIP code, named by it."""
    clinic_names = pl.col("clinic").cast(pl.String).fill_null(zip_code).cast(export.lines.schema["clinic"])
    zips: dict[str | None, str] = {clinic or zip_code: code for clinic, code in export.clinic_zips.items()}
    lines = export.lines.with_columns(clinic=clinic_names)
    return replace(export, lines=lines, clinic_zips=MappingProxyType(zips), fields=export.fields | {"clinic"})


def _listed(names: list[str]) -> str:
    """List the names of a set for a title."""
    several = 3
    return ", ".join(names) if len(names) <= several else f"{names[0]}, {names[1]} and {len(names) - 2} more files"


def _with_file(export: Export) -> pl.DataFrame:
    """Return the rejected rows with their file's name."""
    rejected = export.rejected
    return rejected.with_columns(source_file=pl.lit(export.name)).select("source_file", pl.exclude("source_file"))


def _with_total(export: Export, set_fields: frozenset[str]) -> pl.DataFrame:
    """Add total payments if only other files have them, so that a set's totals use one column."""
    parts = [name for name in ("insurance_paid_cents", "patient_paid_cents") if name in export.fields]
    if "paid_cents" not in set_fields or "paid_cents" in export.fields or not parts:
        return export.lines
    has_payment = pl.any_horizontal(pl.col(name).is_not_null() for name in parts)
    return export.lines.with_columns(paid_cents=pl.when(has_payment).then(pl.sum_horizontal(parts)))


def _visits(lines: pl.DataFrame, keys: pl.DataFrame) -> pl.Series:
    """Return visit keys over a set: equal for the same billing group, patient and day; no group means the only one."""
    groups = keys["group_key"]
    if groups.drop_nulls().n_unique() == 1:
        groups = groups.fill_null(strategy="forward").fill_null(strategy="backward")
    return pack_visits(groups.rank("dense").fill_null(0), lines["patient_key"].rank("dense"), lines["date_of_service"])
