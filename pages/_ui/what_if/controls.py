"""The sliders: a scenario's changes, entered beside its result."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.codes import hcpcs as codes
from analysis.codes.hcpcs import code_with_label
from analysis.errors import RevMixError
from analysis.lines.filters import COLUMNS, NAMES, Filters, choices
from analysis.medicare.fees import load_book
from analysis.money import BASIS
from analysis.whatif.scenarios import (
    EVERYWHERE,
    UNSAID,
    MpprChange,
    Provenance,
    Recode,
    Scenario,
    ScheduleChange,
    assumptions,
    without_none,
)
from pages._ui.kit.terms import explain
from pages._ui.what_if import more_assumptions, names, state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pages._ui.kit.view import View
    from pages._ui.what_if.state import Slot

POINT = BASIS // 100
FILTER_FIELDS = tuple(field for field in COLUMNS if field != "codes")
ALL = "all"
UNITS = ("1", "2", "3", ALL)
YEAR_OF_VISIT = 0
"""Option for the schedule of each visit's own date."""


def show(view: View, slot: Slot) -> tuple[Slot, RevMixError | None]:
    """Draw a scenario's widgets and apply their values; on an error, return it and leave the scenario as it was."""
    scenario = slot.scenario
    try:
        edited = _read(view, slot)
        if edited != scenario:
            return state.change(slot, with_stamp(scenario, edited)), None
    except RevMixError as error:
        return slot, error
    return slot, None


def _read(view: View, slot: Slot) -> Scenario:
    scenario = slot.scenario
    top = st.container()
    st.markdown("**Codes**", help=explain("scenario", "recoding", "unit"))
    recodes = tuple(
        changed
        for position, recode in enumerate(scenario.of(Recode))
        if (changed := _recode(view, slot, position, recode)) is not None
    )
    st.button("Add a recoding", icon=":material/add:", key=slot.key("add"), on_click=_add_recode, args=(view, slot))
    st.markdown("**Prices and rules**")
    schedule, mppr = _schedule(view, slot, scenario.one(ScheduleChange)), _mppr(slot, scenario.one(MpprChange))
    others = (change for change in scenario.changes if not isinstance(change, (Recode, ScheduleChange, MpprChange)))
    edited = replace(scenario, changes=without_none(*recodes, schedule, mppr, *others))
    with st.expander("More assumptions", icon=":material/tune:"):
        edited = more_assumptions.read_widgets(view, slot, edited)
    with top:
        return replace(edited, name=_name(slot, edited))


def _name(slot: Slot, edited: Scenario) -> str:
    """Return the name entered; if it is empty, a name from the changes, which follows the sliders."""
    entered = "" if names.is_named_by_changes(slot.scenario) else slot.scenario.name
    key = slot.key("name")
    text = st.text_input("Name", entered, max_chars=120, key=key, placeholder=names.name_of(edited)).strip()
    if text:
        return text
    is_unchanged = replace(edited, name=slot.scenario.name) == slot.scenario and names.is_named_by_changes(
        slot.scenario
    )
    return slot.scenario.name if is_unchanged else names.name_of(edited)


def timed_codes(view: View) -> list[str]:
    """Return the timed codes in the lines, most frequent first."""
    return [code for code in choices(view.priced.lines, "codes") if codes.minutes(code) is not None]


def _add_recode(view: View, slot: Slot) -> None:
    sources = {recode.source for recode in slot.scenario.of(Recode)}
    free = [code for code in timed_codes(view) if code not in sources]
    if not free:
        state.set_error("Every timed code in these lines is already recoded.")
        return
    source = free[0]
    target = next((code for code in _targets(view, source) if code != source), None)
    if target is None:
        state.set_error(f"No other code has the same minutes per unit as {source}.")
        return
    recodes = (*slot.scenario.of(Recode), Recode(source, target, 1, 20 * POINT))
    try:
        state.change(slot, slot.scenario.having(Recode, *recodes), new_widgets=True)
    except RevMixError as error:
        state.set_error(error)


def _targets(view: View, source: str) -> list[str]:
    """Return the codes with the same minutes per unit, those in the lines first."""
    alternatives = codes.of_minutes(codes.minutes(source) or 0)
    used = [code for code in timed_codes(view) if code in alternatives]
    return [*used, *(code for code in alternatives if code not in used)]


def _recode(view: View, slot: Slot, position: int, recode: Recode) -> Recode | None:
    """Draw one recoding's widgets; None when it is removed."""
    with st.container(border=True):
        sources = list(dict.fromkeys([recode.source, *timed_codes(view)]))
        source = st.selectbox("From", sources, format_func=code_with_label, key=slot.key(f"from{position}"))
        targets = [code for code in _targets(view, source) if code != source] or [recode.target]
        index = targets.index(recode.target) if recode.target in targets else 0
        target = st.selectbox("To", targets, index, format_func=code_with_label, key=slot.key(f"to{position}_{source}"))
        share = st.slider(
            "Share of the visits with a unit to recode",
            0,
            100,
            round(recode.share_bp / POINT),
            format="%d%%",
            key=slot.key(f"share{position}"),
            help="An exact average: at 20%, you see 20% of the change you would see if all these visits changed.",
        )
        current = ALL if recode.units_per_visit is None else str(recode.units_per_visit)
        options = UNITS if current in UNITS else (*UNITS, current)
        units = st.segmented_control(
            "Units to recode per visit", options, default=current, required=True, key=slot.key(f"units{position}")
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            filters = _visits_filter(view, slot, position, recode.where)
            if st.button("Remove", icon=":material/close:", type="tertiary", key=slot.key(f"out{position}")):
                others = slot.scenario.of(Recode)[:position] + slot.scenario.of(Recode)[position + 1 :]
                state.change(slot, slot.scenario.having(Recode, *others), new_widgets=True)
                st.rerun()
    return replace(
        recode,
        source=source,
        target=target,
        units_per_visit=None if units == ALL else int(units or 1),
        share_bp=more_assumptions.points(share, recode.share_bp),
        where=filters,
    )


def _visits_filter(view: View, slot: Slot, position: int, filters: Filters) -> Filters:
    """Choose the visits that a recoding applies to."""
    with st.popover("Applies to: some visits" if filters != EVERYWHERE else "Applies to: all visits"):
        values: dict[str, Any] = {
            field: _multiselect(view, slot, position, field, getattr(filters, field)) for field in FILTER_FIELDS
        }
        first, last = view.filters.span(view.priced.lines)
        days = {
            name: st.date_input(
                label,
                getattr(filters, name),
                min_value=min(first, getattr(filters, name) or first),
                max_value=max(last, getattr(filters, name) or last),
                key=slot.key(f"{name}{position}"),
                format="MM/DD/YYYY",
            )
            for name, label in (("start", "From"), ("end", "To"))
        }
        dates: dict[str, Any] = {name: day for name, day in days.items() if isinstance(day, date)}
        return Filters(**values, **dates)


def _multiselect(view: View, slot: Slot, position: int, field: str, current: Sequence[str]) -> tuple[str, ...]:
    options = list(dict.fromkeys([*choices(view.priced.lines, field), *current]))
    if len(options) <= 1 and not current:
        return ()
    return tuple(
        st.multiselect(
            NAMES[COLUMNS[field]],
            options,
            list(current),
            key=slot.key(f"{field}{position}"),
            placeholder=f"All ({len(options)})",
        )
    )


def _schedule(view: View, slot: Slot, change: ScheduleChange | None) -> ScheduleChange | None:
    """Choose the fee schedule that prices the visits, and its conversion factor."""
    if change is not None and change.period is not None:
        st.caption(f"All visits are priced on the schedule {change.period}")
        return change
    years = (YEAR_OF_VISIT, *sorted(load_book().schedules, reverse=True))
    start = state.baseline(view)
    unchanged = "The schedule for each visit's date" if start is None else f"Today's schedule, {start.year}"
    year = st.selectbox(
        "Fee schedule",
        years,
        years.index((change.year if change else None) or YEAR_OF_VISIT),
        format_func=lambda value: load_book().schedule(value).label if value else unchanged,
        key=slot.key("year"),
    )
    current_factor = None if change is None or change.factor_e4 is None else change.factor_e4 / 10_000
    factor = st.number_input(
        "Conversion factor",
        1.0,
        200.0,
        current_factor,
        step=0.01,
        format="%.4f",
        placeholder="From the schedule",
        key=slot.key("factor"),
        help=explain("conversion_factor"),
    )
    factor_e4 = None if factor is None else round(factor * 10_000)
    left_out: tuple[str, ...] = () if change is None else change.leave_out
    if left_out:
        left_out = tuple(
            st.multiselect("Left out of the comparison", left_out, list(left_out), key=slot.key("leave_out"))
        )
    track = None if change is None else change.track
    if not year and factor_e4 is None and not left_out and track is None:
        return None
    provenance = change.provenance if change else UNSAID
    return ScheduleChange(year or None, None, factor_e4, track, left_out, provenance)


def leave_out(view: View, slot: Slot) -> None:
    """Offer to leave codes that the schedule has no amount for out of the comparison."""
    scenario = slot.scenario
    targets = {recode.target for recode in scenario.of(Recode)}
    try:
        unpriced = set(state.cube(view).outcome(scenario).unpriced["code"]) - targets
    except RevMixError:  # the page already shows it, and it is not about a missing code
        return
    schedule = scenario.one(ScheduleChange)
    if schedule is None or not unpriced:
        return
    left_out = tuple(sorted({*schedule.leave_out, *unpriced}))
    changed = scenario.having(ScheduleChange, replace(schedule, leave_out=left_out))
    label = f"Leave {', '.join(sorted(unpriced))} out of the comparison"
    if st.button(label, icon=":material/content_cut:", key=slot.key("without")):
        state.change(slot, changed, new_widgets=True)
        st.rerun()


def _mppr(slot: Slot, change: MpprChange | None) -> MpprChange | None:
    """Choose MPPR's rate; who applies it is in `more_assumptions`."""
    rate = None if change is None else change.rate_bp
    is_different = st.toggle(
        "Different MPPR rate", value=rate is not None, key=slot.key("own_mppr"), help=explain("mppr")
    )
    if is_different:
        percent = st.slider(
            "Practice expense cut on additional units",
            0,
            100,
            50 if rate is None else round(rate / POINT),
            format="%d%%",
            key=slot.key("mppr"),
            help="Medicare cuts it by half. 0% means MPPR is repealed.",
        )
        rate = more_assumptions.points(percent, rate)
    else:
        rate = None
    applies_to = change.applies_to if change else None
    if rate is None and applies_to is None:
        return None
    return MpprChange(rate, applies_to, change.provenance if change else UNSAID)


def with_stamp(before: Scenario, after: Scenario) -> Scenario:
    """Return the scenario with a stamp on its new changes: the name entered on the page, and today."""
    who = str(st.session_state.get("what_if_who", "")).strip()
    stamp = Provenance(entered_by=who, entered_on=date.today() if who else None)  # noqa: DTZ011  the user's own day
    return assumptions.stamped(before, after, stamp)
