"""What tests let a process apart do: it imports these by name."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from analysis.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

    Progress = Callable[[float, str], None]


def number(*, progress: Progress) -> int:
    progress(0.5, "half")
    return os.getpid()


def niceness(*, progress: Progress) -> int:
    del progress
    return os.nice(0)


def refuse(*, progress: Progress) -> None:
    del progress
    raise BadInput("a fault", expected="none", todo="correct it", file="june.csv", row=3, column="Units")


def fail(*, progress: Progress) -> None:
    del progress
    message = "Quill, Ada"
    raise RuntimeError(message)


def grow(*, progress: Progress) -> None:
    del progress
    held = []
    while True:
        held.append(bytearray(os.urandom(1 << 20)))


def reserve(*, progress: Progress) -> int:
    del progress
    return len(bytes(8_000_000_000))


def spin(*, progress: Progress) -> None:
    del progress
    while True:
        pass


def sleep(seconds: float, *, progress: Progress) -> None:
    progress(0.1, "sleeping")
    time.sleep(seconds)


def break_down(*, progress: Progress) -> None:
    del progress
    os.kill(os.getpid(), 11)


def echo(value: object, *, progress: Progress) -> object:
    del progress
    return value
