"""The router: page config, sign-in of an office server, session check, navigation. ``revmix serve`` starts it."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from pages._ui.kit import gate, idle, session
from pages._ui.kit.screens import DATA, REVENUE, SCREENS

UI = Path(__file__).parent / "pages" / "_ui" / "kit"

st.set_page_config(page_title="RevMix", page_icon=str(UI / "mark.svg"), layout="wide")
st.logo(str(UI / "logo.svg"), size="large", icon_image=str(UI / "mark.svg"))


def home() -> None:
    """Open the start page: the figures if a file is loaded, else the page to add one."""
    st.switch_page(st.session_state.pop("wanted", None) or (REVENUE if session.export() else DATA).path)


def start() -> None:
    """Set up a new session."""
    st.session_state["routed"] = True
    idle.remember_loss()
    if os.environ.get("REVMIX_DEMO") == "1":
        session.open_sample()


if gate.enter():
    if "routed" not in st.session_state:
        start()
    # The default page has no address, so it only redirects; every page uses its name as its address.
    signpost = st.Page(home, title="RevMix", default=True, visibility="hidden")
    screens = [st.Page(screen.path, title=screen.title, icon=screen.icon) for screen in SCREENS]
    page = st.navigation([signpost, *screens])
    gate.account()
else:
    # Every address leads to the sign-in, so that a bookmarked one is not "page not found".
    doors = [st.Page(gate.door, title="RevMix", url_path=Path(screen.path).stem) for screen in SCREENS]
    page = st.navigation([st.Page(gate.door, title="RevMix", default=True), *doors], position="hidden")
page.run()
