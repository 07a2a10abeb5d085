"""Describe a scenario's assumptions in words, each with who entered it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from analysis.lines.filters import word
from analysis.medicare.fees import load_book, resolve
from analysis.medicare.fees.schedules import FACTOR_SCALE, GPCI_SCALE, RVU_SCALE
from analysis.money import BASIS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.lines.filters import Filters
    from analysis.whatif.scenarios.changes import (
        AssistantChange,
        GpciChange,
        MpprChange,
        Provenance,
        Recode,
        RvuChange,
        Scenario,
        ScheduleChange,
    )


@dataclass(frozen=True, slots=True)
class Assumption:
    """One change: its scenario field, its position there (None if there is only one), and its description."""

    field: str
    position: int | None
    text: str
    provenance: Provenance


def assumptions(scenario: Scenario) -> tuple[Assumption, ...]:
    """Describe every change of a scenario, in field order; analysis.payers describes contracts."""
    return tuple(_assumptions(scenario))


def with_provenance(scenario: Scenario, assumption: Assumption, provenance: Provenance) -> Scenario:
    """Return the scenario with new provenance for one of its changes."""
    held: Any = getattr(scenario, assumption.field)
    if assumption.position is None:
        changed: Any = replace(held, provenance=provenance)
    else:
        own = replace(held[assumption.position], provenance=provenance)
        changed = (*held[: assumption.position], own, *held[assumption.position + 1 :])
    return replace(scenario, **{assumption.field: changed})


def _assumptions(scenario: Scenario) -> Iterator[Assumption]:
    several: tuple[tuple[str, tuple[Any, ...], Callable[[Any], str]], ...] = (
        ("recodes", scenario.recodes, recode_in_words),
        ("rvus", scenario.rvus, _rvu),
        ("volumes", scenario.volumes, lambda v: f"Volume {percent(v.change_bp, sign=True)}{where_in_words(v.where)}"),
    )
    for field, changes, say in several:
        for position, change in enumerate(changes):
            yield Assumption(field, position, say(change), change.provenance)
    single: tuple[tuple[str, Any, Callable[[Any], str]], ...] = (
        ("schedule", scenario.schedule, _schedule),
        ("gpci", scenario.gpci, _gpci),
        ("mppr", scenario.mppr, _mppr),
        ("assistants", scenario.assistants, _assistants),
        ("sequestration", scenario.sequestration, lambda s: f"Sequestration {percent(s.rate_bp)}"),
        ("rules", scenario.rules, lambda r: f"Payment rules of {r.year}"),
    )
    for field, change, say in single:
        if change is not None:
            yield Assumption(field, None, say(change), change.provenance)


def recode_in_words(recode: Recode) -> str:
    """Describe a recoding: ``One unit a visit from 97110 to 97112 in 20% of the visits``."""
    most = recode.units_per_visit
    units = "All units" if most is None else "One unit a visit" if most == 1 else f"Up to {most} units a visit"
    share = "" if recode.share_bp == BASIS else f" in {percent(recode.share_bp)} of the visits"
    return f"{units} from {recode.source} to {recode.target}{share}{where_in_words(recode.where)}"


def where_in_words(where: Filters) -> str:
    """Describe a condition: empty, or ``, payer class Medicare, from 2026-01-01``."""
    columns = {
        "payer_classes": "payer_class",
        "payers": "payer",
        "clinics": "clinic",
        "providers": "provider",
        "disciplines": "discipline",
    }
    parts = [
        f"{word(column)} {' or '.join(getattr(where, field))}"
        for field, column in columns.items()
        if getattr(where, field)
    ]
    parts += [f"{name} {day}" for name, day in (("from", where.start), ("to", where.end)) if day is not None]
    return "".join(f", {part}" for part in parts)


def schedule_label(change: ScheduleChange) -> str:
    """Describe a schedule change: ``2027 PROPOSED schedule``; empty if it only leaves codes out."""
    year = change.year if change.period is None else change.period.year
    factor = None if change.factor_e4 is None else decimal(change.factor_e4, FACTOR_SCALE, 4)
    parts = [
        None if year is None else f"{load_book().schedule(year).label} schedule",
        None if factor is None else f"conversion factor {factor}",
        None if change.track is None or factor else f"{'QP' if change.track == 'qp' else 'non-QP'} factor",
    ]
    text = ", ".join(part for part in parts if part)
    return text[:1].upper() + text[1:]


def _schedule(change: ScheduleChange) -> str:
    left_out = f"without {', '.join(change.leave_out)}" if change.leave_out else ""
    text = ", ".join(part for part in (schedule_label(change), left_out) if part)
    return text[:1].upper() + text[1:]


def decimal(value: int, scale: int, places: int) -> str:
    """Write a whole number of parts as an exact decimal: ``32.8409``."""
    return f"{value // scale}.{value % scale:0{places}d}"


def percent(rate_bp: int, *, sign: bool = False) -> str:
    """Write basis points as people read them: ``50%``, ``2.5%``, with `sign` ``+5%``."""
    text = f"{rate_bp * 100 / BASIS:+.2f}" if sign else f"{rate_bp * 100 / BASIS:.2f}"
    return f"{text.rstrip('0').rstrip('.')}%"


def _rvu(change: RvuChange) -> str:
    values = (("work", change.work_e2), ("practice expense", change.pe_e2), ("malpractice", change.mp_e2))
    said = ", ".join(f"{name} {decimal(value, RVU_SCALE, 2)}" for name, value in values if value is not None)
    return f"RVUs of {f'{change.code} {change.modifier}'.strip()}: {said}"


def _gpci(change: GpciChange) -> str:
    values = (("work", change.work_e3), ("practice expense", change.pe_e3), ("malpractice", change.mp_e3))
    said = ", ".join(f"{name} {decimal(value, GPCI_SCALE, 3)}" for name, value in values if value is not None)
    where = f"Every visit in {resolve(change.locality).label}" if change.locality else ""
    return f"{where}{', ' if where and said else ''}{'GPCI ' + said if said else ''}"


def _mppr(change: MpprChange) -> str:
    rate = (
        "" if change.rate_bp is None else "MPPR repealed" if not change.rate_bp else f"MPPR {percent(change.rate_bp)}"
    )
    if change.applies_to is None:
        return rate
    whose = "nobody" if not change.applies_to else " and ".join(change.applies_to)
    return f"{rate or 'MPPR'} for {whose}"


def _assistants(change: AssistantChange) -> str:
    rate, moved = change.rate_bp, change.to_therapist_bp
    parts = [] if rate is None else [f"Assistants paid at {percent(rate)}"]
    if moved:
        parts.append(f"{percent(moved)} of assistants' visits treated by therapists")
    return ", ".join(parts)
