"""Files made to take a machine, dropped on the Data page: a sentence each, and the app goes on."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from analysis.ingest import review
from analysis.system import apart
from analysis.system.apart import Bounds
from pages._ui.kit.screens import DATA
from pages._ui.kit.session import Loaded, Pending
from tests.app.page import JULY, JUNE, drop, title
from tests.ingest.bombs import BOMBS

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from streamlit.testing.v1 import AppTest


def test_hostile_files_among_others_are_refused_alone(open_page: Callable[..., AppTest]) -> None:
    hostile = {name: BOMBS[name](0.001) for name in ("bzip2.zip", "sparse_corner.xlsx", "index.xml")}
    app = drop(open_page(DATA.path), ("june.csv", JUNE.encode()), *hostile.items(), ("july.csv", JULY.encode()))
    assert not app.exception
    assert title(app).startswith("3 of 3 rows are ready")
    assert len(app.error) == len(hostile)
    for name in hostile:
        assert any(name.split(".")[0].split("_")[0] in error.value for error in app.error)


def test_an_archive_alone_that_is_refused_leaves_its_sentence(open_page: Callable[..., AppTest]) -> None:
    app = drop(open_page(DATA.path), ("bomb.zip", BOMBS["bzip2.zip"](0.001)))
    assert not app.exception
    [error] = app.error
    assert "a method RevMix does not unpack" in error.value


def test_a_file_beyond_the_memory_of_one_file_is_stopped_and_the_next_is_read(
    open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "bounds", lambda _data: Bounds(300_000_000, 20, 60))
    app = drop(open_page(DATA.path), ("far.xls", BOMBS["far_corners.xls"](0.1)))
    assert not app.exception
    [error] = app.error
    assert "more memory than one file may" in error.value
    assert error.value.startswith("far")
    monkeypatch.undo()
    app = drop(app, ("june.csv", JUNE.encode()))
    assert title(app).startswith("2 of 2 rows are ready")
    assert len(apart.children()) <= 1


def test_nothing_of_a_file_is_held_once_it_is_cleared(open_page: Callable[..., AppTest]) -> None:
    app = drop(open_page(DATA.path), ("cleared.csv", JUNE.encode()))
    for label in ("Use these lines", "Clear this data"):
        next(button for button in app.button if button.label == label).click().run()
    gc.collect()
    held = [each for each in gc.get_objects() if isinstance(each, Loaded | Pending | review.Review)]
    names = {each.review.name if isinstance(each, Pending) else each.name for each in held}
    assert "cleared.csv" not in names, "other sessions of this run may still hold theirs"
