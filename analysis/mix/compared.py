"""Who uses a code more than the others: shares by therapist, payer or clinic, and what may be said of them.

Patients, not units, are drawn again (`intervals`). Nothing is said to differ that rests on few units or few patients,
or that changed within the period: the sum of two habits is nobody's habit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from analysis.lines.filters import NOT_STATED
from analysis.metrics.core import Missing, missing
from analysis.metrics.ripeness import few_patients, few_share_units
from analysis.mix.intervals import interval, standard_error, student, times_drawn, wilson

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_UNITS = ("focus_units", "set_units")
_OTHERS = 0.975
"""Two-sided 95 %: a share differs from the others'."""
_CHANGE = 0.995
"""Two-sided 99 %: stricter, as every therapist is asked whether anything changed."""

COMPARED: dict[str, pl.DataType] = {
    "key": pl.String(),
    "focus_units": pl.Int64(),
    "set_units": pl.Int64(),
    "patients": pl.Int64(),
    "share": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "few": pl.Boolean(),
    "differs": pl.Boolean(),
    "changed_since": pl.Date(),
    "share_earlier": pl.Float64(),
    "share_since": pl.Float64(),
}
"""Grain: a therapist, payer, class, clinic or state (`key`; NOT_STATED if lines leave it empty), highest share first.
patients: those with units of the set. low, high: 95 % interval of the share, null for few patients or where the export
does not tell them apart. few: too few units of the set to draw or name. differs: whether the share is another one than
that of all others together; null where that cannot be said. changed_since: the month since which about the share is
another one, with the shares before and since; null where nothing can be said to have changed."""


def tells_patients(lines: pl.DataFrame) -> bool:
    """Tell whether the patients of some lines come again: without a patient column, each visit is a patient."""
    days = lines.select(pl.struct("patient_key", "date_of_service").n_unique()).item()
    return bool(lines["patient_key"].n_unique() < days)


def by(
    lines: pl.DataFrame, fields: Collection[str], codes: Sequence[str], focus: str, by: str = "provider"
) -> pl.DataFrame | Missing:
    """Compare the focus code's share of the set between therapists, payers, classes or clinics: `COMPARED`.

    Values without any unit of the set are left out. `Missing` if the export lacks the column.
    """
    if missing_column := missing(fields, by):
        return missing_column
    of_set = lines.filter(pl.col("code").is_in(list(codes)))
    return compared(of_set, focus, pl.col(by).cast(pl.String).fill_null(NOT_STATED))


def compared(of_set: pl.DataFrame, focus: str, key: pl.Expr) -> pl.DataFrame:
    """Compare the focus code's share between the values of a key: `COMPARED`. `of_set` are the lines of the set."""
    month = pl.col("date_of_service").dt.truncate("1mo").alias("month")
    units = (
        of_set.group_by("patient_key", key.alias("key"), month)
        .agg(
            pl.col("units").filter(pl.col("code") == focus).sum().alias("focus_units"),
            pl.col("units").sum().alias("set_units"),
        )
        .filter(pl.col("set_units") > 0)
        .sort("key", "month", "patient_key")
    )
    if units.is_empty():
        return pl.DataFrame(schema=COMPARED)
    months = units.group_by("key", "month", maintain_order=True).agg(pl.sum("focus_units", "set_units"))
    splits = {key: _halves(part) for (key,), part in months.group_by("key", maintain_order=True)}
    claims = _claims(units, splits) if tells_patients(of_set) else {}
    rows = []
    for key_value, part in units.group_by("key", maintain_order=True):
        name = str(key_value[0])
        focus_units, set_units = int(part["focus_units"].sum()), int(part["set_units"].sum())
        counts = {"key": name, "focus_units": focus_units, "set_units": set_units, "share": focus_units / set_units}
        patients = part["patient_key"].n_unique()
        few = set_units < few_share_units()
        rows.append({**counts, "patients": patients, "few": few, **claims.get(name, {})})
    frame = pl.DataFrame(rows, schema=COMPARED)
    if not claims:
        frame = frame.with_columns(patients=pl.lit(None, pl.Int64))
    changed = frame.filter(pl.col("changed_since").is_not_null())["key"]
    for name in changed:
        frame = _with_change(frame, name, _since(months.filter(pl.col("key") == name)))
    return frame.sort(["share", "key"], descending=[True, False])


def _halves(months: pl.DataFrame) -> date | None:
    """Return the month the second half of one key's units begins with; None if all are in one month."""
    if months.height < 2:  # noqa: PLR2004  two halves take two months
        return None
    before = months["set_units"].cum_sum().shift(1, fill_value=0)
    middle = int(((before - months["set_units"].sum() / 2).abs()).slice(1).arg_min() or 0) + 1
    split: date = months["month"][middle]
    return split


def _claims(units: pl.DataFrame, splits: dict[Any, date | None]) -> dict[str, dict[str, Any]]:
    """Return what may be said of each key: its interval, whether it differs from the others, whether it changed."""
    numbered = units.with_columns(patient=pl.col("patient_key").rank("dense").cast(pl.Int64) - 1)
    all_units = np.zeros((numbered["patient"].n_unique(), 2))
    for column, name in enumerate(_UNITS):
        np.add.at(all_units[:, column], numbered["patient"].to_numpy(), numbered[name].to_numpy())
    times = times_drawn(len(all_units))
    every = _Drawn(all_units, times @ all_units)
    claims = {}
    for (key,), part in numbered.group_by("key", maintain_order=True):
        split = splits[key]
        patients, row = np.unique(part["patient"].to_numpy(), return_inverse=True)
        own = np.zeros((len(patients), 2, 2))  # patient, half, focus or set
        later = (part["month"] >= split).to_numpy().astype(np.int64) if split else np.zeros(part.height, np.int64)
        for column, name in enumerate(_UNITS):
            np.add.at(own[:, :, column], (row, later), part[name].to_numpy())
        draws = (times[:, patients] @ own.reshape(-1, 4)).reshape(-1, 2, 2)
        others = all_units.copy()
        others[patients] -= own.sum(axis=1)
        claims[str(key)] = _claim(_Drawn(own, draws), _Drawn(others, every.draws - draws.sum(axis=1)), split)
    return claims


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """Units by patient and column, and by draw and column."""

    units: Floats
    draws: Floats


def _claim(own: _Drawn, others: _Drawn, split: date | None) -> dict[str, Any]:
    """Return the claims about one key; columns of COMPARED."""
    units, drawn = own.units.sum(axis=1), own.draws.sum(axis=1)
    patients = len(units)
    if patients < few_patients():
        return {}
    focus, whole = units.sum(axis=0)
    share = float(focus / whole)
    low, high = interval(share, standard_error(_ratio(drawn), patients), patients)
    claim: dict[str, Any] = {"low": low, "high": high}
    if whole < few_share_units():
        return claim
    if split is not None and _changed(own):
        return {**claim, "changed_since": split}
    if others.units[:, 1].sum() < few_share_units() or (others.units[:, 1] > 0).sum() < few_patients():
        return claim
    rest = float(others.units[:, 0].sum() / others.units[:, 1].sum())
    error = standard_error(_ratio(drawn) - _ratio(others.draws), patients)
    apart = abs(share - rest) > student(_OTHERS, patients - 1) * error
    return {**claim, "differs": apart and not low <= rest <= high}


def _changed(own: _Drawn) -> bool:
    """Tell whether a share differs between the two halves of its units by more than its patients differ."""
    units, patients = own.units.sum(axis=0), (own.units[:, :, 1] > 0).sum(axis=0)
    few = int(patients.min())
    if few < few_patients() or units[:, 1].min() < few_share_units():
        return False
    shares = units[:, 0] / units[:, 1]
    for share, count, other in zip(shares, patients, shares[::-1], strict=True):
        alike = wilson(round(share * count), int(count)) if share in {0.0, 1.0} else None
        if alike and alike[0] <= other <= alike[1]:
            return False  # all patients of a half are alike, so that drawing them again says nothing of it
    error = standard_error(_ratio(own.draws[:, 1]) - _ratio(own.draws[:, 0]), few)
    return bool(abs(shares[1] - shares[0]) > student(_CHANGE, few - 1) * error)


def _ratio(sums: Floats) -> Floats:
    """Return focus units of set units; nan where there are none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: Floats = sums[:, 0] / sums[:, 1]
    return ratio


def _since(months: pl.DataFrame) -> tuple[date, float, float]:
    """Return the month that parts one key's months best (the largest CUSUM), and the shares before it and since."""
    focus, whole = (months[name].to_numpy().astype(np.float64) for name in ("focus_units", "set_units"))
    distance = np.abs(np.cumsum(focus - whole * focus.sum() / whole.sum()))
    split = int(np.argmax(distance[:-1])) + 1
    first: date = months["month"][split]
    return first, float(focus[:split].sum() / whole[:split].sum()), float(focus[split:].sum() / whole[split:].sum())


def _with_change(frame: pl.DataFrame, key: str, change: tuple[date, float, float]) -> pl.DataFrame:
    first, earlier, since = change
    is_key = pl.col("key") == key
    return frame.with_columns(
        pl.when(is_key).then(pl.lit(value)).otherwise(name).alias(name)
        for name, value in (("changed_since", first), ("share_earlier", earlier), ("share_since", since))
    )
