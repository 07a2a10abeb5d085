"""What a page does for its session's idle clock (serving/sessions.py), and what it says when time has run out."""

from __future__ import annotations

import os

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from serving.sessions import CONNECTION, Login, former_session, sessions

LOST = "session_lost"


def watch(login: Login | None = None) -> bool:
    """Register this browser page's session and who is signed in with the clock; return whether that is new."""
    context = get_script_run_ctx()
    name = st.context.headers.get(CONNECTION)
    return context is not None and name is not None and sessions().note(name, context.session_id, login)


def remember_loss() -> None:
    """Note in a new session that this browser page had an earlier session, whose data is gone."""
    if former_session(st.context.headers.get("Sec-WebSocket-Protocol")):
        st.session_state[LOST] = True


def say_loss() -> None:
    """Say once, in a new session, that the earlier session's data is gone and what to do."""
    if st.session_state.pop(LOST, False):
        st.info(f"{reason()} Please open your files again.", icon=":material/lock_clock:")


def reason() -> str:
    """Say in one sentence why a session can end."""
    away = f"nobody clicked for {minutes():g} minutes, " if minutes() else ""
    return f"The data you had open is gone: {away}the connection was lost for too long, or RevMix restarted."


def minutes() -> float:
    """Return the minutes without a click after which a session's data is deleted; 0 is never."""
    return float(os.environ.get("REVMIX_IDLE_MINUTES") or 0)
