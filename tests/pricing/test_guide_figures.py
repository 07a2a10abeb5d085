"""The amounts in the guide's texts are the schedules' own, for the year and place asked."""

from __future__ import annotations

import pytest

from analysis.codes.guide import load_guide
from analysis.errors import ContractError
from analysis.medicare.fees import resolve
from analysis.pricing.code_rates import code_rates, newest_year
from analysis.pricing.guide_figures import NO_AMOUNT, GuideFigures

NATION = GuideFigures()
OHIO = GuideFigures(resolve("45202"))


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("{full 97112}", "$32.73"),
        ("{full 97112-97110 2020}", "$4.69"),
        ("{full 97112-97110}", "$3.67"),
        ("{reduced 97112-97110}", "$2.67"),
        ("{full 97110 2020} {change 97110 2020-2021}", "$31.40 \N{MINUS SIGN}3.3%"),
        # Atlanta, 2023: practice expense .42, .50 and .66 x .998 x 33.8872.
        ("{practice 97110 2023 10212-01}", "$14.20"),
        ("{practice 97112 2023 10212-01}", "$16.91"),
        ("{practice 97530 2023 10212-01}", "$22.32"),
        ("{full 97530 2023 10212-01} {reduced 97530 2023 10212-01}", "$37.58 $26.42"),
        ("{visit 97112x2 97110x1}", "$79.82"),  # 32.73 + 24.88 + 22.21
        ("{visit 97110x1 97112x2}", "$79.82"),
        ("{factor 2021} {factor_change 2022}", "34.8931 \N{MINUS SIGN}0.82%"),
        ("{mue 97112} {mue 99999}", "4 no limit"),
        ("{full 97014} {visit 97014x1} {full 97112-97014}", f"{NO_AMOUNT} {NO_AMOUNT} {NO_AMOUNT}"),
        ("{place} {year}", f"nationally {newest_year()}"),
    ],
)
def test_a_figure_is_the_schedules_own(asked: str, given: str) -> None:
    assert NATION.filled(asked) == given


def test_figures_follow_the_locality_unless_they_name_their_own() -> None:
    assert OHIO.filled("{place}") == "in Ohio"
    assert OHIO.filled("{full 97112}") != NATION.filled("{full 97112}")
    assert OHIO.filled("{full 97112 national}") == NATION.filled("{full 97112}")


def test_a_locality_that_no_schedule_has_is_named() -> None:
    with pytest.raises(ContractError, match="00000-00, which no schedule has"):
        NATION.filled("{full 97112 2023 00000-00}")


@pytest.mark.parametrize("figures", [NATION, OHIO], ids=["nation", "Ohio"])
def test_every_text_of_the_guide_can_be_filled(figures: GuideFigures) -> None:
    guide = load_guide()
    texts = [text for belief in guide.beliefs for text in (belief.right, belief.since)]
    for text in (*texts, *(answer.say for answer in guide.answers)):
        shown = figures.filled(text)
        assert "{" not in shown
        assert NO_AMOUNT not in shown
        assert "no limit" not in shown


def test_what_mppr_takes_off_is_half_of_the_practice_expense() -> None:
    rates = code_rates("97530", resolve("45202"), newest_year())
    assert rates.mppr
    assert rates.cut_cents is not None
    assert rates.practice_cents is not None
    assert abs(rates.cut_cents - rates.practice_cents / 2) <= 1


def test_a_code_without_an_amount_says_why_and_has_no_parts() -> None:
    excluded = code_rates("97014", resolve("45202"), newest_year())
    assert (excluded.full_cents, excluded.practice_cents, excluded.cut_cents) == (None, None, None)
    assert "not valid for Medicare" in excluded.reason
    unknown = code_rates("98979", resolve("45202"), 2020)
    assert "not in the 2020 fee schedule" in unknown.reason
    untouched = code_rates("95992", resolve("45202"), newest_year())
    assert (untouched.mppr, untouched.cut_cents) == (False, None)
