"""Settle remittances among themselves: duplicates, reversals and later decisions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.ingest.posting.same_patient import Person
from analysis.lines.billing_line import REFUSED

if TYPE_CHECKING:
    from collections.abc import Mapping

DUPLICATE, REVERSED = "remittance__duplicate", "remittance__reversed"
SUPERSEDED, DENIED_AFTER = "remittance__superseded", "remittance__denied_after"
SETTLED: dict[str, pl.DataType] = {"reason": pl.String(), "alone": pl.Boolean(), "twice": pl.Boolean()}
"""Grain: a remittance row: the reason (`rows.reasons`) it does not count, or null; whether it is a reversal whose
payment is in no file; whether it decides a service again while the first decision stands."""


_THERAPY = frozenset({"GP", "GO", "GN"})
_LONG_AGO = date(1, 1, 1)


@dataclass(slots=True)
class _Row:
    """One decision, or one reversal, of a service by a payer."""

    row: int
    claim: int | None
    person: Person
    control: int | None
    modifiers: str
    units: int
    charge: int | None
    paid: int
    adjusted: int
    is_reversal: bool
    refused: bool
    paid_on: date | None
    check: str
    position: tuple[int, int, int]
    reason: str | None = None
    alone: bool = False
    twice: bool = False

    @property
    def when(self) -> tuple[date, tuple[int, int, int]]:
        """Return the order in time: date of payment, then position in the files."""
        return self.paid_on or _LONG_AGO, self.position

    def same_service(self, other: _Row) -> bool:
        """Tell whether both may be about one service of one claim; date, code and payer already agree."""
        if self.claim != other.claim:
            return False
        same = self.person.same(other.person)
        return same is True or (same is None and self.claim is not None)

    def before(self, other: _Row) -> bool:
        """Tell whether it was decided earlier, in another payment."""
        if self.check == other.check:
            return False
        if self.paid_on is None or other.paid_on is None:
            return self.position < other.position
        return self.paid_on <= other.paid_on


def settle(pool: pl.DataFrame, *, beside_charges: bool) -> pl.DataFrame:
    """Decide what becomes of the rows of remittances.

    Parameters
    ----------
    pool:
        `frames.POSTINGS` with ``file`` (position of the file in the set) and ``takes_back`` (Boolean: a reversal).
    beside_charges:
        Charges will show how many services there are: denials that were decided again are then found by charge
        (`denied_again`).

    Returns
    -------
    `SETTLED`, in the order of `pool`. Reasons: ``remittance__duplicate`` if the same payment (check or EFT) was given
    before; ``remittance__reversed`` for a decision and the reversal that takes it back, which is in a later payment and
    never in the one that corrects it; ``remittance__superseded`` for a denial after which the same payer decided the
    service again; ``remittance__denied_after`` for a denial of what was paid or allowed before.

    A reversal whose amount differs from every earlier decision takes back a payment that is in no file.
    """
    rows = pool.with_row_index("row").with_columns(
        payer_name=plain_payer(pl.col("payer")), check=payment_of(), refused=_is_refused()
    )
    reasons: dict[int, str] = dict.fromkeys(_duplicates(rows), DUPLICATE)
    undecided = rows.filter(~pl.col("row").is_in(list(reasons)))
    service = ["claim_key", "date_of_service", "code", "payer_name"]
    in_several_payments = pl.col("check").n_unique() > 1
    undecided = undecided.filter((pl.col("takes_back").any() | in_several_payments).over(service))
    unpaired: set[int] = set()
    decided_twice: set[int] = set()
    for group in undecided.partition_by(service, maintain_order=True):
        decisions = [_row(values) for values in group.iter_rows(named=True)]
        _take_back(decisions)
        if not beside_charges:
            _decide_again(decisions)
        reasons.update({decision.row: decision.reason for decision in decisions if decision.reason})
        unpaired |= {decision.row for decision in decisions if decision.alone}
        decided_twice |= {decision.row for decision in decisions if decision.twice}
    row_reasons = [reasons.get(row) for row in range(pool.height)]
    marks = {
        name: [row in marked for row in range(pool.height)]
        for name, marked in (("alone", unpaired), ("twice", decided_twice))
    }
    return pl.DataFrame({"reason": row_reasons, **marks}, schema=SETTLED)


def _duplicates(rows: pl.DataFrame) -> list[int]:
    """Find rows that repeat the n-th row of a kind of the same payment in an earlier transaction."""
    same = [
        "claim_key", "patient_key", "date_of_service", "code", "modifiers", "units", "charge_cents", "payer_name",
        "further_payer", "takes_back", "insurance_paid_cents", "adjustment_cents", "owed_cents",
        "adjustment_reasons", "paid_on", "trace_key",
    ]  # fmt: skip
    transaction = ["file", pl.col("transaction").fill_null(0)]
    numbered = rows.with_columns(turn=pl.int_range(pl.len()).over([*same, *transaction]), given=pl.struct(transaction))
    repeats = numbered.filter(pl.col("given") != pl.col("given").first().over([*same, "turn"]))
    return repeats["row"].to_list()


def _row(values: Mapping[str, Any]) -> _Row:
    """Build a row of the pool; reversals get the signs of what they take back."""
    sign = -1 if values["takes_back"] else 1
    charge = values["charge_cents"]
    return _Row(
        row=values["row"],
        claim=values["claim_key"],
        person=Person.of(values),
        control=values["payer_claim_key"],
        modifiers=values["modifiers"] or "",
        units=abs(values["units"] or 0),
        charge=None if charge is None else abs(charge),
        paid=sign * (values["insurance_paid_cents"] or 0),
        adjusted=sign * (values["adjustment_cents"] or 0),
        is_reversal=values["takes_back"],
        refused=values["refused"],
        paid_on=values["paid_on"],
        check=values["check"],
        position=(values["file"], values["transaction"] or 0, values["source_row"]),
    )


def _take_back(rows: list[_Row]) -> None:
    """Pair every reversal with the decision it takes back; mark those whose decision is in no file."""
    for reversal in sorted((decision for decision in rows if decision.is_reversal), key=lambda decision: decision.when):
        decisions = [
            decision
            for decision in rows
            if not decision.is_reversal and decision.reason is None and decision.same_service(reversal)
        ]
        earlier = [decision for decision in decisions if decision.before(reversal)]
        exact = [
            decision
            for decision in earlier
            if decision.paid == reversal.paid and (decision.charge == reversal.charge or decision.paid)
        ]
        if not exact:
            exact = [decision for decision in decisions if _in_the_same_payment(decision, reversal, decisions)]
        if exact:
            best = max(exact, key=lambda decision: (_likeness(decision, reversal), decision.when))
            best.reason = reversal.reason = REVERSED
        else:
            reversal.alone = True


def _likeness(decision: _Row, reversal: _Row) -> tuple[bool, ...]:
    """Return how well a decision fits a reversal, the most important criterion first."""
    return (
        decision.charge == reversal.charge,
        decision.control is not None and decision.control == reversal.control,
        decision.units == reversal.units,
        decision.modifiers == reversal.modifiers,
        decision.adjusted == reversal.adjusted,
    )


def _in_the_same_payment(decision: _Row, reversal: _Row, decisions: list[_Row]) -> bool:
    """Tell whether a payment holds a decision, its reversal, and the correcting decision, in this order.

    Without another decision, the one at hand is the correction, wherever it is.
    """
    fits = (
        decision.check == reversal.check
        and decision.position < reversal.position
        and decision.paid == reversal.paid
        and _likeness(decision, reversal)[2:] == (True, True, True)
    )
    return fits and any(
        later is not decision and later.check == reversal.check and later.position > reversal.position
        for later in decisions
    )


def _decide_again(rows: list[_Row]) -> None:
    """Mark denials of services that the same payer also decided in another payment.

    Without charges, the payments show how many equal services there are: as many as one of them holds.
    """
    decisions = [decision for decision in rows if not decision.is_reversal and decision.reason != DUPLICATE]
    for patient in _by_patient(decisions):
        by_service: dict[tuple[object, ...], list[_Row]] = {}
        for decision in patient:
            by_service.setdefault((decision.modifiers, decision.units, decision.charge), []).append(decision)
        for equal in by_service.values():
            services = max(Counter(decision.check for decision in equal).values())
            _drop_surplus_denials([decision for decision in equal if decision.reason is None], services)
        standing = [decision for decision in patient if decision.reason is None]
        for denied in standing:
            if any(_corrects(decision, denied) for decision in standing):
                denied.reason = SUPERSEDED


def _drop_surplus_denials(equal: list[_Row], services: int) -> None:
    """Keep no more equal decisions than there are services: denials go first, the earliest first."""
    surplus = len(equal) - services
    standing = [decision for decision in equal if not decision.refused]
    last = max((decision.when for decision in standing), default=None)
    for decision in sorted((decision for decision in equal if decision.refused), key=lambda decision: decision.when):
        if surplus <= 0:
            return
        decision.reason = SUPERSEDED if last is None or decision.when < last else DENIED_AFTER
        surplus -= 1
    for decision in sorted(standing, key=lambda decision: decision.when)[services:]:
        decision.twice = True


def _corrects(later: _Row, denied: _Row) -> bool:
    """Tell whether a decision is about a denied service that was resubmitted: later, with modifiers or other units."""
    if not denied.refused or later.refused or not denied.before(later) or later.when <= denied.when:
        return False
    before, after = (set(row.modifiers.split()) for row in (denied, later))
    if _THERAPY & before and not _THERAPY & before <= after:
        return False
    return before <= after and (before == after or denied.charge == later.charge)


def _by_patient(rows: list[_Row]) -> list[list[_Row]]:
    """Group the rows by patient."""
    groups: list[list[_Row]] = []
    for decision in rows:
        own_group = next((group for group in groups if group[0].same_service(decision)), None)
        if own_group is None:
            groups.append([decision])
        else:
            own_group.append(decision)
    return groups


def denied_again(posted: pl.DataFrame) -> pl.DataFrame:
    """Find denials posted to a charge that the same payer decided in another payment too: payment, charge, reason.

    Parameters
    ----------
    posted:
        `frames.POSTINGS` with ``payment`` and ``charge``.
    """
    rows = posted.filter(~pl.col("takes_back")).with_columns(
        payer_name=plain_payer(pl.col("payer")), check=payment_of(), refused=_is_refused()
    )
    of_payer = ["charge", "payer_name", "further_payer"]
    rows = rows.sort("paid_on", "source_file", "transaction", "payment", nulls_last=False).with_columns(
        order=pl.int_range(pl.len()).over(of_payer), several=pl.col("check").n_unique().over(of_payer) > 1
    )
    last_paid = pl.when(~pl.col("refused")).then("order").max().over(of_payer)
    rows = rows.with_columns(kept=last_paid, any_kept=(~pl.col("refused")).any().over(of_payer))
    # Lines of one payment decide a charge together: part paid, part denied.
    paid_with_it = (~pl.col("refused")).any().over([*of_payer, "check"])
    rows = rows.with_columns(beside=paid_with_it, last_check=pl.col("check").last().over(of_payer))
    is_dropped = (
        pl.col("refused")
        & pl.col("several")
        & ~pl.col("beside")
        & (pl.col("any_kept") | (pl.col("check") != pl.col("last_check")))
    )
    later = pl.col("any_kept") & (pl.col("order") > pl.col("kept"))
    reason = pl.when(later).then(pl.lit(DENIED_AFTER)).otherwise(pl.lit(SUPERSEDED))
    return rows.filter(is_dropped).select("payment", "charge", reason=reason)


def _is_refused() -> pl.Expr:
    """Tell whether a decision denies a whole service."""
    return pl.col("status").is_in(REFUSED) & (pl.col("insurance_paid_cents").fill_null(0) == 0)


def payment_of() -> pl.Expr:
    """Identify a row's payment: one check or EFT is one payment even if its 835 was cut into several files."""
    by_number = pl.concat_str(pl.col("trace_key").cast(pl.String), pl.col("paid_on").cast(pl.String).fill_null(""))
    by_place = pl.concat_str(pl.lit("file "), "source_file", pl.lit(" "), pl.col("transaction").fill_null(0))
    return pl.when(pl.col("trace_key").is_not_null()).then(by_number).otherwise(by_place)


def plain_payer(name: pl.Expr) -> pl.Expr:
    """Normalize a payer's name: ignores case, punctuation, INC and the like."""
    plain = name.str.to_uppercase().str.replace_all(r"[^A-Z0-9 ]", " ")
    plain = plain.str.replace_all(r"\b(INC|LLC|CO|CORP|CORPORATION|COMPANY|LTD|OF|THE)\b", " ")
    return plain.str.replace_all(r"\s+", " ").str.strip_chars()
