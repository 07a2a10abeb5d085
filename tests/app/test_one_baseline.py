"""One question has one answer, to the cent, wherever it is asked: pages and command line start from one baseline."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING

from analysis import mix
from analysis.lines.filters import Filters
from analysis.money import dollars
from analysis.whatif.answers import compare
from analysis.whatif.answers.compare import rounded
from analysis.whatif.scenarios import Recode, Scenario
from analysis.whatif.visits import total
from pages._ui.kit.screens import CODE_MIX, FEE_SCHEDULES
from pages._ui.kit.session import SAMPLE
from tests.app.page import said
from tests.app.what_if import FIFTH, PAYER, PROPOSAL, at_medicare_rates, choice, headline, plain, table
from tests.cli.command import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from streamlit.testing.v1 import AppTest

    from analysis.pricing import Priced
    from analysis.whatif.visits import Cube

MONTHS = "on the visits of Nov 2025–Oct 2026"


def test_2027_costs_the_same_on_every_page(what_if: Callable[..., AppTest], cube: Cube, priced: Priced) -> None:
    asked = compare(cube, PROPOSAL).total
    cents, part = asked.allowed_difference_cents, asked.allowed_difference_cents / asked.allowed_before_cents
    assert cents < 0
    app = at_medicare_rates(what_if(PROPOSAL))
    said_first = headline(app)
    assert f"costs {dollars(-cents, places=0)} ({part:+.1%}) a year for all lines at Medicare rates" in said_first
    assert f"{MONTHS} at 2026 rates" in said_first
    per_code = table(app, "code", "units_before", "allowed_difference_cents")["allowed_difference_cents"]
    assert round(per_code.sum() * 100) == cents

    app.switch_page(FEE_SCHEDULES.path).run()
    assert (
        f"All lines at Medicare rates: {dollars(-cents, places=0)} less ({part:+.1%}) a year at 2027 PROPOSED rates "
        f"than at 2026 rates, {MONTHS}"
    ) in plain(said(app))
    effect = table(app, "code", "before_cents", "after_cents", "difference_cents")["difference_cents"]
    assert round(effect.sum() * 100) == cents

    # A point is a hundredth of the set's units: what the scenario with all visits says, in as many as that needs.
    app.switch_page(CODE_MIX.path).run()
    outcome = cube.outcome(Scenario("All", (Recode("97110", "97112", 1),)))
    gain = total(outcome.after, "expected_cents") - total(outcome.before, "expected_cents")
    assert cube.baseline is not None
    point = mix.point_value(priced, Filters(), ("97112", "97110"), "97110", "97112", cube.baseline)
    assert not isinstance(point, str)
    assert point.exact_cents == rounded(gain * point.set_units / (100 * outcome.moved_visits[0]))
    assert f"from 97110 to 97112 is worth {dollars(point.exact_cents, places=0)} a year" in plain(said(app))
    assert f"{MONTHS} at 2026 rates" in plain(said(app))


def test_the_command_gives_the_page_s_answer(capsys: pytest.CaptureFixture[str], cube: Cube, tmp_path: Path) -> None:
    contracts = tmp_path / "contracts.csv"
    contracts.write_text(f"Payer,Pays by,Percent\n{PAYER},Percent of Medicare,110\n", "utf-8")
    both = 'name = "Both"\n[[recode]]\nfrom = "97110"\nto = "97112"\nunits_per_visit = 1\nshare = 0.2\n'
    for scenario, text in ((PROPOSAL, 'name = "2027"\n[schedule]\nyear = 2027\n'), (FIFTH, both)):
        file, out = tmp_path / "scenario.toml", tmp_path / "comparison.csv"
        file.write_text(text, "utf-8")
        words = ("whatif", SAMPLE, "--scenario", file, "--contracts", contracts, "--baseline", "current", "--out", out)
        status, _, err = run(capsys, *words)
        assert status == 0, err
        assert f"note: amounts a year, {MONTHS} at 2026 rates" in err.splitlines()
        *_, last = csv.DictReader(out.read_text("utf-8").splitlines())
        asked = compare(cube, scenario).total
        assert Decimal(last["allowed_difference"]) * 100 == asked.allowed_difference_cents
        assert Decimal(last["receipts_before"]) * 100 == asked.receipts_before_cents


def test_as_it_was_is_a_choice(what_if: Callable[..., AppTest]) -> None:
    app = what_if(PROPOSAL)
    today = headline(app)
    choice(app, "what_if_baseline").set_value("dates").run()
    assert "Nov 2024 to Oct 2026, at the rates of each date of service" in headline(app)
    assert "a year" not in headline(app)
    choice(app, "what_if_baseline").set_value("current").run()
    assert headline(app) == today
