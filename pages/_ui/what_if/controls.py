"""The sliders: what a scenario assumes, entered and changed where its result stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.codes import hcpcs as codes
from analysis.codes.hcpcs import named
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
from pages._ui.what_if import more, names, state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pages._ui.kit.view import View
    from pages._ui.what_if.state import Draft

POINT = BASIS // 100
WHERE = tuple(field for field in COLUMNS if field != "codes")
ALL = "all"
UNITS = ("1", "2", "3", ALL)
OWN_YEAR = 0
"""Stands for the schedule of each date."""


def show(seen: View, draft: Draft) -> tuple[Draft, RevMixError | None]:
    """Draw the widgets of a scenario and take what they say; what cannot be is handed back and not taken."""
    scenario = draft.scenario
    try:
        made = _read(seen, draft)
        if made != scenario:
            return state.change(draft, stamped(scenario, made)), None
    except RevMixError as error:
        return draft, error
    return draft, None


def _read(seen: View, draft: Draft) -> Scenario:
    scenario = draft.scenario
    top = st.container()
    st.markdown("**Codes**", help=explain("scenario", "recoding", "unit"))
    recodes = tuple(
        found
        for position, recode in enumerate(scenario.of(Recode))
        if (found := _recode(seen, draft, position, recode)) is not None
    )
    st.button("Add a recoding", icon=":material/add:", key=draft.key("add"), on_click=_add_recode, args=(seen, draft))
    st.markdown("**Prices and rules**")
    schedule, mppr = _schedule(draft, scenario.one(ScheduleChange)), _mppr(draft, scenario.one(MpprChange))
    others = (own for own in scenario.changes if not isinstance(own, (Recode, ScheduleChange, MpprChange)))
    made = replace(scenario, changes=without_none(*recodes, schedule, mppr, *others))
    with st.expander("More assumptions", icon=":material/tune:"):
        made = more.read(seen, draft, made)
    with top:
        return replace(made, name=_name(draft, made))


def _name(draft: Draft, made: Scenario) -> str:
    """The name given; left empty, what the scenario assumes, which follows the sliders."""
    own = "" if names.unnamed(draft.scenario) else draft.scenario.name
    key = draft.key("name")
    text = st.text_input("Name", own, max_chars=120, key=key, placeholder=names.spoken(made)).strip()
    if text:
        return text
    same = replace(made, name=draft.scenario.name) == draft.scenario and names.unnamed(draft.scenario)
    return draft.scenario.name if same else names.spoken(made)


def timed(seen: View) -> list[str]:
    """Codes billed by time that the lines have, the commonest first."""
    return [code for code in choices(seen.priced.lines, "codes") if codes.minutes(code) is not None]


def _add_recode(seen: View, draft: Draft) -> None:
    taken = {recode.source for recode in draft.scenario.of(Recode)}
    free = [code for code in timed(seen) if code not in taken]
    if not free:
        state.say("Every timed code in these lines is already recoded.")
        return
    source = free[0]
    target = next((code for code in _targets(seen, source) if code != source), None)
    if target is None:
        state.say(f"No other code has the same minutes per unit as {source}.")
        return
    recodes = (*draft.scenario.of(Recode), Recode(source, target, 1, 20 * POINT))
    try:
        state.change(draft, draft.scenario.having(Recode, *recodes), afresh=True)
    except RevMixError as error:
        state.say(error)


def _targets(seen: View, source: str) -> list[str]:
    """Codes whose unit stands for the same minutes, those the lines have first."""
    same = codes.of_minutes(codes.minutes(source) or 0)
    used = [code for code in timed(seen) if code in same]
    return [*used, *(code for code in same if code not in used)]


def _recode(seen: View, draft: Draft, position: int, recode: Recode) -> Recode | None:
    """One recoding's widgets; None when it is taken out."""
    with st.container(border=True):
        sources = list(dict.fromkeys([recode.source, *timed(seen)]))
        source = st.selectbox("From", sources, format_func=named, key=draft.key(f"from{position}"))
        targets = [code for code in _targets(seen, source) if code != source] or [recode.target]
        index = targets.index(recode.target) if recode.target in targets else 0
        target = st.selectbox("To", targets, index, format_func=named, key=draft.key(f"to{position}_{source}"))
        share = st.slider(
            "Share of the visits with a unit to recode",
            0,
            100,
            round(recode.share_bp / POINT),
            format="%d%%",
            key=draft.key(f"share{position}"),
            help="An exact average: at 20%, you see 20% of the change you would see if all these visits changed.",
        )
        now = ALL if recode.units_per_visit is None else str(recode.units_per_visit)
        options = UNITS if now in UNITS else (*UNITS, now)
        units = st.segmented_control(
            "Units to recode per visit", options, default=now, required=True, key=draft.key(f"units{position}")
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            where = _where(seen, draft, position, recode.where)
            if st.button("Remove", icon=":material/close:", type="tertiary", key=draft.key(f"out{position}")):
                left_over = draft.scenario.of(Recode)[:position] + draft.scenario.of(Recode)[position + 1 :]
                state.change(draft, draft.scenario.having(Recode, *left_over), afresh=True)
                st.rerun()
    return replace(
        recode,
        source=source,
        target=target,
        units_per_visit=None if units == ALL else int(units or 1),
        share_bp=more.points(share, recode.share_bp),
        where=where,
    )


def _where(seen: View, draft: Draft, position: int, where: Filters) -> Filters:
    """Which lines' units may move."""
    with st.popover("Applies to: some visits" if where != EVERYWHERE else "Applies to: all visits"):
        values: dict[str, Any] = {field: _some(seen, draft, position, field, getattr(where, field)) for field in WHERE}
        first, last = seen.filters.span(seen.priced.lines)
        days = {
            name: st.date_input(
                label,
                getattr(where, name),
                min_value=min(first, getattr(where, name) or first),
                max_value=max(last, getattr(where, name) or last),
                key=draft.key(f"{name}{position}"),
                format="MM/DD/YYYY",
            )
            for name, label in (("start", "From"), ("end", "To"))
        }
        dates: dict[str, Any] = {name: day for name, day in days.items() if isinstance(day, date)}
        return Filters(**values, **dates)


def _some(seen: View, draft: Draft, position: int, field: str, now: Sequence[str]) -> tuple[str, ...]:
    options = list(dict.fromkeys([*choices(seen.priced.lines, field), *now]))
    if len(options) <= 1 and not now:
        return ()
    return tuple(
        st.multiselect(
            NAMES[COLUMNS[field]],
            options,
            list(now),
            key=draft.key(f"{field}{position}"),
            placeholder=f"All ({len(options)})",
        )
    )


def _schedule(draft: Draft, change: ScheduleChange | None) -> ScheduleChange | None:
    """Which fee schedule prices the visits, and its conversion factor."""
    if change is not None and change.period is not None:
        st.caption(f"Every visit at the schedule of {change.period}")
        return change
    years = (OWN_YEAR, *sorted(load_book().schedules, reverse=True))
    year = st.selectbox(
        "Fee schedule",
        years,
        years.index((change.year if change else None) or OWN_YEAR),
        format_func=lambda value: load_book().schedule(value).label if value else "The schedule for each visit's date",
        key=draft.key("year"),
    )
    now = None if change is None or change.factor_e4 is None else change.factor_e4 / 10_000
    factor = st.number_input(
        "Conversion factor",
        1.0,
        200.0,
        now,
        step=0.01,
        format="%.4f",
        placeholder="From the schedule",
        key=draft.key("factor"),
        help=explain("conversion_factor"),
    )
    factor_e4 = None if factor is None else round(factor * 10_000)
    kept: tuple[str, ...] = () if change is None else change.leave_out
    if kept:
        kept = tuple(st.multiselect("Left out of the comparison", kept, list(kept), key=draft.key("leave_out")))
    track = None if change is None else change.track
    if not year and factor_e4 is None and not kept and track is None:
        return None
    provenance = change.provenance if change else UNSAID
    return ScheduleChange(year or None, None, factor_e4, track, kept, provenance)


def leave_out(seen: View, draft: Draft) -> None:
    """Where a schedule has no amount for codes in use: one button that takes them out of both sides."""
    scenario = draft.scenario
    targets = {recode.target for recode in scenario.of(Recode)}
    try:
        without = set(state.cube(seen).outcome(scenario).unpriced["code"]) - targets
    except RevMixError:  # it is said already, and no code's absence is the cause
        return
    schedule = scenario.one(ScheduleChange)
    if schedule is None or not without:
        return
    left_out = tuple(sorted({*schedule.leave_out, *without}))
    changed = scenario.having(ScheduleChange, replace(schedule, leave_out=left_out))
    label = f"Leave {', '.join(sorted(without))} out of the comparison"
    if st.button(label, icon=":material/content_cut:", key=draft.key("without")):
        state.change(draft, changed, afresh=True)
        st.rerun()


def _mppr(draft: Draft, change: MpprChange | None) -> MpprChange | None:
    """MPPR's rate; who applies it stands under the further assumptions."""
    rate = None if change is None else change.rate_bp
    own = st.toggle("Different MPPR rate", value=rate is not None, key=draft.key("own_mppr"), help=explain("mppr"))
    if own:
        percent = st.slider(
            "Practice expense cut on additional units",
            0,
            100,
            50 if rate is None else round(rate / POINT),
            format="%d%%",
            key=draft.key("mppr"),
            help="Medicare cuts half. 0% means MPPR is repealed.",
        )
        rate = more.points(percent, rate)
    else:
        rate = None
    applies_to = change.applies_to if change else None
    if rate is None and applies_to is None:
        return None
    return MpprChange(rate, applies_to, change.provenance if change else UNSAID)


def stamped(before: Scenario, after: Scenario) -> Scenario:
    """The scenario with who changed what in it: the name entered on the page, and today."""
    who = str(st.session_state.get("what_if_who", "")).strip()
    stamp = Provenance(entered_by=who, entered_on=date.today() if who else None)  # noqa: DTZ011  the user's own day
    return assumptions.stamped(before, after, stamp)
