"""What a page has to do for the clock of its session (serving/sessions.py), and what it says when one has run down."""

from __future__ import annotations

import os

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from serving.sessions import CONNECTION, Login, former_session, sessions

LOST = "session_lost"


def watch(login: Login | None = None) -> bool:
    """Tell the clock of this browser page which session it stands for and who is signed in; whether that is new."""
    context = get_script_run_ctx()
    name = st.context.headers.get(CONNECTION)
    return context is not None and name is not None and sessions().note(name, context.session_id, login)


def remember_loss() -> None:
    """In a new session: note that this browser page had an earlier session, and that its data are gone."""
    if former_session(st.context.headers.get("Sec-WebSocket-Protocol")):
        st.session_state[LOST] = True


def say_loss() -> None:
    """Say once, in a new session, that the data of the one before are gone and what to do."""
    if st.session_state.pop(LOST, False):
        st.info(f"{reason()} Please open your files again.", icon=":material/lock_clock:")


def reason() -> str:
    """Why a session can be gone, in a sentence."""
    away = f"nobody clicked for {minutes():g} minutes, " if minutes() else ""
    return f"The data you had open is gone: {away}the connection was lost for too long, or RevMix restarted."


def minutes() -> float:
    """Minutes without a click after which a session's data go; 0 is never."""
    return float(os.environ.get("REVMIX_IDLE_MINUTES") or 0)
