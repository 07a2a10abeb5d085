"""Work in a process apart: what comes back, and what stops it."""

from __future__ import annotations

import os
import sys
import threading
import time
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from analysis.errors import BadInput
from analysis.ingest import Document
from analysis.ingest.review import ReadSettings, load_apart
from analysis.system import apart
from analysis.system.apart import Bounds, pool
from analysis.system.apart.bounds import resident_bytes
from tests.apart import tasks

if TYPE_CHECKING:
    from collections.abc import Callable

WIDE = Bounds(memory_bytes=1_000_000_000, cpu_seconds=20, wall_seconds=60)


def run(function: Callable[..., object], *arguments: object, bounds: Bounds = WIDE) -> object:
    return apart.run(function, *arguments, bounds=bounds, file="june.csv")


def test_a_small_process_serves_the_next_file_too_and_gives_way_to_others() -> None:
    first = run(tasks.number)
    assert first != os.getpid()
    assert run(tasks.number) == first
    if sys.platform != "win32":
        assert run(tasks.niceness) == min(os.nice(0) + 10, 19)


def test_a_process_that_has_grown_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_KEPT_BYTES", 1)
    before = run(tasks.number)
    assert before not in apart.children()
    assert run(tasks.number) != before


def test_results_and_read_only_dictionaries_cross_whole() -> None:
    value = {"a": MappingProxyType({None: "14202"}), "b": b"x" * 5_000_000}
    assert run(tasks.echo, value) == value


def test_an_error_of_ours_crosses_with_all_its_parts() -> None:
    with pytest.raises(BadInput) as caught:
        run(tasks.refuse)
    assert str(caught.value) == 'june.csv, row 3, column "Units": found a fault; expected none; correct it'
    assert (caught.value.found, caught.value.row, caught.value.todo) == ("a fault", 3, "correct it")


def test_the_text_of_any_other_error_stays_where_the_cells_are() -> None:
    with pytest.raises(BadInput, match="stopped the reader") as caught:
        run(tasks.fail)
    assert "Quill" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("task", "bounds", "said"),
    [
        (tasks.grow, Bounds(200_000_000, 20, 60), "needs more memory than one file may use; expected .* 200 MB"),
        (tasks.reserve, Bounds(400_000_000, 20, 60), "needs more memory"),
        (tasks.spin, Bounds(400_000_000, 1, 60), "takes too long to read; expected .* in 1 seconds"),
        (tasks.break_down, WIDE, "stopped the reader"),
    ],
    ids=["grows", "reserves", "computes", "breaks down"],
)
def test_work_that_takes_too_much_ends_in_a_sentence(task: Callable[..., object], bounds: Bounds, said: str) -> None:
    start = time.monotonic()
    with pytest.raises(BadInput, match=said) as caught:
        run(task, bounds=bounds)
    assert str(caught.value).startswith("june.csv: ")
    assert caught.value.todo
    assert time.monotonic() - start < 30
    assert isinstance(run(tasks.number), int), "the next file is read by another process"


def test_work_that_waits_for_ever_is_stopped_by_the_clock() -> None:
    with pytest.raises(BadInput, match="takes too long"):
        apart.run(tasks.sleep, 60.0, bounds=Bounds(400_000_000, 5, 1), file="june.csv")


def test_a_page_that_is_left_stops_the_work() -> None:
    class Left(BaseException):
        pass

    def leave(share: float, _step: str) -> None:
        if share:
            raise Left

    with pytest.raises(Left):
        apart.run(tasks.sleep, 60.0, bounds=WIDE, file="june.csv", progress=leave)
    assert isinstance(run(tasks.number), int)


def test_files_beyond_the_cores_wait_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    small = pool._Pool()
    small._free = threading.Semaphore(1)
    monkeypatch.setattr(pool, "_pool", small)
    monkeypatch.setattr(pool, "_SAY_EVERY", 0.1)
    other = threading.Thread(target=run, args=(tasks.sleep, 1.5))
    other.start()
    time.sleep(0.2)
    said: list[str] = []
    apart.run(tasks.number, bounds=WIDE, file="june.csv", progress=lambda _share, step: said.append(step))
    other.join()
    assert said[0] == "waiting: other files are being read"
    small.close()
    assert not small.numbers()


def test_the_memory_of_a_process_is_told_and_of_none_it_is_not() -> None:
    assert (resident_bytes(os.getpid()) or 0) > 10_000_000
    assert resident_bytes(2**22 + 1) is None


@pytest.mark.skipif(sys.platform == "win32", reason="there is no ps")
def test_the_memory_is_told_by_ps_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.system.apart.bounds.sys.platform", "darwin")
    assert (resident_bytes(os.getpid()) or 0) > 10_000_000
    monkeypatch.setattr("analysis.system.apart.bounds.sys.platform", "win32")
    assert resident_bytes(os.getpid()) is None, "without the library of the system nothing is told, and nothing breaks"


def test_a_file_is_read_apart_as_it_is_read_here() -> None:
    data = b"Patient ID,DOS,CPT,Units,Charge,Clinic ZIP\nP1,6/13/2026,97110,2,100.00,14202\n"
    [export] = load_apart(Document("june.csv", data), ReadSettings(b"k" * 32, date(2026, 11, 28)))
    assert export.lines["charge_cents"].to_list() == [10000]
    assert dict(export.clinic_zips) == {None: "14202"}
