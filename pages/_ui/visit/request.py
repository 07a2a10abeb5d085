"""What visit to price: day, place, plan of care, services; also from and to a link."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st
from streamlit.column_config import NumberColumn, SelectboxColumn, TextColumn

from analysis.codes.hcpcs import code_with_label, load
from analysis.errors import BadInput
from analysis.medicare.fees import NATIONAL, load_book, resolve
from analysis.visit import Service, Visit, deductible_of, parse_service
from pages._ui.kit import contracts, localities, session, tables
from pages._ui.kit.terms import explain
from pages._ui.kit.text import exact, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.whatif.scenarios import Contract

FIRST = (Service("97112", 2), Service("97110", 1))
"""What the page shows before anything is entered."""
PLANS = {"GP": "Physical therapy (GP)", "GO": "Occupational therapy (GO)", "GN": "Speech therapy (GN)"}
LINKED = "visit_of_link"


def form() -> Visit | None:
    """Show the form and return the visit; None while it has no service."""
    linked = _linked()
    with st.container(border=True, key="visit_form"):
        left, middle, right = st.columns(3)
        first, last = load_book().first_day, date(max(load_book().schedules), 12, 31)
        today = min(max(date.today(), first), last)  # noqa: DTZ011  the user's own day
        day = left.date_input(
            "Date of service",
            linked.day if linked else today,
            min_value=first,
            max_value=last,
            key="visit_day",
            format="MM/DD/YYYY",
        )
        with middle:
            start = linked.locality if linked else localities.of_clinic()
            locality = localities.pick("Locality", "visit_locality", start) or NATIONAL
        plan = right.selectbox(
            "Plan of care",
            list(PLANS),
            index=list(PLANS).index(linked.plan) if linked else 0,
            format_func=PLANS.__getitem__,
            key="visit_plan",
            help="Added to services that name no plan of care.",
        )
        services = _services(linked.services if linked else FIRST)
        left, right = st.columns(2)
        deductible = _deductible(left, day.year)
        contract = _contract(right, day)
    if not services:
        return None
    visit = Visit(day, locality, services, plan, contract, deductible, session.track())
    st.query_params["visit"] = encode(visit)
    return visit


def _services(first: Sequence[Service]) -> tuple[Service, ...]:
    """Show the services as a table to edit."""
    frame = pl.DataFrame(
        {
            "Code": [code_with_label(service.code) for service in first],
            "Units": [service.units for service in first],
            "Minutes": [service.minutes for service in first],
            "Modifiers": [" ".join(service.modifiers) for service in first],
        },
        schema={"Code": pl.String, "Units": pl.Int64, "Minutes": pl.Int64, "Modifiers": pl.String},
    )
    options = list(dict.fromkeys([*map(code_with_label, load()), *frame["Code"]]))
    edited = tables.edit(
        frame,
        alt="Services of the visit",
        key="visit_services",
        fixed=(),
        units={"Units": "count", "Minutes": "count"},
        config={
            "Code": SelectboxColumn("Code", options=options, required=True, width=260),
            "Units": NumberColumn("Units", min_value=1, max_value=99, step=1, help="Leave empty to count the minutes."),
            "Minutes": NumberColumn(
                "Minutes", min_value=1, max_value=1440, step=1, help="Timed codes become units by the 8-minute rule."
            ),
            "Modifiers": TextColumn("Modifiers", help="Such as 59 CQ. The plan of care is added by itself."),
        },
        rows="dynamic",
    )
    services = []
    for row in edited.iter_rows(named=True):
        if not row["Code"]:
            continue
        count = f"{row['Minutes']}min" if row["Units"] is None and row["Minutes"] else str(row["Units"] or 1)
        services.append(parse_service(f"{row['Code'].split(' ')[0]}:{count}:{row['Modifiers'] or ''}"))
    return tuple(services)


def _deductible(place: st.delta_generator.DeltaGenerator, year: int) -> int:
    """Ask what is left of the deductible."""
    known = deductible_of(year)
    text = f"The Part B deductible of {year} is {exact(known)}." if known else f"The deductible of {year} is not known."
    dollars = place.number_input(
        "Deductible the patient still owes",
        min_value=0.0,
        max_value=known / 100 if known else None,
        value=0.0,
        step=10.0,
        format="%.2f",
        key=f"visit_deductible_{year}",
        help=text,
    )
    return round(dollars * 100)


def _contract(place: st.delta_generator.DeltaGenerator, day: date) -> Contract | None:
    """Offer the loaded payers whose terms are known, beside Medicare."""
    known: dict[str, Contract] = {}
    if session.export() is not None:
        book = contracts.terms_book(session.priced())
        pairs = session.priced().lines.select(pl.col("payer", "payer_class").cast(pl.String)).unique().sort("payer")
        for payer, payer_class in pairs.drop_nulls().iter_rows():
            contract = book.terms(payer, payer_class, day).contract
            if contract is not None and contract.basis not in ("observed", "unknown"):
                known[f"{payer}: {contract.terms}"] = contract
    choice = place.selectbox(
        "Payer",
        ["Medicare", *known],
        key="visit_payer",
        help=explain("allowed_amount") if known else "Open a billing export to price by your payers' terms.",
    )
    return known.get(choice)


# ------------------------------------------------------------------------------------------------------------- the link
def encode(visit: Visit) -> str:
    """Write a visit for an address: no patient data, nothing of any file."""
    return "_".join(
        [visit.day.isoformat(), visit.locality.key, visit.plan, *(service.text for service in visit.services)]
    )


def decode(text: str) -> Visit:
    """Read a visit from an address.

    Raises
    ------
    BadInput
        If it is none.
    """
    day, *rest = text.split("_")
    try:
        when = date.fromisoformat(day)
        place, plan, *services = rest
        locality = NATIONAL if place == NATIONAL.key else resolve(place)
    except ValueError:
        raise BadInput(f"the link {text!r}", expected="a link of this page", todo="copy the whole address") from None
    return Visit(when, locality, tuple(map(parse_service, services)), plan if plan in PLANS else "GP")


def _linked() -> Visit | None:
    """Return the visit of the address the page was opened with."""
    if LINKED not in st.session_state:
        text = st.query_params.get("visit") or st.session_state.get("linked_visit", "")
        st.session_state[LINKED] = None
        if text:
            try:
                st.session_state[LINKED] = decode(text)
            except BadInput as error:
                st.error(safe(error), icon=":material/error:")
    linked: Visit | None = st.session_state[LINKED]
    return linked
