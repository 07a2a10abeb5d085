"""Another locality, or other geographic indices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from analysis.medicare.fees import load_book, resolve
from analysis.medicare.fees.localities import gpcis_in
from analysis.medicare.fees.schedules import GPCI_SCALE
from analysis.whatif.scenarios.change import Change, Part, Section, refuse_empty
from analysis.whatif.scenarios.entries import LOCALITY, Key, figure
from analysis.whatif.scenarios.provenance import UNSAID, Provenance
from analysis.whatif.scenarios.values import check_locality
from analysis.whatif.scenarios.words import decimal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.medicare.fees.schedules import Track
    from analysis.whatif.scenarios.fee_rows import FeeRows
    from analysis.whatif.scenarios.scenario import Scenario

_GPCI = figure("gpci")
_COLUMNS = {"work_e3": "work_gpci_e3", "pe_e3": "pe_gpci_e3", "mp_e3": "mp_gpci_e3"}


@dataclass(frozen=True, slots=True)
class GpciChange(Change):
    """Another locality for every visit, or other geographic indices; None leaves one as it is.

    `locality` is a key such as ``15202-00``; the indices override its own, or those of each clinic's locality.
    """

    locality: str | None = None
    work_e3: int | None = None
    pe_e3: int | None = None
    mp_e3: int | None = None
    provenance: Provenance = UNSAID

    section: ClassVar[Section] = Section(
        "gpci",
        5,
        (
            Key("locality", "locality", LOCALITY),
            Key("work", "work_e3", _GPCI),
            Key("pe", "pe_e3", _GPCI),
            Key("mp", "mp_e3", _GPCI),
        ),
        ("Prices every visit in one locality (MAC and number, ZIP code or state), or with other geographic indices.",),
    )

    def check(self, name: str, scenario: Scenario) -> None:  # noqa: ARG002
        """Refuse one without anything in it, and what is no locality."""
        refuse_empty(self, name)
        if self.locality is not None:
            check_locality(self.locality, f"{name}, locality")

    def in_words(self) -> str:
        """``Every visit in Ohio, OH (15202-00)``."""
        values = (("work", self.work_e3), ("practice expense", self.pe_e3), ("malpractice", self.mp_e3))
        figures = ", ".join(f"{name} {decimal(value, GPCI_SCALE, 3)}" for name, value in values if value is not None)
        where = f"Every visit in {resolve(self.locality).label}" if self.locality else ""
        return f"{where}{', ' if where and figures else ''}{'GPCI ' + figures if figures else ''}"

    @classmethod
    def parts(cls, changes: tuple[GpciChange, ...]) -> Iterator[Part]:
        """A price."""
        for change in changes:
            where = change.locality
            yield Part("price", f"Locality {resolve(where).label}" if where else "Geographic indices", changes)

    def on_fee_rows(self, rows: pl.DataFrame, fees: FeeRows, track: Track) -> pl.DataFrame:  # noqa: ARG002
        """Take the locality's indices for each row's year, then those entered."""
        if self.locality is not None:
            locality, fee_book = resolve(self.locality), load_book()
            indices = {year: gpcis_in(fee_book.schedule(year), locality) for year in rows["schedule_year"].unique()}
            rows = rows.with_columns(
                pl.col("schedule_year")
                .replace_strict({year: getattr(gpcis, name) for year, gpcis in indices.items()}, return_dtype=pl.Int64)
                .alias(name)
                for name in _COLUMNS.values()
            )
        values = {name: getattr(self, field) for field, name in _COLUMNS.items() if getattr(self, field) is not None}
        return rows.with_columns(pl.lit(value, pl.Int64).alias(name) for name, value in values.items())
