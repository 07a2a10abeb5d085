"""One measurement in a process of its own, so that its peak memory is its own.

``python -m tests.bench.worker WHO TASK FOLDER`` prints one line of JSON: seconds, peak_bytes (null where the system
does not say) and the result.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

TASKS = {
    "csv": "read CSV",
    "parquet": "read Parquet",
    "price": "price and aggregate, prepared lines",
    "result": "Parquet to result per code",
    "first": "first what-if: visits, recoding, totals",
    "recode": "another recoding",
    "factor": "another conversion factor",
}
"""What is measured, by name."""

WHO = ("pandas", "revmix")


def peak_bytes() -> int | None:
    """The most memory this process has held so far; None on systems without getrusage."""
    try:
        import resource  # noqa: PLC0415  not on Windows
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _job(who: str, task: str, folder: Path) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """What happens before the clock starts, and what is timed with its outcome."""
    if who == "pandas":
        from tests.bench import plain_pandas as pandas  # noqa: PLC0415  one library a process

        jobs: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
            "csv": (lambda: None, lambda _: len(pandas.read_csv(folder))),
            "parquet": (lambda: None, lambda _: len(pandas.read_parquet(folder))),
            "price": (lambda: pandas.read_parquet(folder), lambda it: pandas.per_code(pandas.price(it, folder))),
            "result": (lambda: None, lambda _: pandas.per_code(pandas.price(pandas.read_parquet(folder), folder))),
            "first": (lambda: pandas.read_parquet(folder), lambda it: _recoded(pandas, it, folder)),
            "recode": (lambda: pandas.read_parquet(folder), lambda it: _recoded(pandas, it, folder)),
            "factor": (
                lambda: pandas.read_parquet(folder),
                lambda it: pandas.what_if(pandas.price(it, folder, "fees_cut.csv")),
            ),
        }
    else:
        from tests.bench import ours  # noqa: PLC0415

        jobs = {
            "csv": (lambda: None, lambda _: ours.read_csv(folder).height),
            "parquet": (lambda: None, lambda _: ours.read_parquet(folder).height),
            "price": (lambda: ours.ready(folder), ours.per_code),
            "result": (lambda: None, lambda _: ours.per_code(ours.ready(folder))),
            "first": (lambda: ours.priced(folder), lambda it: ours.what_if(ours.cube(it), ours.recoded(1))),
            "recode": (lambda: ours.warm(ours.priced(folder)), lambda it: ours.what_if(it, ours.recoded(1))),
            "factor": (lambda: ours.warm(ours.priced(folder)), lambda it: ours.what_if(it, ours.CUT)),
        }
    return jobs[task]


def _recoded(pandas: ModuleType, lines: Any, folder: Path) -> Any:
    return pandas.what_if(pandas.price(pandas.recode(lines, "97110", "97112", 1), folder))


def measure(who: str, task: str, folder: Path) -> dict[str, Any]:
    """Run one task once."""
    before, timed = _job(who, task, folder)
    ready = before()
    gc.collect()
    start = time.perf_counter()
    result = timed(ready)
    return {"seconds": time.perf_counter() - start, "peak_bytes": peak_bytes(), "result": result}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))
