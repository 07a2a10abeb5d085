"""Medicare payment localities: found by MAC and locality number, by ZIP code, or by state if it has only one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import BadInput, MissingRelease
from analysis.medicare.fees.schedules import GPCI_SCALE, load_book
from analysis.system.paths import DATA
from analysis.system.toml_data import load, once

if TYPE_CHECKING:
    from analysis.medicare.fees.schedules import Schedule
    from analysis.system.toml_data import Form

_KEY = re.compile(r"(\d{5})[-\s/]?(\d{2})")
_ZIP = re.compile(r"(\d{5})(?:-?\d{4})?")


@dataclass(frozen=True, slots=True, order=True)
class Locality:
    """A payment locality. MAC and number identify it; names change over the years."""

    mac: str
    locality: str
    state: str = field(compare=False)
    name: str = field(compare=False)

    @property
    def key(self) -> str:
        """MAC and locality number, such as ``15202-00``."""
        return f"{self.mac}-{self.locality}"

    @property
    def label(self) -> str:
        """Name for people: ``Ohio (15202-00)``."""
        return self.name if self == NATIONAL else f"{self.name.title()}, {self.state} ({self.key})"


NATIONAL = Locality("00000", "00", "US", "National (GPCI 1.000)")
"""Every GPCI is 1.000: the amounts CMS publishes as national. No clinic is paid in it."""


@dataclass(frozen=True, slots=True)
class LocalityGpcis:
    """A locality in one schedule: its GPCIs times 1,000, and a note if a successor replaces it."""

    locality: Locality
    work_gpci_e3: int
    pe_gpci_e3: int
    mp_gpci_e3: int
    note: str = ""


@cache
def _localities_by_key() -> dict[str, Locality]:
    """Return every locality of any year by its key, under its newest name."""
    localities: dict[str, Locality] = {}
    for _, schedule in sorted(load_book().schedules.items()):
        for row in schedule.gpcis.iter_rows(named=True):
            locality = Locality(row["mac"], row["locality"], row["state"], row["name"].strip(" *"))
            localities[locality.key] = locality
    return localities


@cache
def _zips() -> pl.DataFrame:
    text = {"zip": pl.String, "state": pl.String, "mac": pl.String, "locality": pl.String}
    return pl.read_csv(DATA / "localities" / "zip_locality_2026q1.csv", schema=text)


@cache
def _successors() -> dict[str, str]:
    retired = {"locality": str, "successor": str, "from": date}
    form: Form = {"title": str, "citation": str, "verified_on": date, "retired": [retired]}
    table = load("localities/successors.toml", form)
    once((entry["locality"] for entry in table["retired"]), "localities/successors.toml", "retired")
    return {entry["locality"]: entry["successor"] for entry in table["retired"]}


def all_localities() -> tuple[Locality, ...]:
    """Return every locality in the newest final schedule, by state and name."""
    book = load_book()
    newest = book.schedules[book.final_years[-1]]
    keys = {f"{mac}-{number}" for mac, number in newest.gpcis.select("mac", "locality").iter_rows()}
    return tuple(
        sorted(
            (locality for key, locality in _localities_by_key().items() if key in keys),
            key=lambda item: (item.state, item.name),
        )
    )


def _refusal(entry: str, todo: str) -> BadInput:
    return BadInput(
        f"the locality {entry!r}",
        expected="a MAC and locality number such as 15202-00, a ZIP code, or a state with only one locality",
        todo=todo,
    )


def _by_zip(text: str, zip_code: str) -> Locality:
    rows = _zips().filter(pl.col("zip") == zip_code)
    if rows.is_empty():
        raise _refusal(text, "check the ZIP code; it is not in CMS's 2026 list")
    return _localities_by_key()[f"{rows['mac'][0]}-{rows['locality'][0]}"]


@cache
def _of_state(state: str) -> tuple[Locality, ...]:
    """Return a state's localities: its own, and a neighbor's that some of its ZIP codes are in (Northern Virginia)."""
    zips = _zips().filter(pl.col("state") == state).select("mac", "locality").unique()
    keys = {f"{mac}-{number}" for mac, number in zips.iter_rows()}
    return tuple(locality for locality in all_localities() if locality.state == state or locality.key in keys)


def _by_state(text: str, state: str) -> Locality:
    candidates = _of_state(state)
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise _refusal(text, "check the spelling; 'national' means GPCIs of 1.000")
    listed = ", ".join(f"{locality.key} {locality.name.title()}" for locality in candidates)
    raise _refusal(text, f"{state} has {len(candidates)} localities; choose one: {listed}")


def resolve(text: str) -> Locality:
    """Return the locality a user means by a MAC and number, a ZIP code, a state with one locality, or ``national``.

    Raises
    ------
    BadInput
        Naming what was given and what is available.
    """
    normalized = text.strip().upper()
    if normalized in {"NATIONAL", NATIONAL.key}:
        return NATIONAL
    if match := _KEY.fullmatch(normalized):
        key = f"{match[1]}-{match[2]}"
        if key in _localities_by_key():
            return _localities_by_key()[key]
        raise _refusal(text, "check MAC and locality number; no schedule from 2020 on has this pair")
    if match := _ZIP.fullmatch(normalized):
        return _by_zip(text, match[1])
    return _by_state(text, normalized)


def gpcis_in(schedule: Schedule, locality: Locality) -> LocalityGpcis:
    """Return a locality's GPCIs in one schedule, or its successor's if it has ended, with a note that says so.

    Raises
    ------
    MissingRelease
        If the schedule has neither.
    """
    if locality == NATIONAL:
        return LocalityGpcis(locality, GPCI_SCALE, GPCI_SCALE, GPCI_SCALE)
    note = ""
    key = locality.key
    if (row := _gpci_row(schedule, key)) is None and key in _successors():
        key = _successors()[key]
        row = _gpci_row(schedule, key)
        note = f"{locality.key} does not exist in {schedule.label}; RevMix uses its successor {key}"
    if row is None:
        raise MissingRelease(f"the {schedule.label} schedule has no locality {locality.key}")
    return LocalityGpcis(_localities_by_key()[key], *row, note=note)


def _gpci_row(schedule: Schedule, key: str) -> tuple[int, int, int] | None:
    mac, number = key.split("-")
    rows = schedule.gpcis.filter((pl.col("mac") == mac) & (pl.col("locality") == number))
    if rows.is_empty():
        return None
    return rows.select("work_gpci_e3", "pe_gpci_e3", "mp_gpci_e3").row(0)
