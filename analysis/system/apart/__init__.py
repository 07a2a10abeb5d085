"""Work on a file from outside, done in a process of its own: within bounds, and apart from everybody else's session.

A reader of files may be a library that cannot be bounded from within, or hold Python's lock while it works. In a
process of its own it can do neither harm: it is stopped when it takes more memory or time than one file may, and what
it took goes back to the system when it ends. Tasks and results cross through pipes as pickles; nothing touches the
disk.
"""

from __future__ import annotations

from analysis.system.apart.bounds import Bounds
from analysis.system.apart.pool import children, close, ready, run
from analysis.system.apart.release import release_memory

__all__ = ["Bounds", "children", "close", "ready", "release_memory", "run"]
