"""What tests of the pages do and read: drop a file, press a button, what the page says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

GOOD = (
    "Patient ID,DOS,CPT,Units,Charge,Payer,Clinic ZIP\n"
    "P1,3/2/2026,97110,2,120.00,Medicare,45202\n"
    "P1,3/2/2026,97530,1,80.00,Medicare,45202\n"
    "P2,3/3/2026,97112,two,70.00,Aetna,45202\n"
)
"""Three rows, the last with a fault."""
TWO_CLINICS = (
    "Patient ID,DOS,CPT,Units,Charge,Clinic,Clinic ZIP\n"
    "P1,3/2/2026,97110,2,120.00,North,45202\n"
    "P2,3/2/2026,97110,2,120.00,South,\n"
)
"""The second one without a ZIP code."""
NOWHERE = (
    "Patient ID,DOS,CPT,Units,Charge,Insurance Paid,Payer,Room\n"
    "P1,3/2/2026,97110,2,120.00,50,Medicare,1\n"
    "P1,3/2/2026,97530,1,200.00,30,Medicare,1\n"
)
"""A clinic of which no ZIP code is known, and a column nobody reads."""
JUNE = (
    "Patient ID,DOS,CPT,Mods,Units,Charge,Payer,Clinic ZIP\n"
    "P1,6/13/2026,97110,GP,2,100.00,Medicare,14202\n"
    "P1,6/13/2026,97140,GP,1,50.00,Medicare,14202\n"
)
JULY = "Patient ID,DOS,CPT,Mods,Units,Charge,Payer,Clinic ZIP\nP1,7/13/2026,97110,GP,2,100.00,Medicare,14202\n"
"""Two months of one clinic, without a fault."""


def said(app: AppTest) -> str:
    """Everything a reader sees as text."""
    elements = (*app.title, *app.header, *app.markdown, *app.caption, *app.error, *app.warning, *app.info)
    return "\n".join(element.value for element in elements)


def title(app: AppTest) -> str:
    """The page's title as it stands, whatever else happened."""
    return str(app.title[0].value)


def answers(app: AppTest) -> str:
    """The page's title: its answer in a sentence."""
    assert not app.exception, app.exception
    [answer] = app.title
    return str(answer.value)


def primary(app: AppTest) -> list[str]:
    """The labels of the page's primary buttons."""
    return [button.label for button in app.button if button.proto.type == "primary"]


def type_place(app: AppTest, key: str, text: str) -> AppTest:
    """Type into a locality picker and press Enter; AppTest itself only chooses what a list offers."""
    box = app.selectbox(key)
    box.options.append(text)
    return box.set_value(text).run()


def drop(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Drop files, each a name and what is in it, on the Data page."""
    return app.file_uploader[0].set_value([(*file, "application/octet-stream") for file in files]).run()


def press(app: AppTest, label: str, number: int = 0) -> AppTest:
    """Press a button by its label; where several have it, the one of that number."""
    return [button for button in app.button if button.label == label][number].click().run()
