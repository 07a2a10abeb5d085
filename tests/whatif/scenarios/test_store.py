"""Scenarios and contracts that the user keeps."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.errors import BadInput
from analysis.system import paths
from analysis.whatif.scenarios import Contract, Recode, Scenario, store, to_toml
from analysis.whatif.scenarios.store import copy_name, delete, duplicate, folder, load, load_all, save

SWAP = Scenario("97110 to 97112", (Recode("97110", "97112", 1, 2_000),))
OTHER = replace(SWAP, note="another thought")


def files(where: Path) -> list[str]:
    return sorted(path.name for path in where.iterdir() if path.name != ".lock")


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
    assert save(SWAP, tmp_path) == save(OTHER, tmp_path, opened=SWAP)
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
    assert save(OTHER, tmp_path, opened=SWAP).name == "My own.toml"
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
    with pytest.raises(BadInput, match=r"could not be written \(File exists\)"):
        save(SWAP, tmp_path / "file")


def test_a_scenario_that_another_session_kept_is_not_overwritten_unread(tmp_path: Path) -> None:
    save(SWAP, tmp_path)
    save(SWAP, tmp_path)  # the same once more changes nothing
    with pytest.raises(BadInput, match='another scenario saved under the name "97110 to 97112"'):
        save(OTHER, tmp_path)
    save(OTHER, tmp_path, opened=SWAP)
    with pytest.raises(BadInput, match="changed since you opened it"):
        save(replace(SWAP, note="mine"), tmp_path, opened=SWAP)
    assert load(SWAP.name, tmp_path) == OTHER


AETNA, CLASS = Contract("observed", payer="Aetna"), Contract("visit", payer_class="Commercial", visit_cents=9_500)


def test_contracts_are_kept_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "contracts.toml"
    nothing = store.load_contracts(path)
    assert nothing == store.SavedContracts()
    kept = store.save_contracts((AETNA, CLASS), nothing, path)
    assert store.load_contracts(path) == kept
    assert kept.contracts == (AETNA, CLASS)
    assert store.save_contracts((), store.load_contracts()).contracts == ()


def test_contracts_that_changed_since_they_were_opened_are_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "contracts.toml"
    opened = store.load_contracts(path)
    store.save_contracts((AETNA,), opened, path)
    with pytest.raises(BadInput, match="contracts that changed since you opened it"):
        store.save_contracts((CLASS,), opened, path)
    assert store.load_contracts(path).contracts == (AETNA,)


@pytest.mark.parametrize(
    ("spoilt", "row", "found"),
    [
        ('payer = "Aetna', 14, "not TOML"),
        ("payer = 1", 13, "1"),
        ("payer = " + "[" * 5_000, 13, "nested too deeply"),
        ("year = " + "9" * 5_000, 13, "number that is too long"),
    ],
)
def test_one_wrong_character_costs_one_contract_and_overwrites_none(
    tmp_path: Path, spoilt: str, row: int, found: str
) -> None:
    path = tmp_path / "contracts.toml"
    store.save_contracts((AETNA, CLASS), store.load_contracts(path), path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('payer = "Aetna"', spoilt), encoding="utf-8")
    opened = store.load_contracts(path)
    assert opened.contracts == (CLASS,)
    [problem] = opened.broken
    assert problem.file == "contracts.toml"
    assert abs((problem.row or 0) - row) < 12, problem
    assert found in str(problem)
    store.save_contracts((CLASS,), opened, path)
    [copy] = [one for one in tmp_path.iterdir() if one.name.startswith("contracts.toml.")]
    assert spoilt in copy.read_text(encoding="utf-8")
    assert store.load_contracts(path).contracts == (CLASS,)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00\xd8\x00", b"\x00\x01"])
def test_a_file_of_contracts_that_is_no_text_is_named_and_kept(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "contracts.toml"
    path.write_bytes(data)
    opened = store.load_contracts(path)
    assert opened.contracts == ()
    assert len(opened.broken) == (1 if data else 0)
    store.save_contracts((CLASS,), opened, path)
    assert len(files(tmp_path)) == (2 if data else 1)


def test_a_draft_that_a_kill_left_behind_is_no_scenario(tmp_path: Path) -> None:
    path = save(Scenario("Mine"), tmp_path)
    (tmp_path / f".{path.name}.x1y2.new.toml").write_text(path.read_text().replace("Mine", "Not yet"))
    (tmp_path / f".{path.name}.z3.new.toml").write_text("half a fi")
    shelf = load_all(tmp_path)
    assert (shelf.names, shelf.broken) == (("Mine",), ())
