"""Scenarios against a slow second pricer (reference.py): every figure of every code and payer class, to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from analysis.codes import hcpcs as codes
from analysis.errors import BadInput
from analysis.lines.filters import Filters
from analysis.medicare.fees import NATIONAL
from analysis.pricing import price
from analysis.whatif.answers import compare
from analysis.whatif.scenarios.files import read
from analysis.whatif.visits import build
from tests.pricing.lines import PLACES, frame
from tests.pricing.lines import random_lines as lines_of_pricing
from tests.whatif.scenarios import reference
from tests.whatif.scenarios.draws import entries, pages, random_lines, scenarios, to_toml

if TYPE_CHECKING:
    import polars as pl

    from analysis.medicare.fees import Locality
    from analysis.pricing import ClinicLocalities, Priced
    from analysis.whatif.answers import Comparison, Totals
    from analysis.whatif.scenarios import Scenario
    from tests.pricing.reference import Track
    from tests.whatif.scenarios.reference import Tables
    from tests.whatif.scenarios.sums import Found, Sums

MONEY = ("allowed_before", "allowed_after", "receipts_before", "receipts_after")
FIELDS = {
    "payer_class": "payer_classes",
    "payer": "payers",
    "clinic": "clinics",
    "provider": "providers",
    "discipline": "disciplines",
}


# ------------------------------------------------------------------------------------------------------- both answers
def filters(page: Tables) -> Filters:
    fields: dict[str, Any] = {
        FIELDS.get(key, key): (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value
        for key, value in page.items()
    }
    return Filters(**fields)


@dataclass(frozen=True, slots=True)
class Export:
    """Lines, and what both pricers make of them today."""

    lines: pl.DataFrame
    places: ClinicLocalities | Locality
    priced: Priced
    track: Track = "non_qp"


@cache
def practice(count: int, seed: int, track: Track = "non_qp") -> Export:
    lines = random_lines(count, seed)
    return Export(lines, PLACES, price(lines, PLACES, track=track), track)


def of_rows(*rows: dict[str, Any], places: ClinicLocalities | Locality = NATIONAL) -> Export:
    lines = frame(rows)
    return Export(lines, places, price(lines, places))


def ask(export: Export, text: str, page: Tables) -> Comparison:
    """The product's answer to a scenario file."""
    scenario: Scenario = read(text, "drawn.toml")
    cube = build(export.priced, filters(page), [scenario], codes=codes.load(), track=export.track)
    return compare(cube, scenario)


def agree(export: Export, tables: Tables, page: Tables | None = None) -> Found | None:
    """Both answer alike; the reference's figures, or None where both refuse."""
    page, text = page or {}, to_toml(tables)
    try:
        expected = reference.compare(entries(export.lines, export.places, page), reference.read(text), export.track)
    except (reference.EmptyPageError, reference.EmptySelectionError, reference.UnpriceableError) as refused:
        message, names_the_change = str(refused) or "found", not isinstance(refused, reference.EmptyPageError)
    else:
        return same(ask(export, text, page), expected)
    with pytest.raises(BadInput, match=message) as error:
        ask(export, text, page)
    assert error.value.column or not names_the_change
    return None


def same(got: Comparison, expected: Found) -> Found:
    everything = reference.total(expected)
    same_totals(got.total, everything)
    same_rows(got.per_code, "code", reference.by_code(expected), got.total)
    same_rows(got.per_payer_class, "key", reference.by_payer_class(expected), got.total)
    return expected


def same_totals(total: Totals, exact: Sums) -> None:
    """Units to four decimals, every amount rounded half-up once."""
    assert total.units_before == exact.units_before
    assert near(total.units_after, exact.units_after)
    for name in MONEY:
        assert getattr(total, f"{name}_cents") == half_up(getattr(exact, name) * 100), name
    for measure in ("allowed", "receipts"):
        after, before = (getattr(total, f"{measure}_{side}_cents") for side in ("after", "before"))
        assert getattr(total, f"{measure}_difference_cents") == after - before


def same_rows(rows: pl.DataFrame, key: str, exact: dict[str, Sums], total: Totals) -> None:
    """Each row within a cent of its exact figure, and the column adding up to the total."""
    assert set(rows[key]) == set(exact)
    assert rows[key].is_unique().all()
    for row in rows.iter_rows(named=True):
        sums = exact[row[key]]
        assert row["units_before"] == sums.units_before, row
        assert near(row["units_after"], sums.units_after), row
        for name in MONEY:
            cents, dollars = row[f"{name}_cents"], getattr(sums, name)
            assert (cents is not None) == sums.amounts, (name, row)
            assert cents is None or abs(cents - dollars * 100) < 1, (name, row, float(dollars))
        if sums.amounts:
            for measure in ("allowed", "receipts"):
                difference = row[f"{measure}_after_cents"] - row[f"{measure}_before_cents"]
                assert row[f"{measure}_difference_cents"] == difference, row
    for name in (*MONEY, "allowed_difference", "receipts_difference"):
        assert rows[f"{name}_cents"].sum() == getattr(total, f"{name}_cents"), name
    sizes = rows["allowed_difference_cents"].abs().drop_nulls()
    assert sizes.is_sorted(descending=True), "the largest difference first"


def near(units: float, exact: Fraction) -> bool:
    return abs(Fraction(units) - exact) < Fraction(6, 100_000)


def half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


# -------------------------------------------------------------------------------------------------------- at random
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    tables=scenarios(),
    page=pages,
    count=st.sampled_from((40, 150, 150)),
    seed=st.integers(1, 8),
    track=st.sampled_from(("non_qp", "non_qp", "qp")),
)
def test_any_scenario_is_priced_as_the_reference_prices_it(
    tables: Tables, page: Tables, count: int, seed: int, track: Track
) -> None:
    answer = agree(practice(count, seed, track), tables, page)
    event("refused" if answer is None else "priced")


@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a smaller example is for the test above to find
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(tables=scenarios(), page=pages, seed=st.integers(1, 2))
def test_a_practice_of_a_thousand_lines(tables: Tables, page: Tables, seed: int) -> None:
    agree(practice(1_000, seed), tables, page)


def test_the_random_lines_meet_every_rule_often() -> None:
    lines = practice(1_000, 1).priced.lines
    visits = lines.group_by("visit_key").len()["len"]
    text = lines.select("modifiers", "code").cast({"modifiers": str, "code": str})
    often = {
        "several lines a visit": int((visits > 1).sum()),
        "by an assistant": int(text["modifiers"].str.contains("CQ|CO").sum()),
        "distinct service": int(text["modifiers"].str.contains("59").sum()),
        "no amount": lines["expected_cents"].null_count(),
        "capped": int((lines["expected_cents"] < lines["scheduled_cents"]).sum()),
        "no charge": lines["charge_cents"].null_count(),
        "no clinic": lines["clinic"].null_count(),
        "a code twice in a visit": lines.height - lines.select("visit_key", "code").n_unique(),
        "years": lines["date_of_service"].dt.year().n_unique() * 10,
    }
    assert {what: count for what, count in often.items() if count < 40} == {}
    alike = lines.group_by("visit_key", maintain_order=True).agg("date_of_service", "code", "modifiers", "units")
    assert alike.drop("visit_key").n_unique() < alike.height - 40, "visits that are alike"


# -------------------------------------------------------------------------------------------- what chance rarely draws
ONE = {"from": "97110", "to": "97112", "units_per_visit": 1}


def test_recodings_act_on_the_units_that_were_there_all_at_once() -> None:
    # What has just become 97112 does not move on to 97530.
    export = of_rows({"units": 3}, {"code": "97112", "units": 2})
    chain = {"recode": [ONE, {"from": "97112", "to": "97530", "units_per_visit": "all"}]}
    answer = agree(export, chain)
    assert answer is not None
    assert {code: int(sums.units_after) for code, sums in reference.by_code(answer).items()} == {
        "97110": 2,
        "97112": 1,
        "97530": 2,
    }


def test_a_share_of_a_share_is_exact_at_four_decimals_each() -> None:
    export = practice(150, 3)
    recode = [ONE | {"share": Decimal("0.3333")}, ONE | {"from": "97140", "share": Decimal("0.0001")}]
    volume = [{"change": Decimal("0.0333")}]
    assert agree(export, {"recode": recode, "volume": volume, "assistants": {"to_therapist": Decimal("0.1111")}})


def test_the_leap_day_is_priced_as_the_day_before_it_where_a_year_has_none() -> None:
    export = of_rows(
        *({"visit_key": key, "date_of_service": date(2024, 2, day), "units": 2} for key, day in enumerate((28, 29)))
    )
    for year in (2020, 2021, 2025, 2026, 2027):
        assert agree(export, {"schedule": {"year": year}})
    for year in (2020, 2021, 2022):
        assert agree(export, {"rules": {"year": year}})


def test_every_pair_of_years() -> None:
    export = practice(150, 5)
    for year in range(2020, 2028):
        for rules in (None, 2020, 2022):
            tables = {"schedule": {"year": year}} | ({"rules": {"year": rules}} if rules else {})
            assert agree(export, tables | {"recode": [ONE]})


def test_a_schedule_that_lacks_a_code_in_use_says_which_unless_it_is_left_out() -> None:
    # 97550 (training of caregivers) is from 2024 on.
    export = of_rows({"units": 2}, {"code": "97550"}, {"visit_key": 2, "code": "97550"})
    with pytest.raises(BadInput, match="97550"):
        ask(export, to_toml({"schedule": {"year": 2023}}), {})
    answer = agree(export, {"schedule": {"year": 2023, "leave_out": ["97550"]}})
    assert answer is not None
    assert reference.by_code(answer)["97550"].units_after == 2


def test_five_recodings_and_a_therapist() -> None:
    sources = ("97110", "97112", "97116", "97140", "97530")
    recode = [
        {"from": source, "to": target, "units_per_visit": k, "share": Decimal(share)}
        for source, target, k, share in zip(
            sources, (*sources[1:], "97110"), (1, 2, 3, 1, 1), ("0.1", "0.5", "0.9", "1", "0.25"), strict=True
        )
    ]
    assert agree(practice(150, 6), {"recode": recode, "assistants": {"to_therapist": Decimal("0.4"), "rate": 1}})


@pytest.mark.parametrize(
    "tables",
    [
        {"recode": [ONE], "schedule": {"conversion_factor": Decimal("32.8409")}},
        {"recode": [ONE | {"units_per_visit": "all"}], "mppr": {"rate": Decimal("0.75")}},
        {"recode": [ONE | {"from": "97116", "share": Decimal("0.5")}], "sequestration": {"rate": Decimal("0.04")}},
        {"rvu": [{"code": "76881", "modifier": "26", "pe_rvu": 1}, {"code": "97116", "pe_rvu": Decimal("0.5")}]},
    ],
)
def test_lines_of_every_kind_that_pricing_knows(tables: Tables) -> None:
    # Visits of forty lines, rows of their own for 26, TC and 53, hospitals, unknown codes, charges of a million.
    lines = lines_of_pricing(4_000, seed=3)
    export = Export(lines, PLACES, price(lines, PLACES))
    assert agree(export, tables)
    assert agree(export, tables, {"payer_class": "Medicare", "start": date(2021, 6, 1)})


def test_the_visits_line_by_line_add_up_to_the_reference() -> None:
    # What guard rails and contracts are told of: every way a visit may go, with its chance.
    export, page = practice(150, 8), {"end": date(2025, 6, 30)}
    recode = [ONE | {"share": Decimal("0.3")}, ONE | {"from": "97140", "to": "97530", "share": Decimal("0.5")}]
    volume = [{"change": Decimal("-0.1"), "where": {"payer": "Aetna"}}, {"change": 1, "where": {"discipline": "PT"}}]
    factor = {"schedule": {"conversion_factor": Decimal("32.8409")}}
    text = to_toml({"recode": recode, "assistants": {"to_therapist": Decimal("0.2")}, "volume": volume} | factor)
    scenario = read(text, "drawn.toml")
    answer = build(export.priced, filters(page), [scenario], codes=codes.load()).visits(scenario)
    sides = {0: answer.unchanged} | {int(key[0]): part for key, part in answer.after.group_by("combination")}
    figures = ("units", "expected_cents", "receipts_cents")
    after = [Fraction(0)] * len(figures)
    for way, side in sides.items():
        lines = side.filter("counted").join(answer.visits.select("visit", "visits"), on="visit")
        for alike, changes, volumes, *values in lines.select(
            "visits", "visit_change_mask", "volume_mask", *figures
        ).iter_rows():
            weight = answer.weight(changes, way, volumes) * alike
            after = [a + weight * (value or 0) for a, value in zip(after, values, strict=True)]
    for changes in answer.visits["visit_change_mask"].unique():
        assert sum(answer.chance(changes, way) for way in sides) == 1
    total = reference.total(reference.compare(entries(export.lines, PLACES, page), reference.read(text)))
    assert after == [total.units_after, total.allowed_after * 100, total.receipts_after * 100]


def test_one_cube_answers_many_scenarios_in_any_order() -> None:
    # As under a slider: nothing an earlier question left behind may show in a later answer.
    export = practice(150, 7)
    texts = [
        to_toml(tables)
        for tables in (
            {"recode": [ONE]},
            {"recode": [ONE | {"share": Decimal("0.5")}]},
            {"recode": [ONE | {"units_per_visit": 2}]},
            {"recode": [ONE], "schedule": {"conversion_factor": 30}},
            {"recode": [ONE], "rvu": [{"code": "97110", "pe_rvu": Decimal("0.9")}]},
            {"recode": [ONE], "mppr": {"applies_to": ["Medicare"]}},
            {"recode": [ONE], "schedule": {"year": 2020}},
            {"recode": [ONE], "schedule": {"year": 2026}},
            {"recode": [ONE], "gpci": {"locality": "02102-01"}},
            {"recode": [ONE], "volume": [{"change": Decimal("0.1"), "where": {"payer": "Aetna"}}]},
            {"recode": [ONE | {"to": "97530"}]},
            {"recode": [ONE | {"where": {"clinic": "Dayton"}}]},
            {"schedule": {"year": 2020, "track": "qp"}},
            {"assistants": {"to_therapist": Decimal("0.5")}},
        )
    ]
    asked = [read(text, "asked.toml") for text in texts]
    cube = build(export.priced, scenarios=asked, codes=codes.load())
    lines = entries(export.lines, PLACES)
    for _ in range(2):
        for text, scenario in zip(texts, asked, strict=True):
            same(compare(cube, scenario), reference.compare(lines, reference.read(text)))
        texts, asked = texts[::-1], asked[::-1]


def test_a_recoding_of_what_nobody_billed_is_refused() -> None:
    export = of_rows({"units": 2})
    for tables in (
        {"recode": [ONE | {"from": "97140"}]},
        {"recode": [ONE | {"where": {"payer_class": "Commercial"}}]},
        {"recode": [ONE, ONE | {"from": "97116"}]},
        {"volume": [{"change": Decimal("0.1"), "where": {"clinic": "Nowhere"}}]},
        {"assistants": {"to_therapist": Decimal("0.5")}},
        {"assistants": {"rate": Decimal("0.9")}},
        {"rvu": [{"code": "97542", "work_rvu": Decimal("0.5")}]},
        {"rvu": [{"code": "97110", "modifier": "26", "work_rvu": Decimal("0.5")}]},
        {"mppr": {"applies_to": ["Medicaid"]}},
    ):
        assert agree(export, tables) is None


def test_lines_without_an_amount_give_no_units() -> None:
    nowhere = {"clinic": None, "code": "97110", "units": 4}
    export = of_rows({"clinic": "Here", "units": 1}, nowhere, places={"Here": NATIONAL})
    answer = agree(export, {"recode": [ONE | {"units_per_visit": 3}]})
    assert answer is not None
    assert reference.by_code(answer)["97112"].units_after == 1


def test_lines_that_are_not_looked_at_rank_and_stay_as_they_are() -> None:
    # Bob's 97530 holds the full unit, and his 97110 does not move though it has more units.
    other = {"provider": "Bob"}
    export = of_rows({"units": 2}, {"code": "97530"} | other, {"units": 3} | other)
    answer = agree(export, {"recode": [ONE]}, {"provider": "not stated"})
    assert answer is not None
    sums = reference.by_code(answer)
    assert set(sums) == {"97110", "97112"}
    assert sums["97110"].units_after == sums["97112"].units_after == 1
    assert sums["97112"].allowed_after == Fraction("24.88")


def test_each_payer_of_a_visit_has_its_full_unit_before_and_after_a_recoding() -> None:
    # Lines of two payers in turns: 97112 becomes Medicare's full unit, and the other payer's 97530 has no part in it.
    other = {"payer": "State Fund", "payer_class": "Workers' compensation"}
    export = of_rows({}, {"code": "97530"} | other, {"units": 2}, {"code": "97140"} | other)
    answer = agree(export, {"recode": [ONE]})
    assert answer is not None
    sums = reference.by_code(answer)
    assert sums["97530"].allowed_after == sums["97530"].allowed_before == Fraction("35.07")
    assert sums["97110"].allowed_before == Fraction("73.48")  # 29.06 + 2 x 22.21
    assert sums["97112"].allowed_after == Fraction("32.73")


def test_lines_that_are_not_covered_or_free_have_no_part_in_a_what_if() -> None:
    export = of_rows({"code": "97530", "modifiers": "GP GY"}, {"code": "97112", "charge_cents": 0}, {"units": 2})
    answer = agree(export, {"recode": [ONE], "schedule": {"year": 2025}})
    assert answer is not None
    sums = reference.by_code(answer)
    assert not sums["97530"].amounts
    assert sums["97110"].allowed_before == Fraction("51.27")
    refused = of_rows({"modifiers": "GP GZ", "units": 2}, {"code": "97140"})
    assert agree(refused, {"recode": [ONE]}) is None


def test_a_therapist_takes_over_the_lines_looked_at_only() -> None:
    # Bob's line keeps CQ, so that the full unit comes back to the line looked at, whatever the charges.
    other = {"provider": "Bob", "charge_cents": 9000, "modifiers": "CQ GP"}
    export = of_rows({"charge_cents": 5000, "modifiers": "CQ GP"}, other)
    answer = agree(export, {"assistants": {"to_therapist": 1}}, {"provider": "not stated"})
    assert answer is not None
    assert reference.total(answer).allowed_before == Fraction("22.21")
    assert reference.total(answer).allowed_after == Fraction("29.06")


def test_a_visit_in_two_localities_is_ranked_by_what_each_pays() -> None:
    # 97110 and 97116 have the same RVUs. The dearer place holds the full unit; in one locality the first in the source.
    rows = ({"code": "97116", "clinic": "Plain"}, {"code": "97110", "clinic": "Dear"})
    export = of_rows(*rows, places={"Plain": NATIONAL, "Dear": PLACES["Anchorage"]})
    texts = [to_toml(tables) for tables in ({"mppr": {"rate": Decimal("0.4")}}, {"gpci": {"locality": "15202-00"}})]
    asked = [read(text, "asked.toml") for text in texts]
    cube = build(export.priced, scenarios=asked, codes=codes.load())
    for text, scenario in zip(texts, asked, strict=True):
        same(compare(cube, scenario), reference.compare(entries(export.lines, export.places), reference.read(text)))


def test_the_reference_does_not_know_the_code_it_judges() -> None:
    names = {name for name, value in vars(reference).items() if getattr(value, "__module__", "").startswith("analysis")}
    assert not names
