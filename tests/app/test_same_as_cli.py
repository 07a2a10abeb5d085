"""The app and the command line say the same of the sample clinic, to the cent."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from analysis import cli
from analysis.payers import ContractBook
from analysis.payers.discovery import contracts_of, discover
from analysis.payments import FINDINGS, PARTS, findings
from pages._ui.kit import cache
from pages._ui.kit.screens import PAYMENTS, REVENUE
from pages._ui.kit.session import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from analysis.ingest import Export
    from analysis.pricing import Priced


def written(tmp_path: Path, command: str) -> pl.DataFrame:
    out = tmp_path / f"{command}.parquet"
    assert cli.main([command, str(SAMPLE), "--locality", "45202", "--out", str(out)]) == 0
    return pl.read_parquet(out)


def session_prices(export: Export) -> Priced:
    """What the session keeps of an export: its lines as they were priced last."""
    [results] = [results for of, results in cache._FOR_ALL._results.items() if of.value is export]
    found: Priced = next(reversed(results["priced"].values()))
    return found


def test_app_and_command_line_say_the_same_of_the_sample(open_page: Callable[..., AppTest], tmp_path: Path) -> None:
    app = open_page(REVENUE.path, sample=True)
    app.switch_page(PAYMENTS.path).run()
    assert not app.exception
    export = app.session_state["export"]
    priced = session_prices(export)
    by_command = written(tmp_path, "price")
    mine = priced.lines.sort("line_id").select("expected_cents", "medicare_cents", "receipts_cents")
    theirs = by_command.select((pl.col("allowed", "medicare_payment", "receipts") * 100).cast(pl.Int64))
    assert mine.rows() == theirs.rows()

    checked = written(tmp_path, "check").with_columns(dollars_cents=(pl.col("dollars") * 100).cast(pl.Int64))
    shown_terms = contracts_of(discover(priced, export.adjustments), date(2026, 11, 28))
    book = ContractBook(discovered=shown_terms)
    assert checked.select(*FINDINGS).rows() == findings(priced, export, book).rows()
    # The four sums of the page are those of `check`, line by line, by payer and in its sentence.
    shown = {metric.label: metric.value for metric in app.metric}
    denied, short = (checked.filter(pl.col("rule").is_in(names)) for names in (["denied", "underpaid__bundled"], []))
    sums = {
        "Denied": denied, "Short": short, "Allowed but not paid": checked.filter(pl.col("rule") == "unpaid"),
        "Not answered": checked.filter(pl.col("rule") == "not_answered"),
    }  # fmt: skip
    for label, listed in sums.items():
        assert shown[label] == f"${(listed['dollars_cents'].sum() + 50) // 100:,}"
    [whole] = checked.filter(pl.col("rule") == "owed").rows(named=True)
    assert len(PARTS) == len(sums)
    assert whole["dollars_cents"] == sum(listed["dollars_cents"].sum() for listed in sums.values())
    by_payer = checked.filter(pl.col("rule") == "owed__payer")
    assert by_payer["dollars_cents"].sum() == whole["dollars_cents"]
    said = [one.value.replace("\\", "") for one in app.markdown]
    assert any(text.lower().startswith(whole["message"].split(". ")[0]) for text in said)
