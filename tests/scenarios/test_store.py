"""Scenarios and contracts that the user keeps."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from analysis import paths
from analysis.errors import BadInput
from analysis.scenarios import Contract, Recode, Scenario, store, to_toml
from analysis.scenarios.store import copy_name, delete, duplicate, folder, load, load_all, save

SWAP = Scenario("97110 to 97112", recodes=(Recode("97110", "97112", 1, 2_000),))
OTHER = replace(SWAP, note="another thought")


def files(where: Path) -> list[str]:
    return sorted(path.name for path in where.iterdir())


def test_scenarios_live_where_the_user_says(tmp_path: Path, home: Path) -> None:
    assert folder({"REVMIX_HOME": str(tmp_path)}) == tmp_path / "scenarios"
    assert store.contracts_file({"REVMIX_HOME": str(tmp_path)}) == tmp_path / "contracts.toml"
    assert folder() == home / "scenarios"
    assert load_all(tmp_path / "nothing here").saved == ()


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("win32", {"APPDATA": "C:/Users/d/AppData/Roaming"}, "C:/Users/d/AppData/Roaming/RevMix"),
        ("win32", {}, "~/AppData/Roaming/RevMix"),
        ("darwin", {}, "~/Library/Application Support/RevMix"),
        ("linux", {"XDG_CONFIG_HOME": "/home/d/settings"}, "/home/d/settings/revmix"),
        ("linux", {}, "~/.config/revmix"),
        ("linux", {"REVMIX_HOME": "/srv/revmix"}, "/srv/revmix"),
    ],
)
def test_the_user_s_folder_is_the_platform_s(
    platform: str, environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert paths.home(environment) == Path(expected).expanduser()


def test_what_is_saved_is_listed_by_name_and_loaded(tmp_path: Path) -> None:
    saved = [SWAP, Scenario("Zero"), Scenario("all of it"), Scenario("Baseline 2025")]
    for scenario in saved:
        save(scenario, tmp_path)
    shelf = load_all(tmp_path)
    assert shelf.names == ("97110 to 97112", "all of it", "Baseline 2025", "Zero")
    assert [load(scenario.name, tmp_path) for scenario in saved] == saved
    assert shelf.broken == ()
    assert files(tmp_path) == ["97110-to-97112.toml", "all-of-it.toml", "baseline-2025.toml", "zero.toml"]
    with pytest.raises(BadInput, match='did you mean "Baseline 2025"'):
        load("Baseline 2026", tmp_path)


def test_saving_again_replaces_the_same_scenario(tmp_path: Path) -> None:
    assert save(SWAP, tmp_path) == save(OTHER, tmp_path)
    assert load(SWAP.name, tmp_path) == OTHER
    assert files(tmp_path) == ["97110-to-97112.toml"]


def test_no_other_scenario_is_ever_replaced(tmp_path: Path) -> None:
    alike = ["A/B", "a b", "A-B", "日本", "中国", "con", "scenario con", "x" * 80, "x" * 81, "..", "../up"]
    for name in alike:
        save(replace(SWAP, name=name), tmp_path / "kept")
    assert set(load_all(tmp_path / "kept").names) == set(alike)
    assert len(files(tmp_path / "kept")) == len(alike)
    assert "con.toml" not in files(tmp_path / "kept")  # a device on Windows
    assert files(tmp_path) == ["kept"]
    assert all(len(name) <= 70 for name in files(tmp_path / "kept"))


def test_a_file_that_a_person_named_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "My own.toml").write_text(to_toml(SWAP), encoding="utf-8")
    assert save(OTHER, tmp_path).name == "My own.toml"
    assert files(tmp_path) == ["My own.toml"]


def test_a_broken_file_is_reported_and_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "97110-to-97112.toml").write_text("name = ", encoding="utf-8")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "huge.toml").write_bytes(b"#" * 1_000_002)
    (tmp_path / "picture.toml").write_bytes(b"\x89PNG\x00")
    (tmp_path / "notes.txt").write_text("not ours")
    (tmp_path / "good.toml").write_text('name = "Good"')
    shelf = load_all(tmp_path)
    assert shelf.names == ("Good",)
    broken = ["97110-to-97112.toml", "folder.toml", "huge.toml", "picture.toml"]
    assert [error.file for error in shelf.broken] == broken
    assert save(SWAP, tmp_path).name == "97110-to-97112-2.toml"
    assert (tmp_path / "97110-to-97112.toml").read_text(encoding="utf-8") == "name = "


def test_two_files_of_one_name_are_reported(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(to_toml(SWAP), encoding="utf-8")
    (tmp_path / "b.toml").write_text(to_toml(OTHER), encoding="utf-8")
    shelf = load_all(tmp_path)
    assert [kept.path.name for kept in shelf.saved] == ["a.toml"]
    assert [(error.file, error.column) for error in shelf.broken] == [("b.toml", "name")]
    assert "a.toml" in shelf.broken[0].found


def test_a_copy_gets_a_name_of_its_own(tmp_path: Path) -> None:
    save(SWAP, tmp_path)
    assert duplicate(SWAP.name, tmp_path) == replace(SWAP, name="97110 to 97112 (copy)")
    assert duplicate(SWAP.name, tmp_path).name == "97110 to 97112 (copy 2)"
    assert duplicate("97110 to 97112 (copy)", tmp_path).name == "97110 to 97112 (copy) (copy)"
    assert len(load_all(tmp_path).names) == 4
    with pytest.raises(BadInput, match="no saved scenario"):
        duplicate("None", tmp_path)


def test_the_name_of_a_copy_is_not_too_long() -> None:
    name = "x" * 120
    first = copy_name(name, [name])
    second = copy_name(name, [name, first])
    assert (len(first), len(second)) == (120, 120)
    assert first.endswith("x (copy)")
    assert second.endswith("x (copy 2)")


def test_delete(tmp_path: Path) -> None:
    save(SWAP, tmp_path)
    save(Scenario("Other"), tmp_path)
    delete(SWAP.name, tmp_path)
    assert load_all(tmp_path).names == ("Other",)
    with pytest.raises(BadInput, match="no saved scenario"):
        delete(SWAP.name, tmp_path)


def test_a_file_that_cannot_be_removed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(SWAP, tmp_path)

    def fails(*_: object, **__: object) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "unlink", fails)
    with pytest.raises(BadInput, match=r"97110-to-97112\.toml.*in use"):
        delete(SWAP.name, tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written") as caught:
        save(SWAP, tmp_path / "file")
    assert "REVMIX_HOME" in caught.value.todo


def test_contracts_are_kept_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "contracts.toml"
    assert store.load_contracts(path) == ()
    book = (Contract("observed", payer="Aetna"), Contract("visit", payer_class="Commercial", visit_cents=9_500))
    assert store.save_contracts(book, path) == path
    assert store.load_contracts(path) == book
    assert store.save_contracts(()).name == "contracts.toml"
    assert store.load_contracts() == ()
    path.write_text("[[contract]]\npayer = 1", encoding="utf-8")
    with pytest.raises(BadInput, match=r'^contracts\.toml, column "contract 1'):
        store.load_contracts(path)
