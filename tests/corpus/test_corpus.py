"""Every hostile file ends in the right result or in one clear message, and nothing is lost on the way."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from analysis.errors import BadInput
from analysis.ingest import Export, read_files
from tests.corpus.cases import CASES

with (Path(__file__).parent / "expected.toml").open("rb") as file:
    EXPECTED: dict[str, str] = tomllib.load(file)
PRIVATE = ("Zebulon", "Quux", "DOE", "JANE", "1EG4TE5MK73")


def told(export: Export) -> str:
    """The account in one line."""
    reasons = " ".join(f"{name} {count}" if count > 1 else name for name, count in sorted(export.reasons.items()))
    account = f"{export.rows_accepted} of {export.rows_read}, {export.dollars_accepted} of {export.dollars_read}"
    return account + (f": {reasons}" if reasons else "")


def conserved(export: Export) -> None:
    """Rows and dollars read are all there, in the lines or in the account, and of every file too."""
    gone = export.rows.group_by("disposition").len()
    assert export.rows_read == export.lines.height + int(gone["len"].sum())
    charged = int(export.lines["charge_cents"].sum() or 0)
    assert export.dollars_read == charged + int(export.rows["dollars_cents"].sum())
    for source in export.sources:
        assert source.rows_read == source.rows_accepted + source.rows_rejected + source.rows_ignored
        assert source.dollars_read == source.dollars_accepted + source.dollars_rejected + source.dollars_ignored
    assert set(export.adjustments["line_id"]) <= set(export.lines["line_id"])
    assert export.keys["line_id"].to_list() == export.lines["line_id"].to_list()


def outcome(name: str) -> str:
    """What becomes of a case; nothing about it names a patient."""
    try:
        export = read_files(CASES[name], key=b"k" * 32, today=date(2026, 11, 22))
    except BadInput as error:
        refused = error
    else:
        return accounted(export)
    message = str(refused)
    assert "\n" not in message
    assert refused.todo
    assert not any(private in message for private in PRIVATE)
    return message[message.index("found ") :].split("; ", maxsplit=1)[0]


def accounted(export: Export) -> str:
    """The account of an export, after it has been checked."""
    conserved(export)
    shown = " ".join([*(notice.text for notice in export.notices), *export.rows["message"]])
    assert not any(private in shown for private in PRIVATE)
    return told(export)


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    assert outcome(name) == EXPECTED[name]


def test_the_corpus_is_as_large_as_it_was_promised() -> None:
    assert len(CASES) >= 120
    assert EXPECTED.keys() == CASES.keys()
