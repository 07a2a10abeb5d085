"""Random visits, pages and scenarios: what the core and the reference are compared on."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.pricing.lines import PLACES, UNPLACED, for_reference, frame
from tests.whatif.scenarios.reference import Entry, Tables, meets

if TYPE_CHECKING:
    import polars as pl

    from analysis.medicare.fees import Locality
    from analysis.pricing import ClinicLocalities

TIMED = ("97110", "97112", "97116", "97140", "97530", "97535")
"""Codes a recoding may name: timed, and priced in every year."""
OTHERS = ("97161", "97124", "92507", "G0283", "95992", "97010", "97014", "ZZZZZ")
"""An evaluation, a code that nobody recodes, speech, an untimed one; no MPPR, bundled, not valid, unknown."""
PAYERS = {
    "Medicare Part B": "Medicare",
    "MEDICARE PART B": "Medicare",
    "Railroad Medicare": "Medicare",
    "Aetna": "Commercial",
    "Humana Gold": "Medicare Advantage",
    None: "Unknown",
}
THERAPISTS = ("Ann", "Bob", "Cleo", None)
CLINICS = (*PLACES, UNPLACED)
DISCIPLINES = {"GP": "PT", "GO": "OT", "GN": "SLP"}
MODIFIERS = ("GP", "GP", "GP", "GP KX", "59 GP", "CQ GP", "CO GO", "GO", "GN", "", "59 CQ GP", "GP GY", "GP GZ")
TURNS = (
    *(date(year, 1, 1) for year in range(2020, 2028)),
    *(date(2020, 5, 1), date(2022, 4, 1), date(2022, 7, 1), date(2024, 3, 9), date(2020, 3, 1), date(2024, 3, 1)),
)
"""First days of a factor or rate, and the days after a leap day; the tests also take the day before each."""


# ----------------------------------------------------------------------------------------------------------- the lines
def random_lines(count: int, seed: int) -> pl.DataFrame:
    """About `count` canonical lines of a made-up practice with several clinics, payers and years; many visits alike."""
    draw = random.Random(seed)  # noqa: S311  made-up work, no secret
    visits: list[list[dict[str, Any]]] = []
    while sum(map(len, visits)) < count:
        again = visits and draw.random() < 0.4
        lines = draw.choice(visits) if again else _visit(draw)
        visits.append([line | {"visit_key": 10_007 * (len(visits) + 1)} for line in lines])
    if draw.random() < 0.5:
        return frame(line for visit in visits for line in visit)
    # The lines of visits mixed with each other, those of one visit in their order.
    places = [(place, line) for visit in visits for place, line in zip(_rising(draw, len(visit)), visit, strict=True)]
    return frame(line for _, line in sorted(places, key=lambda pair: pair[0]))


def _rising(draw: random.Random, count: int) -> list[float]:
    return sorted(draw.random() for _ in range(count))


def _visit(draw: random.Random) -> list[dict[str, Any]]:
    payer = draw.choice(tuple(PAYERS))
    shared = {"date_of_service": _day(draw), "clinic": draw.choice(CLINICS), "provider": draw.choice(THERAPISTS)}
    codes = draw.choice((TIMED, TIMED[:2], TIMED[:4], (*TIMED, *OTHERS)))
    modifiers = draw.choice((MODIFIERS, ("GP", "CQ GP"), ("GP",)))
    charges = draw.choice(((None,), (None, 2000, 2500, 3000, 6000), (2906, 2221, 2500, 4000), (9999, 10_001, 0)))
    lines = []
    for _ in range(draw.choice((1, 2, 3, 3, 4, 5))):
        payer = draw.choice(tuple(PAYERS)) if draw.random() < 0.1 else payer
        elsewhere = {"clinic": draw.choice(CLINICS)} if draw.random() < 0.03 else {}
        lines.append(shared | _line(draw, codes, modifiers, charges) | elsewhere | _paid_by(payer))
    return lines


def _paid_by(payer: str | None) -> dict[str, Any]:
    return {"payer": payer, "payer_class": PAYERS[payer]}


def _line(
    draw: random.Random, codes: tuple[str, ...], modifiers: tuple[str, ...], charges: tuple[int | None, ...]
) -> dict[str, Any]:
    units, charge, words = draw.choice((1, 1, 1, 2, 2, 3, 4)), draw.choice(charges), draw.choice(modifiers)
    return {
        "code": draw.choice(codes),
        "modifiers": words,
        "discipline": next((DISCIPLINES[word] for word in words.split() if word in DISCIPLINES), None),
        "units": units,
        # A charge for each unit, one for the line, or one that is no multiple of the units.
        "charge_cents": None if charge is None else draw.choice((charge * units, charge, charge * units + 1)),
        "place_of_service": draw.choice((None, "11", "11", "22")),
    }


def _day(draw: random.Random) -> date:
    if draw.random() < 0.3:
        return draw.choice(TURNS) - timedelta(days=draw.randint(0, 1))
    return date(2020, 1, 1) + timedelta(days=draw.randrange(7 * 365))


def entries(lines: pl.DataFrame, places: ClinicLocalities | Locality, page: Tables | None = None) -> list[Entry]:
    """Lines as the reference takes them; `page`: the filters, written as a `where`."""
    known = ("payer_class", "payer", "clinic", "provider", "discipline")
    about = lines.select(known).iter_rows(named=True)
    uncounted = [Entry(line, fields) for line, fields in zip(for_reference(lines, places), about, strict=True)]
    return [Entry(entry.line, entry.about, counted=meets(entry, page or {})) for entry in uncounted]


# ------------------------------------------------------------------------------------------------------- the scenarios
def tenths_of_a_permille(least: int = 0, most: int = 10_000) -> st.SearchStrategy[Decimal]:
    """Fractions in steps of a basis point, the usual ones often."""
    usual = [Decimal(text) for text in ("0", "0.05", "0.2", "0.25", "0.3333", "0.5", "0.85", "1", "-0.1")]
    return st.one_of(
        st.sampled_from([value for value in usual if least <= value * 10_000 <= most]),
        st.integers(least, most).map(lambda number: Decimal(number) / 10_000),
    )


def some_of(values: tuple[str | None, ...]) -> st.SearchStrategy[str | list[str]]:
    texts = tuple("not stated" if value is None else value for value in values)
    return st.one_of(st.sampled_from(texts), st.lists(st.sampled_from(texts), min_size=1, max_size=3, unique=True))


def wheres(*, clinic: bool = True) -> st.SearchStrategy[Tables]:
    """One or two conditions on lines."""
    keys: dict[str, st.SearchStrategy[Any]] = {
        "payer_class": some_of(tuple(dict.fromkeys(PAYERS.values()))),
        "payer": some_of(tuple(PAYERS)),
        "provider": some_of(THERAPISTS),
        "discipline": some_of(("PT", "OT", "SLP", None)),
        "start": st.dates(date(2020, 1, 1), date(2023, 12, 31)),
        "end": st.dates(date(2023, 12, 31), date(2026, 12, 31)),
    } | ({"clinic": some_of(CLINICS)} if clinic else {})
    one = st.sampled_from(sorted(keys)).flatmap(lambda key: st.fixed_dictionaries({key: keys[key]}))
    return st.lists(one, min_size=1, max_size=2).map(lambda parts: {k: v for part in parts for k, v in part.items()})


pages: st.SearchStrategy[Tables] = st.one_of(st.just({}), st.just({}), wheres())
"""What the page looks at: mostly everything."""


@st.composite
def recodings(draw: st.DrawFn) -> list[Tables]:
    """One to three recodings of different codes, or two of one code in payer classes apart."""
    sources = draw(st.lists(st.sampled_from(TIMED[:5]), min_size=1, max_size=3, unique=True))
    classes = [{"payer_class": "Medicare"}, {"payer_class": ["Commercial", "Unknown"]}]
    apart = len(sources) == 1 and draw(st.integers(0, 3)) == 0
    places = classes if apart else [draw(st.one_of(st.just({}), st.just({}), wheres())) for _ in sources]
    recodes = []
    for source, where in zip(sources * len(places) if apart else sources, places, strict=True):
        recode: Tables = {"from": source, "to": draw(st.sampled_from([code for code in TIMED if code != source]))}
        recode |= draw(st.sampled_from([{"units_per_visit": k} for k in (1, 1, 2, 3, "all")] + [{}]))
        recode |= draw(st.one_of(st.just({}), tenths_of_a_permille(1).map(lambda share: {"share": share})))
        recodes.append(recode | ({"where": where} if where else {}))
    return recodes


def _some(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Tables]:
    """At least one of some fields."""
    return st.fixed_dictionaries({}, optional=fields).filter(bool)


def schedules() -> st.SearchStrategy[Tables]:
    """A year or a period, a factor, a track, codes that are left out."""
    whens: st.SearchStrategy[Tables] = st.one_of(
        st.just({}),
        st.integers(2020, 2027).map(lambda year: {"year": year}),
        st.one_of(st.sampled_from(TURNS), st.dates(date(2020, 1, 1), date(2027, 12, 31))).map(lambda d: {"period": d}),
    )
    factors: st.SearchStrategy[Tables] = st.one_of(
        st.just({}),
        st.just({}),
        st.sampled_from([Decimal("32.8409"), Decimal(30), Decimal("40.0001")]).map(
            lambda factor: {"conversion_factor": factor}
        ),
    )
    tracks: st.SearchStrategy[Tables] = st.sampled_from([{}, {}, {"track": "qp"}, {"track": "non_qp"}])
    left_out = st.sampled_from(([], [], [], ["97161"], ["97124", "97010"])).map(
        lambda codes: {"leave_out": codes} if codes else {}
    )
    parts = st.tuples(whens, factors, tracks, left_out)
    return parts.map(lambda parts: parts[0] | parts[1] | parts[2] | parts[3]).filter(bool)


def _hundredths(most: int, scale: int = 100) -> st.SearchStrategy[Decimal]:
    return st.integers(scale // 10, most).map(lambda number: Decimal(number) / scale)


def rvus() -> st.SearchStrategy[list[Tables]]:
    """Other RVUs of a code or two, many of which change the ranking."""
    fields = {"work_rvu": _hundredths(90), "pe_rvu": _hundredths(90), "mp_rvu": _hundredths(30)}
    code = st.sampled_from(TIMED[:4]).map(lambda code: {"code": code})
    one = st.tuples(code, _some(fields)).map(lambda parts: parts[0] | parts[1])
    return st.lists(one, min_size=1, max_size=2, unique_by=lambda change: change["code"])


def gpcis() -> st.SearchStrategy[Tables]:
    keys = st.sampled_from(["15202-00", "01182-26", "09202-20", "02102-01", "10112-00", "00000-00"])
    index = _hundredths(1_500, 1_000)
    return _some({"locality": keys, "work": index, "pe": index, "mp": index})


@st.composite
def scenarios(draw: st.DrawFn) -> Tables:
    """The tables of a scenario: mostly a recoding, and any of the other changes."""
    rate = tenths_of_a_permille()
    classes = st.lists(st.sampled_from(sorted(set(PAYERS.values()))), min_size=1, max_size=3, unique=True)
    change = tenths_of_a_permille(-9_000, 15_000).filter(bool).map(lambda share: {"change": share})
    volume = st.tuples(change, st.one_of(st.just({}), wheres().map(lambda where: {"where": where})))
    volumes = st.lists(volume.map(lambda parts: parts[0] | parts[1]), min_size=1, max_size=2)
    changes: dict[str, st.SearchStrategy[Any]] = {
        "recode": recodings(),
        "schedule": schedules(),
        "rvu": rvus(),
        "gpci": gpcis(),
        "mppr": _some({"rate": rate, "applies_to": classes}),
        "assistants": _some({"rate": rate, "to_therapist": tenths_of_a_permille(1)}),
        "sequestration": rate.map(lambda share: {"rate": share}),
        "rules": st.integers(2020, 2026).map(lambda year: {"year": year}),
        "volume": volumes,
    }
    # Often a recoding, and few enough others that a difference is easily read.
    chosen = draw(st.lists(st.sampled_from(("recode", "recode", *sorted(changes))), min_size=1, max_size=5))
    return {name: draw(strategy) for name, strategy in changes.items() if name in chosen}


# ------------------------------------------------------------------------------------------------------------ as files
def to_toml(tables: Tables) -> str:
    """The tables as a scenario file."""
    parts = ['name = "Drawn at random"']
    for name, value in tables.items():
        head = f"[[{name}]]" if isinstance(value, list) else f"[{name}]"
        for table in value if isinstance(value, list) else [value]:
            parts += ["", head, *(f"{key} = {_toml(item)}" for key, item in table.items())]
    return "\n".join(parts) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else format(value, "f") if isinstance(value, Decimal) else str(value)
