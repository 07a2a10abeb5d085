"""The Medicare locality of every clinic of an export: the user's choice, else the clinic's ZIP code in the file."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import BadInput
from analysis.medicare.fees import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.ingest import Export
    from analysis.medicare.fees import Locality


def clinics(export: Export) -> tuple[str | None, ...]:
    """Return the clinics of an export; a single None if it does not tell them apart."""
    names = export.lines["clinic"].cast(pl.String).unique()
    return tuple(sorted(names, key=lambda name: name or "")) or (None,)


def zip_locality(export: Export, clinic: str | None) -> Locality | None:
    """Return the locality of a clinic's ZIP code; None if the export gives none or CMS does not list it."""
    zip_code = export.clinic_zips.get(clinic)
    if zip_code is None:
        return None
    try:
        return resolve(zip_code)
    except BadInput:
        return None


def clinic_localities(
    export: Export, entered: Mapping[str, Locality] = MappingProxyType({}), fallback: Locality | None = None
) -> dict[str | None, Locality | None]:
    """Return the locality of every clinic.

    Parameters
    ----------
    entered:
        Clinic, in any case -> the locality the user gave it; it takes precedence over the file's ZIP code.
    fallback:
        The locality of clinics without a ZIP code in CMS's list.

    Raises
    ------
    BadInput
        For a clinic the export does not have.
    """
    names = clinics(export)
    by_name = {name.casefold(): name for name in names if name is not None}
    by_clinic: dict[str | None, Locality] = {}
    for name, locality in entered.items():
        if name.casefold() not in by_name:
            clinic_names = ", ".join(sorted(by_name.values())) or "none (the files name no clinics)"
            raise BadInput(
                f'no clinic "{name}"', expected=f"one of the clinics {clinic_names}", todo="check --locality"
            )
        by_clinic[by_name[name.casefold()]] = locality
    return {clinic: by_clinic.get(clinic) or zip_locality(export, clinic) or fallback for clinic in names}
