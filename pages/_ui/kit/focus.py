"""Keyboard focus, for screen readers too: it moves to the headline, or the first problem, of a newly opened page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

FOLDER = Path(__file__).parent
PACKAGE, PART = "revmix", "focus"
NAME = f"{PACKAGE}.{PART}"


def move_focus(view: str, *, has_problem: bool = False) -> None:
    """Move the focus when `view` has changed: to the headline, or to the first problem if there is one.

    The script is a file of this server's, which is all that the policy of serving/headers.py lets run. Streamlit serves
    such files only for what is registered as an installed package's; a runtime forgets nothing, so this is done once.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(NAME) is None:
        manifest = ComponentManifest(PACKAGE, "1", [ComponentConfig(PART, "browser")])
        manager.register_from_manifest(manifest, FOLDER)
    mount = st.components.v2.component(NAME, js="focus.js", isolate_styles=False)
    mount(data={"view": view, "has_problem": has_problem}, key="focus", height=1)
