"""What a scenario would change: the sentence, the tiles, and the parts that can be opened."""

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
from pages._ui.kit import figures, session, shell, tables
from pages._ui.kit.text import MILLION_CENTS, exact, money, safe
from pages._ui.what_if import controls, payers, provenance, state
from pages._ui.what_if.words import brings, change, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.payers import Revenue
    from analysis.whatif.answers import Comparison
    from analysis.whatif.answers.compare import Measure
    from analysis.whatif.visits import Cube
    from pages._ui.kit.view import View
    from pages._ui.what_if.state import Slot

MOST_UNITS = 10
MEASURES: dict[Measure, str] = {"allowed": "Allowed", "receipts": "Expected payments"}


def sentence(view: View, comparison: Comparison, payer_revenue: Revenue) -> str:
    """Return the headline: the difference at Medicare rates, its period, and the difference as all payers pay."""
    total, (per_year, basis) = comparison.total, state.basis(view)
    cents, before, measure = total.allowed_difference_cents, total.allowed_before_cents, ""
    if not cents:  # the allowed amount may stay while payments change: the assistant cut, sequestration
        cents, before = total.receipts_difference_cents, total.receipts_before_cents
        measure = " in expected payments" if cents else ""
    has_payer_amounts = bool(payer_revenue.per_payer["before_cents"].count())
    if not cents and has_payer_amounts and payer_revenue.difference_cents:
        difference = payer_revenue.difference_cents
        share = f" ({difference / payer_revenue.before_cents:+.1%})" if payer_revenue.before_cents else ""
        return (
            f"{comparison.scenario.name} {brings(difference)}{share}{per_year} as your payers pay, {basis}; "
            "nothing changes at Medicare rates"
        )
    part = f" ({cents / before:+.1%})" if cents and before else ""
    effect = f"{brings(cents)}{part}{per_year}{measure}"
    text = f"{comparison.scenario.name} {effect} for all lines at Medicare rates, {basis}"
    if comparison.proposed and "PROPOSED" not in comparison.scenario.name:
        text = f"PROPOSED: {text}"
    if not has_payer_amounts:
        return text
    return f"{text}; {change(payer_revenue.difference_cents, payer_revenue.before_cents)} as your payers pay"


def all_payers(view: View, cube: Cube, scenario: Scenario) -> Revenue:
    """Return all payers' revenue before and after, by the contracts entered or by the terms their payments show."""
    return revenue(cube, scenario, state.terms_book(view), state.observed())


def tiles(comparison: Comparison, payer_revenue: Revenue) -> None:
    """Show the difference in each measure."""
    total = comparison.total
    with st.container(horizontal=True, key="tiles_wide"):
        for name, cents, before, text in (
            (
                "Allowed at Medicare rates",
                total.allowed_difference_cents,
                total.allowed_before_cents,
                "What Medicare would allow for all lines, regardless of payer: after minus before.",
            ),
            (
                "Expected payments at Medicare rates",
                total.receipts_difference_cents,
                total.receipts_before_cents,
                "What Medicare and the patient would pay, after the assistant cut and sequestration.",
            ),
        ):
            _tile(name, cents, before, text)
        if payer_revenue.per_payer["before_cents"].count():
            _tile(
                "Revenue as your payers pay",
                payer_revenue.difference_cents,
                payer_revenue.before_cents,
                "Medicare by its rules, other payers by the contract you entered, or by what they have paid you.",
            )


def _tile(name: str, cents: int, before: int, text: str) -> None:
    share = f"{cents / before:+.1%} of ".replace("+", r"\+") if cents else "of "
    part = f"{share}{money(before)}" if before else None
    value = safe(signed(cents)) if abs(cents) < MILLION_CENTS else ("+" if cents > 0 else "") + money(cents)
    exact = f"{text}\n\nExact amount: {safe(dollars(cents))}."
    st.metric(name, value, part, delta_color="off", delta_arrow="off", help=exact, border=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """A scenario's result, with what the parts of the page need to show it."""

    view: View
    cube: Cube
    slot: Slot
    comparison: Comparison
    payer_revenue: Revenue
    measure: Measure = "allowed"


def parts(answer: Answer) -> None:
    """Show one part of the answer at a time: only the visible one is computed."""
    names = list(PARTS)
    name = st.segmented_control("Show", names, default=names[0], required=True, key="what_if_part")
    if name in MEASURED:
        measure: Measure = st.segmented_control(
            "Measure",
            list(MEASURES),
            format_func=MEASURES.__getitem__,
            default="allowed",
            required=True,
            key="what_if_measure",
        )
        answer = replace(answer, measure=measure)
    try:
        PARTS[name](answer)
    except RevMixError as error:
        shell.problem(error)


def _by_code(answer: Answer) -> None:
    figures.show(charts.difference_by_code(answer.comparison, answer.measure), key="difference_by_code", table=False)
    amounts = [f"{answer.measure}_{column}_cents" for column in ("before", "after", "difference")]
    before, after, difference = (getattr(answer.comparison.total, name) for name in amounts)
    tables.show(
        answer.comparison.per_code.select("code", "label", "units_before", "units_after", *amounts),
        alt="Every code before and after",
        file_name="revmix_what_if_codes.csv",
        total=f"**Total** all lines at Medicare rates: before {exact(before)} · after {exact(after)} · "
        f"difference {safe(signed(difference, places=2))}",
    )


def _by_cause(answer: Answer) -> None:
    by_cause = whatif.by_cause(answer.cube, answer.comparison.scenario)
    figures.show(charts.difference_by_cause(by_cause, answer.comparison, answer.measure), key="difference_by_cause")


def _mix(answer: Answer) -> None:
    billed = set(answer.comparison.per_code["code"])
    recoded = [code for recode in answer.comparison.scenario.of(Recode) for code in (recode.source, recode.target)]
    pair = list(dict.fromkeys(recoded)) or [code for code in ("97110", "97112") if code in billed]
    codes = st.multiselect(
        "Codes to compare",
        list(choices(answer.view.priced.lines, "codes")) + [code for code in pair if code not in billed],
        default=pair,
        key=f"what_if_mix_{'_'.join(pair)}",
    )
    if len(codes) > 1:
        figures.show(
            charts.mix_before_after(answer.comparison, codes, reference(codes, state.home_state())),
            key="mix_before_after",
        )


def _payers(answer: Answer) -> None:
    payers.show(answer.view, answer.payer_revenue)


def _side_by_side(answer: Answer) -> None:
    comparisons, rows, base = [], [], 0
    for slot in state.slots():
        try:
            comparison = whatif.compare(answer.cube, slot.scenario)
        except RevMixError as error:
            st.caption(safe(f"{slot.scenario.name}: {error}"))
            continue
        payer_revenue = all_payers(answer.view, answer.cube, slot.scenario)
        base = payer_revenue.before_cents
        comparisons.append(comparison)
        rows.append(
            (
                slot.scenario.name,
                comparison.total.allowed_after_cents,
                comparison.total.allowed_difference_cents,
                comparison.total.receipts_after_cents,
                comparison.total.receipts_difference_cents,
                payer_revenue.after_cents,
                payer_revenue.difference_cents,
            )
        )
    if not comparisons:
        return
    figures.show(charts.scenarios_side_by_side(comparisons, answer.measure), key="side_by_side", table=False)
    total = comparisons[0].total
    first = ("Baseline", total.allowed_before_cents, 0, total.receipts_before_cents, 0, base, 0)
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


def _additional_unit(answer: Answer) -> None:
    codes = list(dict.fromkeys([*MOVEMENT, *controls.timed_codes(answer.view)]))[:MOST_UNITS]
    pairs = [(recode.source, recode.target) for recode in answer.comparison.scenario.of(Recode)]
    against, focus = pairs[0] if pairs else ("97110", "97112")
    units = whatif.marginal(answer.cube, answer.comparison.scenario, [*codes, focus], against)
    if focus in units.frame["code"]:
        figures.show(charts.marginal_units(units, focus), key="marginal_units")


def _sensitivity(answer: Answer) -> None:
    figures.show(
        charts.tornado(whatif.sensitivity(answer.cube, answer.comparison.scenario, answer.measure), answer.measure),
        key="tornado",
    )


def _break_even(answer: Answer) -> None:
    """Show how far a recoding must go to offset the other changes; without any, to offset the 2027 proposal."""
    scenario = answer.comparison.scenario
    recode = scenario.of(Recode)[0] if scenario.of(Recode) else Recode("97110", "97112", 1)
    has_other_changes = any(part.cause in {"price", "rules"} for _, part in causes.parts(scenario))
    if not has_other_changes:
        scenario = Scenario("The 2027 proposal", (*scenario.of(Recode), ScheduleChange(year=2027)))
        st.caption(
            "This scenario changes no price or rule, so this shows what would make up for the PROPOSED 2027 schedule."
        )
    if recode.source not in controls.timed_codes(answer.view):
        st.info(f"There are no units of {recode.source} to recode.")
        return
    even = whatif.break_even(answer.cube, scenario, recode, answer.measure)
    figures.show(charts.break_even(even), key="break_even")
    st.caption("This is a calculation, not a reason to code differently. The code must match the service documented.")


def _year_over_year(answer: Answer) -> None:
    years = sorted(answer.view.lines["date_of_service"].dt.year().unique().to_list())
    if len(years) < 2:  # noqa: PLR2004  two years make a bridge
        st.info("All lines are from one year. A comparison needs two.")
        return
    pairs = list(pairwise(years))[::-1]
    pair = st.selectbox("Years", pairs, format_func=lambda both: f"{both[0]} to {both[1]}", key="what_if_years")
    year_bridge = whatif.bridge(
        answer.view.priced, answer.view.filters, *pair, measure=answer.measure, track=session.track()
    )
    figures.show(charts.bridge(year_bridge), key="bridge")


def _assumptions(answer: Answer) -> None:
    provenance.show(answer.slot)


PARTS: dict[str, Callable[[Answer], None]] = {
    "By code": _by_code,
    "By cause": _by_cause,
    "Mix": _mix,
    "All payers": _payers,
    "Side by side": _side_by_side,
    "One more unit": _additional_unit,
    "Sensitivity": _sensitivity,
    "Break-even": _break_even,
    "Year over year": _year_over_year,
    "Assumptions": _assumptions,
}
MEASURED = frozenset({"By code", "By cause", "Side by side", "Sensitivity", "Break-even", "Year over year"})
