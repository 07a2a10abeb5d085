"""The sign-in page of an office server: nothing else of the app runs for anyone not signed in and on the list."""

from __future__ import annotations

import streamlit as st

from pages._ui.kit import idle
from pages._ui.kit.text import safe
from serving.office import Verdict, audit, current, login_of, verdict
from serving.sessions import sessions

TURNED_AWAY = "turned_away"
"""Key of the last reason for refusal, so that it is logged once per session."""
SENTENCES = {
    Verdict.UNKNOWN: "Sign in to open RevMix.",
    Verdict.IDLE: "Your session ended because nobody used it for a while, and its data is gone. Please sign in again.",
    Verdict.UNVERIFIED: "The e-mail address {email} is not verified by your sign-in provider. "
    "Please verify it there, then sign in again.",
    Verdict.UNLISTED: "{email} does not have access to this RevMix server. "
    "Please ask the person who runs it to add you.",
}


def is_open() -> bool:
    """Return whether this run may go on: always on your own computer, on an office server if access is granted."""
    office = current()
    return office is None or verdict(st.user.to_dict(), office) is Verdict.WELCOME


def enter() -> bool:
    """Check access and start the session's clock; if False, show nothing but the sign-in page."""
    office = current()
    if office is None:
        idle.watch()
        return True
    decision = verdict(st.user.to_dict(), office)
    if decision is Verdict.WELCOME:
        if idle.watch(login_of(st.user.to_dict())):
            audit(decision.value, st.user.get("email"), st.context.ip_address)
        return True
    idle.watch()
    if "routed" in st.session_state:  # let in before, and no longer: nothing of it stays
        st.session_state.clear()
    if decision not in {Verdict.UNKNOWN, st.session_state.get(TURNED_AWAY)}:
        st.session_state[TURNED_AWAY] = decision
        audit(decision.value, st.user.get("email"), st.context.ip_address)
    return False


def door() -> None:
    """Show the only page for anyone without access: a sentence and a button."""
    if (office := current()) is None:
        return
    decision = verdict(st.user.to_dict(), office)
    with st.container(width=480):
        st.title("RevMix", anchor=False)
        st.markdown(SENTENCES[decision].format(email=safe(str(st.user.get("email") or "Your account"))))
        if decision in {Verdict.UNKNOWN, Verdict.IDLE}:
            if st.button("Sign in", type="primary", icon=":material/login:"):
                st.login()
        elif st.button("Sign out", icon=":material/logout:"):
            _leave()
        st.caption(safe(office.host))


def account() -> None:
    """Show in the sidebar of an office server who is signed in, and a button to sign out."""
    if current() is not None:
        with st.sidebar:
            st.caption(safe(f"Signed in as {st.user.get('email')}"))
            if st.button("Sign out", icon=":material/logout:", key="sign_out"):
                _leave()


def _leave() -> None:
    """Sign out in all tabs, and delete the data of their sessions."""
    user = st.user.to_dict()
    audit("signed out", user.get("email"), st.context.ip_address)
    st.session_state.clear()
    sessions().sign_out(login_of(user))
    st.logout()
