"""Many people on one server: ``python -m tests.bench.load [--sessions 20] [--seconds 60]``.

Starts ``revmix serve --demo`` on loopback and opens that many sessions on it, each over a websocket of its own as a
browser would: it goes from page to page, sets and takes off a filter, looks at other splits, thinking 2 to 6 seconds
between two moves. Prints how long a move took until its page was drawn, the server's CPU time a move, and its memory
before, at most, and after all have left. No browser draws, so the times are the server's. What the machine takes for a
million additions stands beside them, before and after: figures of two runs can be compared by it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.typing import Origin, Subprotocol

from tests.conftest import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = ("revenue", "code_mix", "payments", "fee_schedules", "what_if", "data")
THINKS = (2.0, 6.0)
FORGOTTEN = 100
"""Seconds after which a server has let go of sessions whose pages are closed."""
FILTER = "filter_payer_classes"
SPLITS = ("split_by", "mix_by", "payments_by", "kpi_by", "trend_measure_paid")


@dataclass
class Visitor:
    """One session: its connection, the pages it knows and the widgets it has seen."""

    connection: Any
    draw: random.Random
    pages: dict[str, str] = field(default_factory=dict)
    widgets: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    chosen: dict[str, list[str]] = field(default_factory=dict)
    here: str = "revenue"

    async def move(self, page: str) -> float:
        """Run a page; seconds until it is drawn. Raises RuntimeError where the page fails."""
        message = BackMsg()
        message.rerun_script.page_script_hash = self.pages.get(page, "")
        for name, values in self.chosen.items():
            if name in self.widgets and page == self.here:
                state = message.rerun_script.widget_states.widgets.add(id=self.widgets[name][0])
                state.string_array_value.data.extend(values)
        self.here = page
        start = time.monotonic()
        await self.connection.send(message.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(await asyncio.wait_for(self.connection.recv(), 120))
            kind = answer.WhichOneof("type")
            if kind == "navigation":
                self.pages |= {one.url_pathname: one.page_script_hash for one in answer.navigation.app_pages}
            elif kind == "delta":
                self._note(answer)
            elif kind == "script_finished" and answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return time.monotonic() - start

    def _note(self, answer: ForwardMsg) -> None:
        element = answer.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise RuntimeError(element.exception.message)
        if kind in {"multiselect", "button_group"}:
            widget = getattr(element, kind)
            options = [getattr(one, "content", one) for one in widget.options]
            for name in (FILTER, *SPLITS):
                if name in widget.id:
                    self.widgets[name] = (widget.id, options)

    def choose(self) -> str:
        """What to do next: another page, a filter set or taken off, another split."""
        doing = self.draw.random()
        if doing < 0.5:
            return self.draw.choice(PAGES)
        names = [FILTER] if doing < 0.7 else [name for name in SPLITS if name in self.widgets]
        if names and (name := self.draw.choice(names)) in self.widgets:
            options = self.widgets[name][1]
            self.chosen[name] = [] if name == FILTER and self.chosen.get(name) else [self.draw.choice(options)]
        return self.here


async def visit(url: str, number: int, until: float, took: dict[str, list[float]]) -> None:
    """One person's visit."""
    draw = random.Random(number)  # noqa: S311  the same visit every time
    await asyncio.sleep(draw.uniform(0, THINKS[1]))
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    as_a_browser: dict[str, Any] = {"origin": Origin(url), "subprotocols": [Subprotocol("streamlit")], "max_size": None}
    async with websockets.connect(address, **as_a_browser) as connection:
        visitor = Visitor(connection, draw)
        await visitor.move("")  # the start page, which leads on
        while time.monotonic() < until:
            await asyncio.sleep(draw.uniform(*THINKS))
            page = visitor.choose()
            took[page].append(await visitor.move(page))


def _processes(port: str) -> Iterator[Path]:
    """The server and what it started."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if port.encode() in (process / "cmdline").read_bytes() and int(process.name) != os.getpid():
                yield process


def cpu_seconds(port: str) -> float:
    """CPU time of the server so far."""
    ticks = 0
    for process in _processes(port):
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def megabytes(port: str) -> float:
    """Memory of the server."""
    pages = sum(int((process / "statm").read_text().split()[1]) for process in _processes(port))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def load(url: str, sessions: int, seconds: float) -> tuple[dict[str, list[float]], float, float]:
    """Seconds of every move by page, CPU seconds of all, memory at most."""
    port = url.rsplit(":", 1)[1]
    took: dict[str, list[float]] = defaultdict(list)
    until = time.monotonic() + seconds
    before = cpu_seconds(port)
    people = asyncio.gather(*(visit(url, number, until, took) for number in range(sessions)))
    most = 0.0
    while not people.done():
        most = max(most, megabytes(port))
        await asyncio.sleep(0.5)
    await people
    return took, cpu_seconds(port) - before, most


def seconds_to_add() -> float:
    """CPU seconds for a million additions in plain Python, on one core."""
    start = time.process_time()
    total = 0
    for number in range(1_000_000):
        total += number
    return time.process_time() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.load", description=__doc__)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    with serve(Path(tempfile.mkdtemp()) / "server.log", "--demo") as app:
        port = app.url.rsplit(":", 1)[1]
        warm: dict[str, list[float]] = defaultdict(list)
        asyncio.run(visit(app.url, 0, time.monotonic() + 15, warm))  # what is made once for all
        first, speed = megabytes(port), seconds_to_add()
        took, spent, most = asyncio.run(load(app.url, asked.sessions, asked.seconds))
        say = sys.stdout.write
        say(f"{asked.sessions} sessions, {asked.seconds:g} s, {os.cpu_count()} cores\n")
        for page in (*PAGES, "all"):
            times = [each for each_page, some in took.items() for each in some if page in (each_page, "all")]
            if len(times) > 1:
                cuts = quantiles(times, n=20)
                say(f"{page:14} {len(times):5} moves   p50 {cuts[9]:5.2f} s   p95 {cuts[18]:5.2f} s\n")
        moves = sum(map(len, took.values())) + asked.sessions
        say(f"CPU a move {spent / moves:.3f} s; memory {first:.0f} MB before, {most:.0f} MB at most")
        sys.stdout.flush()
        time.sleep(FORGOTTEN)
        say(f", {megabytes(port):.0f} MB {FORGOTTEN} s after all have left\n")
        say(f"this machine: {speed:.3f} s, then {seconds_to_add():.3f} s, for a million additions\n")


if __name__ == "__main__":
    main()
