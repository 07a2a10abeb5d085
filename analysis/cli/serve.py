"""`revmix serve`: run the app on this machine only; with ``--office``, behind a sign-in for a small server."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from analysis.errors import BadInput
from analysis.system.office import LONGEST_IDLE, Office, office_file, read_office
from analysis.system.paths import ROOT

DEFAULT_PORT = 8501
IDLE_MINUTES = 240.0
"""Minutes. Long enough for lunch, short enough that a forgotten tab holds no patient data overnight."""
LOOPBACK = "127.0.0.1"
_LAST_PORT = 65535
_STREAMLIT = "STREAMLIT_"
_HARMLESS = ("STREAMLIT_SERVER_HEADLESS",)
"""The one Streamlit setting that may come from outside: whether to open a browser."""


def arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    command.add_argument("--demo", action="store_true", help="open with the sample clinic")
    command.add_argument("--port", type=_port, default=DEFAULT_PORT)
    command.add_argument(
        "--idle-minutes",
        type=_minutes,
        metavar="MINUTES",
        help=f"clear a session's data after so many minutes without a click; 0: never (default {IDLE_MINUTES:.0f})",
    )
    command.add_argument("--office", action="store_true", help="run a small server with sign-in (docs/office.md)")
    command.add_argument("--config", type=Path, help="TOML file with the --office settings")


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number (1-{_LAST_PORT})")
    return int(text)


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = -1.0
    if not 0 <= minutes <= LONGEST_IDLE:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of minutes (0-{LONGEST_IDLE:.0f})")
    return minutes


def run(args: argparse.Namespace) -> int:  # noqa: RET503  execve does not return
    """Start the server.

    Raises
    ------
    BadInput
        When the settings of ``--office`` are missing or wrong.
    """
    office = _office(args)
    minutes = office.idle_minutes if office else IDLE_MINUTES if args.idle_minutes is None else args.idle_minutes
    environment = _environment() | {"REVMIX_IDLE_MINUTES": str(minutes), "REVMIX_PORT": str(args.port)}
    if args.demo:
        environment["REVMIX_DEMO"] = "1"
    if office:
        environment["REVMIX_OFFICE"] = str(office_file(args.config).resolve())
    # The address is set here, above every file and variable: only a change of this line can bind it elsewhere.
    bind = ("--server.address", LOOPBACK, "--server.port", str(args.port))
    server = [sys.executable, "-m", "streamlit", "run", str(ROOT / "server.py"), *bind]
    # Run from the project's root, where Streamlit finds the settings that keep it private (.streamlit/config.toml).
    os.chdir(ROOT)
    if os.name == "nt":
        return subprocess.call(server, env=environment)  # noqa: S603  our own interpreter and app
    # Replace this process, so that a signal to `revmix` reaches the server.
    os.execve(sys.executable, server, environment)  # noqa: S606  our own interpreter and app


def _office(args: argparse.Namespace) -> Office | None:
    """Read the ``--office`` settings and check them before anything starts; None without it."""
    if not args.office:
        if args.config is not None:
            raise BadInput("--config without --office", expected="both or neither", todo="add --office")
        return None
    if args.idle_minutes is not None:
        raise BadInput(
            "--idle-minutes with --office", expected="idle_minutes in the office file", todo="set it in that file"
        )
    return read_office(args.config)


def _environment() -> dict[str, str]:
    """Return the environment without Streamlit's settings: only .streamlit/config.toml may set them."""
    ignored = [name for name in os.environ if name.upper().startswith(_STREAMLIT) and name.upper() not in _HARMLESS]
    for name in sorted(ignored):
        sys.stderr.write(f"note: {name} is ignored: RevMix keeps Streamlit's settings in .streamlit/config.toml\n")
    own_variables = ("REVMIX_OFFICE", "REVMIX_IDLE_MINUTES", "REVMIX_PORT", "REVMIX_DEMO")
    return {name: value for name, value in os.environ.items() if name not in (*ignored, *own_variables)}
