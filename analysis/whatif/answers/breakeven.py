"""How far a recoding would have to go to pay for the rest of a scenario, such as next year's cut."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from analysis.money import BASIS, dollars
from analysis.whatif.answers.compare import COLUMN, checked, rounded
from analysis.whatif.scenarios import Recode
from analysis.whatif.visits import total

if TYPE_CHECKING:
    from analysis.whatif.answers.compare import Measure
    from analysis.whatif.scenarios import Scenario
    from analysis.whatif.visits import Cube, Sums


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The share of eligible visits at which a recoding makes up for the rest of a scenario.

    Attributes
    ----------
    recode:
        The recoding, its share aside.
    without_cents, all_cents:
        The scenario's difference to the baseline with the recoding in no visit, and in every eligible one. Between them
        the difference runs in a straight line.
    share:
        Where the line crosses zero; None where it does not between 0 and 1.
    points:
        Percentage points of the target's part of the two codes' units that this moves; None without a share.
    mix_before, mix_after:
        The target's part of the two codes' units, 0 to 1, with the recoding in no visit and at `share`.
    measure:
        Allowed amounts, or receipts.
    """

    recode: Recode
    without_cents: int
    all_cents: int
    share: Fraction | None
    points: float | None
    mix_before: float
    mix_after: float | None
    measure: Measure

    @property
    def sentence(self) -> str:
        """The answer in words."""
        source, target = self.recode.source, self.recode.target
        if self.share is None:
            if self.without_cents >= 0:
                return "Nothing has to be made up for: without the recoding the scenario loses nothing."
            if self.all_cents <= self.without_cents:
                return f"No amount of {source} to {target} makes up for it: the recoding itself brings nothing."
            return (
                f"Even in every visit that has such a unit, {source} to {target} makes up for "
                f"{dollars(self.all_cents - self.without_cents, places=0)} of {dollars(-self.without_cents, places=0)}."
            )
        return (
            f"{self.points:.1f} points of mix make up for {dollars(-self.without_cents, places=0)}: {target} would go "
            f"from {self.mix_before:.1%} to {self.mix_after:.1%} of the units of {source} and {target}, in "
            f"{float(self.share):.1%} of the visits that have such a unit."
        )


def break_even(cube: Cube, scenario: Scenario, recode: Recode, measure: Measure = "allowed") -> BreakEven:
    """Where a recoding makes up for the other changes of a scenario.

    A recoding of the scenario between the same codes is taken out first; `recode`'s own share does not matter.
    """
    others = tuple(own for own in scenario.of(Recode) if (own.source, own.target) != (recode.source, recode.target))
    sides = [checked(cube, scenario.having(Recode, *others, replace(recode, share_bp=share))) for share in (0, BASIS)]
    none, everything = (
        total(outcome.after, COLUMN[measure]) - total(outcome.before, COLUMN[measure]) for outcome in sides
    )
    mix = [_mix(outcome.after, recode) for outcome in sides]
    share = None
    if none < 0 <= everything:
        share = -none / (everything - none)
    at = None if share is None else mix[0] + share * (mix[1] - mix[0])
    return BreakEven(
        recode=recode,
        without_cents=rounded(none),
        all_cents=rounded(everything),
        share=share,
        points=None if at is None else float((at - mix[0]) * 100),
        mix_before=float(mix[0]),
        mix_after=None if at is None else float(at),
        measure=measure,
    )


def _mix(side: Sums, recode: Recode) -> Fraction:
    """The target's part of the units of both codes."""
    units = {code: Fraction(0) for code in (recode.source, recode.target)}
    for (code, _), values in side.items():
        if code in units:
            units[code] += values[0]
    whole = sum(units.values(), Fraction(0))
    return units[recode.target] / whole if whole else Fraction(0)
