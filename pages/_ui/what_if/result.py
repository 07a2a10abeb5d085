"""What a scenario would change: the sentence, the tiles, and the parts a reader may open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis import charts
from analysis.errors import RevMixError
from analysis.lines.filters import choices
from analysis.medicare.benchmarks import reference
from analysis.money import dollars
from analysis.payers import revenue
from analysis.whatif import answers as whatif
from analysis.whatif.answers import causes
from analysis.whatif.guardrails.position import MOVEMENT
from analysis.whatif.scenarios import Recode, Scenario, ScheduleChange
from pages._ui.kit import contracts, figures, session, shell, tables
from pages._ui.kit.text import MILLION_CENTS, exact, money, period, safe
from pages._ui.what_if import assumed, controls, payers, state
from pages._ui.what_if.words import brings, change, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.payers import Revenue
    from analysis.whatif.answers import Comparison
    from analysis.whatif.answers.compare import Measure
    from analysis.whatif.visits import Cube
    from pages._ui.kit.view import View
    from pages._ui.what_if.state import Draft

MOST_UNITS = 10
MEASURES: dict[Measure, str] = {"allowed": "Allowed", "receipts": "Expected payments"}


def sentence(seen: View, found: Comparison, paid: Revenue) -> str:
    """What a reader learns: the difference, on which basis, over which time, and over all payers by contract."""
    total = found.total
    cents, before, what = total.allowed_difference_cents, total.allowed_before_cents, ""
    if not cents:  # what allows as much may still pay otherwise: the assistants' cut, sequestration
        cents, before = total.receipts_difference_cents, total.receipts_before_cents
        what = " in expected payments" if cents else ""
    payers = bool(paid.per_payer["before_cents"].count())
    if not cents and payers and paid.difference_cents:
        moved = paid.difference_cents
        share = f" ({moved / paid.before_cents:+.1%})" if paid.before_cents else ""
        return (
            f"{found.scenario.name} {brings(moved)}{share} as your payers pay, {period(seen.lines)}; "
            "nothing changes at Medicare rates"
        )
    part = f" ({cents / before:+.1%})" if cents and before else ""
    said = f"{found.scenario.name} {brings(cents)}{part}{what} for all lines at Medicare rates, {period(seen.lines)}"
    if found.proposed and "PROPOSED" not in found.scenario.name:
        said = f"PROPOSED: {said}"
    if not payers:
        return said
    return f"{said}; {change(paid.difference_cents, paid.before_cents)} as your payers pay"


def all_payers(cube: Cube, scenario: Scenario) -> Revenue:
    """Revenue of all payers by contract or observation, before and after."""
    return revenue(cube, scenario, contracts.book(), state.observed())


def tiles(found: Comparison, paid: Revenue) -> None:
    """The difference, measure by measure."""
    total = found.total
    with st.container(horizontal=True, key="tiles_wide"):
        for name, cents, before, text in (
            (
                "Allowed at Medicare rates",
                total.allowed_difference_cents,
                total.allowed_before_cents,
                "What Medicare would allow for all lines, whoever the payer is: after minus before.",
            ),
            (
                "Expected payments at Medicare rates",
                total.receipts_difference_cents,
                total.receipts_before_cents,
                "What Medicare and the patient would pay, after the assistant cut and sequestration.",
            ),
        ):
            _tile(name, cents, before, text)
        if paid.per_payer["before_cents"].count():
            _tile(
                "Revenue as your payers pay",
                paid.difference_cents,
                paid.before_cents,
                "Medicare by its rules, other payers by the contract you entered, or else by what they paid here.",
            )


def _tile(name: str, cents: int, before: int, text: str) -> None:
    share = f"{cents / before:+.1%} of ".replace("+", r"\+") if cents else "of "
    part = f"{share}{money(before)}" if before else None
    shown = safe(signed(cents)) if abs(cents) < MILLION_CENTS else ("+" if cents > 0 else "") + money(cents)
    exact = f"{text}\n\nExact amount: {safe(dollars(cents))}."
    st.metric(name, shown, part, delta_color="off", delta_arrow="off", help=exact, border=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the parts of the page are made of."""

    seen: View
    cube: Cube
    draft: Draft
    found: Comparison
    paid: Revenue
    measure: Measure = "allowed"


def parts(it: Answer) -> None:
    """The parts of the answer, one at a time: only what shows is computed."""
    names = list(PARTS)
    chosen = st.segmented_control("Show", names, default=names[0], required=True, key="what_if_part")
    if chosen in MEASURED:
        measure: Measure = st.segmented_control(
            "Measure",
            list(MEASURES),
            format_func=MEASURES.__getitem__,
            default="allowed",
            required=True,
            key="what_if_measure",
        )
        it = replace(it, measure=measure)
    try:
        PARTS[chosen](it)
    except RevMixError as error:
        shell.problem(error)


def _by_code(it: Answer) -> None:
    figures.show(charts.difference_by_code(it.found, it.measure), key="difference_by_code", table=False)
    amounts = [f"{it.measure}_{column}_cents" for column in ("before", "after", "difference")]
    before, after, more = (getattr(it.found.total, name) for name in amounts)
    tables.show(
        it.found.per_code.select("code", "label", "units_before", "units_after", *amounts),
        alt="Every code before and after",
        file_name="revmix_what_if_codes.csv",
        total=f"**Total** all lines at Medicare rates: before {exact(before)} · after {exact(after)} · "
        f"difference {safe(signed(more, places=2))}",
    )


def _by_cause(it: Answer) -> None:
    causes = whatif.by_cause(it.cube, it.found.scenario)
    figures.show(charts.difference_by_cause(causes, it.found, it.measure), key="difference_by_cause")


def _mix(it: Answer) -> None:
    there = set(it.found.per_code["code"])
    moved = [code for recode in it.found.scenario.of(Recode) for code in (recode.source, recode.target)]
    pair = list(dict.fromkeys(moved)) or [code for code in ("97110", "97112") if code in there]
    codes = st.multiselect(
        "Codes to compare",
        list(choices(it.seen.priced.lines, "codes")) + [code for code in pair if code not in there],
        default=pair,
        key=f"what_if_mix_{'_'.join(pair)}",
    )
    if len(codes) > 1:
        figures.show(charts.mix_before_after(it.found, codes, reference(codes, state.home())), key="mix_before_after")


def _payers(it: Answer) -> None:
    payers.show(it.seen, it.paid)


def _side_by_side(it: Answer) -> None:
    found, rows, now = [], [], 0
    for draft in state.drafts():
        try:
            one = whatif.compare(it.cube, draft.scenario)
        except RevMixError as error:
            st.caption(safe(f"{draft.scenario.name}: {error}"))
            continue
        own = all_payers(it.cube, draft.scenario)
        now = own.before_cents
        found.append(one)
        rows.append(
            (
                draft.scenario.name,
                one.total.allowed_after_cents,
                one.total.allowed_difference_cents,
                one.total.receipts_after_cents,
                one.total.receipts_difference_cents,
                own.after_cents,
                own.difference_cents,
            )
        )
    if not found:
        return
    figures.show(charts.scenarios_side_by_side(found, it.measure), key="side_by_side", table=False)
    total = found[0].total
    first = ("Baseline", total.allowed_before_cents, 0, total.receipts_before_cents, 0, now, 0)
    names = {
        "scenario": "Scenario",
        "allowed_after_cents": "Allowed",
        "allowed_difference_cents": "Difference in allowed",
        "receipts_after_cents": "Expected payments",
        "receipts_difference_cents": "Difference in expected payments",
        "revenue_after_cents": "Payers pay",
        "revenue_difference_cents": "Difference in what payers pay",
    }
    tables.show(
        pl.DataFrame([first, *rows], schema=list(names), orient="row"),
        alt="Baseline and scenarios side by side",
        file_name="revmix_scenarios.csv",
        headings=names,
    )


def _one_more(it: Answer) -> None:
    codes = list(dict.fromkeys([*MOVEMENT, *controls.timed(it.seen)]))[:MOST_UNITS]
    pairs = [(recode.source, recode.target) for recode in it.found.scenario.of(Recode)]
    against, focus = pairs[0] if pairs else ("97110", "97112")
    units = whatif.marginal(it.cube, it.found.scenario, [*codes, focus], against)
    if focus in units.frame["code"]:
        figures.show(charts.marginal_units(units, focus), key="marginal_units")


def _sensitivity(it: Answer) -> None:
    figures.show(charts.tornado(whatif.sensitivity(it.cube, it.found.scenario, it.measure), it.measure), key="tornado")


def _break_even(it: Answer) -> None:
    """How far a recoding would have to go to pay for the rest; for a scenario without a rest, for the 2027 proposal."""
    scenario = it.found.scenario
    recode = scenario.of(Recode)[0] if scenario.of(Recode) else Recode("97110", "97112", 1)
    rest = any(part.cause in {"price", "rules"} for _, part in causes.parts(scenario))
    if not rest:
        scenario = Scenario("The 2027 proposal", (*scenario.of(Recode), ScheduleChange(year=2027)))
        st.caption(
            "This scenario changes no price or rule, so this shows what would make up for the PROPOSED 2027 schedule."
        )
    if recode.source not in controls.timed(it.seen):
        st.info(f"There are no units of {recode.source} to recode.")
        return
    even = whatif.break_even(it.cube, scenario, recode, it.measure)
    figures.show(charts.break_even(even), key="break_even")
    st.caption("This is a calculation, not a reason to code differently. The code must match the service documented.")


def _years(it: Answer) -> None:
    years = sorted(it.seen.lines["date_of_service"].dt.year().unique().to_list())
    if len(years) < 2:  # noqa: PLR2004  two years make a bridge
        st.info("All lines are from one year. A comparison needs two.")
        return
    pairs = list(pairwise(years))[::-1]
    pair = st.selectbox("Years", pairs, format_func=lambda both: f"{both[0]} to {both[1]}", key="what_if_years")
    found = whatif.bridge(it.seen.priced, it.seen.filters, *pair, measure=it.measure, track=session.track())
    figures.show(charts.bridge(found), key="bridge")


def _assumed(it: Answer) -> None:
    assumed.show(it.draft)


PARTS: dict[str, Callable[[Answer], None]] = {
    "By code": _by_code,
    "By cause": _by_cause,
    "Mix": _mix,
    "All payers": _payers,
    "Side by side": _side_by_side,
    "One more unit": _one_more,
    "Sensitivity": _sensitivity,
    "Break-even": _break_even,
    "Year over year": _years,
    "Assumptions": _assumed,
}
MEASURED = frozenset({"By code", "By cause", "Side by side", "Sensitivity", "Break-even", "Year over year"})
