"""What every page needs, loaded before the first visitor asks for it.

Streamlit has the garbage collector look through the whole process after every run of a page. The libraries and RevMix's
own modules are most of what there is to look through (about 0.1 s of CPU each time), and they stay for good: they are
set aside once, and the collector looks at what sessions made.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil


def load_for_good() -> None:
    """Import what the pages are made of, and have the garbage collector pass it over from now on."""
    from pages import _ui  # noqa: PLC0415  half a second of imports, for the thread that has the time

    for module in pkgutil.walk_packages(_ui.__path__, f"{_ui.__name__}."):
        importlib.import_module(module.name)
    gc.collect()
    gc.freeze()
