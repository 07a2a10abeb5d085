"""Documents that repeat what the code says are held to it."""

from __future__ import annotations

from pathlib import Path

from analysis.lines.billing_line import FIELDS

CONTRACT = Path(__file__).parents[1] / "docs" / "data-contract.md"


def table() -> str:
    rows = (
        f"| {field.name} | {field.dtype} | {'may be absent' if field.optional else 'always'} | {field.meaning} |"
        for field in FIELDS
    )
    return "\n".join(("| column | type | there | what it holds |", "|---|---|---|---|", *rows))


def test_the_data_contract_lists_the_columns_of_a_line() -> None:
    # When it fails, paste what table() gives into the document.
    assert table() in CONTRACT.read_text("utf-8")
