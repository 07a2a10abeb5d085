"""The separate process: takes tasks from its standard input, one after the other, until that ends.

`pool` starts it as ``python -m analysis.system.apart.child MODULE ...``; the modules are imported at once, so that the
first task does not wait for them.
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import signal
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from analysis.errors import RevMixError
from analysis.system.apart.bounds import Bounds, bind
from analysis.system.apart.messages import DONE, FAILED, PROGRESS, REFUSED, teach

if TYPE_CHECKING:
    from collections.abc import Callable

_NICE = 10
_BETWEEN_PROGRESS = 0.1


def main(modules: list[str]) -> None:
    """Run tasks until standard input ends."""
    teach()
    answers = _own_output()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the server; when it ends, so does this process
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(_NICE)
    gc.disable()  # a file becomes millions of objects without cycles: collecting would only cost time
    for module in modules:
        importlib.import_module(module)
    while True:
        try:
            function, arguments, bounds = pickle.load(sys.stdin.buffer)  # noqa: S301  our own server's pickle
        except EOFError:
            return
        _send(answers, _answer(function, arguments, bounds, answers))
        del function, arguments
        gc.collect()


def _own_output() -> BinaryIO:
    """Keep standard output for us: what a library prints is discarded, because it may be private."""
    channel = os.fdopen(os.dup(1), "wb")
    null_device = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null_device, 1)
    return channel


def _send(answers: BinaryIO, message: tuple[Any, ...]) -> None:
    """Send a message; exit if nobody listens any more."""
    try:
        pickle.dump(message, answers, protocol=5)
        answers.flush()
    except BrokenPipeError:
        os._exit(1)


def _answer(
    function: Callable[..., Any], arguments: tuple[Any, ...], bounds: Bounds, answers: BinaryIO
) -> tuple[Any, ...]:
    """Do a task within its limits; report only the type of foreign errors, because their text may hold cells."""
    last_report = 0.0

    def report(share: float, step: str) -> None:
        nonlocal last_report
        if (now := time.monotonic()) - last_report > _BETWEEN_PROGRESS:
            last_report = now
            _send(answers, (PROGRESS, share, step))

    bind(bounds)
    try:
        return DONE, function(*arguments, progress=report)
    except RevMixError as error:
        return REFUSED, error
    except BaseException as error:  # noqa: BLE001  a panic of a Rust library derives from BaseException
        return FAILED, "MemoryError" if _is_memory(error) else type(error).__name__


def _is_memory(error: BaseException | None) -> bool:
    """Tell whether memory ran out, directly or as a cause."""
    return error is not None and (isinstance(error, MemoryError) or _is_memory(error.__cause__))


if __name__ == "__main__":
    main(sys.argv[1:])
