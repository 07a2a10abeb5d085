"""Every string of a file reaches the screen as text: every element of every page is walked.

Streamlit reads labels, help, notices, headings and metrics as Markdown; Plotly reads some HTML. A string of the user's
may stand in them escaped, and as it is only where it is shown as it is: options of lists, cells, values, names of
downloads, names for screen readers.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from analysis.lines.filters import Filters
from analysis.whatif.scenarios import Contract, Provenance, Recode, Scenario, link, store
from pages._ui.kit.screens import DATA, FEE_SCHEDULES, SCREENS, VISIT, WHAT_IF, Screen
from pages._ui.kit.text import safe
from pages._ui.what_if.result import PARTS
from tests.app.page import drop
from tests.ingest.x12.build import claim, head, interchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

HOSTILE = (
    "![x](http://evil.example/1.png)",
    "[click](http://evil.example/2)",
    "<img src=http://evil.example/3.png>",
    "<a href=http://evil.example/4>x</a>",
    "<script>alert(5)</script>",
    "<b>six</b><br>",
    "$x_7^2$",
    "$$y_8$$",
    ":red[nine]",
    ":blue-background[ten]",
    ":material/delete:",
    ":streamlit: 12",
    ":tada: 13",
    "http://evil.example/14",
    "www.evil.example 15",
    "x@evil.example 16",
    "**seventeen**",
    "`eighteen`",
    "# nineteen",
    "> twenty",
    "- item 21",
    "1. item 22",
    "| a | b | 23",
    "~~24~~",
    "&lt;25&gt;",
    "<- 26",
    "a -- 27",
    "%{y} 28",
    "[^29]: x",
    "\\*thirty\\*",
)
"""Markdown, HTML, LaTeX, colors, icons, links, bare addresses, Plotly's templates."""

AS_THEY_ARE = {
    "options",  # of selectbox and multiselect: plain text in Streamlit; elsewhere they are `content`
    "alt",
    "arrow_data",
    "data",
    "columns",
    "value",
    "default",
    "set_value",
    "raw_values",
    "icon",
    "id",
    "placeholder",
    "element_id",
    "user_key",
    "block_id",
    "key",
    "form_id",
    "widget_id",
    "url",
    "code_text",
}
"""Names of fields that Streamlit shows as they are, or not at all."""


def rows() -> str:
    """A line for each string, which is its payer, clinic, therapist and note, and one that needs the user."""
    quoted = [text.replace('"', '""') for text in HOSTILE]
    lines = [
        f"P{n},3/{n % 28 + 1}/2026,{('97110', '97112')[n % 2]},2,100.00,40.00,50.00,"
        f'"{text}","{text}","{text}",45202,"{text}"'
        for n, text in enumerate(quoted)
    ]
    bad = [f'P{n},3/{n % 28 + 1}/2026,97110,"{text}",100.00,,,Aetna,A,B,45202,' for n, text in enumerate(quoted)]
    heads = ",".join(f'"{text}"' for text in quoted)
    beside = ",".join(f'"{text}"' for text in quoted)
    return "\n".join(
        (
            f"Patient ID,DOS,CPT,Units,Charge,Insurance Paid,Allowed,Payer,Clinic,Therapist,Clinic ZIP,Status,{heads}",
            *(f"{line},{beside}" for line in lines),
            *(f"{line},{beside}" for line in bad),
        )
    )


REMITTANCE = interchange(
    *(
        [*head("30", payer=text), *claim(f"P{n}", "SVC*HC:97110:GP*100*30**2~CAS*CO*45*70", charge="100", paid="30")]
        for n, text in enumerate(HOSTILE)
        if not {"*", "~", ":"} & set(text)
    )
)
"""Checks of payers by those names."""


def protos(node: object) -> Iterator[object]:
    """The message of every element and block on a page, labels of tabs and expanders with them."""
    if (proto := getattr(node, "proto", None)) is not None:
        yield proto
    for child in getattr(node, "children", {}).values():
        yield from protos(child)


def strings(message: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every string of a message with the names of the fields that lead to it."""
    for field, value in message.ListFields():  # type: ignore[attr-defined]
        for one in value if field.is_repeated and field.message_type is None else [value]:
            if isinstance(one, str):
                yield (*path, field.name), one
            elif field.message_type is not None:
                for inner in one.values() if hasattr(one, "values") else one if field.is_repeated else [one]:
                    if hasattr(inner, "ListFields"):
                        yield from strings(inner, (*path, field.name))


def figure_strings(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from figure_strings(inner, (*path, str(key)))
    elif isinstance(value, list):
        for inner in value:
            yield from figure_strings(inner, path)
    elif isinstance(value, str):
        yield path, value


def faults(app: AppTest) -> set[str]:
    """What stands somewhere as it is where Streamlit or Plotly would read it."""
    found = set()
    for proto in protos(app._tree):  # AppTest has no other way to every element
        kind = proto.DESCRIPTOR.name  # type: ignore[attr-defined]
        for path, text in strings(proto):
            if kind == "PlotlyChart" and path == ("spec",):
                found |= {
                    f"chart {at}: {raw}" for at, inner in figure_strings(json.loads(text)) for raw in _read(inner)
                }
            elif kind == "Html":  # our own style and printed tables, of which only HTML is read
                found |= {f"Html: {raw}" for raw in _read(text)}
            elif not AS_THEY_ARE.intersection(path) and (hits := _raw(text)):
                found |= {f"{kind}.{'.'.join(path)}: {raw}" for raw in hits}
    return found


def _raw(text: str) -> list[str]:
    """Strings that stand in a text without an escape before them."""
    return [raw for raw in HOSTILE if re.search(rf"(?<!\\){re.escape(raw)}", text)]


def _read(text: str) -> list[str]:
    """Strings that Plotly or the browser would read as HTML."""
    return [raw for raw in HOSTILE if ("<" in raw or "&" in raw) and raw in text]


@pytest.fixture
def own_files(open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AppTest:
    """The hostile export, loaded beside a kept scenario and contracts by the same names."""
    monkeypatch.setenv("REVMIX_HOME", str(tmp_path))
    for text in HOSTILE[:3]:
        store.save(Scenario(text, (Recode("97110", "97112", 1, 2_000),)))
    store.save_contracts(
        [Contract("medicare", payer=text, percent_bp=9_000) for text in HOSTILE], store.load_contracts()
    )
    return drop(open_page(DATA.path), ("![x](http:--evil.example-f.png) $x$ :red[f].csv", rows().encode()))


def test_the_columns_of_a_file_are_text(own_files: AppTest) -> None:
    assert not own_files.exception
    assert any(safe(HOSTILE[0]) in element.value for element in own_files.markdown), "the strings are on the page"
    assert faults(own_files) == set()


BY = {
    "payments_by": ("payer", "clinic", "provider"),
    "kpi_by": ("payer", "clinic", "provider"),
    "split_by": ("payer", "clinic", "provider"),
    "mix_by": ("payer", "clinic", "provider"),
}
"""Key of a choice -> what may be chosen and shows names of the file."""


def choice(app: AppTest, key: str) -> Any:
    return next(one for one in app.get("button_group") if getattr(one, "key", None) == key)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.path)
def test_every_page_shows_text_as_text(own_files: AppTest, screen: Screen) -> None:
    app = own_files
    next(button for button in app.button if button.label == "Use these lines").click().run()
    assert faults(app) == set()
    if screen is DATA:
        drop(app, ("two.csv", rows().encode()), ("pay.835", REMITTANCE), (f"{HOSTILE[8]}.csv", b"a,b\n1,2\n"))
    app.switch_page(screen.path).run()
    if screen not in (DATA, FEE_SCHEDULES, VISIT):
        app.sidebar.multiselect(key="filter_payers").set_value(list(HOSTILE)).run()
    assert not app.exception, app.exception
    assert faults(app) == set()
    for group in [key for key in BY if any(getattr(one, "key", None) == key for one in app.get("button_group"))]:
        for option in BY[group]:
            choice(app, group).set_value(option).run()
            assert not app.exception, (option, app.exception)
            assert faults(app) == set(), option


def test_a_scenario_with_its_parts_shows_text_as_text(own_files: AppTest) -> None:
    app = own_files
    next(button for button in app.button if button.label == "Use these lines").click().run()
    for text in HOSTILE[:2]:
        where = Filters(payers=HOSTILE[:8])
        name = f"{text} {HOSTILE[8]} {HOSTILE[10]} {HOSTILE[13]}"
        made = Scenario(
            name,
            (
                Recode("97110", "97112", 1, 2_000, where),
                Contract("medicare", payer=text, percent_bp=9_000, provenance=Provenance(text, None, text)),
            ),
        )
        app.query_params["scenario"] = link.encode(made)
        app.switch_page(WHAT_IF.path).run()
    assert not app.error, [one.value for one in app.error]
    for part in PARTS:
        choice(app, "what_if_part").set_value(part).run()
        assert not app.exception, (part, app.exception)
        assert faults(app) == set(), part
