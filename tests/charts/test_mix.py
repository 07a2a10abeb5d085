"""Charts of the mix: nothing is named on a handful of units, like stands beside like, what is not full is marked."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from analysis import charts, metrics, mix
from analysis.medicare.fees import Locality, resolve
from analysis.pricing import price
from tests.metrics.builders import ALL_FIELDS, priced
from tests.metrics.test_compared import clinic
from tests.pricing.lines import frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.charts import Chart

PAIR = ("97110", "97112")
PLACES: dict[str | None, Locality] = {"Ohio": resolve("45202"), "Kentucky": resolve("41011")}


def _dots(*rows: Mapping[str, Any], by: str = "provider") -> Chart:
    return charts.share_dots(mix.by(priced(*rows), ALL_FIELDS, PAIR, "97112", by), "97112", PAIR, by)


def _marks(chart: Chart) -> Any:
    assert chart.figure is not None
    return chart.figure.data


# ----------------------------------------------------------------------------------------------------------------- dots
def test_dots_name_the_extremes_of_those_who_differ() -> None:
    chart = _dots(*clinic(("Ada", 15, 6, 6), ("Ben", 15, 1, 9), ("Cy", 15, 3, 7), ("Di", 1, 9, 0)))
    # 159 of 490 units are 32%: Di's 100% of nine units are not drawn
    assert chart.title == "97112 ranges from 10% (Ben) to 50% (Ada) of 97110 and 97112 units; 32% overall."
    assert chart.table["key"].to_list() == ["Di", "Ada", "Cy", "Ben"], "the table has everybody"
    assert list(_marks(chart)[0].marker.symbol) == ["circle", "circle-open", "circle"]
    assert chart.notes[-1] == "1 therapist with fewer than 50 units not shown; see the table."
    assert "Di" not in str(_marks(chart)[0].customdata)


def test_dots_say_where_nobody_differs_and_where_only_one_does() -> None:
    alike = _dots(*clinic(("Ada", 15, 5, 5), ("Ben", 15, 5, 5)))
    assert (
        alike.title
        == "97112 is 50% of your 97110 and 97112 units; no therapist differs from the others by more than chance."
    )
    one = _dots(*clinic(("Ada", 15, 6, 6), ("Ben", 60, 3, 9), ("Cy", 11, 4, 8), ("Di", 11, 4, 8)))
    assert one.title.endswith("for Ada; that is more than chance.") or "ranges" in one.title


def test_dots_name_nobody_where_units_or_patients_are_few() -> None:
    few = _dots(*clinic(("Ada", 15, 5, 5), ("Ben", 2, 9, 1)))
    assert few.title == "97112 is 54% of your 97110 and 97112 units; only one therapist has 50 units to compare."
    nobody = _dots(*clinic(("Ada", 2, 5, 5)))
    assert nobody.figure is None
    assert nobody.title == "97112 is 45% of your 97110 and 97112 units; no therapist has 50 units to compare."
    patients = _dots(*clinic(("Ada", 6, 6, 6), ("Ben", 6, 3, 9)))
    assert patients.title.endswith("no two therapists have 10 patients to compare.")
    assert patients.notes[1] == "No interval for fewer than 10 patients: Ada, Ben."


def test_without_a_patient_column_there_is_no_interval_and_no_claim() -> None:
    chart = _dots(*({**row, "patient_key": row["visit_key"]} for row in clinic(("Ada", 15, 9, 3), ("Ben", 15, 3, 9))))
    assert chart.title == (
        "97112 is 50% of your 97110 and 97112 units; without a patient column, no therapist can be told from the "
        "others."
    )
    assert chart.notes[0].startswith("The export does not tell patients apart from visit to visit.")
    assert set(_marks(chart)[0].marker.symbol) == {"circle-open"}
    assert not any(_marks(chart)[0].error_x.array)


def _changing() -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = []
    for month, focus in ((1, 2), (2, 2), (4, 9), (5, 9)):
        day = date(2026, month, 5)
        of_month = clinic(("Ada", 15, focus, 12 - focus), ("Ben", 15, 6, 6), date_of_service=day)
        rows += [
            {**row, "patient_key": row["patient_key"] + 100 * month, "visit_key": row["visit_key"] + 10**6 * month}
            for row in of_month
        ]
    return rows


def test_who_changed_has_two_dots_and_no_claim() -> None:
    chart = _dots(*_changing())
    assert "Ada 17%" not in chart.title
    assert chart.title.startswith("97112 is 48% of your 97110 and 97112 units;")
    line, change, dots = _marks(chart)
    assert list(change.x) == pytest.approx([1 / 6, 3 / 4])
    assert list(line.x)[:2] == pytest.approx([1 / 6, 3 / 4])
    assert len(dots.x) == 1, "Ben's"
    assert chart.notes[1].startswith("Ada changed since about Apr 2026")


# ----------------------------------------------------------------------------------------------------------- over time
def test_a_partial_month_is_open_and_out_of_the_title_and_a_thin_one_is_not_drawn() -> None:
    rows = [
        {"date_of_service": date(2026, month, 5), "code": code, "units": units, "visit_key": month}
        for month, units in ((1, 30), (2, 10), (3, 30), (4, 60))
        for code in PAIR
    ]
    rows += [{**rows[-1], "units": 30}]
    shares = mix.over_time(priced(*rows), PAIR, (date(2026, 1, 2), date(2026, 4, 20)))
    chart = charts.share_over_time(shares, "97112")
    assert chart.title == "97112 is 55% of your 97110 and 97112 units, all payers; 50% in Mar 2026."
    focus = _marks(chart)[1]
    assert list(focus.y) == pytest.approx([0.5, None, 0.5, 0.6], nan_ok=True)
    assert list(focus.marker.symbol) == ["circle", "circle", "circle", "circle-open"]
    assert chart.notes == (
        "1 month with fewer than 50 of these units not drawn: Feb 2026.",
        "Apr 2026 is not a full month, so its dot is open.",
    )
    thin = charts.share_over_time(mix.over_time(priced(rows[0]), PAIR, (date(2026, 1, 2), date(2026, 1, 31))), "97110")
    assert thin.figure is None
    assert thin.title == "97110 and 97112: 30 units, and no month has the 50 that a share takes."


def test_multiples_name_the_largest_change_that_is_more_than_chance() -> None:
    lines, span = priced(*_changing()), (date(2026, 1, 2), date(2026, 5, 20))
    compared = mix.by(lines, ALL_FIELDS, PAIR, "97112")
    panels = mix.multiples(lines, ALL_FIELDS, PAIR, "97112", span)
    chart = charts.share_multiples(panels, compared, "97112", PAIR)
    assert chart.title == "Ada: since about Apr 2026, 97112 from 17% to 75% of 97110 and 97112 units."
    assert "The quarter from Apr 2026 is not full, so its dots are open." in chart.notes
    still = priced(*clinic(("Ada", 15, 5, 5), ("Ben", 15, 5, 5), ("Few", 2, 5, 5)))
    compared = mix.by(still, ALL_FIELDS, PAIR, "97112")
    panels = mix.multiples(still, ALL_FIELDS, PAIR, "97112", span)
    chart = charts.share_multiples(panels, compared, "97112", PAIR)
    assert chart.title == "No therapist's use of 97112 has changed by more than chance would explain."
    assert chart.notes[-1] == "1 therapist with fewer units not shown."


# ------------------------------------------------------------------------------------------------------ beside Medicare
def _beside(*rows: Mapping[str, Any], codes: tuple[str, ...] = PAIR) -> Chart:
    lines = price(frame(rows), PLACES).lines
    return charts.beside_medicare(mix.beside_medicare(lines, codes, "97112"), "97112", codes)


def _kentucky(*rows: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        {**row, "clinic": "Kentucky", "patient_key": row["patient_key"] + 500, "visit_key": row["visit_key"] + 10**6}
        for row in rows
    ]


def test_medicare_lines_of_two_states_stand_beside_their_own() -> None:
    ohio, kentucky = clinic(("Ada", 15, 9, 3), clinic="Ohio"), _kentucky(*clinic(("Ada", 12, 4, 8)))
    chart = _beside(*ohio, *kentucky)
    assert chart.title == (
        "On your Medicare lines in OH, 97112 is 75% of 97110 and 97112 units (180 units); Medicare has 33% in OH "
        "and 31% nationally, more than chance would explain. In KY it is 33% (144 units); Medicare has 32% in "
        "KY and 31% nationally, no more than chance would explain."
    )
    marks, dots = _marks(chart)
    assert len(marks.x) == 4
    assert list(dots.marker.symbol) == ["circle", "circle-open"]
    assert any("sum of the states" in note for note in chart.notes)


def test_too_few_medicare_units_say_so_and_draw_nothing() -> None:
    few = _beside(*clinic(("Ada", 3, 9, 3), clinic="Ohio"), *clinic(("Ben", 30, 9, 3), payer_class="Commercial"))
    assert few.figure is None
    assert few.title == (
        "Your Medicare lines have fewer than 50 units of 97110 and 97112 in each state: too few to compare with "
        "Medicare's."
    )
    none = _beside(*clinic(("Ben", 30, 9, 3), clinic="Ohio", payer_class="Commercial"))
    assert none.title == "No Medicare line has 97110 and 97112, so there is nothing to set beside Medicare's."
    one = _beside(*clinic(("Ada", 15, 9, 3), clinic="Ohio"), *_kentucky(*clinic(("Ada", 2, 9, 3))))
    assert "KY: 24 Medicare units of these codes, too few to compare (at least 50)." in one.notes
    assert "KY" not in one.title


def test_an_unknown_benchmark_is_said_and_not_drawn() -> None:
    chart = _beside(*clinic(("Ada", 15, 9, 3), clinic="Ohio"), codes=(*PAIR, "97165"))
    assert len(_marks(chart)) == 1
    assert chart.title.endswith("97112 is 75% of 97110, 97112 and 97165 units (180 units).")
    assert "CMS has no figures on 97165 for the nation, so the chart does not show its mix." in chart.notes


def test_medicare_lines_that_changed_are_said_to_have() -> None:
    chart = _beside(*({**row, "clinic": "Ohio"} for row in _changing() if row["provider"] == "Ada"))
    assert chart.title.endswith("but yours changed since about Apr 2026.")


def test_every_column_of_the_tables_is_defined() -> None:
    lines = price(frame(clinic(("Ada", 15, 9, 3), clinic="Ohio")), PLACES).lines
    tables: list[pl.DataFrame] = [_dots(*clinic(("Ada", 15, 9, 3))).table, mix.beside_medicare(lines, PAIR, "97112")]
    assert not [name for table in tables for name in table.columns if not metrics.definition(name).text]
