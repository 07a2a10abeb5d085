"""RevMix against a plain-pandas pricer on the same lines: ``python -m tests.bench [--lines 1000000] [--quick]``.

Both run in turn, each measurement in a process of its own; every result has to be equal to the cent. The lines are made
anew in a temporary folder and deleted. docs/benchmarks.md has the numbers last measured.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.worker import TASKS, WHO

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
SIZES = "1000000,10000000"
SEED = 20261122


@dataclass(frozen=True, slots=True)
class Outcome:
    """Medians of one task for one contestant: seconds, and peak bytes (None where the system does not say)."""

    seconds: float
    peak_bytes: float | None


def _python(module: str, *arguments: str) -> str:
    """What a module of ours prints, run in a new process.

    This process stays small, and makes no lines itself: Linux counts the memory of a parent towards its child's peak.
    """
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{module} {' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout


def run_once(who: str, task: str, folder: Path) -> dict[str, Any]:
    """Measure one task once."""
    found: dict[str, Any] = json.loads(_python("tests.bench.worker", who, task, str(folder)))
    return found


def _median(runs: list[dict[str, Any]]) -> Outcome:
    peaks = [run["peak_bytes"] for run in runs if run["peak_bytes"] is not None]
    return Outcome(statistics.median(run["seconds"] for run in runs), statistics.median(peaks) if peaks else None)


def compare(task: str, folder: Path, repeat: int) -> dict[str, Outcome]:
    """Run a task in turn for both, `repeat` times. Exits with what differs where the results are not equal."""
    runs: dict[str, list[dict[str, Any]]] = {who: [] for who in WHO}
    for _ in range(repeat):
        for who in WHO:
            runs[who].append(run_once(who, task, folder))
    results = [run["result"] for who in WHO for run in runs[who]]
    if any(result != results[0] for result in results):
        raise SystemExit(f"the results of {task!r} differ:\npandas {results[0]}\nrevmix {results[-1]}")
    return {who: _median(runs[who]) for who in WHO}


def _ratio(first: float | None, second: float | None) -> str:
    return f"{first / second:6.2f}" if first is not None and second else "     -"


def _megabytes(size: float | None) -> str:
    return f"{size / 1_000_000:9,.0f}" if size is not None else "        -"


def table(lines: int, outcomes: dict[str, dict[str, Outcome]]) -> str:
    """The outcomes as a Markdown table: time as pandas / revmix, memory as revmix / pandas."""
    rows = [
        f"| {lines:,} lines | pandas s | revmix s | times faster | pandas MB | revmix MB | memory |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for task, outcome in outcomes.items():
        pandas, ours = outcome["pandas"], outcome["revmix"]
        rows.append(
            f"| {TASKS[task]:<40} | {pandas.seconds:7.2f} | {ours.seconds:8.3f} "
            f"| {_ratio(pandas.seconds, ours.seconds)} "
            f"| {_megabytes(pandas.peak_bytes)} | {_megabytes(ours.peak_bytes)} "
            f"| {_ratio(ours.peak_bytes, pandas.peak_bytes)} |"
        )
    return "\n".join(rows)


def bench(lines: int, repeat: int) -> str:
    """Make `lines` lines, measure everything on them, and return the table."""
    with tempfile.TemporaryDirectory(prefix="revmix-bench-") as folder:
        _python("tests.bench.inputs", folder, str(lines), str(SEED))
        return table(lines, {task: compare(task, Path(folder), repeat) for task in TASKS})


def _sizes(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.isdecimal() and int(part) for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of numbers such as {SIZES}")
    return tuple(int(part) for part in parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one table a size."""
    parser = argparse.ArgumentParser(prog="tests.bench", description="RevMix against plain pandas, equal to the cent.")
    parser.add_argument("--lines", type=_sizes, default=_sizes(SIZES), help=f"sizes, default {SIZES}")
    parser.add_argument("--repeat", type=int, default=3, help="measurements of each, default 3; the median counts")
    parser.add_argument(
        "--quick", action="store_true", help="one measurement of each; 20,000 lines unless --lines says"
    )
    given = parser.parse_args(arguments)
    quick_sizes = (20_000,) if given.lines == _sizes(SIZES) else given.lines
    for lines in quick_sizes if given.quick else given.lines:
        sys.stdout.write(bench(lines, 1 if given.quick else given.repeat) + "\n\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
