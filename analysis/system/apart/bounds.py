"""What a process may take, and how much it has taken, on each operating system."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HEADROOM = 1_500_000_000
"""Bytes a process may reserve beyond the memory it may use: thread stacks, spare room of allocators."""
_READ_MEMORY = 0x1000 | 0x0010


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that reading one file may take.

    Attributes
    ----------
    memory_bytes:
        Resident memory of the process.
    cpu_seconds:
        Seconds of processor time, over all cores.
    wall_seconds:
        Seconds on the clock, for systems without processor times, and for work that waits forever.
    """

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: int


def resident_bytes(pid: int) -> int | None:
    """Return a process's resident memory in bytes; None if the system does not say, or the process is gone."""
    measure = {"linux": _resident_on_linux, "win32": _resident_on_windows}.get(sys.platform, _resident_by_ps)
    with suppress(OSError, ValueError, IndexError, AttributeError, subprocess.SubprocessError):
        return measure(pid)
    return None


def _resident_on_linux(pid: int) -> int:
    """Read it from /proc, in pages."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _resident_by_ps(pid: int) -> int:
    """Read it from `ps`, which every Unix has; in kilobytes."""
    ps = subprocess.run(  # noqa: S603  a number is its only argument
        ["/bin/ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True, timeout=2
    )
    return int(ps.stdout) * 1024


def _resident_on_windows(pid: int) -> int | None:
    """Read it from Windows: WorkingSetSize of PROCESS_MEMORY_COUNTERS."""
    size_t, dword = ctypes.c_size_t, ctypes.c_uint32

    class Counters(ctypes.Structure):
        """PROCESS_MEMORY_COUNTERS of psapi.h."""

        _fields_ = (("cb", dword), ("faults", dword), ("peak", size_t), ("now", size_t), ("rest", size_t * 6))

    kernel: Any = ctypes.CDLL("kernel32")
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = kernel.OpenProcess(_READ_MEMORY, 0, pid)
    if not handle:
        return None
    counters = Counters(cb=ctypes.sizeof(Counters))
    succeeded = kernel.K32GetProcessMemoryInfo(ctypes.c_void_p(handle), ctypes.byref(counters), counters.cb)
    kernel.CloseHandle(ctypes.c_void_p(handle))
    return int(counters.now) if succeeded else None


def bind(bounds: Bounds) -> None:
    """Let the system limit this process as far as it can, and give other processes priority.

    Processor time counts from now. Memory is limited by what is reserved, which is more than what is used: the exact
    limit is watched from outside (`resident_bytes`); this one stops anything that grows faster than that.
    """
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  there is none on Windows

    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(usage.ru_utime + usage.ru_stime) + 1
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (spent + bounds.cpu_seconds, resource.RLIM_INFINITY))
    with suppress(ValueError, OSError):
        if sys.platform == "linux":
            resource.setrlimit(resource.RLIMIT_DATA, (bounds.memory_bytes + _HEADROOM, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no memory dump with patient data on the disk
