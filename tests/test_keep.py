"""Files written whole or not at all: failures, kills and several programs at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analysis.cli import main
from analysis.errors import BadInput
from analysis.system.keep import copy_aside, digest, locked, replacing, write_text
from analysis.whatif.scenarios import store
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

EXPORT = "MRN,DOS,CPT,Units,Charge\nA,3/13/2026,97110,2,120.00\n"


def names(where: Path) -> list[str]:
    return sorted(path.name for path in where.iterdir())


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt(), RuntimeError("other")])
def test_whatever_ends_the_writing_the_former_file_stays(tmp_path: Path, fault: BaseException) -> None:
    target = tmp_path / "kept.toml"
    target.write_text("former")

    def write() -> None:
        with replacing(target) as draft:
            draft.write_text("half")
            raise fault

    with pytest.raises(type(fault)):
        write()
    assert target.read_text() == "former"
    assert names(tmp_path) == ["kept.toml"]


def test_a_new_file_may_be_read_as_others_are_and_an_old_one_keeps_its_rights(tmp_path: Path) -> None:
    new, old, plain = (tmp_path / name for name in ("new", "old", "plain"))
    plain.write_text("")
    old.write_text("former")
    old.chmod(0o640)
    for target in (new, old):
        with replacing(target) as draft:
            draft.write_text("whole")
    assert new.stat().st_mode == plain.stat().st_mode
    assert old.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "real.toml", tmp_path / "link.toml"
    target.write_text("former")
    link.symlink_to(target)
    write_text(link, "new", "mappings")
    assert link.is_symlink()
    assert target.read_text() == "new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes there")
def test_a_named_pipe_stays_one_and_carries_the_result(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        read = pool.submit(pipe.read_text)
        with replacing(pipe) as draft:
            draft.write_text("a,b\n")
        assert read.result(10) == "a,b\n"
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_what_the_system_says_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(BadInput, match=r"could not be written \(No space left on device\)"):
        write_text(tmp_path / "a.toml", "text", "mappings")
    assert names(tmp_path) == []


def test_a_copy_aside_is_made_once_for_each_content(tmp_path: Path) -> None:
    target = tmp_path / "a.toml"
    assert copy_aside(target) is None
    assert digest(target) == ""
    target.write_text("one")
    assert copy_aside(target) == copy_aside(target)
    target.write_text("two")
    copy_aside(target)
    assert len(names(tmp_path)) == 3


def test_a_folder_held_by_another_program_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.system.keep._WAIT", 0.1)
    with locked(tmp_path), pytest.raises(BadInput, match="another program"), locked(tmp_path):
        pass


# -------------------------------------------------------------------------------------------------- several programs
def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, stderr=subprocess.STDOUT
    )


KEEP = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from analysis.errors import BadInput
from analysis.whatif.scenarios import Scenario, Contract, store
where, number = Path(sys.argv[1]), sys.argv[2]
for turn in range(6):
    store.save(Scenario("Same beginning " + "x" * 70 + f" {number} {turn}"), where / "scenarios")
    while True:
        opened = store.load_contracts(where / "contracts.toml")
        own = Contract("observed", payer=f"{number} {turn}")
        try:
            store.save_contracts((*opened.contracts, own), opened, where / "contracts.toml")
            break
        except BadInput as error:
            assert "changed since" in str(error), error
"""


def test_of_two_programs_that_keep_at_once_neither_loses_an_entry(tmp_path: Path) -> None:
    programs = [start(KEEP, str(tmp_path), str(number)) for number in range(3)]
    said = [program.communicate(timeout=120)[0] for program in programs]
    assert [program.returncode for program in programs] == [0, 0, 0], said
    assert len(store.load_all(tmp_path / "scenarios").names) == 18
    kept = store.load_contracts(tmp_path / "contracts.toml")
    assert len(kept.contracts) == 18
    assert not kept.broken


WRITE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from analysis.system.keep import write_text
print("ready", flush=True)
number = 0
while True:
    number += 1
    write_text(Path(sys.argv[1]), f"{number} " * 20_000, "mappings")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9 there")
def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "kept.toml"
    for turn in range(8):
        with start(WRITE, str(target)) as program:
            assert program.stdout is not None
            assert program.stdout.readline() == "ready\n"
            time.sleep(0.02 + 0.013 * turn)
            os.kill(program.pid, signal.SIGKILL)
        if target.exists():
            words = target.read_text().split()
            assert len(words) == 20_000
            assert len(set(words)) == 1


# --------------------------------------------------------------------------------------------------- the command line
@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "june.csv"
    path.write_text(EXPORT)
    return path


def spelled(path: Path) -> Path:
    return path.parent / "." / ".." / path.parent.name / path.name


def symlinked(path: Path) -> Path:
    link = path.with_name("link.csv")
    link.symlink_to(path)
    return link


def hardlinked(path: Path) -> Path:
    link = path.with_name("hard.csv")
    link.hardlink_to(path)
    return link


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("as_out", [lambda path: path, spelled, symlinked, hardlinked])
@pytest.mark.parametrize("command", ["price", "lines", "check"])
def test_a_result_never_takes_the_place_of_what_is_read(
    export: Path, as_out: Callable[[Path], Path], command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    where = [] if command == "lines" else ["--locality", "45202"]
    assert main([command, str(export), "--out", str(as_out(export)), *where]) == 2
    assert "which is also a file to read" in capsys.readouterr().err
    assert export.read_text() == EXPORT


def test_two_results_are_two_files(export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.csv"
    assert main(["lines", str(export), "--out", str(out), "--rejected", str(out)]) == 2
    assert "--rejected out.csv, which is also --out" in capsys.readouterr().err
    assert main(["lines", str(export), "--out", str(out)]) == 0
    assert "97110" in out.read_text()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device to write to")
def test_a_full_standard_output_is_one_line_and_no_traceback() -> None:
    command = [sys.executable, "-m", "analysis.cli", "rates", "--date", "2026-03-02", "--locality", "45202"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "revmix: the system reported an error: No space left on device"
    assert "Traceback" not in done.stderr
