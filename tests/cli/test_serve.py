"""`revmix serve` before the server starts: what it passes on, and what it refuses. tests/serving has it running."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from analysis.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

Started = tuple[list[str], dict[str, str]]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Started]:
    """Run the command up to where the server would take this process's place: its command line and environment."""
    if sys.platform == "win32":
        pytest.skip("starts the server as a process of its own")
    calls: list[Started] = []
    monkeypatch.setattr(os, "chdir", lambda _: None)
    monkeypatch.setattr(os, "execve", lambda _, command, environment: calls.append((command, environment)))

    def run(*words: str) -> Started:
        main(["serve", *words])
        return calls.pop()

    return run


def test_nothing_of_streamlit_s_settings_comes_in_from_outside(
    start: Callable[..., Started], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("STREAMLIT_SERVER_ADDRESS", "STREAMLIT_SERVER_TRUSTED_USER_HEADERS", "REVMIX_OFFICE", "REVMIX_DEMO"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("STREAMLIT_SERVER_HEADLESS", "true")
    command, environment = start("--port", "8600")
    assert command[-4:] == ["--server.address", "127.0.0.1", "--server.port", "8600"]
    assert [name for name in environment if name.startswith("STREAMLIT_")] == ["STREAMLIT_SERVER_HEADLESS"]
    assert "REVMIX_OFFICE" not in environment
    assert "REVMIX_DEMO" not in environment
    assert environment["REVMIX_IDLE_MINUTES"] == "240.0"
    assert capsys.readouterr().err.count("is ignored") == 2


def test_the_idle_time_is_the_user_s(start: Callable[..., Started]) -> None:
    assert start("--idle-minutes", "0", "--demo")[1] | {"REVMIX_DEMO": "1"} == start("--demo", "--idle-minutes", "0")[1]
    assert start("--idle-minutes", "12.5")[1]["REVMIX_IDLE_MINUTES"] == "12.5"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--idle-minutes", "-1"], "is not a number of minutes (0-1440)"),
        (["--idle-minutes", "nan"], "is not a number of minutes (0-1440)"),
        (["--idle-minutes", "soon"], "is not a number of minutes (0-1440)"),
        (["--port", "0"], "is not a port number"),
        (["--address", "0.0.0.0"], "unrecognized arguments"),  # noqa: S104  what may not happen
        (["--server.address", "0.0.0.0"], "unrecognized arguments"),  # noqa: S104
        (["--config", "office.toml"], "add --office"),
        (["--office", "--idle-minutes", "5"], "set it in that file"),
        (["--office", "--config", "nowhere.toml"], "nowhere.toml: found a file that cannot be read"),
        (["--office"], "office.toml: found a file that cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *words]) == 2
    told = capsys.readouterr().err
    assert says in told
    assert told.count("\n") == 1
