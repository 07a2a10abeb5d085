"""Install an edition of NCCI edits beside the one that ships, list the installed ones, remove one."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.codes import hcpcs
from analysis.errors import BadInput
from analysis.medicare import edits as medicare
from analysis.releases.edit_files import quarters, read_edit_file
from analysis.system.keep import locked, replacing, unwritable, write_text
from analysis.system.toml_data import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.releases.edit_files import EditTable

_PARTS = (1, 2, 3, 4)
_WELL_KNOWN = ("97110", "97112", "97530")
"""Codes that every table of unit limits has."""


@dataclass(frozen=True, slots=True)
class Installed:
    """An installed edition: its first day, its files and digests, the day it was installed, rows of each kind."""

    effective: date
    source: tuple[str, ...]
    sha256: tuple[str, ...]
    installed_on: date
    pairs: int
    units: int


def install(files: Sequence[tuple[str, bytes]], effective: date | None = None) -> Installed:
    """Read CMS's files and install them as the edition of their quarter; one of the same day is replaced as a whole.

    Parameters
    ----------
    files:
        Names and bytes; zip archives are unpacked.
    effective:
        The first day of the quarter, where the files do not say it.

    Raises
    ------
    BadInput
        For files of another kind, of several quarters, without a date, or with parts missing.
    """
    tables = [table for name, data in files for table in read_edit_file(data, name)]
    day = _day_of(tables, effective)
    pairs, units = (_joined(tables, kind) for kind in ("pairs", "units"))
    _check(tables, pairs, units)
    today = datetime.now(UTC).date()
    names = [name for name, _ in files]
    digests = [hashlib.sha256(data).hexdigest() for _, data in files]
    about = {
        "title": "CMS practitioner tables of the National Correct Coding Initiative",
        "citation": "Medicare NCCI edits, practitioner services, installed from CMS's files",
        "effective": day,
        "verified_on": today,
        "source": names,
        "sha256": digests,
    }
    folder = medicare.installed_folder()
    with locked(folder):
        target = folder / day.isoformat()
        for file, frame in ((medicare.PAIRS_FILE, pairs), (medicare.UNITS_FILE, units)):
            _write(target / file, frame)
        write_text(target / medicare.ABOUT_FILE, _toml(about), "edits")
    medicare.editions.cache_clear()
    return Installed(day, tuple(names), tuple(digests), today, pairs.height, units.height)


def installed() -> tuple[Installed, ...]:
    """Return the installed editions, oldest first."""
    found = []
    for path in sorted(medicare.installed_folder().glob(f"*/{medicare.ABOUT_FILE}")):
        about = load(path, medicare.ABOUT)
        counts = [
            pl.scan_csv(path.parent / file).select(pl.len()).collect().item() if (path.parent / file).exists() else 0
            for file in (medicare.PAIRS_FILE, medicare.UNITS_FILE)
        ]
        sources, digests = tuple(about.get("source", ())), tuple(about.get("sha256", ()))
        found.append(Installed(about["effective"], sources, digests, about["verified_on"], *counts))
    return tuple(found)


def remove(effective: date) -> None:
    """Remove the installed edition of a quarter.

    Raises
    ------
    BadInput
        If none is installed.
    """
    folder = medicare.installed_folder()
    target = folder / effective.isoformat()
    if not (target / medicare.ABOUT_FILE).exists():
        days = ", ".join(str(each.effective) for each in installed())
        raise BadInput(
            f"no installed edition of {effective}", expected=f"one of {days or 'none'}", todo="check the date"
        )
    with locked(folder):
        shutil.rmtree(target)
    medicare.editions.cache_clear()


def _day_of(tables: Sequence[EditTable], effective: date | None) -> date:
    days = quarters(tables)
    if len(days) > 1:
        raise BadInput(
            f"files of several quarters ({', '.join(map(str, days))})",
            expected="files of one quarter",
            todo="import each quarter by itself",
        )
    if days and effective is not None and days[0] != effective:
        raise BadInput(f"files effective {days[0]}", expected=f"effective {effective}", todo="correct the date")
    if not days and effective is None:
        raise BadInput(
            "files that do not say from which day they hold",
            expected="a date in the file's name",
            todo="give the first day of the quarter (--effective 2026-10-01)",
        )
    return days[0] if days else effective or date.min


def _joined(tables: Sequence[EditTable], kind: str) -> pl.DataFrame:
    """Put the tables of one kind together, of pairs those with a therapy code."""
    schema = medicare.PAIRS if kind == "pairs" else medicare.UNITS
    frames = [table.frame for table in tables if table.kind == kind]
    frame = pl.concat([pl.DataFrame(schema=schema), *frames]).unique(maintain_order=True)
    if kind == "pairs":
        therapy = list(hcpcs.load())
        return frame.filter(pl.col("col1").is_in(therapy) | pl.col("col2").is_in(therapy)).sort("col1", "col2")
    return frame.sort("code")


def _check(tables: Sequence[EditTable], pairs: pl.DataFrame, units: pl.DataFrame) -> None:
    """Refuse tables that are not whole."""
    parts = {table.part for table in tables if table.kind == "pairs" and table.part is not None}
    if parts and (missing := [part for part in _PARTS if part not in parts]):
        raise BadInput(
            f"parts {', '.join(map(str, sorted(parts)))} of the pairs",
            expected="all four parts",
            todo=f"add part {' and '.join(map(str, missing))}",
        )
    if any(table.kind == "pairs" for table in tables) and pairs.is_empty():
        raise BadInput(
            "pairs without a single therapy code", expected="CMS's practitioner pairs", todo="check the file"
        )
    lacking = [code for code in _WELL_KNOWN if code not in units["code"]]
    if any(table.kind == "units" for table in tables) and lacking:
        raise BadInput(
            f"unit limits without {', '.join(lacking)}",
            expected="CMS's practitioner table of unit limits",
            todo="check the file",
        )


def _write(path: Path, frame: pl.DataFrame) -> None:
    if frame.is_empty():
        path.unlink(missing_ok=True)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as draft:
            frame.write_csv(draft)
    except OSError as error:
        raise unwritable(path, error, "a folder for installed edits") from error


def _toml(about: dict[str, Any]) -> str:
    import tomli_w  # noqa: PLC0415  only installing needs it

    return tomli_w.dumps(about)
