"""Colors can be told from the page, in light and dark, and from each other, by everybody."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from analysis.charts import colors
from analysis.codes import hcpcs as codes

LEAST_CONTRAST = 3.0
"""WCAG 2.2, success criterion 1.4.11, for graphics."""

# G. M. Machado and others, IEEE Trans. Visualization and Computer Graphics 15 (2009), 1291-1298: full severity.
SIGHT = {
    "usual": np.eye(3),
    "protanopia": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "deuteranopia": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
}


def _linear(color: str) -> np.ndarray:
    parts = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def _contrast(one: str, other: str) -> float:
    high, low = sorted((float(_linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _oklab(linear: np.ndarray) -> np.ndarray:
    """B. Ottosson's Oklab, in which distances are about those seen."""
    to_cones = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
    to_lab = np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])
    return np.asarray(to_lab @ np.cbrt(to_cones @ np.clip(linear, 0, 1)))


@pytest.mark.parametrize("page", colors.PAGE.values())
def test_every_color_stands_out_from_the_page(page: str) -> None:
    used = {colors.of_code(code) for code in codes.load()} | {colors.ACCENT, colors.WARNING, colors.CONTEXT}
    assert {color for color in used if _contrast(color, page) < LEAST_CONTRAST} == set()


def _inside(color: str, page: str) -> str:
    """What a pale color looks like on a page."""
    red, green, blue, part = (float(number) for number in colors.pale(color)[5:-1].split(","))
    under = (int(page[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(
        f"{round(part * mine + (1 - part) * its):02X}" for mine, its in zip((red, green, blue), under, strict=True)
    )


@pytest.mark.parametrize("page", colors.PAGE.values())
def test_marks_stand_out_from_what_they_lie_on(page: str) -> None:
    inside = _inside(colors.ACCENT, page)  # of the bars of expected amounts, with the paid ones and marks on them
    on_it = {colors.ACCENT, colors.WARNING, colors.CONTEXT}
    assert {mark for mark in on_it if _contrast(mark, inside) < LEAST_CONTRAST} == set()


@pytest.mark.parametrize("page", colors.PAGE.values())
def test_bars_that_stand_on_each_other_have_the_page_between_them(page: str) -> None:
    for whole in (None, [True, True], [False, True]):
        line = colors.on_page(colors.parted("#2896F4", whole), page)["line"]
        drawn = line["color"] if isinstance(line["color"], list) else [line["color"]]
        assert drawn[-1] == page


@pytest.mark.parametrize("sight", SIGHT)
def test_the_commonest_codes_stay_apart(sight: str) -> None:
    shown = {
        code: _oklab(SIGHT[sight] @ _linear(colors.of_code(code)))
        for code in ("97110", "97112", "97530", "97140", "97116")
    }
    close = {(one, other): float(np.linalg.norm(shown[one] - shown[other])) for one, other in combinations(shown, 2)}
    assert {pair: distance for pair, distance in close.items() if distance < 0.08} == {}


def test_a_code_has_one_color_and_strangers_are_context() -> None:
    assert colors.of_code("97110") == colors.of_key("code", "97110", 7) == "#2896F4"
    assert colors.of_code("ZZZZZ") == colors.CONTEXT
    assert colors.of_code("92507") != colors.of_code("92508")
