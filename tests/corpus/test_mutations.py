"""Broken copies of good files: whatever the bytes, a result that adds up or one message."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import BadInput
from analysis.ingest import read_files
from tests.corpus.cases import CASES
from tests.corpus.test_corpus import conserved

SEEDS = (
    "good",
    "tabs",
    "html",
    "workbook",
    "zip",
    "835",
    "835 reversed",
    "835 of two payers",
    "837p",
    "835 and an export",
)
PIECES = (
    b"",
    b"\0",
    b"*",
    b"~",
    b":",
    b",",
    b'"',
    b"\n",
    b"-",
    b"9999999999",
    b"<table>",
    b"ISA*",
    b"\xff",
    b"CLP*A1*22*",
)


@pytest.mark.parametrize("seed", SEEDS)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_broken_file_never_breaks_the_reader(seed: str, data: st.DataObject) -> None:
    files = []
    for name, content in CASES[seed]:
        changed = bytearray(content)
        for _ in range(data.draw(st.integers(1, 6))):
            start = data.draw(st.integers(0, max(len(changed) - 1, 0)))
            stop = min(start + data.draw(st.sampled_from((0, 1, 2, 10, 60))), len(changed))
            changed[start:stop] = data.draw(st.sampled_from(PIECES))
        files.append((name, bytes(changed)))
    with suppress(BadInput):
        conserved(read_files(files, key=b"k" * 32, today=date(2026, 11, 22)))
