"""What files take through the app's path: ``python -m tests.bench.hostile [FILE ...]``; without files, every bomb.

Prints, for each, the seconds until the sentence, the processor seconds, the peak memory of the process that read it,
and the sentence. The bombs are those of `tests.ingest.bombs`, as large as an upload may be.
"""

from __future__ import annotations

import resource
import sys
import threading
import time
from datetime import date
from pathlib import Path

from analysis.errors import RevMixError
from analysis.ingest import unpack_files
from analysis.ingest.review import ReadSettings, Review, review_apart
from analysis.system import apart
from analysis.system.apart.bounds import resident_bytes
from tests.ingest.bombs import BOMBS


class _Peak(threading.Thread):
    """The largest memory that the processes apart have come to."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self.going = True

    def run(self) -> None:
        while self.going:
            self.most = max([self.most, *(resident_bytes(pid) or 0 for pid in apart.children())])
            time.sleep(0.01)


def measure(name: str, data: bytes) -> None:
    """Print the line of one file."""
    apart.ready()
    time.sleep(1.5)
    peak = _Peak()
    peak.start()
    before = resource.getrusage(resource.RUSAGE_SELF)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    said = []
    try:
        for document in unpack_files([(name, data)]):
            try:
                read = review_apart(document, ReadSettings(b"k" * 32, date(2026, 11, 28)))
                rows = read.rows if isinstance(read, Review) else sum(export.rows_read for export in read)
                said.append(f"read, {rows:,} rows")
            except RevMixError as error:
                said.append(str(error))
    except RevMixError as error:
        said.append(str(error))
    seconds = time.monotonic() - start
    peak.going = False
    apart.close()
    after, over = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    used = sum(each.ru_utime + each.ru_stime for each in (after, over)) - sum(
        each.ru_utime + each.ru_stime for each in (before, ended)
    )
    text = "; ".join(said[:2])
    sizes = f"{len(data) / 1e6:7.1f} MB {seconds:6.1f} s {used:6.1f} cpu {peak.most / 1e6:6.0f} MB"
    sys.stdout.write(f"{name:26} {sizes}  {text[:110]}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:]:
        for path in map(Path, sys.argv[1:]):
            measure(path.name, path.read_bytes())
    else:
        for bomb, make in BOMBS.items():
            measure(bomb, make(1.0))
