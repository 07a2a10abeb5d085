"""Other relative value units of a code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from analysis.errors import BadInput
from analysis.medicare.fees.schedules import RVU_SCALE
from analysis.medicare.policy import load_policy
from analysis.whatif.scenarios.change import Change, Part, Section, refuse_empty
from analysis.whatif.scenarios.entries import CODE, Key, figure
from analysis.whatif.scenarios.provenance import UNSAID, Provenance
from analysis.whatif.scenarios.values import check_code, check_one_of
from analysis.whatif.scenarios.words import decimal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.medicare.fees.schedules import Track
    from analysis.whatif.scenarios.change import LinesInView
    from analysis.whatif.scenarios.fee_rows import FeeRows
    from analysis.whatif.scenarios.scenario import Scenario

_RVU = figure("rvu")
_COLUMNS = {"work_e2": "work_rvu_e2", "pe_e2": "pe_rvu_e2", "mp_e2": "malpractice_rvu_e2"}


@dataclass(frozen=True, slots=True)
class RvuChange(Change):
    """Other RVUs of a code and row modifier; None leaves one as it is. `pe_e2` holds in all settings."""

    code: str
    modifier: str = ""
    work_e2: int | None = None
    pe_e2: int | None = None
    mp_e2: int | None = None
    provenance: Provenance = UNSAID

    section: ClassVar[Section] = Section(
        "rvu",
        4,
        (
            Key("code", "code", CODE, required=True),
            Key("modifier", "modifier", CODE),
            Key("work_rvu", "work_e2", _RVU),
            Key("pe_rvu", "pe_e2", _RVU),
            Key("mp_rvu", "mp_e2", _RVU),
        ),
        ("Other relative value units for a code: work, practice expense, malpractice.",),
        several=True,
    )

    def check(self, name: str, scenario: Scenario) -> None:
        """Refuse what is no code or row modifier, no figure at all, and a code that an earlier change has too."""
        check_code(self.code, f"{name}, code")
        refuse_empty(self, name, [key for key in self.section.keys if key.kind.span])
        if self.modifier:
            check_one_of(self.modifier, load_policy().row_modifiers, f"{name}, modifier")
        for position, other in enumerate(scenario.of(RvuChange), start=1):
            if other is self:
                return
            if (other.code, other.modifier) == (self.code, self.modifier):
                raise BadInput(
                    f"{self.row}, which rvu {position} also changes",
                    expected="each code and modifier once",
                    todo="combine them into one",
                    column=f"{name}, code",
                )

    @property
    def row(self) -> str:
        """The fee schedule's row: ``97110``, ``97750 26``."""
        return f"{self.code} {self.modifier}".strip()

    def check_lines(self, lines: LinesInView, name: str, scenario: Scenario) -> None:
        """Refuse a row that prices no line and that no recoding makes."""
        recoded = ((code, "") for change in scenario.changes for code in change.makes())
        priced_rows = {*lines.fee_rows_in_use(), *recoded}
        if (self.code, self.modifier) not in priced_rows:
            raise BadInput(
                f"no line that uses the fee schedule row of {self.row}",
                expected="a code in the lines, or the target of a recoding",
                todo="correct the code or modifier, or remove the change",
                column=name,
            )

    def in_words(self) -> str:
        """``RVUs of 97110: work 0.50``."""
        values = (("work", self.work_e2), ("practice expense", self.pe_e2), ("malpractice", self.mp_e2))
        figures = ", ".join(f"{name} {decimal(value, RVU_SCALE, 2)}" for name, value in values if value is not None)
        return f"RVUs of {self.row}: {figures}"

    @classmethod
    def parts(cls, changes: tuple[RvuChange, ...]) -> Iterator[Part]:
        """Treat all changed codes as one part."""
        if changes:
            yield Part("price", "Relative value units", changes)

    def on_fee_rows(self, rows: pl.DataFrame, fees: FeeRows, track: Track) -> pl.DataFrame:  # noqa: ARG002
        """Replace the RVUs in the code's rows."""
        is_row = (pl.col("code") == self.code) & (pl.col("schedule_modifier") == self.modifier)
        is_row = is_row & pl.col("status").is_not_null()
        values = {name: getattr(self, field) for field, name in _COLUMNS.items() if getattr(self, field) is not None}
        return rows.with_columns(
            *(
                pl.when(is_row).then(pl.lit(value, pl.Int64)).otherwise(name).alias(name)
                for name, value in values.items()
            ),
            (pl.col("has_rvus") | is_row).alias("has_rvus"),
        )
