"""Documents that repeat what the code says are held to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.glossary import glossary
from analysis.lines.billing_line import FIELDS

ROOT = Path(__file__).parents[1]
CONTRACT = ROOT / "docs" / "data-contract.md"
GLOSSARY = ROOT / "docs" / "glossary.md"


def table() -> str:
    rows = (
        f"| {field.name} | {field.dtype} | {'may be absent' if field.optional else 'always'} | {field.meaning} |"
        for field in FIELDS
    )
    return "\n".join(("| column | type | there | what it holds |", "|---|---|---|---|", *rows))


def test_the_data_contract_lists_the_columns_of_a_line() -> None:
    # When it fails, paste what table() gives into the document.
    assert table() in CONTRACT.read_text("utf-8")


def terms() -> str:
    rows = (
        f"| {found.term} | {found.text} | {', '.join(f'`{name}`' for name in found.identifier.split(', '))} |"
        for found in sorted(glossary().values(), key=lambda found: found.term.casefold())
    )
    return "\n".join(("| term | what it means | in the code |", "|---|---|---|", *rows))


def test_the_glossary_lists_the_terms_of_the_help_texts() -> None:
    # When it fails, paste what terms() gives into the document.
    assert terms() in GLOSSARY.read_text("utf-8")


@pytest.mark.parametrize("key", list(glossary()))
def test_the_code_uses_the_identifier_of_a_term(key: str) -> None:
    files = [*ROOT.glob("analysis/**/*.py"), *ROOT.glob("data/*.toml"), *ROOT.glob("data/policy/*.toml")]
    text = "\n".join(file.read_text("utf-8") for file in files if file.name != "glossary.toml")
    for name in glossary()[key].identifier.split(", "):
        assert re.search(rf"\b{re.escape(name)}\b", text), name


def test_the_screens_explain_terms_that_are_in_the_glossary() -> None:
    used = {
        key
        for file in (ROOT / "pages").glob("**/*.py")
        for call in re.findall(r"(?:explain|terms=)\(([^()]*)\)", file.read_text("utf-8"))
        for key in re.findall(r"\"(\w+)\"", call)
    }
    assert used
    assert used <= set(glossary())
