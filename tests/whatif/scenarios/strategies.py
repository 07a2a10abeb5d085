"""Random scenarios as records: everything a scenario may say, awkward names and texts among it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from analysis.codes import hcpcs as codes
from analysis.lines.filters import Filters
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


def told(record: type, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
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
            told(
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
        told(
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
    told(
        RvuChange,
        code=st.sampled_from(["97110", "97112", "95851"]),
        modifier=st.sampled_from(["", "26"]),
        **dict.fromkeys(("work_e2", "pe_e2", "mp_e2"), maybe(st.integers(0, 10_000))),
    ).filter(_says_something("work_e2", "pe_e2", "mp_e2")),
    max_size=3,
    unique_by=lambda change: (change.code, change.modifier),
).map(tuple)
GPCIS = told(
    GpciChange,
    locality=maybe(LOCALITIES),
    **dict.fromkeys(("work_e3", "pe_e3", "mp_e3"), maybe(st.integers(100, 3_000))),
).filter(_says_something("locality", "work_e3", "pe_e3", "mp_e3"))
MPPRS = told(MpprChange, rate_bp=maybe(RATES), applies_to=maybe(several(CLASSES))).filter(
    lambda change: change.rate_bp is not None or change.applies_to is not None
)
CENTS = st.integers(0, 1_000_000)
FEES = st.dictionaries(st.sampled_from([*TIMED, "G0283", "A4556"]), CENTS, min_size=1).map(
    lambda fees: tuple(sorted(fees.items()))
)


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
    found = []
    for who in draw(st.lists(whose, max_size=4, unique_by=lambda who: tuple(who.items()))):
        basis = draw(st.sampled_from(sorted(terms)))
        fields = {key: st.just(value) for key, value in who.items()} | terms[basis]
        found.append(draw(told(Contract, basis=st.just(basis), visit_cap_cents=maybe(CENTS), **fields)))
    return tuple(found)


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
        maybe(told(AssistantChange, rate_bp=maybe(RATES), to_therapist_bp=RATES)),
        maybe(told(SequestrationChange, rate_bp=RATES)),
        maybe(told(RulesChange, year=YEARS)),
        contracts(),
        st.lists(told(VolumeChange, change_bp=st.integers(-10_000, 100_000), where=WHERES), max_size=3),
    ).map(_flat),
    provenance=PROVENANCES,
)
"""Any scenario that may be said. Its recodings name no code that its schedule lacks or leaves out."""
