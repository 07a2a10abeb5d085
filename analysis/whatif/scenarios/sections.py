"""The sections of a scenario file: its tables, their entries, and the comments that explain them."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.whatif.scenarios.changes import (
    AssistantChange,
    Contract,
    GpciChange,
    MpprChange,
    Recode,
    RulesChange,
    RvuChange,
    ScheduleChange,
    SequestrationChange,
    VolumeChange,
)
from analysis.whatif.scenarios.contract_checks import NEEDS
from analysis.whatif.scenarios.entries import (
    CODE,
    CODES,
    DAY,
    FEES,
    LOCALITY,
    TEXT,
    TEXTS,
    TRUTH,
    UNITS,
    WHERE,
    YEAR,
    Key,
    figure,
    one_of,
)

_SHARE, _RVU, _GPCI, _DOLLARS = figure("share"), figure("rvu"), figure("gpci"), figure("dollars")
PROVENANCE = (
    Key("entered_by", "entered_by", TEXT),
    Key("entered_on", "entered_on", DAY),
    Key("reason", "reason", TEXT),
)
TOP = (Key("name", "name", TEXT, needed=True), Key("note", "note", TEXT))


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of change: its table in the file, the scenario's field, its record, entries and explanation.

    `several`: a scenario may have more than one.
    """

    name: str
    field: str
    record: type
    keys: tuple[Key, ...]
    about: tuple[str, ...]
    several: bool = False

    @property
    def head(self) -> str:
        """The heading of its table."""
        return f"[[{self.name}]]" if self.several else f"[{self.name}]"


CONTRACT = Section(
    "contract",
    "contracts",
    Contract,
    (
        Key("payer", "payer", TEXT),
        Key("payer_class", "payer_class", TEXT),
        Key("basis", "basis", one_of(*NEEDS), needed=True),
        Key("percent", "percent_bp", figure("percent")),
        Key("year", "year", YEAR),
        Key("locality", "locality", LOCALITY),
        Key("mppr", "mppr", TRUTH),
        Key("visit", "visit_cents", _DOLLARS),
        Key("visit_cap", "visit_cap_cents", _DOLLARS),
        Key("fees", "fees", FEES),
    ),
    (
        "What a payer pays, by payer or payer_class. basis: medicare (percent; year, locality, mppr), fees (dollars",
        "per unit), visit (dollars), charges (percent) or observed. visit_cap: the most a visit pays, with any basis.",
    ),
    several=True,
)
SECTIONS = (
    Section(
        "recode",
        "recodes",
        Recode,
        (
            Key("from", "source", CODE, needed=True),
            Key("to", "target", CODE, needed=True),
            Key("units_per_visit", "units_per_visit", UNITS, shown=True),
            Key("share", "share_bp", _SHARE, shown=True),
            Key("where", "where", WHERE),
        ),
        (
            'Units of one timed code become units of another. units_per_visit: how many in a visit, or "all".',
            "share: in what part of the visits with such a unit. where: only lines that meet all of these.",
        ),
        several=True,
    ),
    Section(
        "schedule",
        "schedule",
        ScheduleChange,
        (
            Key("year", "year", YEAR),
            Key("period", "period", DAY),
            Key("conversion_factor", "factor_e4", figure("conversion_factor")),
            Key("track", "track", one_of("non_qp", "qp")),
            Key("leave_out", "leave_out", CODES),
        ),
        (
            "Prices every visit under a year's fee schedule (day for day), one date's (period), or another factor.",
            "track: non_qp, or qp for participants in an advanced payment model. leave_out: codes not in the schedule.",
        ),
    ),
    Section(
        "rvu",
        "rvus",
        RvuChange,
        (
            Key("code", "code", CODE, needed=True),
            Key("modifier", "modifier", CODE),
            Key("work_rvu", "work_e2", _RVU),
            Key("pe_rvu", "pe_e2", _RVU),
            Key("mp_rvu", "mp_e2", _RVU),
        ),
        ("Other relative value units for a code: work, practice expense, malpractice.",),
        several=True,
    ),
    Section(
        "gpci",
        "gpci",
        GpciChange,
        (
            Key("locality", "locality", LOCALITY),
            Key("work", "work_e3", _GPCI),
            Key("pe", "pe_e3", _GPCI),
            Key("mp", "mp_e3", _GPCI),
        ),
        ("Prices every visit in one locality (MAC and number, ZIP code or state), or with other geographic indices.",),
    ),
    Section(
        "mppr",
        "mppr",
        MpprChange,
        (Key("rate", "rate_bp", _SHARE), Key("applies_to", "applies_to", TEXTS)),
        (
            "Multiple procedure payment reduction: the part of the practice expense taken off further units (0: none),",
            "and the payer classes it applies to.",
        ),
    ),
    Section(
        "assistants",
        "assistants",
        AssistantChange,
        (Key("rate", "rate_bp", _SHARE), Key("to_therapist", "to_therapist_bp", _SHARE, shown=True)),
        (
            "Lines with CQ or CO. rate: the part of Medicare's own share that is paid. to_therapist: the part of those",
            "visits that therapists take over.",
        ),
    ),
    Section(
        "sequestration",
        "sequestration",
        SequestrationChange,
        (Key("rate", "rate_bp", _SHARE, needed=True),),
        ("The part cut from Medicare's payment.",),
    ),
    Section(
        "rules",
        "rules",
        RulesChange,
        (Key("year", "year", YEAR, needed=True),),
        ("MPPR, coinsurance, assistants and sequestration as on the same dates of another year.",),
    ),
    CONTRACT,
    Section(
        "volume",
        "volumes",
        VolumeChange,
        (Key("change", "change_bp", figure("change"), needed=True), Key("where", "where", WHERE)),
        ("More (0.05 is 5%) or fewer (-0.05) of the same visits.",),
        several=True,
    ),
)
