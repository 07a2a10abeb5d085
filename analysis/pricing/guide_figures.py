"""The amounts that the code guide's texts ask for: this year's, this locality's, computed and never typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from analysis.codes.guide import filled
from analysis.errors import ContractError
from analysis.medicare.code_edits import edits_of
from analysis.medicare.edits import load_edits
from analysis.medicare.fees import NATIONAL, load_book
from analysis.medicare.fees.localities import all_localities
from analysis.medicare.fees.schedules import FACTOR_SCALE
from analysis.medicare.yearly import deductibles
from analysis.money import dollars
from analysis.pricing.code_rates import code_rates, newest_year

if TYPE_CHECKING:
    from datetime import date

    from analysis.codes.guide import Figure
    from analysis.medicare.fees import Locality
    from analysis.medicare.fees.schedules import Track
    from analysis.pricing.code_rates import CodeRates

NO_AMOUNT = "no amount"
"""Stands where a schedule has none."""
_UNITS = re.compile(r"(\w{5})x(\d)")


def day(when: date) -> str:
    """Format a date as ``Jul 1, 2024``."""
    return f"{when:%b} {when.day}, {when.year}"


@dataclass(frozen=True, slots=True)
class GuideFigures:
    """Fills the guide's texts for one locality and conversion factor."""

    locality: Locality = NATIONAL
    track: Track = "non_qp"

    def filled(self, text: str) -> str:
        """Return a text with its figures."""
        return filled(text, self._shown)

    def _shown(self, figure: Figure) -> str:
        """Return a figure as the text shows it; `analysis.codes.guide.figures` lists the kinds."""
        match figure.kind:
            case "full" | "reduced" | "practice":
                return self._amount(figure)
            case "change":
                return self._change(figure)
            case "visit":
                return self._visit(figure)
            case "factor" | "factor_change":
                return self._factor(figure)
            case "place":
                return self.where
            case _:
                return _of_tables(figure)

    def _rates(self, figure: Figure, code: str, year: str = "") -> CodeRates:
        return code_rates(code, self._place(figure), int(year or figure.year or newest_year()), self.track)

    def _place(self, figure: Figure) -> Locality:
        """Return the locality a figure is for: its own, or the one looked up for."""
        if figure.place in ("", "national"):
            return NATIONAL if figure.place else self.locality
        found = [locality for locality in all_localities() if locality.key == figure.place]
        if not found:
            raise ContractError(f"data/code_guide asks for the locality {figure.place}, which no schedule has")
        return found[0]

    def _amount(self, figure: Figure) -> str:
        of = attrgetter(f"{figure.kind}_cents")
        cents: int | None = of(self._rates(figure, figure.code))
        less: int | None = of(self._rates(figure, figure.less)) if figure.less else 0
        return NO_AMOUNT if cents is None or less is None else dollars(cents - less)

    def _change(self, figure: Figure) -> str:
        before, after = (self._rates(figure, figure.code, year).full_cents for year in (figure.before, figure.year))
        return _percent(after / before - 1) if before and after else NO_AMOUNT

    def _visit(self, figure: Figure) -> str:
        """Return what the day allows: the unit with the highest practice expense in full, all others reduced."""
        billed = [(self._rates(figure, code), int(units)) for code, units in _UNITS.findall(figure.units)]
        if any(rates.full_cents is None or rates.reduced_cents is None for rates, _ in billed):
            return NO_AMOUNT
        top = max((rates for rates, _ in billed), key=lambda rates: (rates.pe_rvu_e2, rates.full_cents or 0))
        reduced = sum((rates.reduced_cents or 0) * units for rates, units in billed)
        return dollars(reduced + (top.cut_cents or 0))

    def _factor(self, figure: Figure) -> str:
        """Return a year's conversion factor, or its change from the year before."""
        factor = self._factor_e4(int(figure.year))
        if figure.kind == "factor":
            return f"{factor / FACTOR_SCALE:.4f}"
        return _percent(factor / self._factor_e4(int(figure.year) - 1) - 1, places=2)

    def _factor_e4(self, year: int) -> int:
        return load_book().schedule(year).periods[-1].factor_e4(self.track)

    @property
    def where(self) -> str:
        """The place in a sentence: ``in Ohio``, or ``nationally``."""
        return "nationally" if self.locality == NATIONAL else f"in {self.locality.name.title()}"


def _percent(share: float, places: int = 1) -> str:
    return f"{100 * share:+.{places}f}%".replace("-", "\N{MINUS SIGN}")


def _of_tables(figure: Figure) -> str:
    """Return a figure that does not depend on the place: from the edits, the schedules or the yearly amounts."""
    match figure.kind:
        case "mue":
            units = edits_of(figure.code).max_units
            return "no limit" if units is None else str(units)
        case "citation":
            return load_book().schedule(int(figure.year)).citation
        case "edition":
            return day(load_edits().effective)
        case "deductibles":
            return _deductibles()
        case "year":
            return str(newest_year())
    raise ContractError(f"the code guide has a figure {figure.kind!r} that nothing computes")


def _deductibles() -> str:
    return ", ".join(f"{year} {dollars(cents, places=0)}" for year, cents in deductibles().items())
