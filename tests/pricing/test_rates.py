"""Every dated rate of data/policy is read by the formula: one that nobody reads would quietly change nothing."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from analysis.medicare.fees import NATIONAL
from analysis.medicare.policy import load_policy
from analysis.pricing import AMOUNTS, with_localities, work_of
from analysis.pricing.fee_table import with_amounts
from analysis.pricing.prepare import prepare
from tests.pricing.lines import frame


@pytest.mark.parametrize("name", load_policy().rates)
def test_another_rate_makes_another_amount(name: str) -> None:
    flags = [flag for flag in load_policy().line_flags.values() if "GY" not in flag.modifiers]  # those have no amount
    modifiers = " ".join(sorted({"GP", *(modifier for flag in flags for modifier in flag.modifiers[:1])}))
    places = sorted({place for flag in flags for place in flag.places} | {"11"})
    lines = frame([{"units": 2, "modifiers": modifiers, "place_of_service": place} for place in places])
    work = work_of(with_localities(lines, NATIONAL), track="non_qp", proposed=False)
    rows = with_amounts(work.fees.rows.with_columns(pl.lit(3_333, pl.Int64).alias(name)))
    other = replace(work, fees=replace(work.fees, rows=rows))
    before, after = (prepare(each).amounts().select("line_id", *AMOUNTS).collect() for each in (work, other))
    assert not before.sort("line_id").equals(after.sort("line_id"))
