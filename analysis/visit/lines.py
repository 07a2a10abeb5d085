"""A visit as somebody types it: services with units or minutes, and the billing lines they make."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from analysis.audit.units.counting import Allocation, allocate
from analysis.codes import hcpcs
from analysis.errors import BadInput
from analysis.lines.billing_line import SCHEMA, PayerClass, Status, conform
from analysis.medicare.policy import load_policy
from analysis.medicare.yearly import deductibles

if TYPE_CHECKING:
    from analysis.medicare.fees import Locality
    from analysis.medicare.fees.schedules import Track
    from analysis.whatif.scenarios import Contract

_DISCIPLINES = {"GP": "PT", "GO": "OT", "GN": "SLP"}
_CODE = re.compile(r"[A-Z0-9]\d{3}[A-Z0-9]")
_MODIFIER = re.compile(r"[A-Z0-9]{2}")
_SERVICE = "a service such as 97110:2 (units), 97112:23min (minutes) or 97140:1:59,CQ (modifiers)"
MOST_UNITS = 99


@dataclass(frozen=True, slots=True)
class Service:
    """One service of a visit.

    Attributes
    ----------
    units, minutes:
        One of them; a timed code's units come from the visit's minutes where they are not given.
    modifiers:
        Without a plan-of-care modifier the visit's own is added.
    """

    code: str
    units: int | None = None
    minutes: int | None = None
    modifiers: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The service as `parse_service` reads it."""
        count = f"{self.minutes}min" if self.units is None else str(self.units)
        return ":".join([self.code, count, *([",".join(self.modifiers)] if self.modifiers else [])])


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to be priced.

    Attributes
    ----------
    plan:
        The plan-of-care modifier of services that have none.
    contract:
        The payer's terms; None: Medicare's rules.
    deductible_left_cents:
        What is left of the patient's deductible this year.
    """

    day: date
    locality: Locality
    services: tuple[Service, ...]
    plan: str = "GP"
    contract: Contract | None = None
    deductible_left_cents: int = 0
    track: Track = "non_qp"

    def on(self, day: date) -> Visit:
        """Return the visit on another day."""
        return replace(self, day=day)


@dataclass(frozen=True, slots=True, eq=False)
class Billed:
    """The billing lines of a visit, and how units came out of minutes (None where units were given)."""

    lines: pl.DataFrame
    allocation: Allocation | None = field(default=None)


def parse_service(text: str) -> Service:
    """Read a service: ``97110:2``, ``97112:23min``, ``97140:1:59,CQ``; without a number it is one unit.

    Raises
    ------
    BadInput
        For anything else.
    """
    code, _, rest = text.strip().upper().partition(":")
    count, _, modifiers = rest.partition(":")
    given = tuple(part for part in re.split(r"[\s,]+", modifiers.strip()) if part)
    number = count.strip() or "1"
    minutes = number.removesuffix("MIN") if number.endswith("MIN") else None
    digits = (minutes if minutes is not None else number).strip()
    in_order_of_use = _CODE.fullmatch(code) and digits.isdecimal() and all(map(_MODIFIER.fullmatch, given))
    if not in_order_of_use or not 0 < int(digits) <= (MOST_UNITS if minutes is None else 24 * 60):
        raise BadInput(f"the service {text!r}", expected=_SERVICE, todo="correct it")
    if minutes is not None:
        return Service(code, minutes=int(digits), modifiers=given)
    return Service(code, units=int(digits), modifiers=given)


def billed(visit: Visit) -> Billed:
    """Return a visit's billing lines; services without units get them from the minutes by Medicare's rule.

    Raises
    ------
    BadInput
        If there is no service, or its minutes carry no unit at all.
    """
    if not visit.services:
        raise BadInput("no service", expected=_SERVICE, todo="add one")
    units, allocation = _units(visit)
    plans = load_policy().therapy_modifiers
    rows: list[dict[str, object]] = []
    for number, (service, count) in enumerate(zip(visit.services, units, strict=True)):
        if not count:
            continue
        own = [modifier for modifier in service.modifiers if modifier in plans]
        modifiers = sorted({*service.modifiers, *([] if own else [visit.plan])})
        rows.append(
            {
                "line_id": len(rows),
                "source_row": number + 1,
                "code": service.code,
                "modifiers": " ".join(modifiers),
                "units": count,
                "minutes": service.minutes,
                "discipline": _DISCIPLINES.get((own or [visit.plan])[0]),
            }
        )
    if not rows:
        raise BadInput(
            f"{sum(service.minutes or 0 for service in visit.services)} timed minutes",
            expected="8 minutes or more, which carry a unit",
            todo="add minutes or give units",
        )
    same = {
        "source_file": "visit", "patient_key": 0, "visit_key": 0, "date_of_service": visit.day,
        "payer_class": PayerClass.MEDICARE.value, "mac": visit.locality.mac, "locality": visit.locality.locality,
        "status": Status.CHARGE.value,
    }  # fmt: skip
    frame = pl.DataFrame([{**same, **row} for row in rows], infer_schema_length=None)
    filled = frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in SCHEMA.items()
    )
    return Billed(conform(filled), allocation)


def _units(visit: Visit) -> tuple[list[int], Allocation | None]:
    """Return the units of each service: those given, else those of the timed minutes; an untimed one is one unit."""
    timed = set(hcpcs.of_minutes(15))
    by_minutes = [
        service for service in visit.services if service.units is None and service.minutes and service.code in timed
    ]
    if not by_minutes:
        return [service.units or 1 for service in visit.services], None
    minutes: dict[str, int] = {}
    for service in by_minutes:
        minutes[service.code] = minutes.get(service.code, 0) + (service.minutes or 0)
    allocation = allocate(minutes)
    left = dict(allocation.units)
    units = []
    for service in visit.services:
        if service in by_minutes:
            # The first service of a code takes its units; an assistant's part has to be given in units.
            units.append(left.pop(service.code, 0))
        else:
            units.append(service.units or 1)
    return units, allocation


def deductible_of(year: int) -> int | None:
    """Return the Part B deductible of a year in cents; None where it is not known yet."""
    return deductibles().get(year)
