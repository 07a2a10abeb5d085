"""The changes a scenario makes to the baseline: immutable records in exact integers, each with who entered it.

Scales are those of the figures they replace: basis points (10,000 is all), RVUs times 100, GPCIs times 1,000,
conversion factors times 10,000, money in cents. docs/what-if.md says what a change means for a visit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from analysis.lines.filters import Filters
from analysis.money import BASIS

if TYPE_CHECKING:
    from datetime import date

    from analysis.medicare.fees.schedules import Track

EVERYWHERE = Filters()
"""Every line."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who entered an assumption, when, and why; empty if unknown."""

    entered_by: str = ""
    entered_on: date | None = None
    reason: str = ""


UNSAID = Provenance()


@dataclass(frozen=True, slots=True)
class Recode:
    """Units of one code become units of another, in a share of the visits with such a unit.

    Attributes
    ----------
    source, target:
        The code that loses units and the one that gains them (`from` and `to` in a file).
    units_per_visit:
        Units that move per visit, fewer if the visit has fewer; None: all.
    share_bp:
        Fraction of the eligible visits in which they move, as an expected value.
    where:
        The lines whose units may move.
    """

    source: str
    target: str
    units_per_visit: int | None = None
    share_bp: int = BASIS
    where: Filters = EVERYWHERE
    provenance: Provenance = UNSAID


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """Price every visit under one year's fee schedule: its RVUs, GPCIs and conversion factor.

    Attributes
    ----------
    year:
        Day for day, so that 2024's two factors price their own days; None: the schedule of each date.
    period:
        A date: every visit is priced under the schedule and factor in force on it. Excludes `year`.
    factor_e4:
        A conversion factor that replaces the schedule's.
    track:
        Which factor applies if a year has two; None: the one the lines are priced with.
    leave_out:
        Codes that are not in the chosen schedule, removed from both sides.
    """

    year: int | None = None
    period: date | None = None
    factor_e4: int | None = None
    track: Track | None = None
    leave_out: tuple[str, ...] = ()
    provenance: Provenance = UNSAID


@dataclass(frozen=True, slots=True)
class RvuChange:
    """Other RVUs for a code and row modifier; None leaves a value unchanged. `pe_e2` applies in all settings."""

    code: str
    modifier: str = ""
    work_e2: int | None = None
    pe_e2: int | None = None
    mp_e2: int | None = None
    provenance: Provenance = UNSAID


@dataclass(frozen=True, slots=True)
class GpciChange:
    """Another locality for every visit, or other geographic indices; None leaves a value unchanged.

    `locality` is a key such as ``15202-00``; the indices override its own, or those of each clinic's locality.
    """

    locality: str | None = None
    work_e3: int | None = None
    pe_e3: int | None = None
    mp_e3: int | None = None
    provenance: Provenance = UNSAID


@dataclass(frozen=True, slots=True)
class MpprChange:
    """The part of the practice expense MPPR takes off further units, and the payer classes it applies to.

    None leaves the rate, or the payer classes (all lines), unchanged.
    """

    rate_bp: int | None = None
    applies_to: tuple[str, ...] | None = None
    provenance: Provenance = UNSAID


@dataclass(frozen=True, slots=True)
class AssistantChange:
    """What Medicare pays of its share for assistants' visits, and how many of those visits a therapist takes over.

    Attributes
    ----------
    rate_bp:
        Part of Medicare's own share that is paid on lines with CQ or CO; None leaves it unchanged.
    to_therapist_bp:
        Fraction of the visits with CQ or CO lines whose lines lose the modifier, as an expected value.
    """

    rate_bp: int | None = None
    to_therapist_bp: int = 0
    provenance: Provenance = UNSAID


@dataclass(frozen=True, slots=True)
class SequestrationChange:
    """The part cut from Medicare's payment."""

    rate_bp: int
    provenance: Provenance = UNSAID


@dataclass(frozen=True, slots=True)
class RulesChange:
    """MPPR, coinsurance, assistants' rate and sequestration as on the same dates of another year."""

    year: int
    provenance: Provenance = UNSAID


@dataclass(frozen=True, slots=True)
class VolumeChange:
    """More or fewer of the same visits: the lines of `where` times 1 + change."""

    change_bp: int
    where: Filters = EVERYWHERE
    provenance: Provenance = UNSAID


Basis = Literal["medicare", "fees", "visit", "charges", "observed"]
"""What a contract pays by: percent of Medicare, a fee per code, a rate per visit, percent of the charge, or what the
payer actually paid per unit in this export."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What a payer pays, by name or by class.

    Attributes
    ----------
    payer, payer_class:
        Whose contract: exactly one of the two. A payer's own contract comes before its class's.
    basis:
        What it pays by; the fields below that belong to another basis keep their defaults.
    percent_bp:
        Of Medicare (`medicare`) or of the charge (`charges`).
    year, locality:
        Fixed fee schedule year and locality of a percent of Medicare; None: those of each line.
    mppr:
        Whether a percent of Medicare applies to the amount after MPPR.
    fees:
        (code, cents for one unit), in code order (`fees`).
    visit_cents:
        For one patient-day (`visit`).
    visit_cap_cents:
        The most a patient-day pays, with any basis; None: no cap.
    """

    basis: Basis
    payer: str | None = None
    payer_class: str | None = None
    percent_bp: int | None = None
    year: int | None = None
    locality: str | None = None
    mppr: bool = True
    fees: tuple[tuple[str, int], ...] = ()
    visit_cents: int | None = None
    visit_cap_cents: int | None = None
    provenance: Provenance = UNSAID


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named list of changes to the baseline, which itself never changes.

    The recodings apply to the baseline's units all at once: a unit moves at most once.
    """

    name: str
    note: str = ""
    recodes: tuple[Recode, ...] = ()
    schedule: ScheduleChange | None = None
    rvus: tuple[RvuChange, ...] = ()
    gpci: GpciChange | None = None
    mppr: MpprChange | None = None
    assistants: AssistantChange | None = None
    sequestration: SequestrationChange | None = None
    rules: RulesChange | None = None
    contracts: tuple[Contract, ...] = ()
    volumes: tuple[VolumeChange, ...] = ()
    provenance: Provenance = field(default=UNSAID)

    def __post_init__(self) -> None:
        """Refuse assumptions out of range."""
        from analysis.whatif.scenarios.checks import check  # noqa: PLC0415  the checks import these records

        check(self)


BASELINE = Scenario("Baseline")
"""No changes."""
