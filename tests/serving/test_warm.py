"""What stays for good is loaded once, and the garbage collector passes it over."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT

_LOAD = """
import gc, sys
from serving.warm import load_for_good
load_for_good()
print(gc.get_freeze_count(), "pages._ui.what_if.start_page" in sys.modules, "polars" in sys.modules)
"""


def test_the_collector_passes_over_what_the_pages_are_made_of() -> None:
    ran = subprocess.run([sys.executable, "-c", _LOAD], capture_output=True, text=True, cwd=ROOT, check=True)
    frozen, *loaded = ran.stdout.split()
    assert int(frozen) > 100_000
    assert loaded == ["True", "True"]
