"""The assumptions behind the expander: assistants, sequestration, volume, locality, RVUs, a contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from analysis.codes.hcpcs import code_with_label
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
from pages._ui.what_if.money import payers_today
from pages._ui.what_if.state import Slot

POINT = BASIS // 100
RVUS = (("work_e2", "Work RVU"), ("pe_e2", "Practice-expense RVU"), ("mp_e2", "Malpractice RVU"))
GPCIS = (("work_e3", "Work GPCI"), ("pe_e3", "Practice-expense GPCI"), ("mp_e3", "Malpractice GPCI"))


def read_widgets(view: View, slot: Slot, scenario: Scenario) -> Scenario:
    """Return the scenario with these widgets' values; it is built, and checked, once all of them are drawn."""
    drawn = {kind: draw(view, slot, scenario.of(kind)) for kind, draw in WIDGETS.items()}
    others = (change for change in scenario.changes if type(change) not in drawn)
    return replace(scenario, changes=(*others, *(change for changes in drawn.values() for change in changes)))


def points(percent: int, exact_bp: int | None) -> int:
    """Convert a slider's whole percent to basis points; keep the exact value while the slider is untouched.

    An untouched slider never rounds a value that was loaded from a file.
    """
    return exact_bp if exact_bp is not None and round(exact_bp / POINT) == percent else percent * POINT


def _applies_to(view: View, slot: Slot, change: MpprChange | None) -> MpprChange | None:
    classes = list(choices(view.priced.lines, "payer_classes"))
    current = None if change is None else change.applies_to
    options = list(dict.fromkeys([*classes, *(current or ())]))
    selection = st.multiselect(
        "Who applies MPPR", options, list(current or ()), placeholder="All payers", key=slot.key("applies_to")
    )
    applies_to = tuple(selection) or (current if current == () else None)
    if change is None and applies_to is None:
        return None
    base = change or MpprChange(rate_bp=0)
    rate = None if change is None else change.rate_bp
    return None if rate is None and applies_to is None else MpprChange(rate, applies_to, base.provenance)


def _percent(
    label: str, current_bp: int | None, key: str, *, hint: str, most: float = 100.0, empty: str = "No change"
) -> int | None:
    """Ask for a percentage that may be left empty; return basis points."""
    value = st.number_input(
        label,
        0.0,
        most,
        None if current_bp is None else current_bp / POINT,
        step=1.0,
        format="%.2f",
        placeholder=empty,
        key=key,
        help=hint,
    )
    return None if value is None else round(value * POINT)


def _assistants(slot: Slot, change: AssistantChange | None) -> AssistantChange | None:
    share = st.slider(
        "Assistant visits moved to a therapist",
        0,
        100,
        round((change.to_therapist_bp if change else 0) / POINT),
        format="%d%%",
        key=slot.key("to_therapist"),
        help="This share of the visits with CQ or CO lines is billed without the modifier.",
    )
    rate = _percent(
        "Share Medicare pays for assistants, %",
        change.rate_bp if change else None,
        slot.key("assistant_rate"),
        hint="85% by law since 2022.\n\n" + explain("cq_co"),
    )
    if rate is None and not share:
        return None
    share_bp = points(share, change.to_therapist_bp if change else None)
    return AssistantChange(rate, share_bp, change.provenance if change else UNSAID)


def _sequestration(slot: Slot, change: SequestrationChange | None) -> SequestrationChange | None:
    rate = _percent(
        "Sequestration, %",
        change.rate_bp if change else None,
        slot.key("sequestration"),
        hint=explain("sequestration"),
    )
    return None if rate is None else SequestrationChange(rate, change.provenance if change else UNSAID)


def _volume(slot: Slot, changes: tuple[VolumeChange, ...]) -> tuple[VolumeChange, ...]:
    """Choose the volume of all visits; volume changes for some visits only stay as they were loaded."""
    position = next((index for index, change in enumerate(changes) if change.where == EVERYWHERE), None)
    current = None if position is None else changes[position]
    current_percent = round((current.change_bp if current else 0) / POINT)
    percent = st.slider(
        "Number of visits",
        min(-50, current_percent),
        max(50, current_percent),
        current_percent,
        format="%+d%%",
        key=slot.key("volume"),
        help="The mix of codes stays the same.",
    )
    change_bp = points(percent, current.change_bp if current else None)
    if current is None or position is None:
        return (*changes, VolumeChange(change_bp)) if change_bp else changes
    new = (replace(current, change_bp=change_bp),) if change_bp else ()
    return (*changes[:position], *new, *changes[position + 1 :])


def _contract(view: View, slot: Slot, contracts: tuple[Contract, ...]) -> tuple[Contract, ...]:
    """Choose what one payer would pay, in percent of Medicare; other contracts stay as they were loaded."""
    position = next(
        (index for index, contract in enumerate(contracts) if contract.payer and contract.basis == "medicare"),
        None,
    )
    current = None if position is None else contracts[position]
    for contract in contracts:
        if contract is not current:
            st.caption(safe(contract.in_words()))
    payers = [current.payer] if current else []
    payers = list(
        dict.fromkeys([*payers, *(name for name in choices(view.priced.lines, "payers") if name != NOT_STATED)])
    )
    payer = st.selectbox(
        "Different contract for", payers, 0 if current else None, placeholder="No payer", key=slot.key("contract_payer")
    )
    others = contracts if position is None else (*contracts[:position], *contracts[position + 1 :])
    if payer is None:
        return others
    payer_contract = current if current is not None and current.payer == payer else None
    _pays_today(view, payer)
    percent = _percent(
        "Contract rate, % of Medicare",
        payer_contract.percent_bp if payer_contract else None,
        slot.key(f"contract_percent_{payer}"),
        hint="The difference starts from what the payer pays today: its contract, or the terms its payments show.",
        most=1_000.0,
        empty="Enter the percentage",
    )
    if percent is None:
        return others
    new = (
        replace(payer_contract, percent_bp=percent)
        if payer_contract
        else Contract("medicare", payer=payer, percent_bp=percent)
    )
    insert_at = len(contracts) if position is None else position
    return (*contracts[:insert_at], new, *contracts[insert_at + 1 :])


def _pays_today(view: View, payer: str) -> None:
    """Say what a payer pays today, from which the difference starts."""
    rows = payers_today(view).filter(pl.col("payer") == payer, pl.col("before_cents").is_not_null())
    if rows.is_empty():
        st.caption(safe(f"What {payer} pays today is not known, so its lines are left out. Enter its contract first."))
        return
    row = rows.row(0, named=True)
    share = "" if row["share_of_medicare"] is None else f", {row['share_of_medicare']:.0%} of Medicare's amounts"
    st.caption(safe(f"{payer} pays today: {row['pays_by']}{share}."))


def _numbers(
    change: Change | None,
    labels: Sequence[tuple[str, str]],
    limits: tuple[float, float],
    decimals: int,
    key: Callable[[str], str],
    help_text: str | None = None,
) -> dict[str, int | None]:
    """Draw a number for each field of a change, side by side; return them as whole numbers of the last decimal."""
    scale = 10**decimals
    entered = {}
    for column, (field, label) in zip(st.columns(len(labels)), labels, strict=True):
        current = None if change is None else getattr(change, field)
        value = column.number_input(
            label,
            *limits,
            None if current is None else current / scale,
            step=1 / scale,
            format=f"%.{decimals}f",
            placeholder="No change",
            key=key(field),
            help=help_text,
        )
        entered[field] = None if value is None else round(value * scale)
    return entered


def _gpci(slot: Slot, change: GpciChange | None) -> GpciChange | None:
    current = None if change is None or change.locality is None else resolve(change.locality)
    locality = localities.pick("Locality for every visit", slot.key("locality"), current)
    entered = _numbers(change, GPCIS, (0.1, 3.0), 3, slot.key, explain("gpci"))
    if locality is None and not any(entered.values()):
        return None
    return GpciChange(locality.key if locality else None, **entered, provenance=change.provenance if change else UNSAID)


def _rvu(view: View, slot: Slot, changes: tuple[RvuChange, ...]) -> tuple[RvuChange, ...]:
    """Choose the relative value units of one code; those of other codes stay as they were loaded."""
    first, others = (changes[0], changes[1:]) if changes else (None, ())
    options = list(dict.fromkeys([*([first.code] if first else []), *choices(view.priced.lines, "codes")]))
    code = st.selectbox(
        "Relative value units (RVUs) for",
        options,
        0 if first else None,
        format_func=code_with_label,
        placeholder="No code",
        key=slot.key("rvu_code"),
        help=explain("rvu"),
    )
    if code is None:
        return others
    entered = _numbers(first, RVUS, (0.0, 100.0), 2, lambda field: slot.key(f"{field}_{code}"))
    if all(value is None for value in entered.values()):
        return others
    is_same_code = first is not None and first.code == code
    return (
        RvuChange(
            code,
            first.modifier if first is not None and is_same_code else "",
            **entered,
            provenance=first.provenance if first is not None and is_same_code else UNSAID,
        ),
        *others,
    )


def _one(draw: Callable[[Slot, Any], Change | None]) -> Draw:
    """Wrap the widget of a kind of change that a scenario has at most once."""
    return lambda _, slot, changes: without_none(draw(slot, next(iter(changes), None)))


Draw = Callable[[View, Slot, tuple[Any, ...]], tuple[Change, ...]]
"""Draws the widget of a kind of change with its current values, and returns the changes entered."""
WIDGETS: Mapping[type[Change], Draw] = {
    MpprChange: lambda view, slot, changes: without_none(_applies_to(view, slot, next(iter(changes), None))),
    AssistantChange: _one(_assistants),
    SequestrationChange: _one(_sequestration),
    VolumeChange: lambda _, slot, changes: _volume(slot, changes),
    GpciChange: _one(_gpci),
    RvuChange: _rvu,
    Contract: _contract,
}
"""The widget of each kind of change, in the order of the page."""
ELSEWHERE: tuple[type[Change], ...] = (Recode, ScheduleChange, RulesChange)
"""Kinds without a widget here: recodings and schedule are above them (`controls`), rules of a year only in a file."""

if _forgotten := [kind.__name__ for kind in KINDS if kind not in WIDGETS and kind not in ELSEWHERE]:
    raise ContractError(
        f"no widget for {', '.join(_forgotten)}: name it in WIDGETS, pages/_ui/what_if/more_assumptions.py"
    )
