"""The assumptions behind the expander: assistants, sequestration, volume, locality, RVUs, a contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from analysis.codes.hcpcs import named
from analysis.errors import ContractError
from analysis.lines.filters import NOT_STATED, choices
from analysis.medicare.fees import resolve
from analysis.money import BASIS
from analysis.whatif.scenarios import (
    EVERYWHERE,
    KINDS,
    UNSAID,
    AssistantChange,
    Change,
    Contract,
    GpciChange,
    MpprChange,
    Recode,
    RulesChange,
    RvuChange,
    Scenario,
    ScheduleChange,
    SequestrationChange,
    VolumeChange,
    without_none,
)
from pages._ui.kit import localities
from pages._ui.kit.terms import explain
from pages._ui.kit.text import safe
from pages._ui.kit.view import View
from pages._ui.what_if.state import Draft

POINT = BASIS // 100
RVUS = (("work_e2", "Work RVU"), ("pe_e2", "Practice-expense RVU"), ("mp_e2", "Malpractice RVU"))
GPCIS = (("work_e3", "Work GPCI"), ("pe_e3", "Practice-expense GPCI"), ("mp_e3", "Malpractice GPCI"))


def read(seen: View, draft: Draft, made: Scenario) -> Scenario:
    """The scenario with what these widgets say; it is made, and checked, once all of them are drawn."""
    drawn = {kind: draw(seen, draft, made.of(kind)) for kind, draw in WIDGETS.items()}
    others = (change for change in made.changes if type(change) not in drawn)
    return replace(made, changes=(*others, *(change for changes in drawn.values() for change in changes)))


def points(shown: int, held: int | None) -> int:
    """The basis points of a slider in whole percent; what is held, exactly, while the slider stands where that put it.

    An untouched slider never rounds what was loaded from a file.
    """
    return held if held is not None and round(held / POINT) == shown else shown * POINT


def _applies_to(seen: View, draft: Draft, change: MpprChange | None) -> MpprChange | None:
    there = list(choices(seen.priced.lines, "payer_classes"))
    now = None if change is None else change.applies_to
    options = list(dict.fromkeys([*there, *(now or ())]))
    chosen = st.multiselect(
        "Who applies MPPR", options, list(now or ()), placeholder="All payers", key=draft.key("applies_to")
    )
    applies_to = tuple(chosen) or (now if now == () else None)
    if change is None and applies_to is None:
        return None
    held = change or MpprChange(rate_bp=0)
    rate = None if change is None else change.rate_bp
    return None if rate is None and applies_to is None else MpprChange(rate, applies_to, held.provenance)


def _percent(
    label: str, now: int | None, key: str, *, hint: str, most: float = 100.0, empty: str = "No change"
) -> int | None:
    """A percentage that may be left empty, in basis points."""
    value = st.number_input(
        label,
        0.0,
        most,
        None if now is None else now / POINT,
        step=1.0,
        format="%.2f",
        placeholder=empty,
        key=key,
        help=hint,
    )
    return None if value is None else round(value * POINT)


def _assistants(draft: Draft, change: AssistantChange | None) -> AssistantChange | None:
    moved = st.slider(
        "Assistant visits moved to a therapist",
        0,
        100,
        round((change.to_therapist_bp if change else 0) / POINT),
        format="%d%%",
        key=draft.key("to_therapist"),
        help="This share of the visits with CQ or CO lines loses the modifier.",
    )
    rate = _percent(
        "Share Medicare pays for assistants, %",
        change.rate_bp if change else None,
        draft.key("assistant_rate"),
        hint="85% by law since 2022.\n\n" + explain("cq_co"),
    )
    if rate is None and not moved:
        return None
    share = points(moved, change.to_therapist_bp if change else None)
    return AssistantChange(rate, share, change.provenance if change else UNSAID)


def _sequestration(draft: Draft, change: SequestrationChange | None) -> SequestrationChange | None:
    rate = _percent(
        "Sequestration, %",
        change.rate_bp if change else None,
        draft.key("sequestration"),
        hint=explain("sequestration"),
    )
    return None if rate is None else SequestrationChange(rate, change.provenance if change else UNSAID)


def _volume(draft: Draft, changes: tuple[VolumeChange, ...]) -> tuple[VolumeChange, ...]:
    """The volume of all visits; changes of some visits only stay as they were loaded."""
    own = next((index for index, change in enumerate(changes) if change.where == EVERYWHERE), None)
    held = None if own is None else changes[own]
    shown = round((held.change_bp if held else 0) / POINT)
    percent = st.slider(
        "Number of visits",
        min(-50, shown),
        max(50, shown),
        shown,
        format="%+d%%",
        key=draft.key("volume"),
        help="The mix of codes stays the same.",
    )
    change_bp = points(percent, held.change_bp if held else None)
    if held is None or own is None:
        return (*changes, VolumeChange(change_bp)) if change_bp else changes
    new = (replace(held, change_bp=change_bp),) if change_bp else ()
    return (*changes[:own], *new, *changes[own + 1 :])


def _contract(seen: View, draft: Draft, contracts: tuple[Contract, ...]) -> tuple[Contract, ...]:
    """What one payer would pay in percent of Medicare; other contracts of the scenario stay as they were loaded."""
    own = next((place for place, one in enumerate(contracts) if one.payer and one.basis == "medicare"), None)
    held = None if own is None else contracts[own]
    for one in contracts:
        if one is not held:
            st.caption(safe(one.in_words()))
    payers = [held.payer] if held else []
    payers = list(
        dict.fromkeys([*payers, *(name for name in choices(seen.priced.lines, "payers") if name != NOT_STATED)])
    )
    payer = st.selectbox(
        "Different contract for", payers, 0 if held else None, placeholder="No payer", key=draft.key("contract_payer")
    )
    rest = contracts if own is None else (*contracts[:own], *contracts[own + 1 :])
    if payer is None:
        return rest
    same = held if held is not None and held.payer == payer else None
    percent = _percent(
        "Contract rate, % of Medicare",
        same.percent_bp if same else None,
        draft.key(f"contract_percent_{payer}"),
        hint="See All payers for what it pays today.",
        most=1_000.0,
        empty="Enter the percentage",
    )
    if percent is None:
        return rest
    made = replace(same, percent_bp=percent) if same else Contract("medicare", payer=payer, percent_bp=percent)
    place = len(contracts) if own is None else own
    return (*contracts[:place], made, *contracts[place + 1 :])


def _gpci(draft: Draft, change: GpciChange | None) -> GpciChange | None:
    held = None if change is None or change.locality is None else resolve(change.locality)
    where = localities.pick("Locality for every visit", draft.key("locality"), held)
    columns = st.columns(3)
    values = {
        field: column.number_input(
            label,
            0.1,
            3.0,
            None if change is None or getattr(change, field) is None else getattr(change, field) / 1_000,
            step=0.001,
            format="%.3f",
            placeholder="No change",
            key=draft.key(field),
            help=explain("gpci"),
        )
        for column, (field, label) in zip(columns, GPCIS, strict=True)
    }
    indices = {field: None if value is None else round(value * 1_000) for field, value in values.items()}
    if where is None and not any(indices.values()):
        return None
    return GpciChange(where.key if where else None, **indices, provenance=change.provenance if change else UNSAID)


def _rvu(seen: View, draft: Draft, changes: tuple[RvuChange, ...]) -> tuple[RvuChange, ...]:
    """The relative value units of one code; further ones stay as they were loaded."""
    first, rest = (changes[0], changes[1:]) if changes else (None, ())
    options = list(dict.fromkeys([*([first.code] if first else []), *choices(seen.priced.lines, "codes")]))
    code = st.selectbox(
        "Relative value units (RVUs) for",
        options,
        0 if first else None,
        format_func=named,
        placeholder="No code",
        key=draft.key("rvu_code"),
        help=explain("rvu"),
    )
    if code is None:
        return rest
    columns = st.columns(3)
    values = {
        field: column.number_input(
            label,
            0.0,
            100.0,
            None if first is None or getattr(first, field) is None else getattr(first, field) / 100,
            step=0.01,
            format="%.2f",
            placeholder="No change",
            key=draft.key(f"{field}_{code}"),
        )
        for column, (field, label) in zip(columns, RVUS, strict=True)
    }
    rvus = {field: None if value is None else round(value * 100) for field, value in values.items()}
    if all(value is None for value in rvus.values()):
        return rest
    same = first is not None and first.code == code
    return (
        RvuChange(
            code,
            first.modifier if first is not None and same else "",
            **rvus,
            provenance=first.provenance if first is not None and same else UNSAID,
        ),
        *rest,
    )


def _one(draw: Callable[[Draft, Any], Change | None]) -> Draw:
    """The widget of a change of which there may be one."""
    return lambda _, draft, changes: without_none(draw(draft, next(iter(changes), None)))


Draw = Callable[[View, Draft, tuple[Any, ...]], tuple[Change, ...]]
"""Draws the widget of a kind of change from the changes there are, and returns those it says."""
WIDGETS: Mapping[type[Change], Draw] = {
    MpprChange: lambda seen, draft, changes: without_none(_applies_to(seen, draft, next(iter(changes), None))),
    AssistantChange: _one(_assistants),
    SequestrationChange: _one(_sequestration),
    VolumeChange: lambda _, draft, changes: _volume(draft, changes),
    GpciChange: _one(_gpci),
    RvuChange: _rvu,
    Contract: _contract,
}
"""The widget of each kind of change, in the order of the page."""
ELSEWHERE: tuple[type[Change], ...] = (Recode, ScheduleChange, RulesChange)
"""Kinds without a widget here: recodings and the schedule stand above (`controls`), rules of a year only in a file."""

if _forgotten := [kind.__name__ for kind in KINDS if kind not in WIDGETS and kind not in ELSEWHERE]:
    raise ContractError(f"no widget for {', '.join(_forgotten)}: name it in WIDGETS, pages/_ui/what_if/more.py")
