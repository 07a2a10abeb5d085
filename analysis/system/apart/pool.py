"""Separate processes: started ahead, reused while small, watched while they work, stopped at their limits."""

from __future__ import annotations

import atexit
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from analysis.errors import BadInput
from analysis.system.apart.bounds import Bounds, resident_bytes
from analysis.system.apart.messages import DONE, PROGRESS, REFUSED, teach

if TYPE_CHECKING:
    from collections.abc import Callable

    Progress = Callable[[float, str], None]

Result = TypeVar("Result")

_AT_ONCE = max(1, (os.cpu_count() or 1) - 1)
"""Processes that work at the same time: one core stays free for the pages."""
_PRELOADED = ("analysis.ingest",)
_KEPT_BYTES = 400_000_000
"""A process larger than this is not reused for another file: ending it returns the memory."""
_LOOK_EVERY = 0.05
_SAY_EVERY = 0.5
_ENDED = "ended"
_WAITING = "waiting: other files are being read"


class _Child:
    """One process, and the thread that receives its answers."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603  our own module, run by the Python that runs this one
            [sys.executable, "-m", "analysis.system.apart.child", *_PRELOADED],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self.answers: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True, name="answers of a process apart").start()

    def _listen(self) -> None:
        """Put every answer into the queue, and finally that the process has ended."""
        assert self.process.stdout is not None  # noqa: S101  PIPE, above
        with suppress(Exception):  # an incomplete answer is the end of the process
            while True:
                self.answers.put(pickle.load(self.process.stdout))  # noqa: S301  our own child's pickle
        self.answers.put((_ENDED,))

    def ask(self, task: tuple[Any, ...]) -> None:
        """Send a task; a process that has ended says so among its answers."""
        assert self.process.stdin is not None  # noqa: S101  PIPE, above
        with suppress(BrokenPipeError, OSError):
            pickle.dump(task, self.process.stdin, protocol=5)
            self.process.stdin.flush()

    @property
    def is_alive(self) -> bool:
        """Tell whether it still runs."""
        return self.process.poll() is None

    def end(self) -> None:
        """Stop it, whatever it does, and close its pipes."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


class _Pool:
    """The processes of this server: at most one waits for work, and `_AT_ONCE` work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free = threading.Semaphore(_AT_ONCE)
        self._idle: list[_Child] = []
        self._children: set[_Child] = set()
        atexit.register(self.close)
        teach()

    def ready(self) -> None:
        """Keep a process waiting, so that the next file need not wait for its start."""
        with self._lock:
            if not any(child.is_alive for child in self._idle):
                self._idle.append(self._start())

    def _start(self) -> _Child:
        child = _Child()
        self._children.add(child)
        return child

    def take(self, report: Progress) -> _Child:
        """Return a process to work with, once fewer than `_AT_ONCE` work."""
        while not self._free.acquire(timeout=_SAY_EVERY):
            report(0.0, _WAITING)
        try:
            with self._lock:
                while self._idle:
                    child = self._idle.pop()
                    if child.is_alive:
                        return child
                    self._discard(child)
                return self._start()
        except BaseException:
            self._free.release()
            raise

    def give_back(self, child: _Child, *, keep: bool) -> None:
        """Keep a process for the next file, or end it."""
        try:
            size = resident_bytes(child.process.pid) if keep else None
            with self._lock:
                if size is not None and size < _KEPT_BYTES and not self._idle and child.is_alive:
                    self._idle.append(child)
                else:
                    self._discard(child)
        finally:
            self._free.release()

    def _discard(self, child: _Child) -> None:
        child.end()
        self._children.discard(child)

    def numbers(self) -> list[int]:
        """Return the process ids."""
        return [child.process.pid for child in list(self._children)]

    def close(self) -> None:
        """End every process."""
        with self._lock:
            self._idle.clear()
            for child in list(self._children):
                self._discard(child)


_pool = _Pool()


def ready() -> None:
    """Have a process waiting for a file: called when a user may drop one soon."""
    _pool.ready()


def close() -> None:
    """End the processes; the next file starts a new one."""
    _pool.close()


def children() -> list[int]:
    """Return the ids of the separate processes, to check what they take."""
    return _pool.numbers()


def run(
    function: Callable[..., Result],
    *arguments: object,
    bounds: Bounds,
    file: str,
    progress: Progress | None = None,
) -> Result:
    """Call ``function(*arguments, progress=...)`` in a separate process and return its result.

    Function, arguments and result must be picklable. Python's lock is free while the process works. Anything raised by
    `progress` (the user left the page) stops the work.

    Raises
    ------
    RevMixError
        As raised by the function.
    BadInput
        Naming `file`, if the work exceeds its limits or breaks down.
    """
    report = progress or _silent
    child = _pool.take(report)
    keep = False
    try:
        child.ask((function, arguments, bounds))
        answer = _wait(child, bounds, file, report)
        keep = answer[0] in (DONE, REFUSED)
    finally:
        _pool.give_back(child, keep=keep)
    kind, value = answer
    if kind == DONE:
        result: Result = value
        return result
    if kind == REFUSED:
        raise value
    raise _stopped(_MEMORY if value == "MemoryError" else _BROKEN, bounds, file)


def _silent(_share: float, _step: str) -> None:
    """Report no progress."""


def _wait(child: _Child, bounds: Bounds, file: str, report: Progress) -> tuple[str, Any]:
    """Wait for a process's answer while watching it. Raises BadInput if it has to be stopped."""
    start = last_report = time.monotonic()
    share, step = 0.0, "reading"
    while True:
        try:
            answer = child.answers.get(timeout=_LOOK_EVERY)
        except queue.Empty:
            answer = ()
        now = time.monotonic()
        if answer and answer[0] == PROGRESS:
            _, share, step = answer
            report(share, step)
            last_report = now
        elif answer and answer[0] == _ENDED:
            raise _stopped(_why(child.process.wait()), bounds, file)
        elif answer:
            return answer[0], answer[1]
        if (resident_bytes(child.process.pid) or 0) > bounds.memory_bytes:
            raise _stopped(_MEMORY, bounds, file)
        if now - start > bounds.wall_seconds:
            raise _stopped(_TIME, bounds, file)
        if now - last_report > _SAY_EVERY:  # reporting progress shows whether the user left the page
            report(share, step)
            last_report = now


_MEMORY, _TIME, _BROKEN = "memory", "time", "broken"


def _why(status: int) -> str:
    """Say why a process has ended by itself: by the signal that ended it."""
    if hasattr(signal, "SIGXCPU") and status == -signal.SIGXCPU:
        return _TIME
    by_memory = {-signal.SIGABRT, -getattr(signal, "SIGKILL", signal.SIGABRT)}
    return _MEMORY if status in by_memory else _BROKEN


def _stopped(why: str, bounds: Bounds, file: str) -> BadInput:
    """Return the error to show if reading a file was stopped."""
    shorter = "export a shorter period, one year at a time, or save the table as CSV"
    messages = {
        _MEMORY: (
            "a file that needs more memory than one file may use",
            f"a file that RevMix can read with {bounds.memory_bytes // 1_000_000:,} MB of memory",
        ),
        _TIME: (
            "a file that takes too long to read",
            f"a file that RevMix can read in {bounds.cpu_seconds} seconds of computing time",
        ),
        _BROKEN: ("a file that stopped the reader", "a billing export as CSV, an Excel workbook (.xlsx), or X12"),
    }
    problem, expected = messages[why]
    return BadInput(problem, expected=expected, todo=shorter, file=file)
