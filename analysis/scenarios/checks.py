"""Ranges of a scenario's assumptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.scenarios.changes import Scenario


def check(scenario: Scenario) -> None:
    """Refuse assumptions out of range."""
