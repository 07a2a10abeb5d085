"""How far a recoding must go to make up for the rest of a scenario, such as next year's cut."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from analysis.money import BASIS, dollars
from analysis.whatif.answers.compare import checked, rounded
from analysis.whatif.scenarios import Recode

if TYPE_CHECKING:
    from analysis.whatif.answers.difference import Measure, Money
    from analysis.whatif.scenarios import Scenario
    from analysis.whatif.visits import Sums


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The share of eligible visits at which a recoding makes up for the rest of a scenario.

    Attributes
    ----------
    recode:
        The recoding, without its share.
    without_cents, all_cents:
        The scenario's difference from the baseline with the recoding in no visit, and in every eligible visit. Between
        them the difference is a straight line.
    share:
        Where the line crosses zero; None if it does not cross between 0 and 1.
    points:
        Percentage points by which the target's part of the two codes' units changes; None without a share.
    mix_before, mix_after:
        The target's part of the two codes' units, 0 to 1, with the recoding in no visit and at `share`.
    measure:
        The money of the cents.
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
                return "There is no loss to make up: without the recoding, the scenario costs nothing."
            if self.all_cents <= self.without_cents:
                return f"Recoding {source} to {target} cannot make up the loss, because it brings no extra money."
            return (
                f"Even in every visit with such a unit, {source} to {target} makes up only "
                f"{dollars(self.all_cents - self.without_cents, places=0)} of {dollars(-self.without_cents, places=0)}."
            )
        return (
            f"{self.points:.1f} percentage points make up for {dollars(-self.without_cents, places=0)}: {target} would "
            f"go from {self.mix_before:.1%} to {self.mix_after:.1%} of the units of {source} and {target}, in "
            f"{float(self.share):.1%} of the visits with such a unit."
        )


def break_even(money: Money, scenario: Scenario, recode: Recode) -> BreakEven:
    """Find where a recoding makes up for the other changes of a scenario.

    A recoding between the same codes is first removed from the scenario; `recode`'s own share does not matter.
    """
    others = tuple(
        other for other in scenario.of(Recode) if (other.source, other.target) != (recode.source, recode.target)
    )
    sides = [scenario.having(Recode, *others, replace(recode, share_bp=share)) for share in (0, BASIS)]
    without, with_all = (amounts.after - amounts.before for amounts in map(money.amounts, sides))
    mix = [_mix(checked(money.cube, side).after, recode) for side in sides]
    share = None
    if without < 0 <= with_all:
        share = -without / (with_all - without)
    mix_at_share = None if share is None else mix[0] + share * (mix[1] - mix[0])
    return BreakEven(
        recode=recode,
        without_cents=rounded(without),
        all_cents=rounded(with_all),
        share=share,
        points=None if mix_at_share is None else float((mix_at_share - mix[0]) * 100),
        mix_before=float(mix[0]),
        mix_after=None if mix_at_share is None else float(mix_at_share),
        measure=money.measure,
    )


def _mix(side: Sums, recode: Recode) -> Fraction:
    """Return the target's part of the units of both codes."""
    units = {code: Fraction(0) for code in (recode.source, recode.target)}
    for (code, _), values in side.items():
        if code in units:
            units[code] += values[0]
    all_units = sum(units.values(), Fraction(0))
    return units[recode.target] / all_units if all_units else Fraction(0)
