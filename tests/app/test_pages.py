"""Every page with the sample clinic and with nothing loaded: never an exception, always an answer."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from analysis.medicare.fees import resolve
from analysis.pricing import rates
from pages._ui.kit.screens import (
    CODE_GUIDE,
    CODE_MIX,
    COMPLIANCE,
    CONTRACTS,
    DATA,
    FEE_SCHEDULES,
    PAYMENTS,
    REVENUE,
    SCREENS,
    VISIT,
    WHAT_IF,
    Screen,
)
from tests.app.page import GOOD, TWO_CLINICS, answers, drop, press, said

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from streamlit.testing.v1 import AppTest

PATHS = [screen.path for screen in SCREENS]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_answers_in_its_first_sentence_with_a_number(open_page: Callable[..., AppTest], path: str) -> None:
    app = open_page(path, sample=True)
    assert re.search(r"\d", answers(app))
    assert not app.error
    assert app.dataframe, "a table stands beside every chart"


def test_the_code_mix_names_the_code_that_gives(open_page: Callable[..., AppTest]) -> None:
    assert re.search(
        r"Each percentage point of units moved from 97110 to 97112 (is worth|costs) \\\$[\d,]+ a year",
        answers(open_page(CODE_MIX.path, sample=True)),
    )


@pytest.mark.parametrize("path", PATHS)
def test_a_page_without_data_says_what_to_do_and_offers_one_button(
    open_page: Callable[..., AppTest], path: str
) -> None:
    app = open_page(path)
    assert answers(app)
    assert not app.error
    primary = [button for button in app.button if button.proto.type == "primary"]
    if path in {REVENUE.path, PAYMENTS.path, CONTRACTS.path, COMPLIANCE.path, CODE_MIX.path, WHAT_IF.path}:
        assert not app.metric
        assert not app.dataframe
        [button] = primary
        button.click().run()
        assert answers(app).startswith("Drop a billing export")
    elif path == VISIT.path:
        assert "allowed by Medicare" in answers(app)
    elif path == FEE_SCHEDULES.path:
        assert "Nationally" in answers(app)
    elif path == CODE_GUIDE.path:
        assert "nationally" in answers(app)
    else:
        assert app.file_uploader


def test_the_first_visit_opens_where_the_work_is(open_page: Callable[..., AppTest]) -> None:
    assert answers(open_page()).startswith("Drop a billing export")
    assert "earns the most" in answers(open_page(sample=True))


def test_every_metric_has_its_definition_on_hover(open_page: Callable[..., AppTest]) -> None:
    app = open_page(REVENUE.path, sample=True)
    assert len(app.metric) == 7
    assert all(metric.proto.help for metric in app.metric)


def test_a_filter_is_named_above_the_content_and_comes_off_as_a_chip(open_page: Callable[..., AppTest]) -> None:
    app = open_page(REVENUE.path, sample=True)
    whole = app.metric[0].value
    app.multiselect("filter_payer_classes").set_value(["Medicare"]).run()
    assert app.metric[0].value != whole
    next(button for button in app.button if "Medicare" in button.label).click().run()
    assert app.metric[0].value == whole
    assert not app.exception


def test_the_mix_of_one_code_is_a_sentence(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), ("two.csv", TWO_CLINICS.encode())), "Use these lines")
    app.switch_page(CODE_MIX.path).run()
    assert (
        answers(app) == r"Every line in this export is 97110 Therapeutic exercise\. A code mix needs at least two codes"
    )


ONE_VISIT = (
    "Patient ID,DOS,CPT,Units,Charge,Therapist,Clinic ZIP\n"
    "P1,3/2/2026,97530,1,120.00,Ada,45202\n"
    "P1,3/2/2026,97110,1,120.00,Ben,45202\n"
)


def _expected(app: AppTest) -> dict[str, Decimal]:
    """Expected dollars by code, as the Revenue page's table has them."""
    [table] = [frame.value for frame in app.dataframe if {"share_expected", "mppr_cents"} <= {*frame.value}]
    return dict(zip(table["code"], table["expected_cents"], strict=True))


def test_a_filter_takes_lines_away_and_never_changes_what_a_line_is_worth(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), ("visit.csv", ONE_VISIT.encode())), "Use these lines")
    app.switch_page(REVENUE.path).run()
    whole = _expected(app)
    app.multiselect("filter_providers").set_value(["Ben"]).run()
    # Ben's 97110 stays the reduced unit of its visit, though Ada's 97530 is filtered out.
    assert _expected(app) == {"97110": whole["97110"]}
    reduced = rates(date(2026, 3, 2), resolve("45202"), codes=["97110"])["reduced_cents"].item()
    assert whole["97110"] * 100 == reduced


# ------------------------------------------------------------------------------------------- lines without an amount
def test_data_says_how_many_ready_lines_have_no_medicare_amount_and_why(open_page: Callable[..., AppTest]) -> None:
    lines = (
        f"{GOOD}P3,3/3/2026,97014,1,20.00,Aetna,45202\nP4,3/4/2026,97014,1,20.00,Aetna,45202\n"
        "P5,3/3/2018,97110,1,20.00,Aetna,45202\nP6,4/3/2018,97110,1,20.00,Aetna,45202\n"
        "P7,4/4/2018,97110,1,20.00,Aetna,45202\n"
    )
    app = press(drop(open_page(DATA.path), ("june.csv", lines.encode())), "Use these lines")
    [sentence] = [info.value for info in app.info if "no Medicare amount" in info.value]
    assert sentence.startswith("5 of the ready lines have no Medicare amount")
    assert "3 before 2020" in sentence
    assert "2 of 97014, not valid for Medicare" in sentence
    [table] = [frame.value for frame in app.dataframe if {"reason", "lines"} <= {*frame.value}]
    assert dict(zip(table["code"], table["lines"], strict=True)) == {"97110": 3, "97014": 2}
    assert "Rows to review" in [tab.label for tab in app.tabs]


def test_a_file_whose_lines_all_have_an_amount_says_nothing_of_it(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), ("june.csv", GOOD.encode())), "Use these lines")
    assert "no Medicare amount" not in said(app)
    assert f"Your file ({len(GOOD) / 1_000:.1f} kB) and what RevMix read are in memory" in said(app).replace("\\", "")
    assert "Correct these rows in your own file, then open that file again" in said(app)


# ------------------------------------------------------------------------------------------------ what Medicare paid
def test_revenue_sets_medicare_s_payments_beside_what_should_have_arrived(open_page: Callable[..., AppTest]) -> None:
    lines = (
        "Patient ID,DOS,CPT,Units,Charge,Insurance Paid,Payer,Clinic ZIP\n"
        "P1,3/2/2026,97110,1,120.00,20.00,Medicare,45202\n"
        "P2,3/2/2026,97110,1,120.00,99.00,Aetna,45202\n"
    )
    app = press(drop(open_page(DATA.path), ("june.csv", lines.encode())), "Use these lines")
    app.switch_page(REVENUE.path).run()
    [sentence] = [text.value for text in app.markdown if text.value.startswith("Medicare lines")]
    full = rates(date(2026, 3, 2), resolve("45202"), codes=["97110"])["full_cents"].item()
    # Sequestration takes two percent of the 80 percent that Medicare itself pays.
    assert full * 98 // 100 < full - full * 16 // 1000 <= full
    assert f"\\${(full - full * 16 // 1000 + 50) // 100} expected under Medicare's rules, \\$20 paid" in sentence
    assert r"Over 1 Medicare line with a payment" in sentence


def test_the_headline_and_tiles_name_whose_rates_they_rest_on(open_page: Callable[..., AppTest]) -> None:
    app = open_page(REVENUE.path, sample=True)
    assert re.search(r"earns the most.*paid .*at Medicare rates.*of payments", answers(app))
    assert {"Expected at Medicare rates", "Net collection rate"} <= {metric.label for metric in app.metric}


# -------------------------------------------------------------------------------------------------------- fee schedules
def test_fees_come_newest_first_and_the_own_volume_goes_from_final_to_proposed(
    open_page: Callable[..., AppTest],
) -> None:
    app = open_page(FEE_SCHEDULES.path, sample=True)
    years = [str(name).removesuffix("_cents") for name in app.dataframe[0].value if str(name).endswith("_cents")]
    assert years[:3] == ["2027 PROPOSED", "2026", "2025"]
    assert years[-1] == "2020"
    assert (app.selectbox("effect_before").value, app.selectbox("effect_after").value) == (2026, 2027)


def test_a_qualifying_participant_is_priced_by_the_higher_factor_everywhere(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), ("visit.csv", ONE_VISIT.encode())), "Use these lines")
    app.switch_page(REVENUE.path).run()
    before = _expected(app)
    app.switch_page(DATA.path).run()
    [box] = [box for box in app.checkbox if "QP" in box.label]
    box.check().run()
    app.switch_page(REVENUE.path).run()
    full = rates(date(2026, 3, 2), resolve("45202"), codes=["97530"], track="qp")["full_cents"].item()
    assert _expected(app)["97530"] * 100 == full
    assert _expected(app)["97530"] > before["97530"]
    assert "qualifying APM participant (QP)" in "\n".join(caption.value for caption in app.caption)
    app.switch_page(FEE_SCHEDULES.path).run()
    newest = app.dataframe[0].value
    assert newest.loc[newest["code"] == "97530", "2026_cents"].item() * 100 == full
    source = next(caption.value for caption in app.caption if "Medicare physician fee schedule" in caption.value)
    assert "qualifying APM participant (QP)" in source
    assert "not a" not in source
    app.switch_page(DATA.path).run()
    next(box for box in app.checkbox if "QP" in box.label).uncheck().run()
    app.switch_page(REVENUE.path).run()
    assert _expected(app) == before


def test_clearing_forgets_the_file(open_page: Callable[..., AppTest]) -> None:
    app = open_page(DATA.path, sample=True)
    next(button for button in app.button if button.label == "Clear this data").click().run()
    assert answers(app).startswith("Drop a billing export")
    assert "export" not in app.session_state


def test_screens_are_those_of_the_router() -> None:
    assert [screen.title for screen in SCREENS] == [
        "Data",
        "Revenue",
        "Payments",
        "Contracts",
        "Compliance",
        "Code mix",
        "What-if",
        "Fee schedules",
        "Price a visit",
        "Code guide",
    ]
    assert all(isinstance(screen, Screen) for screen in SCREENS)
