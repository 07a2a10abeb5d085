"""What the visit pays: its lines, the working, findings, the years, other localities, one more unit, a plan of care."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis import audit
from analysis.medicare.fees import load_book
from analysis.money import dollars
from analysis.visit import by_locality, by_year, one_more_unit, plan_of_care
from pages._ui.kit import localities, shell, tables
from pages._ui.kit.terms import explain
from pages._ui.kit.text import count, day, exact, safe

if TYPE_CHECKING:
    from analysis.visit import PricedVisit, Visit

MOST_LOCALITIES = 6
FIRST_COLUMNS = (
    *("code", "label", "modifiers", "units", "full_units"),
    *("expected_cents", "medicare_cents", "receipts_cents"),
)


def source(visit: Visit) -> None:
    """Say which schedule priced the visit."""
    schedule = load_book().schedule_on(visit.day, proposed=True)
    st.caption(
        f"Medicare physician fee schedule {safe(schedule.label)} · {safe(localities.label(visit.locality))} · "
        f"{day(visit.day)}",
        help=explain("fee_schedule", "locality", "mppr", "sequestration"),
    )
    if schedule.proposed:
        st.badge(safe(f"{schedule.label}: not final"), color="orange", help=safe(schedule.note))


def show(visit: Visit, priced: PricedVisit) -> None:
    """Show the answer, part by part."""
    _steps(priced)
    _findings(priced)
    left, right = st.columns(2)
    with left:
        _years(visit)
    with right:
        _more(visit)
    _elsewhere(visit)
    _plan(visit)


def _steps(priced: PricedVisit) -> None:
    totals = {name: priced.total(name) for name in ("expected_cents", "medicare_cents", "receipts_cents")}
    medicare, receipts = totals["medicare_cents"], totals["receipts_cents"]
    patient = None if receipts is None or medicare is None else receipts - medicare
    with st.container(horizontal=True, key="tiles"):
        tiles = {"Allowed": totals["expected_cents"], "Medicare pays": medicare, "The patient pays": patient}
        if priced.contract_cents is not None:
            tiles["This payer pays"] = priced.contract_cents
        for name, cents in tiles.items():
            st.metric(name, dollars(cents), border=True)
    if priced.allocation is not None:
        st.info(safe(f"{priced.allocation.working}."), icon=":material/timer:")
    none = [name for name in ("deductible_cents", "assistant_cut_cents") if priced.total(name) == 0]
    tables.show(
        priced.lines.select(*FIRST_COLUMNS, pl.exclude(FIRST_COLUMNS)).drop(none),
        alt="The visit, line by line",
        file_name="revmix_visit.csv",
        headings={
            "full_units": "Units in full",
            "full_cents": "A unit in full",
            "reduced_cents": "A unit reduced",
            "expected_cents": "Allowed",
            "deductible_cents": "Deductible",
            "coinsurance_cents": "Coinsurance",
            "assistant_cut_cents": "Assistant cut",
            "sequestration_cents": "Sequestration",
            "medicare_cents": "Medicare pays",
            "receipts_cents": "Arrives",
        },
        total=f"**Visit** {exact(totals['expected_cents'])} allowed · {exact(receipts)} arrives",
    )
    for code, reason in priced.reasons.items():
        st.warning(safe(f"{code}: {reason}."), icon=":material/info:")


def _findings(priced: PricedVisit) -> None:
    """Say what an auditor would ask of this visit."""
    for row in priced.audit.findings.iter_rows(named=True):
        rule = audit.rules()[row["rule"]]
        text = f"**{safe(audit.SEVERITY_WORDS[row['severity']])}.** {safe(row['message'])}. {safe(rule.todo)}"
        (st.error if row["severity"] == "error" else st.warning)(text, icon=":material/policy:")


def _years(visit: Visit) -> None:
    st.header("The same visit over the years", anchor=False)
    columns = ("schedule", "expected_cents", "visit_change", "medicare_cents", "patient_cents")
    tables.show(
        by_year(visit).select(columns),
        alt="The same visit under every schedule",
        file_name="revmix_visit_years.csv",
        headings={
            "schedule": "Schedule",
            "expected_cents": "Allowed",
            "medicare_cents": "Medicare pays",
            "patient_cents": "The patient pays",
        },
        total="A dash means that one of the codes has no amount",
    )


def _more(visit: Visit) -> None:
    st.header("One more unit of a timed code", anchor=False)
    frame = one_more_unit(visit)
    if frame.is_empty():
        st.caption("This visit has no timed code.")
        return
    tables.show(
        frame,
        alt="What one more unit would add",
        file_name="revmix_visit_unit.csv",
        headings={"added_cents": "Allowed", "added_receipts_cents": "Arrives"},
        total="The code must match the service you provided and documented",
    )


def _elsewhere(visit: Visit) -> None:
    st.header("The same visit elsewhere", anchor=False)
    options = localities.by_label()
    chosen = st.multiselect(
        "Localities",
        list(options),
        max_selections=MOST_LOCALITIES,
        key="visit_places",
        persist_state="session",
        placeholder="Add localities to compare",
    )
    if not chosen:
        return
    tables.show(
        by_locality(visit, [visit.locality, *(options[name] for name in chosen)]).drop("receipts_cents"),
        alt="The same visit in several localities",
        file_name="revmix_visit_localities.csv",
        headings={
            "place": "Locality",
            "expected_cents": "Allowed",
            "medicare_cents": "Medicare pays",
            "patient_cents": "The patient pays",
        },
    )


def _plan(visit: Visit) -> None:
    """Price a plan of care, with the day that passes the KX threshold."""
    st.header("A plan of care", anchor=False, help=explain("kx"))
    left, middle, right = st.columns(3)
    per_week = left.number_input("Visits a week", 1, 7, 2, key="visit_per_week")
    weeks = middle.number_input("Weeks", 1, 52, 8, key="visit_weeks")
    used = right.number_input(
        "Allowed before, this year", 0.0, value=0.0, step=100.0, format="%.2f", key="visit_used",
        help="What therapy of this patient came to this year before the plan, at any clinic: it counts toward KX.",
    )  # fmt: skip
    plan = plan_of_care(visit, per_week=int(per_week), weeks=int(weeks), used_cents=round(used * 100))
    if plan.expected_cents is None or plan.patient_cents is None:
        st.info("A code of this visit has no amount on some day of the plan.", icon=":material/info:")
        return
    st.markdown(
        f"{count(plan.visits, 'visit')}: **{exact(plan.expected_cents)}** allowed, Medicare pays "
        f"{exact(plan.medicare_cents)}, the patient {exact(plan.patient_cents)}."
    )
    shell.notes(plan.notes)
    if plan.threshold_cents is None:
        st.caption("The KX threshold of this year is not known yet.")
    elif plan.kx_visit is None or plan.kx_day is None:
        st.caption(f"The plan stays below the year's KX threshold of {exact(plan.threshold_cents)}.")
    else:
        st.warning(
            f"Visit {plan.kx_visit} on {day(plan.kx_day)} passes the year's KX threshold of "
            f"{exact(plan.threshold_cents)}: KX is needed from there on.",
            icon=":material/flag:",
        )
