"""A command run as a user runs it, and the one line it leaves where it fails."""

from __future__ import annotations

import pytest

from analysis import cli


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    status = cli.main([str(word) for word in words])
    out, err = capsys.readouterr()
    return status, out, err


def one_line(err: str) -> str:
    """The one line a user reads; fails when there is more, or a traceback."""
    assert "Traceback" not in err
    lines = [line for line in err.splitlines() if not line.startswith("note: ")]
    assert len(lines) == 1
    return lines[0]
