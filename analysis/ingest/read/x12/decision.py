"""A payer's decision on one service: what was paid, what was allowed, whether it was denied."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from analysis.codes.carc import Effect, effect
from analysis.errors import MissingRelease
from analysis.ingest.cells.values import payer_class
from analysis.lines.billing_line import PayerClass
from analysis.medicare.policy import load_policy
from analysis.money import BASIS, half_up

if TYPE_CHECKING:
    from datetime import date

Adjustment = tuple[str, str, int | None, int | None]
"""Group, reason code, cents, quantity of a CAS; the cents are None if they cannot be read."""

_COINSURANCE = ("2", "209")
"""Codes of the patient's coinsurance: CARC 2, and 209 if the patient may not be billed for it (QMB)."""
_DEDUCTIBLE = "1"
_ASSISTANTS_CUT = "N851"
"""Remark code of a payment that was cut because an assistant gave the service."""


@dataclass
class Decision:
    """The amounts of one service line (SVC) in cents; None if one of them cannot be read.

    Attributes
    ----------
    charge, paid:
        SVC02 and SVC03.
    adjustments:
        The line's own (CAS after the SVC).
    of_claim:
        The line's part of the claim-level adjustments that reduce the charge: what its own leave unexplained.
    off_payment:
        The line's part of the claim-level adjustments that reduce the payment: CLP04 is lower than the sum of the lines
        by that much.
    """

    charge: int | None
    paid: int | None
    adjustments: list[Adjustment]
    of_claim: list[Adjustment] = field(default_factory=list)
    off_payment: list[Adjustment] = field(default_factory=list)

    def negated(self) -> Decision:
        """Return the same decision with every sign reversed."""
        charge, paid = (None if amount is None else -amount for amount in (self.charge, self.paid))
        adjustments: list[Adjustment] = [
            (group, code, None if amount is None else -amount, quantity)
            for group, code, amount, quantity in self.adjustments
        ]
        return Decision(charge, paid, adjustments)

    @property
    def all_adjustments(self) -> list[Adjustment]:
        """All adjustments of the line."""
        return [*self.adjustments, *self.of_claim, *self.off_payment]

    @property
    def received(self) -> int | None:
        """What was received for the line: SVC03 less what the claim as a whole took off the payment."""
        return None if self.paid is None else self.paid - cents_of(self.off_payment)

    @cached_property
    def residual(self) -> int | None:
        """What payment and adjustments leave unexplained of the charge; 0 if the line balances on its own."""
        if self.charge is None or self.paid is None or any(amount is None for *_, amount, _ in self.adjustments):
            return None
        return self.charge - self.paid - cents_of(self.adjustments)

    @cached_property
    def _effects(self) -> dict[Effect, int]:
        """Sum cents by the effect of their codes; call it after the claim's own adjustments are shared out."""
        sums: dict[Effect, int] = {}
        for _, code, amount, _ in (*self.adjustments, *self.of_claim):
            code_effect = effect(code)
            sums[code_effect] = sums.get(code_effect, 0) + (amount or 0)
        return sums

    def by_effect(self, wanted_effect: Effect) -> int:
        """Return the cents of adjustments with one effect, without claim-level cuts of the payment."""
        return self._effects.get(wanted_effect, 0)

    def names(self, wanted_effect: Effect) -> bool:
        """Tell whether a reason with this effect is on the line: with dollars, unless there is no charge either."""
        return any(
            effect(code) == wanted_effect and (amount or not self.charge) for _, code, amount, _ in self.all_adjustments
        )


def cents_of(adjustments: list[Adjustment]) -> int:
    """Sum the amounts that can be read."""
    return sum(amount or 0 for *_, amount, _ in adjustments)


def outcome(decision: Decision, *, claim_denied: bool) -> Literal["denied", "bundled"] | None:
    """Tell whether a service was denied whole, or bundled into another; None if it was decided otherwise.

    The reasons decide, whatever the claim's status says: nothing was paid and the patient owes no share of an allowed
    amount. The claim's own "denied" (CLP02 4) counts if the line's reasons say nothing.
    """
    if decision.paid or decision.by_effect("patient"):
        return None
    if decision.names("denial"):
        return "denied"
    if decision.names("bundled"):
        return "bundled"
    return "denied" if claim_denied else None


def repeats_lines(decisions: list[Decision], of_claim: list[Adjustment], claim_paid: int | None) -> bool:
    """Tell whether claim-level adjustments only repeat those of the lines: some payers write both.

    The lines balance and add up to the claim's payment without them, and both give the same sum.
    """
    balanced = all(decision.residual == 0 for decision in decisions)
    paid = sum(decision.paid or 0 for decision in decisions)
    of_lines = sum(cents_of(decision.adjustments) for decision in decisions)
    return bool(of_claim) and balanced and paid == claim_paid and cents_of(of_claim) == of_lines != 0


def share_out(decisions: list[Decision], of_claim: list[Adjustment], claim_paid: int | None) -> bool:
    """Give each line its part of the claim-level adjustments (CAS before any SVC); return whether they add up.

    The lines balance on their own adjustments, the claim on both (X12, requests for interpretation 689 and 2348).
    So these first explain what the lines leave unexplained of their charges; the rest was taken off the payment: the
    claim's payment (CLP04) is lower than the sum of its lines by that much.
    """
    residuals = [decision.residual for decision in decisions]
    whole = cents_of(of_claim)
    if not of_claim or not decisions:
        return True
    if (
        claim_paid is None
        or any(residual is None for residual in residuals)
        or any(amount is None for *_, amount, _ in of_claim)
    ):
        return False
    known_residuals = [residual for residual in residuals if residual is not None]
    too_much = sum(decision.paid or 0 for decision in decisions) - claim_paid
    if sum(known_residuals) + too_much != whole:
        return False
    # First what the codes take off the payment, up to the payment's gap; then whatever is left.
    ordered = sorted(of_claim, key=lambda entry: effect(entry[1]) != "payment")
    from_payment, from_charge = _split_entries(ordered, too_much)
    _distribute(decisions, from_charge, known_residuals, "of_claim")
    _distribute(
        decisions, from_payment, _parts(too_much, [decision.paid or 0 for decision in decisions]), "off_payment"
    )
    return True


def _split_entries(entries: list[Adjustment], target: int) -> tuple[list[Adjustment], list[Adjustment]]:
    """Split the entries in two: the first part adds up to `target` cents."""
    front: list[Adjustment] = []
    back: list[Adjustment] = []
    remaining = target
    for group, code, amount, quantity in entries:
        cents = amount or 0
        part = (
            min(cents, remaining)
            if cents > 0 and remaining > 0
            else max(cents, remaining)
            if cents < 0 and remaining < 0
            else 0
        )
        remaining -= part
        if part:
            front.append((group, code, part, quantity if part == cents else None))
        if part != cents:
            back.append((group, code, cents - part, None if part else quantity))
    if remaining:  # mixed signs: what one entry gave too little, another takes back
        group, code, *_ = entries[0]
        front.append((group, code, remaining, None))
        back.append((group, code, -remaining, None))
    return front, back


def _parts(whole: int, weights: list[int]) -> list[int]:
    """Split an amount in whole cents by weight, adding up exactly; equal parts if there are no weights."""
    if not any(weights) or any(weight < 0 for weight in weights) != all(weight <= 0 for weight in weights):
        weights = [1] * len(weights)
    total, before, parts = sum(weights), 0, []
    for weight in weights:
        parts.append(whole * (before + weight) // total - whole * before // total)
        before += weight
    return parts


def _distribute(decisions: list[Decision], entries: list[Adjustment], cents_by_line: list[int], kind: str) -> None:
    """Distribute entries so that each line gets the requested cents."""
    for decision, cents in zip(decisions, cents_by_line, strict=True):
        line_entries, entries = _split_entries(entries, cents) if entries else ([], [])
        getattr(decision, kind).extend(line_entries)


def allowed(
    decision: Decision, *, modifiers: str, filing: str, payer: str, remarks: list[str], day: date | None
) -> int | None:
    """Return the allowed amount of a service that was not denied, if the remittance does not state it; else None.

    It is the charge less what comes off before the allowed amount (X12, request for interpretation 2601). Cuts of the
    payment (sequestration, MIPS, a QMB's coinsurance) are part of it; what the patient owes of a charge above the
    schedule is not. A line that does not balance, or has dollars under a code that does not say, has none.

    On an assistant's line (CQ, CO) Medicare may hide the 15% in CO-45: then the amount is the one that gives
    coinsurance and payment to the cent. If none does, Medicare's is unknown; other payers cut by contract.
    """
    if decision.charge is None or decision.residual is None:
        return None
    if decision.residual != cents_of(decision.of_claim) or decision.by_effect("information"):
        return None
    contractual_cents = sum(decision.by_effect(kind) for kind in ("denial", "bundled", "contractual"))
    amount = decision.charge - contractual_cents
    if day is None or not set(load_policy().assistant_modifiers).intersection(modifiers.split()):
        return amount
    before_cut = _before_assistants_cut(decision, amount, day)
    of_medicare = payer_class(filing, payer) == PayerClass.MEDICARE or _ASSISTANTS_CUT in remarks
    return before_cut if before_cut is not None or of_medicare else amount


def _before_assistants_cut(decision: Decision, amount: int, day: date) -> int | None:
    """Return an assistant's allowed amount: as it is, or the one that gives the cut amounts."""
    try:
        rules = load_policy().on(day)
    except MissingRelease:
        return amount
    adjustments = [*decision.adjustments, *decision.of_claim]
    coinsurance = cents_of([entry for entry in adjustments if entry[1] in _COINSURANCE])
    deductible = cents_of([entry for entry in adjustments if entry[1] == _DEDUCTIBLE])
    patient = coinsurance + deductible
    paid = amount - patient  # what Medicare paid before sequestration and statutory adjustments
    share_bp = rules["assistant_share_bp"]
    if not paid or share_bp == BASIS:
        return amount

    def gives_coinsurance(candidate: int) -> bool:
        return half_up((candidate - deductible) * rules["patient_share_bp"], BASIS) == coinsurance

    if gives_coinsurance(amount):
        return amount
    estimate = paid * BASIS // share_bp + patient
    for candidate in range(estimate - 2, estimate + 3):
        if half_up((candidate - patient) * share_bp, BASIS) == paid and gives_coinsurance(candidate):
            return candidate
    return None
