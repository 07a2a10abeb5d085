"""Made-up visits, and what a payer that keeps to a contract allows for their lines."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from analysis.medicare.fees import resolve
from analysis.payers.discovery import discover
from analysis.payers.discovery.evidence import Evidence
from analysis.payers.discovery.terms import UNKNOWN, Base
from analysis.pricing import price
from tests.bench.practices.medicare import frame_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    import polars as pl

    from analysis.medicare.fees import Locality
    from analysis.payers.discovery import Discoveries, Discovery
    from analysis.payers.discovery.terms import Reduction

PLANS = (
    (("97110", 2), ("97140", 1), ("97530", 1)),
    (("97112", 1), ("97110", 1), ("97140", 2)),
    (("97530", 2), ("97112", 2)),
    (("97110", 3), ("97140", 1)),
    (("97116", 1), ("97110", 1), ("97112", 1)),
)
FIRST_PLAN = (("97161", 1), ("97110", 1))
CHARGES = {"97110": 70_00, "97112": 78_00, "97116": 68_00, "97140": 66_00, "97530": 82_00, "97161": 190_00}
FEES = {"97110": 36_00, "97112": 40_50, "97116": 35_00, "97140": 34_50, "97530": 42_00, "97161": 108_00}
MEDICARE = {"97110": 28_51, "97112": 32_77, "97116": 28_13, "97140": 27_09, "97530": 35_93, "97161": 98_47}
"""Made up, near what Medicare pays."""
REDUCED = {"97110": 22_03, "97112": 24_61, "97116": 21_87, "97140": 21_35, "97530": 25_99, "97161": 98_47}
"""A further unit; an evaluation stays as it is, so it never takes the full unit here."""
START = date(2025, 2, 3)


@dataclass(frozen=True, slots=True)
class Line:
    """A line before anybody paid it."""

    visit: int
    day: date
    code: str
    units: int
    charge: int
    assistant: bool = False


def made_visits(
    count: int,
    *,
    start: date = START,
    plans: Sequence[Sequence[tuple[str, int]]] = PLANS,
    charges: Mapping[str, int] = CHARGES,
    assisted: float = 0.0,
    seed: int = 1,
) -> list[Line]:
    """Make visits two days apart; every twelfth has an evaluation (with `PLANS`); charges never change."""
    draw = random.Random(seed)  # noqa: S311  made-up work, no secret
    lines = []
    for number in range(count):
        plan = FIRST_PLAN if plans is PLANS and number % 12 == 0 else draw.choice(plans)
        assistant = plan is not FIRST_PLAN and draw.random() < assisted
        day = start + timedelta(days=2 * number)
        lines += [Line(number, day, code, units, units * charges[code], assistant) for code, units in plan]
    return lines


def raised(lines: Iterable[Line], since: date, percent: int) -> list[Line]:
    """Raise charges by a percentage from a day on, so that they change."""
    return [replace(line, charge=line.charge * (100 + percent) // 100) if line.day >= since else line for line in lines]


def share(cents: int, percent: float) -> int:
    """Return a percentage of cents, half-up."""
    return (2 * cents * round(100 * percent) + 10_000) // 20_000


def by_fee(line: Line, fees: Mapping[str, int] = FEES, further: float = 100) -> int:
    """Return a fee for the first unit, and a part of it for each further one."""
    return fees[line.code] + (line.units - 1) * share(fees[line.code], further)


def amounts_of(lines: Sequence[Line], allows: Callable[[Line], int]) -> list[int]:
    """Return what is allowed for each line by itself."""
    return [allows(line) for line in lines]


def limited(lines: Sequence[Line], amounts: Sequence[int], *, cap: int | None = None, floor: int = 0) -> list[int]:
    """Return amounts under limits of the visit: the first lines meet the cap, the last one is raised to the floor."""
    left: dict[int, int] = {}
    totals: dict[int, int] = {}
    met = []
    for line, cents in zip(lines, amounts, strict=True):
        there = left.setdefault(line.visit, 10**9 if cap is None else cap)
        met.append(min(cents, there))
        left[line.visit] = there - met[-1]
        totals[line.visit] = totals.get(line.visit, 0) + met[-1]
    last = {line.visit: at for at, line in enumerate(lines)}
    for visit, at in last.items():
        met[at] += max(0, floor - totals[visit])
    return met


def a_visit(lines: Sequence[Line], rate: Callable[[Sequence[Line]], int]) -> list[int]:
    """Return a rate per visit, all of it on the first line."""
    by_visit: dict[int, list[Line]] = {}
    for line in lines:
        by_visit.setdefault(line.visit, []).append(line)
    return [rate(group) if line is group[0] else 0 for group in by_visit.values() for line in group]


def twice_medicare(lines: Sequence[Line], reduction: Reduction, raise_percent: int = 0) -> list[int]:
    """Return twice Medicare's cents of each line; UNKNOWN for a code it sets none for."""
    top: dict[int, int] = {}
    for at, line in enumerate(lines):
        fee = MEDICARE.get(line.code, 0)
        if fee != REDUCED.get(line.code) and fee > MEDICARE.get(lines[top.get(line.visit, at)].code, 0) * (
            line.visit in top
        ):
            top[line.visit] = at
    values = []
    for at, line in enumerate(lines):
        if line.code not in MEDICARE:
            values.append(UNKNOWN)
            continue
        full = share(MEDICARE[line.code], 100 + raise_percent)
        less = {"no": 2 * full, "half": full, "yes": 2 * share(REDUCED[line.code], 100 + raise_percent)}[reduction]
        less = 2 * full if MEDICARE[line.code] == REDUCED[line.code] else less
        whole = int(top.get(line.visit) == at)
        values.append(whole * 2 * full + (line.units - whole) * less)
    return values


def medicare_of(lines: Sequence[Line], years: Mapping[int, int] | None = None) -> dict[Base, list[int]]:
    """Return Medicare's amounts by base; `years`: by how many percent a year's fees lie above those above."""
    by_year = years or {}
    reductions: tuple[Reduction, ...] = ("yes", "no", "half")
    found = {}
    for reduction in reductions:
        each = {year: twice_medicare(lines, reduction, percent) for year, percent in by_year.items()}
        plain = twice_medicare(lines, reduction)
        follows = [each[line.day.year][at] if line.day.year in each else plain[at] for at, line in enumerate(lines)]
        found[Base("medicare", reduction, None)] = follows
        found |= {Base("medicare", reduction, year): values for year, values in each.items()}
    return found


def evidence_of(
    lines: Sequence[Line],
    amounts: Sequence[int],
    medicare: Mapping[Base, Sequence[int]] | None = None,
    *,
    parts: Iterable[int] = (),
) -> Evidence:
    """Return lines and what was allowed for them as `Evidence`; `parts`: visits of which lines are missing."""
    codes = tuple(sorted({line.code for line in lines}))
    visits = list(dict.fromkeys(line.visit for line in lines))

    def ints(values: Iterable[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.array(list(values), dtype=np.int64)

    return Evidence(
        codes=codes,
        line_id=np.arange(len(lines), dtype=np.int64),
        visit=ints(visits.index(line.visit) for line in lines),
        day=ints(line.day.toordinal() for line in lines),
        code=ints(codes.index(line.code) for line in lines),
        units=ints(line.units for line in lines),
        charge=ints(line.charge for line in lines),
        amount=ints(amounts),
        assistant=np.array([line.assistant for line in lines], dtype=np.bool_),
        evaluation=np.array([line.code == "97161" for line in lines], dtype=np.bool_),
        whole=np.array([visit not in set(parts) for visit in visits], dtype=np.bool_),
        medicare={base: ints(values) for base, values in (medicare or {}).items()},
    )


# ------------------------------------------------------------------------------------------------ lines as exports have
def rows_of(
    lines: Sequence[Line], allowed: Sequence[int], payer: str = "Summit PPO", **more: Any
) -> list[dict[str, Any]]:
    """Return canonical lines as mappings, each with its allowed amount; `more` stands in every one."""
    return [
        {
            "source_file": "made_up.csv",
            "patient_key": line.visit % 10,
            "visit_key": line.visit,
            "date_of_service": line.day,
            "code": line.code,
            "modifiers": "CQ GP" if line.assistant else "GP",
            "units": line.units,
            "payer": payer,
            "payer_class": "Commercial",
            "clinic": "Mason",
            "provider": "PT 1",
            "discipline": "PT",
            "place_of_service": "11",
            "charge_cents": line.charge,
            "allowed_cents": cents,
            "status": "charge",
        }
        | more
        for line, cents in zip(lines, allowed, strict=True)
    ]


def discovered(
    rows: Sequence[Mapping[str, Any]], adjustments: pl.DataFrame | None = None, zip_code: str | None = "45040"
) -> Discoveries:
    """Return what the lines' payments say; without a ZIP code their clinic has no locality."""
    places: dict[str | None, Locality] = {} if zip_code is None else {"Mason": resolve(zip_code)}
    return discover(price(frame_of(rows), places), adjustments)


def only(found: Discoveries) -> Discovery:
    """Return the one payer there is."""
    [discovery] = found.payers
    return discovery
