"""The sample clinic: fixed by its seed, of the size asked for, and like a real practice where it matters."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from analysis.errors import BadInput
from analysis.ingest import read_export
from analysis.medicare.fees import load_book, resolve
from analysis.pricing import price, schedule_amounts
from analysis.sample import HEADINGS, generate, write
from analysis.sample.dirt import cents_of
from analysis.sample.export import MONEY, clean_rows
from analysis.sample.practice import load_practice, read_practice
from analysis.system.paths import DATA

ROOT = Path(__file__).resolve().parents[2]
SEED = 20261031


@pytest.fixture(scope="module")
def big() -> pl.DataFrame:
    """Enough rows for shares to settle; dirt and totals row taken out."""
    frame = generate(60_000, 7)
    fit = (
        pl.col("DOS").is_not_null()
        & pl.col("Units").str.contains(r"^\d$")
        & pl.col("CPT").is_in(list(load_practice().charges))
    )
    return frame.filter(fit & ~pl.col("DOS").str.ends_with("2029")).with_columns(
        pl.col("DOS").str.to_date("%m/%d/%Y"),
        pl.col("Remittance Date").str.to_date("%m/%d/%Y"),
        pl.col("Units").cast(pl.Int64),
        *(cents_of(name).alias(name) for name in MONEY),
    )


def value(frame: pl.DataFrame, expression: pl.Expr) -> Any:
    return frame.select(expression).item()


def units_share(frame: pl.DataFrame, *codes: str) -> float:
    return float(
        value(frame.filter(pl.col("CPT").is_in(codes)), pl.col("Units").sum()) / value(frame, pl.col("Units").sum())
    )


@pytest.mark.parametrize("lines", [1, 2, 17, 499, 500, 501, 3_000])
def test_as_many_rows_as_asked_for_under_the_headings_of_the_contract(lines: int) -> None:
    frame = generate(lines, 3)
    assert frame.height == lines
    assert tuple(frame.columns) == HEADINGS
    assert set(frame.dtypes) == {pl.String}


def test_the_seed_fixes_the_rows_and_another_seed_gives_others() -> None:
    assert generate(2_000, 5).equals(generate(2_000, 5))
    assert not generate(2_000, 5).equals(generate(2_000, 6))


def test_the_sample_in_the_repository_is_what_the_generator_makes() -> None:
    made = io.BytesIO()
    generate(12_000, SEED).write_csv(made)
    stored = (DATA / "samples" / "riverside_pt.csv").read_bytes()
    assert hashlib.sha256(made.getvalue()).hexdigest() == hashlib.sha256(stored).hexdigest()
    assert len(stored) < 2_000_000


def test_time_zone_locale_and_threads_change_nothing(tmp_path: Path) -> None:
    code = f"from analysis.sample import generate; generate(700, {SEED}).write_csv('x.csv')"
    places = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "POLARS_MAX_THREADS": "1", "PYTHONHASHSEED": "1"}
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | places
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    write(generate(700, SEED), tmp_path / "here.csv")
    assert (tmp_path / "x.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx", "parquet"])
def test_every_format_is_the_same_file_each_time(tmp_path: Path, ending: str) -> None:
    frame = generate(600, 9)
    first, second = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    write(frame, first)
    write(frame, second)
    assert first.read_bytes() == second.read_bytes()


def test_a_workbook_has_real_dates_and_numbers_and_no_formulas(tmp_path: Path) -> None:
    frame = generate(600, 9).with_columns(pl.lit("=1+1").alias("Payer"))
    write(frame, tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["Charges"]
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]] == list(HEADINGS)
    assert len(rows) == 601
    at = {name: position for position, name in enumerate(HEADINGS)}
    first = rows[1]
    assert isinstance(first[at["DOS"]].value, datetime)
    assert first[at["Charge"]].value == pytest.approx(float(frame["Charge"][0]))
    assert first[at["Units"]].data_type == "n"
    assert first[at["Payer"]].value == "=1+1"
    assert first[at["Payer"]].data_type != "f"
    # A reversal's money in parentheses is a negative number in a workbook.
    assert any(isinstance(row[at["Charge"]].value, int | float) and row[at["Charge"]].value < 0 for row in rows[1:])


@pytest.mark.parametrize(("lines", "seed"), [(0, 1), (-5, 1), (10, -1)])
def test_a_number_of_lines_or_a_seed_that_cannot_be_is_refused(lines: int, seed: int) -> None:
    with pytest.raises(BadInput, match="expected 1 line or more"):
        generate(lines, seed)


def test_files_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"\.csv, \.tsv, \.xlsx or \.parquet"):
        write(generate(5, 1), tmp_path / "a.doc")
    with pytest.raises(BadInput, match="an existing folder"):
        write(generate(5, 1), tmp_path / "nowhere" / "a.csv")
    too_many = pl.DataFrame({"Payer": pl.repeat("x", 1_048_576, eager=True)})
    with pytest.raises(BadInput, match="1,048,575 rows on a worksheet"):
        write(too_many, tmp_path / "a.xlsx")


def test_a_practice_file_that_lacks_a_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("[practice]\n", "utf-8")
    with pytest.raises(BadInput, match=r"p\.toml: found 'charges'"):
        read_practice(tmp_path / "p.toml")


def test_units_are_shared_by_the_codes_as_in_medicares_claims(big: pl.DataFrame) -> None:
    """The five movement codes against Medicare's 2023 figures, all states; eight points of leeway."""
    codes = ["97110", "97112", "97116", "97140", "97530"]
    claims = pl.read_csv(DATA / "benchmarks" / "utilization_2023_by_state.csv", schema_overrides={"hcpcs": pl.String})
    nation = claims.filter(pl.col("hcpcs").is_in(codes))
    ours = big.filter(pl.col("CPT").is_in(codes))
    for code in codes:
        services = pl.col("services")
        expected = value(nation, services.filter(pl.col("hcpcs") == code).sum() / services.sum())
        assert units_share(ours, code) == pytest.approx(expected, abs=0.08), code


def test_visits_look_like_therapy(big: pl.DataFrame) -> None:
    visits = big.group_by("Patient ID", "DOS").agg(pl.len().alias("lines"), pl.col("Units").sum())
    assert 2.9 <= value(visits, pl.col("lines").mean()) <= 3.4
    assert 3.8 <= value(visits, pl.col("Units").mean()) <= 4.4
    assert big["DOS"].dt.weekday().max() == 5
    assert not set(load_practice().calendar["holidays"]) & set(big["DOS"])
    months = big.group_by(pl.col("DOS").dt.truncate("1mo")).len()
    assert months.height == 24
    assert value(months, pl.col("len").min() / pl.col("len").max()) > 0.4
    evaluations = big.filter(pl.col("CPT").is_in(["97161", "97162", "97163", "97165", "97166", "97167"]))
    assert evaluations.height / visits.height == pytest.approx(0.09, abs=0.04)


@pytest.fixture(scope="module")
def priced() -> pl.DataFrame:
    """The sample in the repository as the app prices it: a line's clinic decides its locality."""
    path = DATA / "samples" / "riverside_pt.csv"
    export = read_export(path.read_bytes(), path.name, key=b"0" * 32)
    places = {clinic: resolve(zip_code) for clinic, zip_code in export.clinic_zips.items()}
    lines = price(export.lines, places).lines.filter(pl.col("expected_cents").is_not_null())
    return lines.with_columns(pl.col("code", "provider").cast(pl.String))


@pytest.mark.parametrize(("code", "low", "high"), [("97112", 0.10, 0.25), ("97110", 0.05, 0.12), ("97530", 0.5, 0.8)])
def test_more_than_one_code_is_the_unit_paid_in_full(priced: pl.DataFrame, code: str, low: float, high: float) -> None:
    """Were 97530 in every visit, 97112 and 97110 would always be reduced, and a mix of them worth the least it can."""
    units = priced.filter(code=code)
    assert low < value(units, pl.col("full_units").sum() / pl.col("units").sum()) < high


def test_97110_leads_in_units_and_a_visit_earns_what_it_should(priced: pl.DataFrame) -> None:
    units = dict(priced.group_by("code").agg(pl.col("units").sum()).iter_rows())
    four = ("97110", "97530", "97112", "97140")
    for code, share in zip(four, (0.38, 0.22, 0.18, 0.18), strict=True):
        assert units[code] / sum(units[c] for c in four) == pytest.approx(share, abs=0.025), code
    visits = priced.group_by("visit_key").agg(pl.col("units", "expected_cents").sum())
    assert 3.8 < value(visits, pl.col("units").mean()) < 4.2
    assert 9_500 < value(visits, pl.col("expected_cents").mean()) < 11_500


def test_many_follow_up_visits_of_pt_go_without_97530(priced: pl.DataFrame) -> None:
    evaluations = [f"9716{at}" for at in range(1, 9)]
    visits = priced.group_by("visit_key").agg(
        pl.col("provider").str.starts_with("PT").all().alias("pt"),
        pl.col("code").is_in(evaluations).any().alias("evaluated"),
        (pl.col("code") == "97530").any().alias("activities"),
    )
    share = value(visits.filter(pl.col("pt") & ~pl.col("evaluated")), (~pl.col("activities")).mean())
    assert 0.38 < share < 0.5


def test_modifiers_say_what_the_claim_has_to_say(big: pl.DataFrame) -> None:
    modifiers = pl.concat_str([f"Mod {at}" for at in range(1, 5)], separator=" ", ignore_nulls=True)
    lines = big.with_columns(modifiers.fill_null("").alias("mods"))
    medicare = lines.filter(pl.col("Payer Type") == "Medicare")
    assert medicare["mods"].str.contains("GP|GO|GN").all()
    assert medicare.filter(pl.col("Therapist").str.starts_with("PTA"))["mods"].str.contains("GP CQ").all()
    assert medicare.filter(pl.col("Therapist").str.starts_with("OTA"))["mods"].str.contains("GO CO").all()
    assert not lines.filter(~pl.col("Therapist").str.contains("^(PTA|OTA)"))["mods"].str.contains("CQ|CO").any()
    assert 0.005 < value(medicare, pl.col("mods").str.contains("KX").mean()) < 0.3
    group_visits = lines.filter(pl.col("CPT") == "97150").select("Patient ID", "DOS", "Therapist").unique()
    beside = lines.join(group_visits, on=["Patient ID", "DOS", "Therapist"], how="semi").filter(
        pl.col("CPT") == "97110"
    )
    assert beside["mods"].str.contains("59").all()
    assert 0.005 < value(lines, pl.col("mods").str.contains("59").mean()) < 0.08


def test_habits_of_therapists_differ(big: pl.DataFrame) -> None:
    def of(name: str, *codes: str) -> float:
        return units_share(big.filter(pl.col("Therapist") == name), *codes)

    assert of("PT Alder", "97110") > 0.45
    assert of("PT Birch", "97112") > 3 * of("PT Alder", "97112")
    assert of("PT Elm", "97140") > 0.25
    assert of("PT Oak", "G0283", "97014", "97010", "97032") > 0.15
    assert of("OT Maple", "97530", "97535") > 0.5
    assert of("SLP Willow", "92507", "92526", "97129", "97130") > 0.9


def test_the_trends_a_dashboard_should_find_are_there(big: pl.DataFrame) -> None:
    second = pl.col("DOS") >= pl.date(2025, 11, 1)
    cedar = big.filter(pl.col("Therapist") == "PT Cedar")
    before, after = cedar.filter(~second), cedar.filter(pl.col("DOS") >= pl.date(2026, 5, 1))
    assert units_share(after, "97112") > 2 * units_share(before, "97112")
    assert units_share(after, "97110") < units_share(before, "97110") - 0.1

    clinics = big.group_by("Clinic").agg((second.sum() / (~second).sum()).alias("growth")).sort("growth")
    assert clinics["Clinic"][-1] == "Riverside Covington"
    assert clinics["growth"][-1] > 1.2

    wait = (pl.col("Remittance Date") - pl.col("DOS")).dt.total_days().mean()
    granite = big.filter(pl.col("Payer") == "Granite Mutual")
    slow = granite.filter(pl.col("DOS").is_between(pl.date(2026, 2, 1), pl.date(2026, 6, 30))).select(wait).item()
    assert slow > 1.8 * granite.filter(pl.col("DOS") < pl.date(2026, 1, 1)).select(wait).item()

    summit = big.filter((pl.col("Payer") == "Summit Health PPO") & (pl.col("CPT") == "97530") & (pl.col("Allowed") > 0))
    cut = pl.col("DOS") >= pl.date(2026, 4, 1)
    assert set(summit.filter(~cut).select(pl.col("Allowed") // pl.col("Units")).to_series()) == {4200}
    assert set(summit.filter(cut).select(pl.col("Allowed") // pl.col("Units")).to_series()) == {3696}


def test_every_charge_is_accounted_for(big: pl.DataFrame) -> None:
    balance = pl.col("Charge") - pl.col("Insurance Paid") - pl.col("Patient Paid") - pl.col("Adjustment")
    lines = big.with_columns(balance.alias("balance"))
    assert lines["balance"].min() == 0
    assert (lines["Charge"] > 0).all()
    assert all((lines[name].drop_nulls() >= 0).all() for name in MONEY)
    unanswered = lines.filter(pl.col("Remittance Date").is_null())
    assert (unanswered["balance"] == unanswered["Charge"]).all()
    assert unanswered["Allowed"].null_count() == unanswered.height
    assert (lines["Remittance Date"].drop_nulls() <= load_practice().exported_on).all()
    recent = unanswered.filter(pl.col("DOS") > pl.date(2026, 9, 1)).height
    assert recent > 0.5 * unanswered.height


def test_medicare_allows_the_schedule_with_one_full_unit_a_day() -> None:
    """Visit by visit, in plain Python: the clinic's locality, MPPR, the lesser of the charge."""
    practice = load_practice()
    lines = clean_rows(practice, 11, 6_000).filter(pl.col("Payer Type") == "Medicare")
    amounts: dict[tuple[str, str, int], dict[str, Any]] = {}
    for day in (date(2024, 12, 1), date(2025, 6, 1), date(2026, 6, 1)):
        for clinic in practice.clinics:
            place = resolve(clinic.zip)
            rates = schedule_amounts(load_book().schedule_on(day), place, on=day, codes=list(practice.charges))
            amounts |= {(clinic.name, row["hcpcs"], day.year): row for row in rates.iter_rows(named=True)}
    checked = 0
    for _, visit in lines.group_by(["Patient ID", "DOS"], maintain_order=True):
        rows = list(visit.iter_rows(named=True))
        fees = [amounts[row["Clinic"], row["CPT"], int(row["DOS"][-4:])] for row in rows]
        charges = [int(row["Charge"].replace(".", "")) for row in rows]
        assisted = [bool({"CQ", "CO"} & {row["Mod 1"], row["Mod 2"], row["Mod 3"]}) for row in rows]
        rank = [
            (fee["mppr"], fee["pe_rvu_e2"], fee["full_cents"], not helped, charge, -at)
            for at, (fee, helped, charge) in enumerate(zip(fees, assisted, charges, strict=True))
        ]
        top = rank.index(max(rank))
        for at, (row, fee, charge) in enumerate(zip(rows, fees, charges, strict=True)):
            if not row["Allowed"] or row["Allowed"] == "0.00":
                continue
            units = int(row["Units"])
            full = units if not fee["mppr"] else int(at == top)
            scheduled = full * fee["full_cents"] + (units - full) * (fee["reduced_cents"] or 0)
            assert int(row["Allowed"].replace(".", "")) == min(scheduled, charge)
            checked += 1
    assert checked > 1_000


def test_claims_are_refused_for_reasons(big: pl.DataFrame) -> None:
    reasons = {*load_practice().payments["visit_denials"], *load_practice().payments["line_denials"]}
    refused = big.filter((pl.col("Allowed") == 0) & pl.col("Adjustment Reason").is_in(reasons - {"CO-97"}))
    assert 0.015 < refused.height / big.height < 0.08
    assert set(refused["Adjustment Reason"]) == reasons - {"CO-97"}
    assert (refused["Insurance Paid"] == 0).all()
    sequestered = big.filter(pl.col("Adjustment Reason").str.contains("CO-253"))
    assert set(sequestered["Payer"]) == {"Medicare Part B"}


def test_faulty_rows_are_there_and_few() -> None:
    frame = generate(12_000, SEED)
    assert frame["Patient ID"][-1] == "Total"
    body = frame[:-1]
    kinds = {
        "text in units": body.filter(pl.col("Units").is_in(["two", "2 units", "n/a"])),
        "no date": body.filter(pl.col("DOS").is_null()),
        "a date to come": body.filter(pl.col("DOS").str.ends_with("2029")),
        "unknown code": body.filter(pl.col("CPT").is_in(["9711O", "97IIO", "00000"])),
        "no show": body.filter(pl.col("CPT") == "NO SHOW"),
        "reversal": body.filter(pl.col("Charge").str.starts_with("(")),
        "twice": body.filter(body.is_duplicated()),
    }
    assert all(rows.height for rows in kinds.values()), {name: rows.height for name, rows in kinds.items()}
    assert sum(rows.height for rows in kinds.values()) < 0.004 * frame.height


def test_a_reversal_has_its_original_and_a_rebill() -> None:
    body = generate(12_000, SEED)[:-1].with_row_index("at")
    for row in body.filter(pl.col("Charge").str.starts_with("(")).iter_rows(named=True):
        original, rebill = body.row(row["at"] - 1, named=True), body.row(row["at"] + 1, named=True)
        assert row["Units"] == f"-{original['Units']}"
        assert row["Charge"] == f"({original['Charge']})"
        assert int(rebill["Units"]) == int(original["Units"]) - 1
        assert rebill["Remittance Date"] is None
        assert len({(r["Patient ID"], r["DOS"], r["CPT"]) for r in (original, row, rebill)}) == 1


def test_the_totals_row_adds_up() -> None:
    frame = generate(2_000, 4)
    sums = frame[:-1].select(cents_of(name).sum().alias(name) for name in MONEY)
    total = frame[-1:].select(cents_of(name).alias(name) for name in MONEY)
    assert sums.equals(total)


def test_names_are_those_of_nobody(big: pl.DataFrame) -> None:
    assert big["Patient Name"].str.contains(r"^Sample \d{5}$").all()
