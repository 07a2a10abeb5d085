"""The changes a scenario may lay over the baseline: immutable records in exact integers, each with who entered it.

Scales are those of the figures they replace: basis points (10,000 is all), RVUs times 100, GPCIs times 1,000,
conversion factors times 10,000, money in cents. What a change means for a visit is said in docs/what-if.md.
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
    """Who entered an assumption, when, and why; empty where nobody said."""

    entered_by: str = ""
    entered_on: date | None = None
    reason: str = ""


UNSAID = Provenance()


@dataclass(frozen=True, slots=True)
class Recode:
    """Units of one code become units of another, in a share of the visits that have such a unit.

    Attributes
    ----------
    source, target:
        The code that gives and the one that takes (`from` and `to` in a file).
    units_per_visit:
        Units that move in a visit, fewer where it has fewer; None: all.
    share_bp:
        Fraction of the eligible visits in which they move, in expectation.
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
    """Every visit under one year's fee schedule: its RVUs, GPCIs and conversion factor.

    Attributes
    ----------
    year:
        Day for day, so that 2024's two factors price their own days; None: the schedule of each date.
    period:
        A date: every visit under the schedule and factor that hold on it. Excludes `year`.
    factor_e4:
        A conversion factor in the schedule's place.
    track:
        Which factor holds where a year has two; None: the one the lines are priced with.
    leave_out:
        Codes the chosen schedule lacks, taken out of both sides.
    """

    year: int | None = None
    period: date | None = None
    factor_e4: int | None = None
    track: Track | None = None
    leave_out: tuple[str, ...] = ()
    provenance: Provenance = UNSAID


@dataclass(frozen=True, slots=True)
class RvuChange:
    """Other RVUs of a code and row modifier; None leaves one as it is. `pe_e2` holds in all settings."""

    code: str
    modifier: str = ""
    work_e2: int | None = None
    pe_e2: int | None = None
    mp_e2: int | None = None
    provenance: Provenance = UNSAID


@dataclass(frozen=True, slots=True)
class GpciChange:
    """Another locality for every visit, or other geographic indices; None leaves one as it is.

    `locality` is a key such as ``15202-00``; the indices override its own, or those of each clinic's locality.
    """

    locality: str | None = None
    work_e3: int | None = None
    pe_e3: int | None = None
    mp_e3: int | None = None
    provenance: Provenance = UNSAID


@dataclass(frozen=True, slots=True)
class MpprChange:
    """The part of the practice expense MPPR takes off further units, and the payer classes whose lines it holds for.

    None leaves the rate, or who applies it (all lines), as it is.
    """

    rate_bp: int | None = None
    applies_to: tuple[str, ...] | None = None
    provenance: Provenance = UNSAID


@dataclass(frozen=True, slots=True)
class AssistantChange:
    """What Medicare's share is paid at where an assistant treated, and how many of those visits a therapist takes over.

    Attributes
    ----------
    rate_bp:
        Part of Medicare's own share that is paid on lines with CQ or CO; None leaves it.
    to_therapist_bp:
        Fraction of the visits with CQ or CO lines whose lines lose the modifier, in expectation.
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
    """MPPR, coinsurance, assistants' rate and sequestration as they were on the same days of another year."""

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
payer in fact paid per unit in this export."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What a payer pays, by name or by class.

    Attributes
    ----------
    payer, payer_class:
        Whose contract: exactly one of the two. A payer's own comes before its class's.
    basis:
        What it pays by; the fields below that belong to another basis stay as they are here.
    percent_bp:
        Of Medicare (`medicare`) or of the charge (`charges`).
    year, locality:
        Fixed fee schedule year and locality of a percent of Medicare; None: those of each line.
    mppr:
        Whether a percent of Medicare is of the amount after MPPR.
    fees:
        (code, cents for one unit), in code order (`fees`).
    visit_cents:
        For one patient-day (`visit`).
    visit_cap_cents:
        The most a patient-day pays, whatever the basis; None: no cap.
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
    """A named list of changes over the baseline, which it never alters.

    The recodings act on the baseline's units all at once: a unit moves at most once.
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
        from analysis.whatif.scenarios.checks import check  # noqa: PLC0415  the checks speak of these records

        check(self)


BASELINE = Scenario("Baseline")
"""Nothing changed."""
