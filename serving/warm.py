"""Load what every page needs before the first visitor asks for it.

Streamlit runs the garbage collector over the whole process after every page run. The libraries and RevMix's own
modules are most of that (about 0.1 s of CPU each time), and they stay for good: they are excluded once, so the
collector only checks what sessions made.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil


def load_for_good() -> None:
    """Import what the pages are made of, and exclude it from garbage collection from now on."""
    from pages import _ui  # noqa: PLC0415  half a second of imports, in a thread that has time

    for module in pkgutil.walk_packages(_ui.__path__, f"{_ui.__name__}."):
        importlib.import_module(module.name)
    gc.collect()
    gc.freeze()
