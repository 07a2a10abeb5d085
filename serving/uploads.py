"""A dropped file stays in memory on its way to the session."""

from __future__ import annotations

from starlette.formparsers import MultiPartParser

_FRAMING = 2**20
"""Bytes that a browser may wrap round a file."""


def keep_in_memory(megabytes: int) -> None:
    """Have files of up to so many megabytes received in memory.

    Starlette, under Streamlit, writes a file of more than 1 MB to the system's folder for temporary files while it
    arrives. `spool_max_size` is its own setting for it; tests/serving fails when a release moves it.
    """
    MultiPartParser.spool_max_size = megabytes * 2**20 + _FRAMING
