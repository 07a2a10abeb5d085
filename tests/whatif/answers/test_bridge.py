"""The sentence of a bridge: no part is "most" of a whole smaller than itself, and parts that cancel out are said to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis import charts
from analysis.whatif.answers import Bridge
from tests.charts.what_if import BRIDGE

START = 100_000_00


def _bridge(volume: int = 0, mix: int = 0, price: int = 0, rules: int = 0) -> Bridge:
    """A bridge with these parts, in dollars."""
    return replace(
        BRIDGE,
        start_cents=START,
        volume_cents=100 * volume,
        mix_cents=100 * mix,
        price_cents=100 * price,
        rules_cents=100 * rules,
        end_cents=START + 100 * (volume + mix + price + rules),
    )


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"mix": 900, "price": -1020}, "$120 less in 2026 than in 2025; mix +$900, but prices -$1,020"),
        ({"mix": -900, "price": 1020}, "$120 more in 2026 than in 2025; mix -$900, but prices +$1,020"),
        (
            {"volume": 900, "price": -600, "rules": -420},
            "$120 less in 2026 than in 2025; volume +$900, but prices -$600 and payment rules -$420",
        ),
        ({"mix": 900, "price": -900}, "the same in 2026 as in 2025; mix +$900 and prices -$900 cancel out"),
        ({}, "the same in 2026 as in 2025"),
        ({"volume": 900, "price": -100}, "$800 more in 2026 than in 2025; prices -$100, but volume +$900"),
        (
            {"volume": 900, "mix": 300, "price": -150},
            "$1,050 more in 2026 than in 2025; most of it comes from volume, +$900",
        ),
        (
            {"volume": 400, "mix": 350, "price": 300},
            "$1,050 more in 2026 than in 2025; the largest part comes from volume, +$400",
        ),
    ],
)
def test_parts_are_said_as_what_they_are(parts: dict[str, int], said: str) -> None:
    bridge = _bridge(**parts)
    assert bridge.sentence == f"January 2 to October 30: {said}"
    chart = charts.bridge(bridge)
    assert chart.title == f"{bridge.sentence}."
    assert "%" not in chart.title + chart.alt, "no part is told as a share of the whole"
