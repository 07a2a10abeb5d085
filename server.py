"""The server: Streamlit's app with RevMix's own rules. ``revmix serve`` starts it, through ``streamlit run``."""

from __future__ import annotations

import asyncio
import os
import sys
import webbrowser
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from serving import office
from serving.callers import Callers
from serving.headers import SecurityHeaders, security_headers
from serving.sessions import Clocks, sessions
from serving.uploads import keep_in_memory
from serving.warm import load_for_good

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).resolve().parent
START_PAGE = Path(st.__file__).parent / "static" / "index.html"
PORT = os.environ.get("REVMIX_PORT", "8501")
settings = office.current()
address = settings.address if settings else f"http://localhost:{PORT}"


@asynccontextmanager
async def running(_: st.App) -> AsyncIterator[None]:
    """Watch the sessions while the server runs, and print its address."""
    watching = asyncio.create_task(sessions().watch())
    sys.stderr.write(f"RevMix: {address}\n")
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(
        None, load_for_good
    )  # before any session, none of whose objects may be excluded from garbage collection
    if settings is None and not config.get_option("server.headless"):
        loop.run_in_executor(None, webbrowser.open, address)
    yield
    watching.cancel()


keep_in_memory(config.get_option("server.maxUploadSize"))
# localhost and 127.0.0.1 are two names of one machine: the policy names the one the page used.
websocket = address.replace("http", "ws", 1) if settings else f"ws://localhost:{PORT} ws://127.0.0.1:{PORT}"
app = st.App(
    ROOT / "app.py",
    lifespan=running,
    secrets=office.streamlit_secrets(settings) if settings else None,
    middleware=[
        Middleware(SecurityHeaders, headers=security_headers(START_PAGE, websocket)),
        Middleware(Callers, public=settings.address if settings else None),
        *([Middleware(office.SignedInOnly, office=settings)] if settings else []),
        Middleware(Clocks),
    ],
)
