"""The reference the benchmark measures against: Medicare's amounts in pandas, the way an analyst would write it.

Merges with the clinic and fee tables, a sort, cumcount for the unit paid in full, groupby for the result; int64 cents.
Nothing is tuned, and nothing is slowed down: text columns are pandas' own string type, as its readers give them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

TEXT = ("patient", "code", "modifiers", "payer", "clinic")


def read_csv(folder: Path) -> pd.DataFrame:
    """Read the lines from CSV with pandas' C reader."""
    types = dict.fromkeys(TEXT, "str")
    return pd.read_csv(folder / "lines.csv", engine="c", dtype=types, parse_dates=["date_of_service"], na_filter=False)


def read_parquet(folder: Path) -> pd.DataFrame:
    """Read the lines from Parquet."""
    lines = pd.read_parquet(folder / "lines.parquet")
    lines["date_of_service"] = pd.to_datetime(lines["date_of_service"])
    return lines


def _half_up_share(cents: pd.Series, basis_points: pd.Series) -> pd.Series:
    return (2 * cents * basis_points + 10_000) // 20_000


def price(lines: pd.DataFrame, folder: Path, fees_file: str = "fees.csv") -> pd.DataFrame:
    """Price every line: units paid in full, expected, coinsurance, medicare and receipts in cents."""
    clinics = pd.read_csv(folder / "clinics.csv", dtype="str")
    fees = pd.read_csv(folder / fees_file, dtype={"code": "str", "locality": "str"})
    # A code Medicare sets no amount for has no fee.
    fees = fees.astype({"full_cents": "Int64", "reduced_cents": "Int64"})
    priced = lines.assign(year=lines["date_of_service"].dt.year)
    priced = priced.merge(clinics, on="clinic", how="left").merge(fees, on=["code", "locality", "year"], how="left")
    priced["assistant"] = priced["modifiers"].str.contains("CQ") | priced["modifiers"].str.contains("CO")

    # The top unit of a patient-day: highest practice expense, then fee, then no assistant, charge, first in the source.
    order = ["patient", "date_of_service", "mppr", "pe_rvu_e2", "full_cents", "assistant", "charge_cents", "line_id"]
    priced = priced.sort_values(order, ascending=[True, True, False, False, False, True, False, True])
    rank = priced.groupby(["patient", "date_of_service"]).cumcount()
    reduced = priced["mppr"].astype("bool")
    has_fee = priced["full_cents"].notna()
    full = priced["full_cents"].fillna(0).astype("int64")
    less = priced["reduced_cents"].fillna(0).astype("int64")
    units = priced["units"]
    full_units = units.where(~reduced, (rank == 0).astype("int64"))
    scheduled = full_units * full + (units - full_units) * less

    expected = scheduled.where(scheduled < priced["charge_cents"], priced["charge_cents"]).where(has_fee, 0)
    coinsurance = _half_up_share(expected, priced["patient_share_bp"])
    medicare = expected - coinsurance
    medicare = medicare.where(~priced["assistant"], _half_up_share(medicare, priced["assistant_share_bp"]))
    medicare = medicare - _half_up_share(medicare, priced["sequestration_bp"])
    return priced.assign(
        expected_cents=expected, medicare_cents=medicare, receipts_cents=medicare + coinsurance, priced=has_fee
    )


def recode(lines: pd.DataFrame, source: str, target: str, most: int) -> pd.DataFrame:
    """Units of one code become another's, at most so many a visit, in every visit that has any."""
    per_unit = (lines["charge_cents"] / lines["units"])[lines["code"] == target].median()
    charge = int(per_unit + 0.5)
    giving = lines[lines["code"] == source]
    giving = giving.assign(assistant=giving["modifiers"].str.contains("CQ") | giving["modifiers"].str.contains("CO"))
    order = ["patient", "date_of_service", "assistant", "units", "line_id"]
    giving = giving.sort_values(order, ascending=[True, True, True, False, True])
    before = giving.groupby(["patient", "date_of_service"])["units"].cumsum() - giving["units"]
    taken = (most - before).clip(lower=0).clip(upper=giving["units"])
    lines = lines.assign(taken=taken.reindex(lines.index, fill_value=0), line_id=lines["line_id"] * 2)
    new = lines[lines["taken"] > 0]
    new = new.assign(code=target, units=new["taken"], charge_cents=new["taken"] * charge, line_id=new["line_id"] + 1)
    rest = lines["units"] - lines["taken"]
    kept = (2 * lines["charge_cents"] * rest + lines["units"]) // (2 * lines["units"])
    left = lines.assign(charge_cents=kept.where(lines["taken"] > 0, lines["charge_cents"]), units=rest)
    return pd.concat([left[left["units"] > 0], new]).drop(columns="taken")


def what_if(priced: pd.DataFrame) -> list[list[str | int]]:
    """Per code: code, units, expected and receipts in cents; by code."""
    return [[row[0], row[3], row[4], row[6]] for row in per_code(priced)]


def per_code(priced: pd.DataFrame) -> list[list[str | int]]:
    """Per code: code, lines, lines priced, units, expected, medicare and receipts in cents; by code."""
    grouped = priced.groupby("code", as_index=False).agg(
        lines=("line_id", "size"),
        priced=("priced", "sum"),
        units=("units", "sum"),
        expected=("expected_cents", "sum"),
        medicare=("medicare_cents", "sum"),
        receipts=("receipts_cents", "sum"),
    )
    rows = grouped.sort_values("code").itertuples(index=False)
    return [[str(code), *(int(number) for number in numbers)] for code, *numbers in rows]
