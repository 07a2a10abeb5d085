"""The router: page config, session guard, navigation. Start it with ``revmix serve`` or ``streamlit run app.py``."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from pages._ui import session
from pages._ui.screens import DATA, REVENUE, SCREENS

UI = Path(__file__).parent / "pages" / "_ui"

st.set_page_config(page_title="RevMix", page_icon=str(UI / "mark.svg"), layout="wide")
st.logo(str(UI / "logo.svg"), size="large", icon_image=str(UI / "mark.svg"))


def home() -> None:
    """Lead the bare address to where the work is: the figures when a file is loaded, else the place to drop one."""
    st.switch_page(st.session_state.pop("wanted", None) or (REVENUE if session.export() else DATA).path)


arrived = "routed" not in st.session_state
st.session_state["routed"] = True
if arrived and os.environ.get("REVMIX_DEMO") == "1":
    session.open_sample()

# The default page has no address of its own, so it is a signpost and every screen keeps its name as its address.
start = st.Page(home, title="RevMix", default=True, visibility="hidden")
st.navigation([start, *(st.Page(screen.path, title=screen.title, icon=screen.icon) for screen in SCREENS)]).run()
