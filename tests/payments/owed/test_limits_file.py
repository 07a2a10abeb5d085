"""Filing limits are kept in a file that people read, and a slip in it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis.errors import BadInput
from analysis.payments import FilingLimit
from analysis.payments.owed.limits_file import limits_file, limits_toml, load_limits, read_limits, save_limits

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = (FilingLimit('Acme "PPO"', 180, 90), FilingLimit("Zed", appeal_days=60), FilingLimit("Only file", 365))


def test_limits_come_back_as_they_were_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVMIX_HOME", str(tmp_path))
    assert load_limits() == ()
    save_limits(LIMITS)
    assert load_limits() == LIMITS
    assert read_limits(limits_toml(LIMITS).encode(), "a.toml") == LIMITS
    limits_file().write_text("what is this", "utf-8")
    with pytest.raises(BadInput, match="not TOML"):
        load_limits()
    save_limits(LIMITS)
    assert load_limits() == LIMITS
    assert len(list(tmp_path.glob("filing_limits*"))) == 2, "what could not be read was copied aside"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = 1", "found x"),
        ("[[limit]]\nfile_days = 90", "no payer"),
        ('[[limit]]\npayer = "A"\ndays = 90', "found days"),
        ('[[limit]]\npayer = "A"\nfile_days = 0', "days from 1 to 3650"),
        ('[[limit]]\npayer = "A"\nfile_days = "90"', "days from 1 to 3650"),
        ('[[limit]]\npayer = "A"\n[[limit]]\npayer = "A"', "A twice"),
    ],
)
def test_a_slip_is_named_with_what_to_do(text: str, found: str) -> None:
    with pytest.raises(BadInput, match=found) as raised:
        read_limits(text.encode(), "a.toml")
    assert str(raised.value).count(";") == 2
    assert "a.toml" in str(raised.value)
