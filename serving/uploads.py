"""Keep a dropped file in memory on its way to the session."""

from __future__ import annotations

from starlette.formparsers import MultiPartParser

_FRAMING = 2**20
"""Bytes a browser may add around a file."""


def keep_in_memory(megabytes: int) -> None:
    """Receive files of up to this many megabytes in memory.

    Starlette, used by Streamlit, writes a file of more than 1 MB to the system's temporary folder while it arrives.
    `spool_max_size` is its own setting for that; tests/serving fails if a release moves it.
    """
    MultiPartParser.spool_max_size = megabytes * 2**20 + _FRAMING
