"""Remittances worked by hand (posting.toml): files in, lines and leftovers out, in every order of the files."""

from __future__ import annotations

import tomllib
from itertools import permutations
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analysis.ingest import Export, read_files
from analysis.money import plain
from tests.golden.short import era, is_era, sent
from tests.ingest.conftest import KEY, TODAY

CASES = tomllib.loads(Path(__file__).with_name("posting.toml").read_text("utf-8"))["case"]
ORDERS = 4
"""Orders of the files that are tried."""


def data_of(text: str) -> bytes:
    if text.lstrip().startswith("CLM "):
        return sent(text)
    return era(text) if is_era(text) else text.lstrip().encode()


def shown(export: Export) -> list[str]:
    """The lines as the table writes them."""

    def amount(cents: int | None) -> str:
        return plain(cents) or "-"

    columns = ("charge_cents", "allowed_cents", "insurance_paid_cents", "adjustment_cents")
    return [
        f"{row['code']} {row['units']} | {' '.join(amount(row[name]) for name in columns)} {row['status']}"
        for row in export.lines.iter_rows(named=True)
    ]


def rows(text: str) -> list[str]:
    return [" ".join(row.split()) for row in text.strip().splitlines()]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_posting(case: dict[str, Any]) -> None:
    files = [(name, data_of(text)) for name, text in case["files"].items()]
    for order in list(permutations(files))[:ORDERS]:
        export = read_files(order, key=KEY, today=TODAY)
        assert sorted(shown(export)) == sorted(rows(case["lines"]))
        left = [
            (f"{row['side']} {row['code']} {plain(row['charge_cents'])} {plain(row['paid_cents'])}", row["why"])
            for row in export.unmatched.iter_rows(named=True)
        ]
        wanted = [tuple(row.split(" | ")) for row in rows(case.get("left", ""))]
        assert sorted(what for what, _ in left) == sorted(what for what, _ in wanted)
        assert all(any(what == other and words in why for other, why in left) for what, words in wanted)
        if "ignored" in case:
            assert export.reasons == case["ignored"]
        told = " ".join(notice.text for notice in export.notices)
        assert all(words in told for words in case.get("said", ()))
        odd = export.imbalances.select("level", "expected_cents", "found_cents").rows()
        assert [f"{level} {plain(one)} {plain(other)}" for level, one, other in odd] == case.get("odd", [])


def test_what_is_not_decided_names_the_charges_it_may_be() -> None:
    case = next(case for case in CASES if case["name"].startswith("a number alone"))
    export = read_files([(name, data_of(text)) for name, text in case["files"].items()], key=KEY, today=TODAY)
    assert export.unmatched.filter(pl.col("side") == "payment")["candidates"].to_list() == [
        "export row 2, export row 3"
    ]
