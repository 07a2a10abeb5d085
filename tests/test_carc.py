"""The one list of reason codes, and the writings of them that cells of exports have."""

from __future__ import annotations

import pytest

from analysis.codes.carc import carc_text, carcs, effect, format_reasons, groups, main_reason, outcome, reasons_in
from analysis.ingest.settings import FOLDER


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CO-45 PR-2", "CO-45 PR-2"),
        ("CO45;CO253", "CO-45 CO-253"),
        ("co 45, 59", "CO-45 CO-59"),
        ("CO-45: $50.00; PR-2 10.25", "CO-45 PR-2"),
        ("CO-45, 20.00", "CO-45"),
        ("CO*50", "CO-50"),
        ("CO-050", "CO-50"),
        ("PI-204|PR-1", "PI-204 PR-1"),
        ("Denied - CO50 (N115)", "CO-50"),
        ("CO16/MA130", "CO-16"),
        ("CO-96 N180", "CO-96"),
        ("45-CO", "CO-45"),
        ("253 (CO)", "CO-253"),
        ("CARC 50", "50"),
        ("Reason code: 197", "197"),
        ("50", "50"),
        ("50.0", "50"),
        ("050", "50"),
        ("45, 253", "45 253"),
        ("50 - not medically necessary", "50"),
        ("CO-B7", "CO-B7"),
        ("OA-23 OA-23", "OA-23"),
        ("N115", ""),
        ("Contractual", ""),
        ("2 units short", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_reasons_are_found_however_they_are_written(text: str | None, found: str) -> None:
    assert format_reasons(reasons_in(text)) == found


@pytest.mark.parametrize("text", ["50", "Paid 50", "5 units", "99213", "CO 80301"])
def test_a_number_is_no_reason_where_the_column_is_of_something_else(text: str) -> None:
    assert reasons_in(text, bare=False) == ()


@pytest.mark.parametrize(
    ("text", "became"),
    [
        ("CO-50", "denial"),
        ("PR-96", "denial"),
        ("CO-45 CO-197", "denial"),
        ("CO-97", "bundled"),
        ("CO-97 CO-50", "denial"),
        ("CO-45", None),
        ("CO-50 PR-2", None),  # the patient owes a part, so a part was allowed
        ("CO-P23", None),
        ("CO-9999", None),
        ("", None),
    ],
)
def test_what_reasons_alone_make_of_a_line(text: str, became: str | None) -> None:
    assert outcome(reasons_in(text)) == became


@pytest.mark.parametrize(
    ("code", "does"),
    [
        ("45", "contractual"),
        ("59", "contractual"),
        ("97", "bundled"),
        ("1", "patient"),
        ("3", "patient"),
        ("253", "payment"),
        ("237", "payment"),
        ("209", "payment"),
        ("23", "payment"),
        ("151", "denial"),
        ("236", "denial"),
        ("B7", "denial"),
        ("242", "denial"),
        ("P23", "information"),
        ("no code", "information"),
    ],
)
def test_what_a_code_does(code: str, does: str) -> None:
    assert effect(code) == does


def test_the_list_holds_words_and_advice_for_every_code() -> None:
    assert len(carcs()) > 350
    assert all(entry.text and entry.todo and "  " not in entry.text for entry in carcs().values())
    assert "Medicaid" in carcs()["209"].todo
    assert carc_text("12345") == "reason 12345, which is not in our list"
    assert set(groups()) == {"CO", "PR", "OA", "PI", "CR"}


def test_no_second_list_says_what_refuses() -> None:
    assert "carc" not in (FOLDER / "values.toml").read_text("utf-8").replace("carc.toml", "").replace('"carc"', "")


def test_a_denied_line_counts_under_its_refusal() -> None:
    assert main_reason("CO-45 CO-197 PR-96") == "197"
    assert main_reason("CO-45") == "45"
    assert main_reason(None) == ""
