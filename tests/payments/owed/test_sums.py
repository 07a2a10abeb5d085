"""The sums reconcile to the cent, whatever was paid: for every payer and in all."""

from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.ingest import read_export
from analysis.ingest.frames import ADJUSTMENTS
from analysis.medicare.fees import resolve
from analysis.payers import ContractBook
from analysis.payments.owed import PARTS, SUMMED, find_owed, judge, sums_by_payer, totals, worklist
from analysis.payments.owed.words import in_sums, parts, speaks_for
from analysis.pricing import Priced, price
from analysis.whatif.scenarios import Contract
from tests.payments.answers import read

PAYERS = ("Medicare Part B", "Fees", "Visits", "Capped", "Charges", "Nobody knows")
VISITS = [
    (f"P{number}", f"2026-0{1 + number % 6}-1{number % 9}", payer, code, modifiers, units)
    for number, payer in enumerate(PAYERS * 2)
    for code, modifiers, units in (("97110", "GP", 2), ("97140", "GP CQ", 1), ("97530", "GP", 1), ("97010", "GP GY", 1))
]
CSV = "Patient ID,DOS,Payer,CPT,Mods,Units,Charge,Allowed,Insurance Paid,Patient Paid,Adjustment\n" + "".join(
    f"{patient},{day},{payer},{code},{modifiers},{units},{70 * units}.00,1.00,1.00,1.00,1.00\n"
    for patient, day, payer, code, modifiers, units in VISITS
)
EXPORT = read_export(CSV.encode(), "a.csv", key=b"k" * 32, today=date(2026, 11, 22))
PRICED = price(EXPORT.lines, resolve("14202"))
BOOK = ContractBook(
    (
        Contract("fees", payer="Fees", fees=(("97110", 3000), ("97140", 2800), ("97530", 4000))),
        Contract("visit", payer="Visits", visit_cents=8800),
        Contract("medicare", payer="Capped", percent_bp=6800, mppr=False, visit_cap_cents=7500),
        Contract("charges", payer="Charges", percent_bp=5800),
    ),
    discovered=(),
)
CENTS = st.none() | st.sampled_from([0, 1, 2162, 2787, 3000, 8800]) | st.integers(0, 20_000)


def test_the_sums_are_said_in_words() -> None:
    rows = [
        "A,2026-03-02,Fees,97110,GP,1,70.00,,25.00,20.00,5.00",
        "B,2026-03-02,FEES.,97110,GP,1,70.00,,30.00,20.00,5.00",
        "B,2026-03-02,Fees,97140,GP,1,70.00,Denied,0.00,0.00,",
        "C,2026-03-02,Fees,97530,GP,1,70.00,,40.00,50.00,0.00",
        "C,2026-03-02,Fees,97112,GP,1,70.00,,,10.00,",
        *(f"{patient},2026-03-02,Nobody {patient},97110,GP,1,25.00,,30.00,20.00,5.00" for patient in "DE"),
    ]
    export, priced = read(rows)
    found = find_owed(priced, BOOK, export)
    whole = totals(found.judged, priced.lines)
    assert in_sums(whole) == (
        "expected $128.00 = received $100.00 + denied $28.00 + short $5.00 + allowed but not paid $5.00"
        " - paid too much $10.00"
    )
    assert speaks_for(whole) == (
        "This speaks for 70% of your insured charges; "
        "2 payers without known terms (Nobody D and Nobody E) are not judged"
    )
    [payer] = sums_by_payer(found.judged, priced.lines).rows(named=True)
    assert (payer["payer"], payer["lines"], payer["judged_lines"]) == ("Fees", 5, 4)


@st.composite
def payments(draw: st.DrawFn) -> tuple[Priced, pl.DataFrame]:
    """Anything a file may say of these lines, and what remittances may state beside it."""
    height = PRICED.lines.height
    columns = [
        pl.Series(name, draw(st.lists(CENTS, min_size=height, max_size=height)), dtype=pl.Int64)
        for name in ("allowed_cents", "insurance_paid_cents", "patient_paid_cents", "adjustment_cents")
    ]
    if draw(st.booleans()):  # patients' payments are not in the file
        columns[2] = pl.Series("patient_paid_cents", [None] * height, dtype=pl.Int64)
    if draw(st.booleans()):  # payments only as totals
        columns[1:3] = [pl.Series(one.name, [None] * height, dtype=pl.Int64) for one in columns[1:3]]
        columns.append(pl.Series("paid_cents", draw(st.lists(CENTS, min_size=height, max_size=height)), dtype=pl.Int64))
    statuses = draw(st.lists(st.sampled_from(["charge"] * 3 + ["denied", "bundled"]), min_size=height, max_size=height))
    columns.append(pl.Series("status", statuses).cast(pl.Categorical))
    one = st.tuples(
        st.integers(0, height - 1),
        st.sampled_from(["PR", "CO", "OA"]),
        st.sampled_from(["1", "2", "45", "253", "237", "144", "23"]),
        st.integers(-500, 3000),
        st.none(),
    )
    stated = pl.DataFrame(draw(st.lists(one, max_size=20)), schema=ADJUSTMENTS, orient="row")
    return Priced(PRICED.lines.with_columns(columns), PRICED.fees, PRICED.notes), stated


@settings(max_examples=25)
@given(payments())
def test_expected_is_received_and_the_four_sums_less_what_was_paid_too_much(
    given_: tuple[Priced, pl.DataFrame],
) -> None:
    priced, stated = given_
    judged = judge(priced, BOOK, export=EXPORT, adjustments=stated)
    counted = judged.filter("judged")
    made_of = pl.sum_horizontal("received_cents", *PARTS, "not_in_files_cents") - pl.col("over_cents")
    assert counted.filter(pl.col("expected_cents") != made_of).is_empty()
    assert counted.filter(pl.any_horizontal(pl.col(*PARTS, "not_in_files_cents", "over_cents") < 0)).is_empty()
    assert counted.select(*SUMMED, "cut_cents", "due_cents").null_count().sum_horizontal().item() == 0
    assert (counted["expected_cents"] == counted["due_cents"] - counted["cut_cents"]).all()

    # By payer and in all, as the page and the command say it.
    by_payer = sums_by_payer(judged, priced.lines)
    whole = totals(judged, priced.lines)
    assert "Nobody knows" not in set(by_payer["payer"])
    assert "Nobody knows" in whole.unknown
    for row in by_payer.iter_rows(named=True):
        gap = sum(row[name] for name in PARTS)
        assert row["expected_cents"] == row["received_cents"] + gap + row["not_in_files_cents"] - row["over_cents"]
    assert sum(cents for _, cents in parts(whole)) == whole.expected
    assert whole.expected == by_payer["expected_cents"].sum()
    assert whole.gap == sum(by_payer[name].sum() for name in PARTS)

    # A visit's judged lines received what the files say, in plain Python.
    said: dict[tuple[int, int, str], int] = {}
    lines = {row["line_id"]: row for row in priced.lines.iter_rows(named=True)}
    for row in counted.iter_rows(named=True):
        line = lines[row["line_id"]]
        paid = line["paid_cents"]
        if paid is None:
            paid = (line["insurance_paid_cents"] or 0) + (line["patient_paid_cents"] or 0)
        key = (row["visit_key"], row["payer_number"], row["state"])
        said[key] = said.get(key, 0) + paid
    shown = counted.group_by("visit_key", "payer_number", "state").agg(pl.col("received_cents").sum())
    assert said == {(visit, payer, state): cents for visit, payer, state, cents in shown.iter_rows()}

    # Every sum is the sum of its list.
    listed = worklist(priced, judged, date(2026, 11, 22))
    of_kind = dict(listed.group_by("kind").agg(pl.col("owed_cents").sum()).iter_rows())
    assert of_kind.get("denied", 0) == whole.denied
    assert of_kind.get("short", 0) == whole.short
    assert of_kind.get("unpaid", 0) == whole.unpaid
    assert of_kind.get("open", 0) == whole.open
    assert of_kind.get("over", 0) == whole.over
    assert (listed["owed_cents"] > 0).all()
    assert listed["todo"].null_count() == listed["why"].null_count() == 0
