"""What a payer decided about one service, amount by amount."""

from __future__ import annotations

from datetime import date

import pytest

from analysis.ingest.read.x12.decision import Adjustment, Decision, allowed, outcome, repeats_lines, share_out

DAY = date(2026, 3, 2)


def cas(*entries: str) -> list[Adjustment]:
    """Adjustments written as "CO-45 20.00"."""
    adjustments: list[Adjustment] = []
    for entry in entries:
        reason, amount = entry.split()
        group, code = reason.split("-", 1)
        adjustments.append((group, code, None if amount == "?" else round(float(amount) * 100), None))
    return adjustments


def decided(charge: int, paid: int, *entries: str) -> Decision:
    return Decision(charge * 100, paid * 100, cas(*entries))


def amount(decision: Decision, **more: object) -> int | None:
    given = {"modifiers": "GP", "filing": "Medicare", "payer": "", "remarks": [], "day": DAY} | more
    return allowed(decision, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entries", "paid", "whole", "became"),
    [
        (("CO-50 100",), 0, False, "denied"),
        (("CO-45 40", "CO-197 60"), 0, False, "denied"),
        (("PR-96 100",), 0, False, "denied"),
        (("CO-97 100",), 0, False, "bundled"),
        (("CO-97 50", "CO-50 50"), 0, False, "denied"),
        (("CO-97 100",), 0, True, "bundled"),
        (("CO-45 100",), 0, False, None),
        (("CO-45 100",), 0, True, "denied"),
        (("CO-45 60", "PR-1 40"), 0, True, None),
        (("CO-50 60", "PR-1 40"), 0, False, None),
        (("CO-50 60",), 40, False, None),
        (("CO-50 0", "CO-45 100"), 0, False, None),
        ((), 0, True, "denied"),
        (("CO-P23 100",), 0, False, None),
    ],
)
def test_what_became_of_a_line(entries: tuple[str, ...], paid: int, whole: bool, became: str | None) -> None:  # noqa: FBT001
    assert outcome(decided(100, paid, *entries), claim_denied=whole) == became


def test_a_refused_line_without_a_charge_is_refused() -> None:
    assert outcome(decided(0, 0, "CO-50 0"), claim_denied=False) == "denied"


@pytest.mark.parametrize(
    ("decision", "cents"),
    [
        (decided(100, 60, "CO-45 20", "PR-2 20"), 8000),
        (decided(100, 40, "CO-45 20", "CO-151 20", "PR-2 20"), 6000),
        (decided(100, 59, "CO-45 20", "PR-2 20", "CO-253 1"), 8000),
        (decided(100, 60, "CO-45 20"), None),  # it does not balance
        (decided(100, 60, "CO-45 ?"), None),
        (decided(100, 60, "CO-P23 40"), None),  # a code that says nothing of the amount
        (Decision(None, 0, []), None),
        (Decision(10000, None, []), None),
    ],
)
def test_the_allowed_amount(decision: Decision, cents: int | None) -> None:
    assert amount(decision) == cents


class TestAssistants:
    """An assistant's 15% inside CO-45: charge 80.00, CO-45 50.67, sequestration 0.45, coinsurance 6.67."""

    HIDDEN = Decision(8000, 2221, cas("CO-45 50.67", "CO-253 0.45", "PR-2 6.67"))

    def test_coinsurance_and_payment_tell_the_amount(self) -> None:
        assert amount(self.HIDDEN, modifiers="CQ GP") == 3333

    def test_a_plain_line_is_taken_as_it_stands(self) -> None:
        assert amount(self.HIDDEN) == 2933

    def test_another_payer_s_terms_are_its_own(self) -> None:
        # 85% of 33.33 is 28.33; coinsurance 20% of that, 5.67: nothing is hidden. Where no amount fits, it stands.
        decision = Decision(8000, 2266, cas("CO-45 51.67", "PR-2 5.67"))
        assert amount(decision, modifiers="CQ GP", filing="commercial", payer="Aetna") == 2833
        odd = Decision(8000, 2221, cas("CO-45 51.79", "PR-2 6.00"))
        assert amount(odd, modifiers="CQ GP", filing="commercial", payer="Aetna") == 2821
        assert amount(odd, modifiers="CQ GP", filing="commercial", remarks=["N851"]) is None

    def test_before_2022_nothing_was_cut(self) -> None:
        assert amount(self.HIDDEN, modifiers="CQ GP", day=date(2021, 3, 2)) == 2933
        assert amount(self.HIDDEN, modifiers="CQ GP", day=date(1999, 3, 2)) == 2933
        assert amount(self.HIDDEN, modifiers="CQ GP", day=None) == 2933

    def test_all_the_patient_s_and_nothing_to_cut(self) -> None:
        assert amount(decided(80, 0, "CO-45 50", "PR-1 30"), modifiers="CQ GP") == 3000

    def test_where_nothing_comes_out_the_amount_is_unknown(self) -> None:
        odd = Decision(8000, 2221, cas("CO-45 51.34", "CO-253 0.45", "PR-2 6.00"))
        assert amount(odd, modifiers="CQ GP") is None

    def test_a_qmb_s_share_counts_as_coinsurance(self) -> None:
        shared = Decision(8000, 2221, cas("CO-45 50.67", "CO-253 0.45", "OA-209 6.67"))
        assert amount(shared, modifiers="CQ GP") == 3333


class TestOfTheClaim:
    """Adjustments of a whole claim."""

    def test_they_explain_charges_first(self) -> None:
        one, other = decided(100, 60), decided(50, 30)
        assert share_out([one, other], cas("CO-45 60"), 9000)
        assert (one.of_claim, other.of_claim) == (cas("CO-45 40"), cas("CO-45 20"))
        assert (one.received, other.received) == (6000, 3000)

    def test_what_is_left_comes_off_the_payment_by_its_size(self) -> None:
        one, other = decided(100, 60, "CO-45 40"), decided(50, 30, "CO-45 20")
        assert share_out([one, other], cas("CO-A2 10"), 8000)
        assert (one.received, other.received) == (6000 - 666, 3000 - 334)
        assert one.of_claim == other.of_claim == []

    def test_codes_of_the_payment_go_to_the_payment(self) -> None:
        one = decided(100, 60)
        assert share_out([one], cas("CO-253 2", "CO-45 40"), 5800)
        assert (one.of_claim, one.off_payment) == (cas("CO-45 40"), cas("CO-253 2"))

    def test_entries_of_both_signs_add_up(self) -> None:
        one, other = decided(100, 60), decided(50, 30)
        assert share_out([one, other], cas("CO-45 70", "CO-144 -10"), 9000)
        sums = [sum(cents or 0 for *_, cents, _ in line.all_adjustments) for line in (one, other)]
        assert sums == [4000, 2000]

    def test_nothing_is_paid_and_still_off(self) -> None:
        one, other = decided(100, 0, "CO-45 100"), decided(50, 0, "CO-45 50")
        assert share_out([one, other], cas("CO-A2 3"), -300)
        assert (one.received, other.received) == (-150, -150)

    @pytest.mark.parametrize("paid", [8000, None])
    def test_what_does_not_come_out_is_left_alone(self, paid: int | None) -> None:
        one = decided(100, 60, "CO-45 20")
        assert not share_out([one], cas("CO-45 7"), paid)
        assert one.of_claim == one.off_payment == []

    def test_an_unreadable_amount_is_left_alone(self) -> None:
        assert not share_out([decided(100, 60)], cas("CO-45 ?"), 6000)
        assert not share_out([decided(100, 60, "CO-45 ?")], cas("CO-45 40"), 6000)
        assert share_out([], cas("CO-45 40"), 0)

    def test_a_repeat_is_told_from_a_further_adjustment(self) -> None:
        line = decided(100, 60, "CO-45 20", "PR-2 20")
        assert repeats_lines([line], cas("CO-45 20", "PR-2 20"), 6000)
        assert not repeats_lines([line], cas("CO-A2 40"), 2000)
        assert not repeats_lines([line], [], 6000)
