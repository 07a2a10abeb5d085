"""Read outside files in a separate process, within limits and away from other sessions.

A file reader may be a library that cannot be limited from within, or that holds Python's lock while it works. In a
separate process it does no harm: it is stopped if it takes more memory or time than one file may, and its memory goes
back to the system when it ends. Tasks and results pass through pipes as pickles; nothing touches the disk.
"""

from __future__ import annotations

from analysis.system.apart.bounds import Bounds
from analysis.system.apart.pool import children, close, ready, run
from analysis.system.apart.release import release_memory

__all__ = ["Bounds", "children", "close", "ready", "release_memory", "run"]
