"""Memory goes back to the system."""

from __future__ import annotations

import os
import sys

import pytest

from analysis.system.apart import release_memory
from analysis.system.apart.bounds import resident_bytes


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc's allocator can be asked")
def test_what_nobody_holds_goes_back_to_the_system() -> None:
    pieces = [bytes(1_000) for _ in range(200_000)]  # small enough to come from the allocator's own stock
    last = bytes(1_000)
    full = resident_bytes(os.getpid())
    del pieces
    release_memory()
    assert last
    assert full is not None
    assert (resident_bytes(os.getpid()) or full) < full - 100_000_000
