"""What must hold of any visit: the order of its lines, and a recoding to a dearer code.

On order. MPPR leaves one unit of a patient-day in full: of the line with the highest practice expense, then the higher
fee, then without an assistant, then the higher charge, then the first in the source. Call the lines that are equal in
all but the last the visit's leaders. Two leaders have the same full amount, and the same reduced one (tests/medicare
checks that of every schedule and locality). So, for a visit in one locality:

1. Rows of the frame may stand in any order: only line_id, the order of the source, can count.
2. Leaders of equal units are interchangeable: any order of the source gives the same amounts, and so the same totals.
3. Where no charge is below its line's schedule amount, the total allowed is the same in any order, whatever the
   leaders' units. (What is rounded line by line, coinsurance and the cuts, may still move a cent between payers.)
4. Else it may move: leaders of the same low charge but different units. Which of them holds the full unit decides how
   much the charge cuts off. The pricer then follows the source, as the rule says.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from analysis.medicare.fees import NATIONAL, Locality, resolve
from analysis.pricing import price
from tests.pricing import reference
from tests.pricing.lines import AMOUNT_COLUMNS, PLACES, few_lines, for_reference, frame

PLACE = resolve("13202-01")
TIMED = ("97110", "97112", "97116", "97124", "97140", "97530", "97535", "97537", "92507", "95992", "97010", "97014")

Visit = list[dict[str, Any]]

lines_of_a_visit = st.fixed_dictionaries(
    {
        "code": st.sampled_from(TIMED),
        "modifiers": st.sampled_from(["GP", "CQ GP", "GO", ""]),
        "units": st.integers(1, 4),
        "charge_cents": st.sampled_from([None, 0, 2500, 4000, 20_000]),
    }
)
visits = st.lists(lines_of_a_visit, min_size=1, max_size=6)


def price_visits(*several: Visit, place: Locality = PLACE) -> list[pl.DataFrame]:
    """Price visits in one call; each one's amounts in the order of its source."""
    rows = [line | {"visit_key": index} for index, visit in enumerate(several) for line in visit]
    priced = price(frame(rows), place).lines
    return [priced.filter(pl.col("visit_key") == index) for index in range(len(several))]


def totals(visit: pl.DataFrame) -> dict[str, int]:
    return visit.select(pl.col(AMOUNT_COLUMNS).sum()).row(0, named=True)


def leaders(visit: Visit) -> list[reference.Line]:
    """The lines that may hold the full unit: charged, equal in practice expense, fee, assistant and charge."""
    lines = for_reference(frame(visit), PLACE)
    merits = {}
    for line in lines:
        fee = reference.fee_of(line)
        if fee is not None and fee.reduced is not None and line.charge != 0:
            charge = -1 if line.charge is None else line.charge
            merits[line.line_id] = (fee.pe, fee.full, not reference.by_assistant(line), charge)
    return [line for line in lines if line.line_id in merits and merits[line.line_id] == max(merits.values())]


def in_any_order(visit: Visit) -> st.SearchStrategy[tuple[Visit, Visit]]:
    return st.tuples(st.just(visit), st.permutations(visit))


in_two_orders = st.lists(visits.flatmap(in_any_order), min_size=1, max_size=12)


@given(in_two_orders)
@settings(max_examples=25, deadline=None)
def test_leaders_of_equal_units_are_interchangeable(pairs: list[tuple[Visit, Visit]]) -> None:
    equal = [pair for pair in pairs if len({line.units for line in leaders(pair[0])}) <= 1]
    priced = price_visits(*(visit for pair in equal for visit in pair))
    for first, second in zip(priced[::2], priced[1::2], strict=True):
        assert totals(first) == totals(second)
        amounts = [sorted(visit.select(AMOUNT_COLUMNS).rows(), key=str) for visit in (first, second)]
        assert amounts[0] == amounts[1]


@given(in_two_orders)
@settings(max_examples=25, deadline=None)
def test_without_low_charges_the_total_allowed_is_the_same_in_any_order(pairs: list[tuple[Visit, Visit]]) -> None:
    priced = price_visits(*([line | {"charge_cents": None} for line in visit] for pair in pairs for visit in pair))
    for first, second in zip(priced[::2], priced[1::2], strict=True):
        for total in ("list_cents", "scheduled_cents", "expected_cents"):
            assert totals(first)[total] == totals(second)[total]


def test_leaders_of_unequal_units_and_the_same_low_charge_are_the_one_case_where_the_source_decides() -> None:
    # National 2026, both 29.06 full and 22.21 reduced, both charged 25.00.
    # 97110 first: min(29.06, 25.00) + min(2 x 22.21, 25.00) = 50.00. 97116 first: min(51.27, 25.00) + 22.21 = 47.21.
    one, two = ({"code": "97110", "units": 1}, {"code": "97116", "units": 2})
    visit = [line | {"charge_cents": 2500} for line in (one, two)]
    first, second = price_visits(visit, visit[::-1], place=NATIONAL)
    assert first["expected_cents"].to_list() == [2500, 2500]
    assert second["expected_cents"].to_list() == [2500, 2221]


def test_the_order_of_a_frame_s_rows_does_not_count() -> None:
    lines = few_lines(3_000, seed=3)
    wanted = price(lines, PLACES).lines
    for seed in (1, 2):
        shuffled = lines.sample(fraction=1, shuffle=True, seed=seed)
        assert_frame_equal(price(shuffled, PLACES).lines, wanted)


OFFICE = {"under_plan_of_care": True, "facility": False}
FEES = {code: reference.fee(code, "", 2026, Decimal("33.4009"), PLACE.key, **OFFICE) for code in TIMED}
LISTED = {code: fee.full for code, fee in FEES.items() if fee is not None}


@given(st.lists(visits, min_size=1, max_size=12), st.data())
@settings(max_examples=25, deadline=None)
def test_a_recoding_to_a_dearer_code_never_lowers_the_list_amount(several: list[Visit], data: st.DataObject) -> None:
    recodings = []
    for visit in several:
        index = data.draw(st.integers(0, len(visit) - 1))
        now = LISTED.get(visit[index]["code"])
        dearer = [code for code, full in LISTED.items() if now is not None and full > now]
        if dearer:
            code = data.draw(st.sampled_from(dearer))
            recodings += [visit, [*visit[:index], visit[index] | {"code": code}, *visit[index + 1 :]]]
    priced = price_visits(*recodings)
    for before, after in zip(priced[::2], priced[1::2], strict=True):
        assert totals(after)["list_cents"] > totals(before)["list_cents"]


@given(st.lists(st.tuples(visits, lines_of_a_visit), min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_a_further_line_never_lowers_a_visit_s_schedule_amount(several: list[tuple[Visit, dict[str, Any]]]) -> None:
    priced = price_visits(*(lines for visit, another in several for lines in (visit, [*visit, another])))
    for before, after in zip(priced[::2], priced[1::2], strict=True):
        assert totals(after)["scheduled_cents"] >= totals(before)["scheduled_cents"]


@given(st.lists(visits, min_size=2, max_size=12))
@settings(max_examples=25, deadline=None)
def test_other_visits_do_not_count(several: list[Visit]) -> None:
    alone = price_visits(several[0])[0]
    among = price_visits(*several)[0]
    assert_frame_equal(alone.select(AMOUNT_COLUMNS), among.select(AMOUNT_COLUMNS))


@pytest.mark.parametrize("units", [1, 2, 3])
def test_97112_instead_of_97110_gains_less_than_the_list_says(units: int) -> None:
    # The rules' own example: beside a dearer code both are reduced, and the gain is 2.67 a unit, not 3.67.
    beside = {"code": "97530", "units": 1}
    before, after = price_visits(
        [beside, {"code": "97110", "units": units}], [beside, {"code": "97112", "units": units}], place=NATIONAL
    )
    assert totals(after)["list_cents"] - totals(before)["list_cents"] == 367 * units
    assert totals(after)["expected_cents"] - totals(before)["expected_cents"] == 267 * units
