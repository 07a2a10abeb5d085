"""Return unused memory to the system."""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress


def release_memory() -> None:
    """Collect circular references, and ask the allocator to return free memory (only glibc can)."""
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
