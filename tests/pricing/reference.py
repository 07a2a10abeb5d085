"""A second opinion on pricing: slow, plain Python, `Decimal` dollars, one visit at a time.

Written from the payment rules (sections named below) and from nothing in `analysis`. It reads CMS's RVUs and GPCIs from
data/fee_schedules; every other number is typed here a second time, so that a wrong data file is found out.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DATA = Path(__file__).parents[2] / "data" / "fee_schedules"
CENT = Decimal("0.01")
NATIONAL = "00000-00"

# Section 2. First and last date of service, factor, factor of a qualifying APM participant where there is one.
FACTORS: tuple[tuple[date, date, str, str | None], ...] = (
    (date(2020, 1, 1), date(2020, 12, 31), "36.0896", None),
    (date(2021, 1, 1), date(2021, 12, 31), "34.8931", None),
    (date(2022, 1, 1), date(2022, 12, 31), "34.6062", None),
    (date(2023, 1, 1), date(2023, 12, 31), "33.8872", None),
    (date(2024, 1, 1), date(2024, 3, 8), "32.7442", None),
    (date(2024, 3, 9), date(2024, 12, 31), "33.2875", None),
    (date(2025, 1, 1), date(2025, 12, 31), "32.3465", None),
    (date(2026, 1, 1), date(2026, 12, 31), "33.4009", "33.5675"),
)
PROPOSED: tuple[tuple[date, date, str, str | None], ...] = (
    (date(2027, 1, 1), date(2027, 12, 31), "32.8409", "33.1693"),
)

# Section 4. Cut of Medicare's payment, by the first date of service it holds for.
SEQUESTRATION = (
    (date(2013, 4, 1), Decimal("0.02")),
    (date(2020, 5, 1), Decimal(0)),
    (date(2022, 4, 1), Decimal("0.01")),
    (date(2022, 7, 1), Decimal("0.02")),
)
ASSISTANT_SHARE, ASSISTANTS_FROM = Decimal("0.85"), date(2022, 1, 1)
COINSURANCE = Decimal("0.20")

# Section 3. From 2013-04-01 on, half of the practice expense of every unit after the first.
MPPR_INDICATOR, PRACTICE_EXPENSE_KEPT = "5", Decimal("0.5")

# Sections 3 and 9: Medicare never pays a line under GY and expects to deny one under GZ.
NOT_COVERED = frozenset({"GY", "GZ"})

# Section 1.
PAYABLE, BUNDLED = frozenset("ART"), "B"
ROW_MODIFIERS = ("26", "TC", "53")
# Medicare Claims Processing Manual, chapter 12, section 20.4.2; 02 is left out as section 1 has it.
FACILITY = frozenset(["19", "21", "22", "23", "24", "26", "31", "34", "41", "42", "51", "52", "53", "56", "61"])

# California lost three localities in 2024 (the names of their counties are in the successors' names from then on).
CALIFORNIA_2024 = {"01182-26": "01182-18", "01112-06": "01112-05", "01112-07": "01112-05"}

Track = Literal["non_qp", "qp"]


@dataclass(frozen=True, slots=True)
class Line:
    """A billing line: `place` is MAC-locality or None, `charge` in dollars, `payer` who decides it."""

    line_id: int
    visit: int
    day: date
    code: str
    modifiers: str
    units: int
    place: str | None
    charge: Decimal | None = None
    pos: str | None = None
    payer: str = "Medicare"


@dataclass(frozen=True, slots=True)
class Fee:
    """Dollars for one unit; `reduced` is None for a code that MPPR leaves alone."""

    full: Decimal
    reduced: Decimal | None
    pe: Decimal


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of sections 3 and 4 on one day, as fractions of 1."""

    pe_kept: Decimal
    coinsurance: Decimal
    assistant_share: Decimal
    sequestration: Decimal


@dataclass(frozen=True, slots=True)
class Amounts:
    """What pricing a line yields, in dollars."""

    full_units: int
    listed: Decimal
    scheduled: Decimal
    expected: Decimal
    coinsurance: Decimal
    assistant_cut: Decimal
    sequestration: Decimal
    medicare: Decimal
    receipts: Decimal

    def cents(self) -> tuple[int, ...]:
        """full_units, then every amount in cents."""
        dollars = (
            self.listed,
            self.scheduled,
            self.expected,
            self.coinsurance,
            self.assistant_cut,
            self.sequestration,
            self.medicare,
            self.receipts,
        )
        return (self.full_units, *(int(amount * 100) for amount in dollars))


def half_up(dollars: Decimal) -> Decimal:
    return dollars.quantize(CENT, ROUND_HALF_UP)


@cache
def rvu_rows(year: int) -> dict[tuple[str, str], dict[str, str]]:
    """The RVU file of a year by code and modifier."""
    with (DATA / str(year) / "rvu.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {(row["hcpcs"], row["modifier"]): row for row in rows}
    assert len(found) == len(rows)
    return found


@cache
def gpci_rows(year: int) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Work, practice-expense and malpractice GPCI of every locality of a year."""
    with (DATA / str(year) / "gpci.csv").open(encoding="utf-8", newline="") as file:
        found = {NATIONAL: (Decimal(1), Decimal(1), Decimal(1))}
        for row in csv.DictReader(file):
            key = f"{row['mac']}-{row['locality']}"
            found[key] = Decimal(row["work_gpci"]), Decimal(row["pe_gpci"]), Decimal(row["mp_gpci"])
        return found


def factor(day: date, track: Track = "non_qp", *, proposed: bool = False) -> Decimal | None:
    """The conversion factor of a day; None where no schedule holds."""
    for first, last, non_qp, qp in FACTORS + (PROPOSED if proposed else ()):
        if first <= day <= last:
            return Decimal(qp if qp and track == "qp" else non_qp)
    return None


def rates_on(day: date) -> Rates:
    """The rates of a date of service."""
    assistants = ASSISTANT_SHARE if day >= ASSISTANTS_FROM else Decimal(1)
    sequestration = [rate for first, rate in SEQUESTRATION if first <= day][-1]
    return Rates(PRACTICE_EXPENSE_KEPT, COINSURANCE, assistants, sequestration)


def amounts_of(
    row: dict[str, str],
    gpcis: tuple[Decimal, Decimal, Decimal],
    conversion: Decimal,
    pe_column: str,
    kept: Decimal,
) -> tuple[Decimal, Decimal]:
    """One unit in full and reduced (section 1): rounded once, at the end."""
    work, pe, malpractice = Decimal(row["work_rvu"]), Decimal(row[pe_column]), Decimal(row["malpractice_rvu"])
    g_work, g_pe, g_mp = gpcis
    full = half_up((work * g_work + pe * g_pe + malpractice * g_mp) * conversion)
    reduced = half_up((work * g_work + pe * g_pe * kept + malpractice * g_mp) * conversion)
    return full, reduced


def row_of(code: str, row_modifier: str, year: int) -> dict[str, str] | None:
    """The row of the RVU file a code is priced with: its modifier's own, where there is one."""
    return rvu_rows(year).get((code, row_modifier)) or rvu_rows(year).get((code, ""))


def gpcis_of(place: str, year: int) -> tuple[Decimal, Decimal, Decimal]:
    return gpci_rows(year).get(place) or gpci_rows(year)[CALIFORNIA_2024[place]]


def fee_from(
    row: dict[str, str],
    gpcis: tuple[Decimal, Decimal, Decimal],
    conversion: Decimal,
    kept: Decimal,
    *,
    under_plan_of_care: bool,
    facility: bool,
) -> Fee | None:
    """What one unit pays by a row of the RVU file; None where there is no amount."""
    if row["status"] == BUNDLED:
        return Fee(Decimal(0), None, Decimal(0))
    rvus = [Decimal(row[name]) for name in row if name.endswith("_rvu")]
    if row["status"] not in PAYABLE or not any(rvus):
        return None
    mppr = row["multiple_procedure"] == MPPR_INDICATOR
    therapy = mppr or under_plan_of_care
    pe_column = "facility_pe_rvu" if facility and not therapy else "nonfacility_pe_rvu"
    full, reduced = amounts_of(row, gpcis, conversion, pe_column, kept)
    return Fee(full, reduced if mppr else None, Decimal(row[pe_column]))


@cache
def fee(
    code: str,
    row_modifier: str,
    year: int,
    conversion: Decimal,
    place: str,
    *,
    under_plan_of_care: bool,
    facility: bool,
) -> Fee | None:
    """What one unit pays; None where there is no amount."""
    row = row_of(code, row_modifier, year)
    if row is None:
        return None
    gpcis = gpcis_of(place, year)
    return fee_from(
        row, gpcis, conversion, PRACTICE_EXPENSE_KEPT, under_plan_of_care=under_plan_of_care, facility=facility
    )


def row_modifier_of(line: Line) -> str:
    modifiers = line.modifiers.split()
    return next((own for own in ROW_MODIFIERS if own in modifiers), "")


def under_plan_of_care(line: Line) -> bool:
    return bool({"GP", "GO", "GN"} & set(line.modifiers.split()))


def fee_of(line: Line, track: Track = "non_qp", *, proposed: bool = False) -> Fee | None:
    """What one unit of a line pays; None where there is no amount."""
    if not covered(line):
        return None
    conversion = factor(line.day, track, proposed=proposed)
    if line.place is None or conversion is None:
        return None
    return fee(
        line.code,
        row_modifier_of(line),
        min(line.day.year, 2026),  # section 2: 2027's RVUs and GPCIs are 2026's
        conversion,
        line.place,
        under_plan_of_care=under_plan_of_care(line),
        facility=line.pos in FACILITY,
    )


def covered(line: Line) -> bool:
    return NOT_COVERED.isdisjoint(line.modifiers.split())


def payer_of(line: Line) -> str:
    """Who decides a line: case, blanks and punctuation aside."""
    return "".join(letter for letter in line.payer.lower() if letter.isalnum())


def by_assistant(line: Line) -> bool:
    return bool({"CQ", "CO"} & set(line.modifiers.split()))


def settle(line: Line, full_units: int, listed: Decimal, scheduled: Decimal, rates: Rates) -> Amounts:
    """Section 4, in its order: who pays what of a line."""
    allowed = scheduled if line.charge is None else min(scheduled, line.charge)
    coinsurance = half_up(rates.coinsurance * allowed)
    medicare = allowed - coinsurance
    assistant_cut = Decimal(0)
    if by_assistant(line):
        paid = half_up(medicare * rates.assistant_share)
        assistant_cut, medicare = medicare - paid, paid
    sequestration = half_up(medicare * rates.sequestration)
    medicare -= sequestration
    receipts = medicare + coinsurance
    return Amounts(
        full_units, listed, scheduled, allowed, coinsurance, assistant_cut, sequestration, medicare, receipts
    )


def pay_visit(
    lines: list[Line], fees: Mapping[int, Fee | None], rates: Mapping[int, Rates]
) -> Iterator[tuple[int, Amounts | None]]:
    """Section 3, for the lines of each payer by themselves (section 9): a payer knows only what it is billed.

    Fees and rates are by line_id; a line without a fee has no amount.
    """
    of_payer: dict[str, list[Line]] = {}
    for line in lines:
        of_payer.setdefault(payer_of(line), []).append(line)
    for decided in of_payer.values():
        yield from pay_together(decided, fees, rates)


def pay_together(
    lines: list[Line], fees: Mapping[int, Fee | None], rates: Mapping[int, Rates]
) -> Iterator[tuple[int, Amounts | None]]:
    """Section 3: of all units under MPPR one is paid in full, never a free line's; every other one is reduced."""

    def merit(line: Line) -> tuple[Decimal, Decimal, bool, Decimal, int]:
        """PE RVU, then fee, then no CQ/CO, then the higher charge (none is below any), then first in the source."""
        unit = fees[line.line_id]
        assert unit is not None
        charge = Decimal(-1) if line.charge is None else line.charge
        return unit.pe, unit.full, not by_assistant(line), charge, -line.line_id

    paid_for = [line for line in lines if line.charge is None or line.charge != 0]
    ranked = [line for line in paid_for if (unit := fees[line.line_id]) is not None and unit.reduced is not None]
    top = max(ranked, key=merit).line_id if ranked else None
    for line in lines:
        unit = fees[line.line_id]
        if unit is None:
            yield line.line_id, None
            continue
        paid, full_units = [unit.full] * line.units, line.units
        if unit.reduced is not None:
            full_units = 1 if line.line_id == top else 0
            paid = [unit.full] * full_units + [unit.reduced] * (line.units - full_units)
        amounts = settle(line, full_units, unit.full * line.units, sum(paid, Decimal(0)), rates[line.line_id])
        yield line.line_id, amounts


def price_visit(
    lines: list[Line], track: Track = "non_qp", *, proposed: bool = False
) -> Iterator[tuple[int, Amounts | None]]:
    """Price the lines of one patient-day by the schedule and rates of its date."""
    fees = {line.line_id: fee_of(line, track, proposed=proposed) for line in lines}
    # Dates before the first schedule have no fee and no use for a rate.
    yield from pay_visit(lines, fees, {line.line_id: rates_on(line.day) for line in lines if fees[line.line_id]})


def price(lines: Iterable[Line], track: Track = "non_qp", *, proposed: bool = False) -> dict[int, Amounts | None]:
    """Price visit by visit: line_id to amounts, or to None where there is none."""
    visits = groupby(sorted(lines, key=lambda line: line.visit), key=lambda line: line.visit)
    found = (price_visit(list(visit), track, proposed=proposed) for _, visit in visits)
    return dict(chain.from_iterable(found))
