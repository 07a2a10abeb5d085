"""Figures of payments worked by hand (figures.toml)."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analysis.ingest import read_export
from analysis.lines.filters import days
from analysis.medicare.fees import NATIONAL
from analysis.metrics import kpis, ripeness
from analysis.payers import ContractBook
from analysis.payments import aging, compare, days_to_payment, expectations
from analysis.pricing import price
from analysis.whatif.scenarios import Contract
from tests.golden.test_visits import cents
from tests.ingest.conftest import KEY, TODAY

if TYPE_CHECKING:
    import polars as pl

CASES = tomllib.loads(Path(__file__).with_name("figures.toml").read_text("utf-8"))["case"]


def check(frame: pl.DataFrame, name: str, rows: list[dict[str, Any]]) -> None:
    """The rows asked for, and no others."""
    given = {row[name]: row for row in frame.iter_rows(named=True)}
    assert list(given) == [row[name] for row in rows]
    for row in rows:
        for column, wanted in row.items():
            value = given[row[name]][column]
            if isinstance(wanted, str) and "/" in wanted:
                assert value == pytest.approx(float(Fraction(wanted)), abs=1e-12), (row[name], column)
            elif column.endswith("_cents"):
                sign = -1 if wanted.startswith("-") else 1
                assert value == sign * cents(wanted.lstrip("-")), (row[name], column)
            else:
                assert value == wanted, (row[name], column)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_figures(case: dict[str, Any]) -> None:
    export = read_export(case["export"].lstrip().encode(), "june.csv", key=KEY, today=TODAY)
    priced = price(export.lines, NATIONAL)
    if asked := case.get("kpis"):
        every_month_counts, span = ripeness(priced.lines, ()), days(priced.lines)
        check(kpis(priced.lines, export.fields, asked["by"], span, every_month_counts)[0], "key", asked["rows"])
    if asked := case.get("aging"):
        check(aging(priced.lines, export.fields, asked["as_of"]), "bucket", asked["rows"])
    if asked := case.get("days"):
        check(days_to_payment(priced.lines, asked["by"]), "key", asked["rows"])
    if asked := case.get("compare"):
        fees = tuple((code, cents(fee)) for code, fee in case["fees"].items())
        book = ContractBook((Contract("fees", payer="Aetna", fees=fees),))
        check(compare(priced.lines, expectations(priced, book), asked["by"]), "key", asked["rows"])
