"""What a scenario would change: the sentence, the tiles, and the parts that can be opened."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis import charts
from analysis.errors import RevMixError
from analysis.lines.filters import choices
from analysis.money import dollars
from analysis.whatif import answers as whatif
from analysis.whatif.answers import causes
from analysis.whatif.guardrails.position import MOVEMENT
from analysis.whatif.scenarios import Recode, Scenario, ScheduleChange
from pages._ui.kit import figures, session, shell, tables
from pages._ui.kit.text import MILLION_CENTS, exact, money, safe
from pages._ui.what_if import controls, payers, provenance, state
from pages._ui.what_if.money import AT_MEDICARE, CHOICES
from pages._ui.what_if.money import money as money_of
from pages._ui.what_if.money import payers as payers_of
from pages._ui.what_if.words import brings, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.payers import Revenue
    from analysis.whatif.answers import Comparison, Difference, Measure, Money
    from analysis.whatif.visits import Cube
    from pages._ui.kit.view import View
    from pages._ui.what_if.state import Slot

MOST_UNITS = 10
NAMES: dict[Measure, str] = {
    "payers": CHOICES["payers"],
    "allowed": "Allowed at Medicare rates",
    "receipts": "Expected payments at Medicare rates",
}
_MEANING: dict[Measure, str] = {
    "payers": "Medicare by its rules; other payers by the contract you entered, or by the terms their payments show.",
    "allowed": "What Medicare would allow for all lines, regardless of payer: after minus before.",
    "receipts": "What Medicare and the patient would pay for all lines, after the assistant cut and sequestration.",
}


def sentence(view: View, comparison: Comparison, payer_revenue: Revenue, measure: Measure) -> str:
    """Return the headline: the difference in the money chosen, its period, and the dollars it speaks for."""
    name, (per_year, when) = comparison.scenario.name, state.basis(view)
    if measure == "payers" and not payer_revenue.is_known:
        text = f"{name}: your payers' terms are not known. Enter their contracts, or choose {CHOICES['medicare']}"
    elif measure == "payers":
        coverage = payer_revenue.coverage
        covers = "" if coverage.is_whole or not coverage.part else f"; covers {coverage.part}"
        text = f"{name} {_effect(payer_revenue.difference(), per_year)} as your payers pay, {when}{covers}"
    else:
        whole, payments = comparison.difference(measure), comparison.difference("receipts")
        what = " in expected payments" if measure == "receipts" else ""
        text = f"{name} {_effect(whole, per_year)}{what} for all lines at Medicare rates, {when}"
        if measure == "allowed" and not whole.difference_cents and payments.difference_cents:
            # The allowed amount may stay while payments change: the assistant cut, sequestration.
            text += f"; it {_effect(payments, per_year)} in expected payments"
    proposed = comparison.proposed and "PROPOSED" not in name
    return f"PROPOSED: {text}" if proposed else text


def _effect(difference: Difference, per_year: str) -> str:
    """Say what a difference does, and its share of the amount before: ``adds $4,310 (+1.2%) a year``."""
    cents, before = difference.difference_cents, difference.before_cents
    part = f" ({cents / before:+.1%})" if before else ""
    return f"{brings(cents)}{part}{per_year}" if cents else brings(cents)


def about(payer_revenue: Revenue, measure: Measure) -> None:
    """Say beside the headline whose dollars it speaks for, and what it would be under other readings of terms."""
    if measure != "payers":
        return
    coverage = payer_revenue.coverage
    out = f"{coverage.left_out_in_words}." if coverage.left_out else ""  # the headline itself says the share of dollars
    sentences = (coverage.sentence if coverage.is_whole else out, *(each.sentence for each in payer_revenue.readings))
    shell.notes([each for each in sentences if each])


def tiles(comparison: Comparison, payer_revenue: Revenue, measure: Measure) -> None:
    """Show the difference in the money chosen, at Medicare rates, and how much of the practice it speaks for."""
    with st.container(horizontal=True, key="tiles_wide"):
        if measure != "payers":
            for medicare_measure in AT_MEDICARE:
                _tile(comparison.difference(medicare_measure))
            return
        if payer_revenue.is_known:
            _tile(payer_revenue.difference())
        _tile(comparison.difference("allowed"))  # one and the same number on every page
        coverage = payer_revenue.coverage
        if coverage.share is not None:
            st.metric(
                f"Share of your {coverage.dollars}",
                coverage.percent,
                help="The part of your dollars whose payers' terms are known. The others are on neither side.",
                border=True,
            )


def _tile(difference: Difference) -> None:
    cents, before = difference.difference_cents, difference.before_cents
    share = f"{cents / before:+.1%} of ".replace("+", r"\+") if cents and before else "of "
    part = f"{share}{money(before)}" if before else None
    value = safe(signed(cents)) if abs(cents) < MILLION_CENTS else ("+" if cents > 0 else "") + money(cents)
    exact_amount = f"{_MEANING[difference.measure]}\n\nExact amount: {safe(dollars(cents))}."
    name = NAMES[difference.measure]
    st.metric(name, value, part, delta_color="off", delta_arrow="off", help=exact_amount, border=True)


def notes(comparison: Comparison, measure: Measure) -> list[str]:
    """Return what to say under the tiles."""
    without_amount = "" if measure == "payers" else comparison.without_amount
    return [*comparison.notes, *([without_amount] if without_amount else [])]


@dataclass(frozen=True, slots=True)
class Answer:
    """A scenario's result, with what the parts of the page need to show it: all of them in the same money."""

    view: View
    cube: Cube
    slot: Slot
    comparison: Comparison
    payer_revenue: Revenue
    measure: Measure

    @property
    def money(self) -> Money:
        """What prices scenarios in the money chosen."""
        return money_of(self.view, self.cube)

    @property
    def whole(self) -> Difference:
        """The scenario's difference in the money chosen."""
        if self.measure == "payers":
            return self.payer_revenue.difference()
        return self.comparison.difference(self.measure)


def parts(answer: Answer) -> None:
    """Show one part of the answer at a time: only the visible one is computed."""
    names = list(PARTS)
    name = st.segmented_control("Show", names, default=names[0], required=True, key="what_if_part")
    if name in IN_MONEY and answer.measure == "payers" and not answer.payer_revenue.is_known:
        st.info(f"{name} needs the terms of at least one payer. Enter its contract on the Contracts page.")
        return
    if name in AT_MEDICARE_ONLY and answer.measure == "payers":
        st.caption(f"{name} is at Medicare rates for all lines. It is not computed by payer.")
    try:
        PARTS[name](answer)
    except RevMixError as error:
        shell.problem(error)


def _by_code(answer: Answer) -> None:
    whole = answer.whole
    figures.show(charts.difference_by_code(whole), key="difference_by_code", table=False)
    tables.show(
        whole.per_code,
        alt="Every code before and after",
        file_name="revmix_what_if_codes.csv",
        total=f"**Total** {safe(NAMES[whole.measure])}: before {exact(whole.before_cents)} · "
        f"after {exact(whole.after_cents)} · difference {safe(signed(whole.difference_cents, places=2))}",
    )
    if whole.measure == "payers":
        st.caption(
            "Of a rate per visit, each code has its share of what Medicare would pay for the visit. A cap or a floor "
            "is shared out by what the codes would be paid without it."
        )


def _by_cause(answer: Answer) -> None:
    by_cause = whatif.by_cause(answer.money, answer.comparison.scenario)
    figures.show(charts.difference_by_cause(by_cause, answer.whole), key="difference_by_cause")


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
        figures.show(charts.mix_before_after(answer.comparison, codes), key="mix_before_after")


def _payers(answer: Answer) -> None:
    payers.show(answer.payer_revenue)


def _side_by_side(answer: Answer) -> None:
    differences = []
    for slot in state.slots():
        try:
            comparison = whatif.compare(answer.cube, slot.scenario)
            if answer.measure == "payers":
                differences.append(payers_of(answer.view, answer.cube).revenue(slot.scenario).difference())
            else:
                differences.append(comparison.difference(answer.measure))
        except RevMixError as error:
            st.caption(safe(f"{slot.scenario.name}: {error}"))
    if not differences:
        return
    figures.show(charts.scenarios_side_by_side(differences), key="side_by_side", table=False)
    columns = ("scenario", *(f"{answer.measure}_{side}_cents" for side in ("before", "after", "difference")))
    rows = [(each.scenario.name, each.before_cents, each.after_cents, each.difference_cents) for each in differences]
    tables.show(
        pl.DataFrame(rows, schema=columns, orient="row"),
        alt="Baseline and scenarios side by side",
        file_name="revmix_scenarios.csv",
        headings=dict(zip(columns, ("Scenario", "Before", "After", "Difference"), strict=True)),
        total=NAMES[answer.measure],
    )


def _additional_unit(answer: Answer) -> None:
    codes = list(dict.fromkeys([*MOVEMENT, *controls.timed_codes(answer.view)]))[:MOST_UNITS]
    pairs = [(recode.source, recode.target) for recode in answer.comparison.scenario.of(Recode)]
    against, focus = pairs[0] if pairs else ("97110", "97112")
    units = whatif.marginal(answer.cube, answer.comparison.scenario, [*codes, focus], against)
    if focus in units.frame["code"]:
        figures.show(charts.marginal_units(units, focus), key="marginal_units")


def _sensitivity(answer: Answer) -> None:
    moved = whatif.sensitivity(answer.money, answer.comparison.scenario)
    figures.show(charts.tornado(moved, answer.measure), key="tornado")


def _break_even(answer: Answer) -> None:
    """Show how far a recoding must go to offset the other changes; without any, to offset the 2027 proposal."""
    scenario = answer.comparison.scenario
    recode = scenario.of(Recode)[0] if scenario.of(Recode) else Recode("97110", "97112", 1)
    has_other_changes = any(part.cause in {"price", "rules"} for _, part in causes.parts(scenario, answer.measure))
    if not has_other_changes:
        scenario = Scenario("The 2027 proposal", (*scenario.of(Recode), ScheduleChange(year=2027)))
        st.caption(
            "This scenario changes no price or rule, so this shows what would make up for the PROPOSED 2027 schedule."
        )
    if recode.source not in controls.timed_codes(answer.view):
        st.info(f"There are no units of {recode.source} to recode.")
        return
    even = whatif.break_even(answer.money, scenario, recode)
    figures.show(charts.break_even(even), key="break_even")
    st.caption("This is a calculation, not a reason to code differently. The code must match the service documented.")


def _year_over_year(answer: Answer) -> None:
    years = sorted(answer.view.lines["date_of_service"].dt.year().unique().to_list())
    if len(years) < 2:  # noqa: PLR2004  two years make a bridge
        st.info("All lines are from one year. A comparison needs two.")
        return
    pairs = list(pairwise(years))[::-1]
    pair = st.selectbox("Years", pairs, format_func=lambda both: f"{both[0]} to {both[1]}", key="what_if_years")
    measure = "allowed" if answer.measure == "payers" else answer.measure
    year_bridge = whatif.bridge(answer.view.priced, answer.view.filters, *pair, measure=measure, track=session.track())
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
IN_MONEY = frozenset({"By code", "By cause", "Side by side", "Sensitivity", "Break-even"})
"""Parts in the money chosen."""
AT_MEDICARE_ONLY = frozenset({"One more unit", "Year over year"})
