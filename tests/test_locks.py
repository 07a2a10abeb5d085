"""The lock files serve every system: checked from the metadata of what is installed, with no network."""

from __future__ import annotations

import re
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
RUN, DEV, SPARK = (ROOT / f"requirements{part}.txt" for part in ("", "-dev", "-spark"))
IS_SPARK_HERE = find_spec("pyspark") is not None
SYSTEMS = {
    "linux": ("linux", "Linux", "posix", "x86_64"),
    "linux-arm": ("linux", "Linux", "posix", "aarch64"),
    "macos": ("darwin", "Darwin", "posix", "arm64"),
    "windows": ("win32", "Windows", "nt", "AMD64"),
}


def pinned(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(encoding="utf-8"), flags=re.MULTILINE))


def environment(system: str, python: str) -> dict[str, str]:
    platform, name, os_name, machine = SYSTEMS[system]
    return {
        "extra": "",
        "implementation_name": "cpython",
        "os_name": os_name,
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_system": name,
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": platform,
    }


@cache
def distribution(name: str) -> tuple[str, tuple[Requirement, ...]]:
    installed = metadata.distribution(name)
    return installed.version, tuple(map(Requirement, installed.requires or ()))


@pytest.mark.parametrize("lock", [RUN, DEV, SPARK], ids=lambda path: path.stem)
def test_every_release_is_hashed_and_no_address_is_named(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    releases = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(releases) == len(pinned(lock)) > (1 if lock is SPARK else 40)
    assert [release for release in releases if "--hash=sha256:" not in release] == []
    assert re.findall(r"\S*(?:://|file:/|--index|--find-links|--trusted| /)\S*", text) == []


def test_developing_adds_to_running_and_changes_nothing() -> None:
    assert pinned(RUN).items() < pinned(DEV).items()


def test_only_the_tests_install_spark() -> None:
    assert set(pinned(SPARK)) == {"pyspark", "py4j"}
    assert not pinned(SPARK).keys() & pinned(DEV).keys()


@pytest.mark.parametrize("lock", [RUN, DEV, SPARK], ids=lambda path: path.stem)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_what_a_release_needs_elsewhere_is_locked_too(system: str, python: str, lock: Path) -> None:
    """`pip install --no-deps` installs the lock and no more, so nothing may be missing on another system."""
    if lock is SPARK and not IS_SPARK_HERE:
        pytest.skip("no Spark here: python tasks.py test installs it where there is Java")
    where, releases = environment(system, python), pinned(lock)
    missing = []
    for name, version in releases.items():
        installed, needs = distribution(name)
        assert installed == version, f"{name} {installed} is installed; python tasks.py install"
        for need in needs:
            if need.marker is not None and not need.marker.evaluate(where):
                continue
            if not need.specifier.contains(releases.get(canonicalize_name(need.name), "0.dev0"), prereleases=True):
                missing.append(f"{name} needs {need}")
    assert missing == []
