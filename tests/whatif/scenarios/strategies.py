"""Scenarios as records: one that says everything, and random ones with awkward names and texts among them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from analysis.codes import hcpcs as codes
from analysis.lines.filters import Filters
from analysis.lines.payers import payer_key
from analysis.whatif.scenarios import (
    AssistantChange,
    Change,
    Contract,
    GpciChange,
    MpprChange,
    Provenance,
    Recode,
    RulesChange,
    RvuChange,
    Scenario,
    ScheduleChange,
    SequestrationChange,
    VolumeChange,
)

if TYPE_CHECKING:
    from collections.abc import Callable

DANA = Provenance("Dana", date(2026, 11, 24), "chart review")

# The form the project agreed on: every section, every entry.
FULL = """
name = "Everything at once"
note = "first line\\nsecond line"
entered_by = "Dana"
entered_on = 2026-11-24
reason = "chart review"
[[recode]]
from = "97110"
to = "97112"
units_per_visit = 1
share = 0.2
where = { payer_class = ["Medicare"], provider = ["Ann", "Bob"], start = 2026-01-01, end = 2026-06-30 }
entered_by = "Dana"
entered_on = 2026-11-24
reason = "chart review"
[[recode]]
from = "97140"
to = "97530"
units_per_visit = "all"
[schedule]
year = 2026
conversion_factor = 32.8409
track = "qp"
leave_out = ["97127"]
[[rvu]]
code = "97110"
modifier = ""
work_rvu = 0.45
pe_rvu = 0.40
mp_rvu = 0.02
[gpci]
locality = "44101"
work = 0.991
pe = 0.9
mp = 1
[mppr]
rate = 0.50
applies_to = ["Medicare"]
[assistants]
rate = 0.85
to_therapist = 0.25
[sequestration]
rate = 0
[rules]
year = 2025
[[contract]]
payer = "Aetna"
basis = "medicare"
percent = 1.10
year = 2025
locality = "15202-00"
mppr = false
visit_cap = 120.00
[[contract]]
payer_class = "Commercial"
basis = "fees"
fees = { 97112 = 33.5, 97110 = 31.00 }
[[volume]]
change = 0.05
where = { clinic = "Downtown" }
"""
EVERYTHING = Scenario(
    "Everything at once",
    (
        Recode(
            "97110",
            "97112",
            1,
            2_000,
            Filters(date(2026, 1, 1), date(2026, 6, 30), payer_classes=("Medicare",), providers=("Ann", "Bob")),
            DANA,
        ),
        Recode("97140", "97530"),
        VolumeChange(500, Filters(clinics=("Downtown",))),
        RvuChange("97110", work_e2=45, pe_e2=40, mp_e2=2),
        Contract(
            "medicare",
            payer="Aetna",
            percent_bp=11_000,
            year=2025,
            locality="15202-00",
            mppr=False,
            visit_cap_cents=12_000,
        ),
        Contract("fees", payer_class="Commercial", fees=(("97110", 3_100), ("97112", 3_350))),
        ScheduleChange(year=2026, factor_e4=328_409, track="qp", leave_out=("97127",)),
        GpciChange("15202-00", 991, 900, 1_000),
        MpprChange(5_000, ("Medicare",)),
        AssistantChange(8_500, 2_500),
        SequestrationChange(0),
        RulesChange(2025),
    ),
    note="first line\nsecond line",
    provenance=DANA,
)
"""What `FULL` says."""

TIMED = tuple(code for code in codes.of_minutes(15) if code != "97551")  # 97551 is younger than some schedules
YEARS = st.integers(2020, 2027)
DAYS = st.dates(date(2020, 1, 1), date(2027, 12, 31))
LOCALITIES = st.sampled_from(["15202-00", "01182-26", "13202-01", "00000-00"])
CLASSES = st.sampled_from(["Medicare", "Medicare Advantage", "Commercial", "Workers' compensation", "not stated"])
AWKWARD = [
    'Quote " and \\ back',
    "# no comment",
    "café – Müller",
    "tab\tand\x7fdel",
    "line\u2028break",
    " spaced ",
    "日本",
    "]]",
]
LINES = st.one_of(
    st.sampled_from([text for text in AWKWARD if "\t" not in text]),
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=120),
).filter(str.strip)
PARAGRAPHS = st.text(st.one_of(st.characters(exclude_categories=["Cc", "Cs"]), st.sampled_from("\n\t\r")), max_size=200)
NAMES = st.one_of(st.sampled_from(AWKWARD), st.text(st.characters(exclude_categories=["Cs"]), min_size=1)).filter(
    str.strip
)


def several(values: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, max_size=most).map(tuple)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


def with_provenance(record: type, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(record, provenance=PROVENANCES, **fields)


PROVENANCES = st.one_of(
    st.just(Provenance()), st.builds(Provenance, st.one_of(st.just(""), LINES), maybe(DAYS), PARAGRAPHS)
)
WHERES = st.one_of(
    st.just(Filters()),
    st.builds(
        lambda days, **fields: Filters(
            start=min(days) if len(days) > 1 else None, end=max(days) if days else None, **fields
        ),
        st.lists(DAYS, max_size=2),
        payer_classes=several(CLASSES),
        payers=several(NAMES),
        clinics=several(NAMES),
        providers=several(NAMES),
        disciplines=several(st.sampled_from(["PT", "OT", "SLP", "not stated"])),
    ),
)
RATES = st.integers(0, 10_000)


@st.composite
def recodes(draw: st.DrawFn) -> tuple[Recode, ...]:
    """Of different codes each, or of one code in years that do not meet."""
    sources = draw(st.lists(st.sampled_from(TIMED), max_size=8, unique=True))
    wheres = [draw(WHERES) for _ in sources]
    apart = draw(st.booleans())
    if sources and apart:
        wheres = [Filters(start=date(2019 + n, 1, 1), end=date(2019 + n, 12, 31)) for n, _ in enumerate(sources)]
        sources = sources[:1] * len(sources)
    return tuple(
        draw(
            with_provenance(
                Recode,
                source=st.just(source),
                target=st.sampled_from([code for code in TIMED if code != source]),
                units_per_visit=maybe(st.integers(1, 999)),
                share_bp=RATES,
                where=st.just(where),
            )
        )
        for source, where in zip(sources, wheres, strict=True)
    )


def _says_something(*names: str) -> Callable[[Any], bool]:
    return lambda change: any(getattr(change, name) not in (None, ()) for name in names)


SCHEDULES = st.one_of(
    *(
        with_provenance(
            ScheduleChange,
            **when,
            factor_e4=maybe(st.integers(10_000, 2_000_000)),
            track=st.sampled_from([None, "qp", "non_qp"]),
            leave_out=several(st.sampled_from(["97127", "G0283", "98979"])),
        )
        for when in ({"year": maybe(YEARS)}, {"period": DAYS})
    )
).filter(_says_something("year", "period", "factor_e4", "track", "leave_out"))
RVUS = st.lists(
    with_provenance(
        RvuChange,
        code=st.sampled_from(["97110", "97112", "95851"]),
        modifier=st.sampled_from(["", "26"]),
        **dict.fromkeys(("work_e2", "pe_e2", "mp_e2"), maybe(st.integers(0, 10_000))),
    ).filter(_says_something("work_e2", "pe_e2", "mp_e2")),
    max_size=3,
    unique_by=lambda change: (change.code, change.modifier),
).map(tuple)
GPCIS = with_provenance(
    GpciChange,
    locality=maybe(LOCALITIES),
    **dict.fromkeys(("work_e3", "pe_e3", "mp_e3"), maybe(st.integers(100, 3_000))),
).filter(_says_something("locality", "work_e3", "pe_e3", "mp_e3"))
MPPRS = with_provenance(MpprChange, rate_bp=maybe(RATES), applies_to=maybe(several(CLASSES))).filter(
    lambda change: change.rate_bp is not None or change.applies_to is not None
)
CENTS = st.integers(0, 1_000_000)
FEES = st.dictionaries(st.sampled_from([*TIMED, "G0283", "A4556"]), CENTS, min_size=1).map(
    lambda fees: tuple(sorted(fees.items()))
)


def _whose(who: dict[str, str]) -> tuple[str, str]:
    """Spellings of one payer are one payer."""
    [(kind, name)] = who.items()
    return kind, payer_key(name) if kind == "payer" else name


@st.composite
def contracts(draw: st.DrawFn) -> tuple[Contract, ...]:
    terms: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "medicare": {
            "percent_bp": st.integers(0, 100_000),
            "year": maybe(YEARS),
            "locality": maybe(LOCALITIES),
            "mppr": st.booleans(),
        },
        "fees": {"fees": FEES},
        "visit": {"visit_cents": CENTS},
        "charges": {"percent_bp": st.integers(0, 100_000)},
        "observed": {},
    }
    whose = st.one_of(NAMES.map(lambda name: {"payer": name}), CLASSES.map(lambda name: {"payer_class": name}))
    drawn = []
    for who in draw(st.lists(whose, max_size=4, unique_by=_whose)):
        basis = draw(st.sampled_from(sorted(terms)))
        fields = {key: st.just(value) for key, value in who.items()} | terms[basis]
        drawn.append(draw(with_provenance(Contract, basis=st.just(basis), visit_cap_cents=maybe(CENTS), **fields)))
    return tuple(drawn)


def _flat(parts: tuple[Any, ...]) -> tuple[Change, ...]:
    """Changes, lists of them and None as one tuple."""
    return tuple(
        one for part in parts for one in (part if isinstance(part, (list, tuple)) else [part]) if one is not None
    )


SCENARIOS = st.builds(
    Scenario,
    name=LINES,
    note=PARAGRAPHS,
    changes=st.tuples(
        recodes(),
        maybe(SCHEDULES),
        RVUS,
        maybe(GPCIS),
        maybe(MPPRS),
        maybe(with_provenance(AssistantChange, rate_bp=maybe(RATES), to_therapist_bp=RATES)),
        maybe(with_provenance(SequestrationChange, rate_bp=RATES)),
        maybe(with_provenance(RulesChange, year=YEARS)),
        contracts(),
        st.lists(with_provenance(VolumeChange, change_bp=st.integers(-10_000, 100_000), where=WHERES), max_size=3),
    ).map(_flat),
    provenance=PROVENANCES,
)
"""Any scenario that may be said. Its recodings name no code that its schedule lacks or leaves out."""
