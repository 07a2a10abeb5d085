"""What pricing hands on has the columns and types its schema says, in that order, whatever engine computes it."""

from __future__ import annotations

import pytest

from analysis.pricing import Engine, price
from analysis.pricing.price import PRICED_LINES
from tests.pricing.lines import PLACES, random_lines


@pytest.mark.parametrize("engine", ["polars", "pandas", "duckdb"])
def test_priced_lines(engine: Engine) -> None:
    priced = price(random_lines(50, seed=3), PLACES, engine=engine)
    assert dict(priced.lines.schema) == PRICED_LINES
    assert priced.lines["line_id"].is_sorted()


def test_priced_lines_without_a_line() -> None:
    assert dict(price(random_lines(50, seed=3).clear(), PLACES).lines.schema) == PRICED_LINES
