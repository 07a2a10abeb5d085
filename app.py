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

arrived = "routed" not in st.session_state
st.session_state["routed"] = True
wanted = st.session_state.pop("wanted", None)

pages = {screen: st.Page(screen.path, title=screen.title, icon=screen.icon) for screen in SCREENS}
chosen = st.navigation(list(pages.values()))

if arrived and os.environ.get("REVMIX_DEMO") == "1":
    session.open_sample()
    if chosen is pages[DATA] and wanted is None:
        st.switch_page(pages[REVENUE])
if wanted is not None:
    st.switch_page(wanted)

chosen.run()
