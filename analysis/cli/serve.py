"""`revmix serve`: the app."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from analysis.paths import ROOT

DEFAULT_PORT = 8501
_LAST_PORT = 65535


def arguments(command: argparse.ArgumentParser) -> None:
    """What it takes."""
    command.add_argument("--demo", action="store_true", help="open it with the sample clinic")
    command.add_argument("--port", type=_port, default=DEFAULT_PORT)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number (1-{_LAST_PORT})")
    return int(text)


def run(args: argparse.Namespace) -> int:  # noqa: RET503  execve does not return
    """Start the server."""
    environment = os.environ | ({"REVMIX_DEMO": "1"} if args.demo else {})
    app = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(args.port)]
    # From the project's root, where Streamlit finds the settings that keep it private (.streamlit/config.toml).
    os.chdir(ROOT)
    if os.name == "nt":
        return subprocess.call(app, env=environment)  # noqa: S603  our own interpreter and app
    # In place of this process, so that a signal to `revmix` reaches the server.
    os.execve(sys.executable, app, environment)  # noqa: S606  our own interpreter and app
