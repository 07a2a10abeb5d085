"""Giving memory that nobody holds any more back to the system."""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress


def release_memory() -> None:
    """Collect what refers to itself in a circle, and ask the allocator to give back what is free (glibc alone can)."""
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
