"""How long another session's page takes while a large file is read: ``python -m tests.bench.latency FILE``.

Starts the app, drops the file in one browser and opens pages of the sample clinic in another, until the first has read
its file. Prints the seconds each page took before, while and after, and the memory of the server alone.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from analysis.system.apart.bounds import resident_bytes
from tests.conftest import find_browser, serve

if TYPE_CHECKING:
    from playwright.sync_api import Page


def _visit(page: Page, title: str) -> float:
    """Seconds from the click on a page's name until its headline stands."""
    start = time.monotonic()
    page.get_by_role("link", name=title, exact=True).click()
    page.locator(".st-key-headline").get_by_text(f"{title} ·").wait_for(timeout=120_000)
    return time.monotonic() - start


def _server_megabytes(url: str) -> float:
    """Memory of the process that was started with the address's port."""
    port = url.rsplit(":", 1)[1].encode()
    found = [0]
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if port in (process / "cmdline").read_bytes():
                found.append(resident_bytes(int(process.name)) or 0)
    return max(found) / 1e6


def main(file: str) -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp())
    with serve(folder / "server.log", "--demo") as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"])
        one, other = (browser.new_context().new_page() for _ in range(2))
        for page in (one, other):
            page.goto(app.url)
            page.locator(".st-key-headline").wait_for(timeout=120_000)
        _visit(one, "Data")
        for title in ("Fee schedules", "Revenue") * 2:
            _visit(other, title)
        before = [_visit(other, title) for title in ("Fee schedules", "Revenue") * 3]
        sys.stdout.write(f"server before: {_server_megabytes(app.url):.0f} MB\n")
        one.get_by_role("tab", name="Files").click()
        one.locator("input[type=file]").set_input_files(file)
        during: list[float] = []
        start = time.monotonic()
        while not one.get_by_role("button", name="Use these lines").is_visible():
            if time.monotonic() - start > 600:
                break
            during += [_visit(other, "Fee schedules"), _visit(other, "Revenue")]
        sys.stdout.write(f"read after {time.monotonic() - start:.0f} s; server: {_server_megabytes(app.url):.0f} MB\n")
        for name, times in (("before", before), ("while", during)):
            many = f"median {statistics.median(times):.2f} s, largest {max(times):.2f} s of {len(times)}"
            sys.stdout.write(f"{name}: {many}: {' '.join(f'{each:.2f}' for each in times)}\n")
        one.get_by_role("button", name="Use these lines").click()
        one.get_by_role("button", name="Clear this data").wait_for(timeout=120_000)
        sys.stdout.write(f"in use; server: {_server_megabytes(app.url):.0f} MB\n")
        one.get_by_role("button", name="Clear this data").click()
        one.get_by_text("Try the sample clinic").wait_for(timeout=120_000)
        time.sleep(20)  # allocators give back what is free after some seconds
        sys.stdout.write(f"after Clear; server: {_server_megabytes(app.url):.0f} MB\n")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
