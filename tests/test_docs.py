"""Documents that repeat what the code says are held to it."""

from __future__ import annotations

import re
from pathlib import Path

import tasks
from analysis.lines.billing_line import FIELDS

ROOT = Path(__file__).parents[1]
CONTRACT = ROOT / "docs" / "data-contract.md"


def table() -> str:
    rows = (
        f"| {field.name} | {field.dtype} | {'may be absent' if field.optional else 'always'} | {field.meaning} |"
        for field in FIELDS
    )
    return "\n".join(("| column | type | there | what it holds |", "|---|---|---|---|", *rows))


def test_the_data_contract_lists_the_columns_of_a_line() -> None:
    # When it fails, paste what table() gives into the document.
    assert table() in CONTRACT.read_text("utf-8")


def test_the_checks_before_a_commit_are_those_of_make_lint() -> None:
    hooks = re.findall(r"^ {8}name: (.+)$", (ROOT / ".pre-commit-config.yaml").read_text("utf-8"), re.MULTILINE)
    assert hooks == list(tasks.CHECKS)


def test_every_file_that_contributors_are_sent_to_is_there() -> None:
    paths = re.findall(r"`((?:analysis|data|docs|pages|tests)/[^`<*]+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert len(paths) > 40
