"""One contract to enter or change: all its fields, each refusal beside the form, and nothing typed is lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis.errors import BadInput
from analysis.lines.payers import payer_key
from analysis.payers import BASES, whose_key
from analysis.payers.cells import LABELS
from analysis.payers.form import FIELDS, WITH_ANY, FormError, read_form, texts_of
from analysis.payers.names import nearest_payer
from analysis.whatif.scenarios import Provenance, check_contracts
from pages._ui.contracts import messages
from pages._ui.contracts.names import payers_of
from pages._ui.kit import contracts, shell
from pages._ui.kit.baseline import today
from pages._ui.kit.screens import CONTRACTS
from pages._ui.kit.terms import explain
from pages._ui.kit.text import safe

if TYPE_CHECKING:
    from datetime import date

    from analysis.whatif.scenarios import Contract
    from pages._ui.kit.view import View

IN_A_ROW = 3
"""Fields beside each other on a desk."""
DRAFT, SERIAL, WHO = "contract_draft", "contract_draft_serial", "contracts_who"
ALL_OF = "All of {} without a contract of their own"
REDUCTIONS = {"yes": "As Medicare: MPPR", "no": "Not reduced", "part": "A part of the fee"}
LESSER = {"": "As usual", "yes": "Yes", "no": "No, even above the charge"}
HELP = {
    "percent": "110%, 110 and 1.1 all mean 110%.",
    "fees": "Paste two or three columns from a spreadsheet, or type: 97110 31.50. A third number is the fee of further "
    "units of a line, where it differs.",
    "year": "Empty: the schedule of each date of service.",
    "locality": "Empty: each clinic's own. A ZIP code, or MAC and number such as 15202-00.",
    "other": "For codes without an amount of their own.",
    "assistants": "For services of assistants (CQ, CO). Empty: no less.",
    "lesser": "As usual: a percent of Medicare never pays more than the charge; other contracts are not limited by it.",
    "since": "First date of service of these terms. Empty: from the first on.",
    "until": "Last date of service of these terms. Empty: they have no end.",
}
PLACEHOLDERS = {
    "percent": "110%",
    "visit": "88.00",
    "evaluation": "Same as other visits",
    "visit_cap": "No limit",
    "visit_floor": "No limit",
    "other": "Not paid by charge",
    "assistants": "100%",
    "further_units": "50%",
    "year": "Of each date",
    "locality": "Each clinic's own",
    "since": "From the first on",
    "until": "No end",
    "fees": "97110 31.50\n97112 33.00",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A contract that is being entered: what its fields start with, and the one in the book that it replaces."""

    number: int
    start: Contract | None
    whose: str | None
    replaces: Contract | None

    def key(self, name: str) -> str:
        """Return the key of one of its widgets."""
        return f"contract_draft_{self.number}_{name}"


def open_with(start: Contract | None, *, whose: str | None = None, replaces: Contract | None = None) -> None:
    """Open the form, empty or with a contract's terms; what it replaces is only replaced when it is entered."""
    number = st.session_state[SERIAL] = st.session_state.get(SERIAL, 0) + 1
    st.session_state[DRAFT] = Draft(number, start, whose, replaces)


def is_open() -> bool:
    """Return whether a contract is being entered."""
    return DRAFT in st.session_state


def stamp(reason: str = "") -> Provenance:
    """Return who enters something now."""
    return Provenance(str(st.session_state.get(WHO, "")).strip(), today(), reason)


def show(view: View) -> None:
    """Show the form."""
    draft: Draft = st.session_state[DRAFT]
    whose = draft.whose or (draft.start.whose if draft.start else "")
    title = f"What does {whose} pay by its contract?" if whose else "What does this payer pay by its contract?"
    shell.headline(CONTRACTS, safe(title), step=f"contract {draft.number}")
    start = texts_of(draft.start) if draft.start is not None else {}
    scope = _scope(view, draft)
    basis = st.selectbox(
        LABELS["basis"],
        list(FIELDS),
        list(FIELDS).index(draft.start.basis) if draft.start is not None and draft.start.basis in FIELDS else 0,
        format_func=lambda one: BASES[one],
        key=draft.key("basis"),
    )
    texts = {"basis": basis} | _fields(draft, FIELDS[basis], start)
    with st.container(border=True, gap="small"):
        st.markdown("**With any of these**", help=explain("visit_cap", "lesser_of_charge", "cq_co"))
        texts |= _fields(draft, WITH_ANY, start)
    columns = st.columns(2)
    columns[0].text_input("Your name", key=WHO, max_chars=120, placeholder="So that others know who entered it")
    reason = columns[1].text_input(
        "Why, or where it says so", key=draft.key("reason"), max_chars=500, placeholder="Amendment of April 2026"
    )
    with st.container(horizontal=True):
        enter = st.button("Enter this contract", type="primary", icon=":material/check:", key="contract_enter")
        if st.button("Cancel", type="tertiary", key="contract_cancel"):
            _close()
    if enter:
        _enter(draft, texts, scope, reason)


def _scope(view: View, draft: Draft) -> dict[str, str]:
    """Choose the payer, or the class of payers; a name that no line has is said."""
    payers = payers_of(view.priced.lines)
    classes = sorted(view.priced.lines["payer_class"].cast(pl.String).unique().to_list())
    named = {payer: {"payer": payer} for payer in payers} | {
        ALL_OF.format(one): {"payer_class": one} for one in classes
    }
    current = draft.whose or (draft.start.payer if draft.start else None)
    if draft.start is not None and draft.start.payer_class is not None and draft.whose is None:
        current = ALL_OF.format(draft.start.payer_class)
        named.setdefault(current, {"payer_class": draft.start.payer_class})
    if current is not None:
        same = next((one for one in payers if payer_key(one) == payer_key(current)), None)
        named.setdefault(same or current, {"payer": same or current})
        current = current if current in named else same
    options = list(named)
    choice = st.selectbox(
        LABELS["payer"],
        options,
        options.index(current) if current in options else None,
        accept_new_options=True,
        placeholder="Choose a payer, or type a name",
        key=draft.key("payer"),
    )
    if choice is None:
        return {}
    if choice in named:
        scope: dict[str, str] = named[choice]
    else:
        same = next((one for one in payers if payer_key(one) == payer_key(choice)), None)
        scope = {"payer": same or choice}
    if "payer" in scope and scope["payer"] not in payers:
        meant = nearest_payer(scope["payer"], payers)
        question = "" if meant is None else f"; did you mean {meant}?"
        st.warning(safe(f"No line of {scope['payer']}{question}"), icon=":material/help:")
    return scope


def _fields(draft: Draft, entries: tuple[str, ...], start: dict[str, str]) -> dict[str, str]:
    """Draw the fields of some entries; returns their texts."""
    texts: dict[str, str] = {}
    short = [entry for entry in entries if entry != "fees"]
    with st.container(key=f"contract_fields_{'_'.join(entries[:2]) or 'none'}"):
        for first in range(0, len(short), IN_A_ROW):  # a row at a time, so that a phone keeps their order
            for entry, column in zip(short[first : first + IN_A_ROW], st.columns(IN_A_ROW), strict=False):
                with column:
                    texts |= _field(draft, entry, start)
    if "fees" in entries:
        label = "Fees of codes apart from the percentage" if "percent" in entries else "Fee for each code"
        texts["fees"] = st.text_area(
            label,
            start.get("fees", ""),
            key=draft.key("fees"),
            placeholder=PLACEHOLDERS["fees"],
            help=HELP["fees"],
            height=170,
        )
    return texts


def _field(draft: Draft, entry: str, start: dict[str, str]) -> dict[str, str]:
    if entry == "mppr":
        at = "part" if "further_units" in start else start.get("mppr", "yes")
        choice = st.selectbox(
            "Units after a visit's first",
            list(REDUCTIONS),
            list(REDUCTIONS).index(at),
            format_func=REDUCTIONS.__getitem__,
            key=draft.key("mppr"),
            help=explain("mppr"),
        )
        return {"mppr": "no" if choice == "no" else "yes"}
    if entry == "further_units" and st.session_state.get(draft.key("mppr")) != "part":
        return {}
    if entry == "lesser":
        at = start.get("lesser", "")
        choice = st.selectbox(
            LABELS["lesser"],
            list(LESSER),
            list(LESSER).index(at),
            format_func=LESSER.__getitem__,
            key=draft.key("lesser"),
            help=HELP["lesser"],
        )
        return {"lesser": choice}
    text = st.text_input(
        LABELS[entry],
        start.get(entry, ""),
        key=draft.key(entry),
        placeholder=PLACEHOLDERS.get(entry),
        help=HELP.get(entry),
        max_chars=60,
    )
    return {entry: text}


def _enter(draft: Draft, texts: dict[str, str], scope: dict[str, str], reason: str) -> None:
    """Put the contract in the book, or say what is wrong."""
    if not scope:
        _problem(BadInput("nothing", expected="a payer", todo="choose one, or type a name", column=LABELS["payer"]))
        return
    try:
        contract = read_form(texts, scope)
        before = draft.replaces
        if before is not None and not reason and replace(contract, provenance=before.provenance) == before:
            contract = before
        else:
            contract = replace(contract, provenance=stamp(reason))
        others = tuple(each for each in contracts.book().contracts if each != before)
        _check_room(contract, others)
        check_contracts((*others, contract))
    except FormError as error:
        for each in error.errors:
            _problem(each)
        return
    except BadInput as error:
        _problem(error)
        return
    contracts.use((*others, contract))
    messages.say(f"Entered: {contract.in_words()}.", place=messages.TOP)
    _close()


def _problem(error: BadInput) -> None:
    """Say what is wrong with a field, by its name on the page."""
    told = BadInput(error.found, expected=error.expected, todo=error.todo)
    st.error(safe(f"{error.column}: {told}" if error.column else told), icon=":material/error:")


def _check_room(contract: Contract, others: tuple[Contract, ...]) -> None:
    """Refuse a second contract of one payer from the same day on."""
    for other in others:
        if (whose_key(other), other.since) == (whose_key(contract), contract.since):
            raise BadInput(
                f"a second contract of {contract.whose} {_from(contract.since)}",
                expected="one contract for each stretch of time",
                todo=f'change the one in the book ("{other.terms}"), or enter the day from which this one holds',
                column=LABELS["since"],
            )


def _from(day: date | None) -> str:
    return "from the first day on" if day is None else f"from {day} on"


def _close() -> None:
    del st.session_state[DRAFT]
    st.rerun()
