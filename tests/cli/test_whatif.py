"""`revmix whatif` as scripts use it: columns, the total, the reference's figures, one line on bad input."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from analysis.ingest import read_export
from analysis.medicare.fees import resolve
from tests.cli.command import one_line, run
from tests.whatif.scenarios import reference
from tests.whatif.scenarios.draws import entries, random_lines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.whatif.scenarios.sums import Sums

COLUMNS = [
    "code",
    "units_before",
    "units_after",
    "allowed_before",
    "allowed_after",
    "allowed_difference",
    "receipts_before",
    "receipts_after",
    "receipts_difference",
]

EXPORT = """patient_id,date_of_service,code,modifiers,units,payer
p1,2026-03-02,97530,GP,1,Medicare
p1,2026-03-02,97110,GP,2,Medicare
p2,2025-05-05,97110,GP,1,Medicare
p3,2026-03-02,97110,GP,2,Aetna
"""

SCENARIO_FILE = """name = "One unit a visit from 97110 to 97112"
[[recode]]
from = "97110"
to = "97112"
units_per_visit = 1        # or "all"
share = 1.0                # fraction of the visits that have such a unit
where = { payer_class = ["Medicare"] }   # optional
[schedule]
year = 2026                # price every visit under this year's final schedule; omitted: the schedule of its date
conversion_factor = 32.8409  # optional override
[mppr]
rate = 0.50                # part of PE taken off the further units; 0 = repealed
"""
"""A scenario file with a recoding, a schedule and a rule."""

RECODE = '[[recode]]\nfrom = "97110"\nto = "97112"\n'


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "june.csv"
    path.write_text(EXPORT, "utf-8")
    return path


def ask(
    capsys: pytest.CaptureFixture[str], export: Path, scenario: str, *further: object, out: str = "comparison.csv"
) -> tuple[int, str, Path]:
    """Status, standard error and the file written."""
    file = export.with_name("scenario.toml")
    file.write_text(scenario, "utf-8")
    place = () if "--locality" in further else ("--locality", "national")
    path = export.with_name(out)
    status, printed, err = run(capsys, "whatif", export, *place, "--scenario", file, "--out", path, *further)
    assert printed == ""
    return status, err, path


def rows_of(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


class TestFigures:
    def test_the_scenario_file_of_the_issue(self, capsys: pytest.CaptureFixture[str], export: Path) -> None:
        # Before, each visit by its own schedule: p1 97530 35.07, 97110 2 x 22.21; p2 (2025) 28.79; p3 29.06 + 22.21.
        #   receipts 34.51; 43.71; 28.79: 5.76; 23.03; 0.4606 -> 0.46; 28.33; 50.45
        # After, 2026's RVUs x 32.8409: 97110 28.57, reduced 21.84; 97112 32.18, reduced 0.745 x 32.8409 = 24.4664705
        #   -> 24.47; 97530 1.05 x 32.8409 = 34.482945 -> 34.48
        #   p1 34.48: 6.90; 27.58; 0.5516 -> 0.55; 33.93.  21.84: 4.37; 17.47; 0.3494 -> 0.35; 21.49.
        #      24.47: 4.89; 19.58; 0.3916 -> 0.39; 24.08.  p2 32.18: 6.44; 25.74; 0.5148 -> 0.51; 31.67.
        #   p3 is Aetna's, so nothing moves: 28.57 + 21.84 = 50.41: 10.08; 40.33; 0.8066 -> 0.81; 49.60
        status, err, path = ask(capsys, export, SCENARIO_FILE)
        assert status == 0
        assert err.startswith(
            "note: all payers, each by its contract: $106.55 before, $111.17 after"
        )  # without Aetna's
        assert path.read_text("utf-8").splitlines() == [
            ",".join(COLUMNS),
            "97110,5,3,124.48,72.25,-52.23,122.49,71.09,-51.40",
            "97112,0,2,0.00,56.65,56.65,0.00,55.75,55.75",
            "97530,1,1,35.07,34.48,-0.59,34.51,33.93,-0.58",
            "TOTAL,6,6,159.55,163.38,3.83,157.00,160.77,3.77",
        ]

    def test_a_share_is_an_expectation_in_units_and_dollars(
        self, capsys: pytest.CaptureFixture[str], export: Path
    ) -> None:
        # A quarter of three visits. p1 44.42 -> 22.21 + 24.88; p2 (2025) 28.79 -> 97112 0.99 x 32.3465 = 32.023035
        # -> 32.02; p3 51.27 -> 22.21 + 32.73.
        # 97110: 124.48 - 0.25 x (22.21 + 28.79 + 29.06) = 104.465; 97112: 0.25 x 89.63 = 22.4075.
        # Total 35.07 + 126.8725 = 161.9425 -> 161.94: 97530 35.07, 97110 104.46 or .47, 97112 22.40 or .41.
        status, _, path = ask(capsys, export, f'name = "A quarter"\n{RECODE}units_per_visit = 1\nshare = 0.25\n')
        rows = rows_of(path)
        assert status == 0
        assert {code: row["units_after"] for code, row in rows.items()} == {
            "97110": "4.25",
            "97112": "0.75",
            "97530": "1",
            "TOTAL": "6",
        }
        assert rows["TOTAL"]["allowed_after"] == "161.94"
        assert {rows["97110"]["allowed_after"], rows["97112"]["allowed_after"]} <= {
            "104.46",
            "104.47",
            "22.40",
            "22.41",
        }
        assert sum(Decimal(rows[code]["allowed_after"]) for code in ("97110", "97112", "97530")) == Decimal("161.94")

    def test_what_has_no_amount_is_empty_and_its_units_are_counted(
        self, capsys: pytest.CaptureFixture[str], export: Path
    ) -> None:
        with export.open("a", encoding="utf-8") as file:
            file.write("p1,2026-03-02,97014,GP,1,Medicare\n")
        _, err, path = ask(capsys, export, f'name = "All"\n{RECODE}')
        assert rows_of(path)["97014"] == dict.fromkeys(COLUMNS, "") | {
            "code": "97014",
            "units_before": "1",
            "units_after": "1",
        }
        assert "note: " in err

    def test_a_proposed_year_is_said_to_be_proposed(self, capsys: pytest.CaptureFixture[str], export: Path) -> None:
        _, err, path = ask(capsys, export, 'name = "2027"\n[schedule]\nyear = 2027\n')
        assert "PROPOSED" in err
        # 97110 of 2026 under the proposed factor: 2 x 21.84 + 28.57 + 50.41; 97530 34.48
        assert rows_of(path)["TOTAL"]["allowed_after"] == "157.14"

    def test_track_says_which_factor(self, capsys: pytest.CaptureFixture[str], export: Path) -> None:
        # 2026 for a qualifying participant: 1.05 x 33.5675 = 35.245875 -> 35.25
        _, _, path = ask(capsys, export, 'name = "No MPPR"\n[mppr]\nrate = 0\n', "--track", "qp")
        assert rows_of(path)["97530"]["allowed_before"] == "35.25"

    def test_parquet_holds_the_same(self, capsys: pytest.CaptureFixture[str], export: Path) -> None:
        _, _, path = ask(capsys, export, SCENARIO_FILE)
        _, _, other = ask(capsys, export, SCENARIO_FILE, out="comparison.parquet")
        from_csv = pl.read_csv(path, infer_schema=False)
        from_parquet = pl.read_parquet(other).cast(pl.String).with_columns(pl.all().replace("", None))
        assert from_csv.equals(from_parquet)

    def test_a_mapping_file_decides(self, capsys: pytest.CaptureFixture[str], export: Path) -> None:
        from analysis.ingest import Mapping  # noqa: PLC0415  only here

        odd = export.with_name("odd.csv")
        odd.write_text("who,when,what,many\np1,2026-03-02,97110,1\n", "utf-8")
        columns = (("who", "patient_id"), ("when", "date_of_service"), ("what", "code"), ("many", "units"))
        mapping = export.with_name("odd.toml")
        mapping.write_text(Mapping(columns=columns).to_toml(), "utf-8")
        status, _, path = ask(capsys, odd, f'name = "All"\n{RECODE}', "--mapping", mapping)
        assert status == 0
        assert rows_of(path)["TOTAL"]["allowed_difference"] == "3.67"


# ------------------------------------------------------------------------------------------- against the slow reference
SCENARIOS = {
    "one unit": f"{RECODE}units_per_visit = 1\n",
    "shares": f'{RECODE}share = 0.3333\nwhere = {{ payer_class = "Medicare", clinic = ["Dayton", "Anaheim"] }}\n'
    '[[recode]]\nfrom = "97140"\nto = "97530"\nunits_per_visit = 2\nshare = 0.15\n'
    "[assistants]\nto_therapist = 0.25\n",
    "rates": '[mppr]\nrate = 0.25\napplies_to = ["Medicare"]\n[sequestration]\nrate = 0.04\n[gpci]\nwork = 0.95\n',
    "2024": '[schedule]\nyear = 2024\n[[volume]]\nchange = -0.1\nwhere = { start = 2023-01-01, therapist = "Ann" }\n'
    '[[rvu]]\ncode = "97110"\npe_rvu = 0.61\n',
}


def test_both_readings_of_a_payer_s_terms_are_noted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    # Acme pays 36.00 for 97110 and 42.00 for 97530; since April 2026 it pays 36.96 for 97530.
    rows = ["Patient ID,DOS,CPT,Units,Charge,Payer,Allowed"]
    for number in range(60):
        day = date(2026, 1, 5) + timedelta(days=3 * number)
        paid = {"97110": "36.00", "97530": "36.96" if day >= date(2026, 4, 1) else "42.00", "97140": "30.00"}
        given = [("97110", "97530"), ("97110", "97140"), ("97530",)][number % 3]
        rows += [f"P{number},{day:%m/%d/%Y},{code},1,{90 + number % 7}.00,Acme,{paid[code]}" for code in given]
    export = tmp_path / "acme.csv"
    export.write_text("\n".join(rows) + "\n", "utf-8")
    status, err, _ = ask(capsys, export, f'name = "All"\n{RECODE.replace("97112", "97530")}')
    assert status == 0
    # 40 visits: 0.96 more each under the new terms, 6.00 more each if the lower amounts are underpayments.
    assert "note: Acme: if the lower amounts since" in err
    assert "2026 are its new terms, +$38.40; if they are underpayments, +$240.00." in err
    assert "note: It covers all of your allowed dollars." in err


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of a made-up practice, of codes and dates every schedule has an amount for."""
    lines = random_lines(600, seed=12).filter(
        pl.col("date_of_service").dt.year().is_between(2020, 2026), ~pl.col("code").cast(pl.String).is_in(["ZZZZZ"])
    )
    path = tmp_path_factory.mktemp("whatif") / "practice.csv"
    lines.select(
        patient_id="visit_key",
        date_of_service="date_of_service",
        code="code",
        modifiers="modifiers",
        units="units",
        charge=pl.col("charge_cents").map_elements(lambda cents: f"{Decimal(cents) / 100:.2f}", pl.String),
        payer="payer",
        clinic="clinic",
        provider="provider",
        place_of_service="place_of_service",
    ).write_csv(path)
    return path


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_command_says_what_the_reference_says(
    capsys: pytest.CaptureFixture[str], practice: Path, name: str
) -> None:
    text = f'name = "{name}"\n{SCENARIOS[name]}'
    status, err, path = ask(capsys, practice, text, "--locality", "15202-00")
    assert status == 0, err
    lines = read_export(practice.read_bytes(), practice.name).lines
    assert lines.height > 550
    found = reference.compare(entries(lines, resolve("15202-00")), reference.read(text))
    rows = rows_of(path)
    assert list(rows)[-1] == "TOTAL"
    total = rows.pop("TOTAL")
    check_row(total, reference.total(found), Fraction(1, 2))
    exact = reference.by_code(found)
    assert set(rows) == set(exact)
    for code, row in rows.items():
        check_row(row, exact[code], Fraction(999, 1000))
    for column in COLUMNS[3:]:
        assert sum(Decimal(row[column] or 0) for row in rows.values()) == Decimal(total[column])
    assert Decimal(total["allowed_difference"]) != 0


def check_row(row: dict[str, str], exact: Sums, cents: Fraction) -> None:
    assert row["units_before"] == str(exact.units_before)
    assert abs(Fraction(row["units_after"]) - exact.units_after) <= Fraction(1, 20_000)
    assert "." not in row["units_after"] or row["units_after"][-1] not in "0."
    for measure in ("allowed", "receipts"):
        if not exact.amounts:
            assert {row[f"{measure}_{side}"] for side in ("before", "after", "difference")} == {""}
            continue
        for side in ("before", "after"):
            dollars, name = row[f"{measure}_{side}"], f"{measure}_{side}"
            assert len(dollars.split(".")[1]) == 2
            assert abs(Fraction(dollars) - getattr(exact, name)) * 100 <= cents, (name, row)
        difference = Decimal(row[f"{measure}_after"]) - Decimal(row[f"{measure}_before"])
        assert Decimal(row[f"{measure}_difference"]) == difference


# ---------------------------------------------------------------------------------------------------------- bad input
class TestRefusals:
    @pytest.mark.parametrize(
        ("scenario", "said"),
        [
            (RECODE.replace("97112", "97014"), ("recode 1", "97014")),
            (RECODE.replace("97112", "97161"), ("recode 1", "97161")),
            (RECODE.replace("97112", "ZZZZZ"), ("recode 1", "ZZZZZ")),
            (RECODE.replace("97112", "97110"), ("recode 1", "97110")),
            (RECODE + "share = 1.5\n", ("recode 1", "1.5")),
            (RECODE + "share = -0.1\n", ("recode 1", "-0.1")),
            (RECODE + "units_per_visit = 0\n", ("recode 1", "0")),
            (RECODE + RECODE.replace("97112", "97530"), ("recode 2", "97110")),
            (RECODE.replace("97110", "97140"), ("recode 1", "97140")),
            (RECODE + 'where = { payer_class = "Medicaid" }\n', ("recode 1",)),
            (RECODE + 'where = { color = "red" }\n', ("recode 1", "color")),
            ("[schedule]\nyear = 2019\n", ("schedule", "2019")),
            ("[schedule]\nyear = 2026\nperiod = 2025-01-01\n", ("schedule",)),
            ("[mppr]\nrate = 50\n", ("mppr", "50")),
            ("[[volume]]\nchange = 0.1\nwhere = { payer_class = 'Medicaid' }\n", ("volume 1",)),
            ("[assistants]\nto_therapist = 0.5\n", ("assistants",)),
            ('[[rvu]]\ncode = "97542"\nwork_rvu = 0.5\n', ("rvu 1", "97542")),
            ("[gpci]\nlocality = 'Atlantis'\n", ("gpci", "Atlantis")),
            ("[color]\nred = 1\n", ("color",)),
            ("[[recode]\n", ("scenario.toml",)),
        ],
    )
    def test_a_change_that_cannot_be_is_named_on_one_line(
        self, capsys: pytest.CaptureFixture[str], export: Path, scenario: str, said: tuple[str, ...]
    ) -> None:
        status, err, path = ask(capsys, export, f'name = "Bad"\n{scenario}')
        assert status == 2
        assert not path.exists()
        for words in said:
            assert words in one_line(err)

    def test_a_schedule_that_lacks_a_code_in_use(self, capsys: pytest.CaptureFixture[str], export: Path) -> None:
        # 97550 is from 2024 on.
        with export.open("a", encoding="utf-8") as file:
            file.write("p4,2026-03-02,97550,GP,1,Medicare\n")
        year = 'name = "2023"\n[schedule]\nyear = 2023\n'
        status, err, path = ask(capsys, export, year)
        assert status == 2
        assert "97550" in one_line(err)
        assert "schedule" in one_line(err)
        assert not path.exists()
        status, _, path = ask(capsys, export, f'{year}leave_out = ["97550"]\n')
        assert status == 0
        assert rows_of(path)["97550"]["allowed_before"] == ""

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--out", "x.xlsx"), ".csv or .parquet"),
            (("--out", "no/such/folder/x.csv"), "x.csv"),
            (("--scenario", "gone.toml"), "gone.toml"),
            (("--locality", "Ohio!"), "Ohio!"),
            (("--track", "slow"), "slow"),
        ],
    )
    def test_bad_words_are_one_line(
        self,
        capsys: pytest.CaptureFixture[str],
        export: Path,
        monkeypatch: pytest.MonkeyPatch,
        words: tuple[str, ...],
        said: str,
    ) -> None:
        monkeypatch.chdir(export.parent)
        # The last of two options of one name counts.
        status, err, _ = ask(capsys, export, f'name = "All"\n{RECODE}', *words)
        assert status == 2
        assert said in one_line(err)

    @pytest.mark.parametrize("missing", ["--scenario", "--out"])
    def test_what_has_to_be_given(self, capsys: pytest.CaptureFixture[str], export: Path, missing: str) -> None:
        words: dict[str, Any] = {"--scenario": "s.toml", "--out": "x.csv", "--locality": "OH"}
        del words[missing]
        status, _, err = run(capsys, "whatif", export, *(word for pair in words.items() for word in pair))
        assert status == 2
        assert missing in one_line(err)
