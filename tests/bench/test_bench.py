"""The benchmark's two pricers agree to the cent; how fast they are is no test's business."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bench import __main__ as bench
from tests.bench import ours, plain_pandas
from tests.bench.inputs import write_lines

if TYPE_CHECKING:
    from pathlib import Path


def test_both_pricers_give_the_same_result_per_code(tmp_path: Path) -> None:
    write_lines(tmp_path, 20_000, 1)
    expected = plain_pandas.per_code(plain_pandas.price(plain_pandas.read_parquet(tmp_path), tmp_path))
    assert ours.per_code(ours.ready(tmp_path)) == expected
    assert ours.read_csv(tmp_path).height == ours.read_parquet(tmp_path).height == 20_000
    assert sum(int(row[1]) for row in expected) == 20_000
    # Medicare sets no amount for 97014: counted, not priced.
    assert next(row for row in expected if row[0] == "97014")[2] == 0


def test_both_find_the_same_for_a_scenario(tmp_path: Path) -> None:
    write_lines(tmp_path, 20_000, 1)
    lines = plain_pandas.read_parquet(tmp_path)
    cube = ours.warm(ours.priced(tmp_path))
    recoded = plain_pandas.what_if(plain_pandas.price(plain_pandas.recode(lines, "97110", "97112", 1), tmp_path))
    assert ours.what_if(cube, ours.recoded(1)) == recoded
    assert ours.what_if(cube, ours.CUT) == plain_pandas.what_if(plain_pandas.price(lines, tmp_path, "fees_cut.csv"))
    assert recoded != plain_pandas.what_if(plain_pandas.price(lines, tmp_path))


def test_a_quick_run_prints_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    # One task of the four: each is two processes of their own.
    monkeypatch.setattr(bench, "TASKS", {"result": "Parquet to result per code"})
    assert bench.main(["--quick", "--lines", "2000"]) == 0
    printed = capsys.readouterr().out
    assert "2,000 lines" in printed
    assert printed.count("\n|") == 2


def test_sizes_that_are_no_numbers_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--lines", "many"])
    assert "no list of numbers" in capsys.readouterr().err
