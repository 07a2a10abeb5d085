"""Who entered an assumption, when, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.whatif.scenarios.entries import DAY, TEXT, Key
from analysis.whatif.scenarios.values import check_line, check_paragraph, within

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who entered an assumption, when, and why; empty if not entered."""

    entered_by: str = ""
    entered_on: date | None = None
    reason: str = ""

    def check(self, name: str = "") -> None:
        """Raise BadInput for an unusable name or reason; `name` is the change's, for the message."""
        if self.entered_by:
            check_line(self.entered_by, within(name, "entered_by"))
        check_paragraph(self.reason, within(name, "reason"))


UNSAID = Provenance()
PROVENANCE = (
    Key("entered_by", "entered_by", TEXT),
    Key("entered_on", "entered_on", DAY),
    Key("reason", "reason", TEXT),
)
"""Its entries in a scenario's file."""
