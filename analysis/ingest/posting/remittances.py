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
    back: bool
    refused: bool
    paid_on: date | None
    check: str
    place: tuple[int, int, int]
    reason: str | None = None
    alone: bool = False
    twice: bool = False

    @property
    def when(self) -> tuple[date, tuple[int, int, int]]:
        """Return the order in time: date of payment, then position in the files."""
        return self.paid_on or _LONG_AGO, self.place

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
            return self.place < other.place
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
    left = rows.filter(~pl.col("row").is_in(list(reasons)))
    service = ["claim_key", "date_of_service", "code", "payer_name"]
    again = pl.col("check").n_unique() > 1
    left = left.filter((pl.col("takes_back").any() | again).over(service))
    alone: set[int] = set()
    twice: set[int] = set()
    for group in left.partition_by(service, maintain_order=True):
        decided = [_row(values) for values in group.iter_rows(named=True)]
        _take_back(decided)
        if not beside_charges:
            _decide_again(decided)
        reasons.update({one.row: one.reason for one in decided if one.reason})
        alone |= {one.row for one in decided if one.alone}
        twice |= {one.row for one in decided if one.twice}
    given = [reasons.get(row) for row in range(pool.height)]
    marks = {
        name: [row in marked for row in range(pool.height)] for name, marked in (("alone", alone), ("twice", twice))
    }
    return pl.DataFrame({"reason": given, **marks}, schema=SETTLED)


def _duplicates(rows: pl.DataFrame) -> list[int]:
    """Find rows that repeat the n-th row of a kind of the same payment in an earlier transaction."""
    same = [
        "claim_key", "patient_key", "date_of_service", "code", "modifiers", "units", "charge_cents", "payer_name",
        "further_payer", "takes_back", "insurance_paid_cents", "adjustment_cents", "owed_cents",
        "adjustment_reasons", "paid_on", "trace_key",
    ]  # fmt: skip
    where = ["file", pl.col("transaction").fill_null(0)]
    turned = rows.with_columns(turn=pl.int_range(pl.len()).over([*same, *where]), given=pl.struct(where))
    again = turned.filter(pl.col("given") != pl.col("given").first().over([*same, "turn"]))
    return again["row"].to_list()


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
        back=values["takes_back"],
        refused=values["refused"],
        paid_on=values["paid_on"],
        check=values["check"],
        place=(values["file"], values["transaction"] or 0, values["source_row"]),
    )


def _take_back(rows: list[_Row]) -> None:
    """Pair every reversal with the decision it takes back; mark those whose decision is in no file."""
    for back in sorted((one for one in rows if one.back), key=lambda one: one.when):
        mine = [one for one in rows if not one.back and one.reason is None and one.same_service(back)]
        earlier = [one for one in mine if one.before(back)]
        exact = [one for one in earlier if one.paid == back.paid and (one.charge == back.charge or one.paid)]
        if not exact:
            exact = [one for one in mine if _in_the_same_payment(one, back, mine)]
        if exact:
            best = max(exact, key=lambda one: (_alike(one, back), one.when))
            best.reason = back.reason = REVERSED
        else:
            back.alone = True


def _alike(one: _Row, back: _Row) -> tuple[bool, ...]:
    """Return how well a decision fits a reversal, the most important criterion first."""
    return (
        one.charge == back.charge,
        one.control is not None and one.control == back.control,
        one.units == back.units,
        one.modifiers == back.modifiers,
        one.adjusted == back.adjusted,
    )


def _in_the_same_payment(one: _Row, back: _Row, mine: list[_Row]) -> bool:
    """Tell whether a payment holds a decision, its reversal, and the correcting decision, in this order.

    Without another decision, the one at hand is the correction, wherever it is.
    """
    fits = (
        one.check == back.check
        and one.place < back.place
        and one.paid == back.paid
        and _alike(one, back)[2:] == (True, True, True)
    )
    return fits and any(other is not one and other.check == back.check and other.place > back.place for other in mine)


def _decide_again(rows: list[_Row]) -> None:
    """Set aside denials of services that the same payer decided in another payment too.

    Without charges, the payments show how many equal services there are: as many as one of them holds.
    """
    decided = [one for one in rows if not one.back and one.reason != DUPLICATE]
    for patient in _patients(decided):
        kinds: dict[tuple[object, ...], list[_Row]] = {}
        for one in patient:
            kinds.setdefault((one.modifiers, one.units, one.charge), []).append(one)
        for equal in kinds.values():
            services = max(Counter(one.check for one in equal).values())
            _leave([one for one in equal if one.reason is None], services)
        standing = [one for one in patient if one.reason is None]
        for denied in standing:
            if any(_corrects(one, denied) for one in standing):
                denied.reason = SUPERSEDED


def _leave(equal: list[_Row], services: int) -> None:
    """Keep no more equal decisions than there are services: denials go first, the earliest first."""
    surplus = len(equal) - services
    standing = [one for one in equal if not one.refused]
    last = max((one.when for one in standing), default=None)
    for one in sorted((one for one in equal if one.refused), key=lambda one: one.when):
        if surplus <= 0:
            return
        one.reason = SUPERSEDED if last is None or one.when < last else DENIED_AFTER
        surplus -= 1
    for one in sorted(standing, key=lambda one: one.when)[services:]:
        one.twice = True


def _corrects(one: _Row, denied: _Row) -> bool:
    """Tell whether a decision is about a denied service that was resubmitted: later, with modifiers or other units."""
    if not denied.refused or one.refused or not denied.before(one) or one.when <= denied.when:
        return False
    before, after = (set(row.modifiers.split()) for row in (denied, one))
    if _THERAPY & before and not _THERAPY & before <= after:
        return False
    return before <= after and (before == after or denied.charge == one.charge)


def _patients(rows: list[_Row]) -> list[list[_Row]]:
    """Group the rows by patient."""
    found: list[list[_Row]] = []
    for one in rows:
        mine = next((group for group in found if group[0].same_service(one)), None)
        if mine is None:
            found.append([one])
        else:
            mine.append(one)
    return found


def denied_again(matched: pl.DataFrame) -> pl.DataFrame:
    """Find denials posted to a charge that the same payer decided in another payment too: payment, charge, reason.

    Parameters
    ----------
    matched:
        `frames.POSTINGS` with ``payment`` and ``charge``.
    """
    rows = matched.filter(~pl.col("takes_back")).with_columns(
        payer_name=plain_payer(pl.col("payer")), check=payment_of(), refused=_is_refused()
    )
    of = ["charge", "payer_name", "further_payer"]
    rows = rows.sort("paid_on", "source_file", "transaction", "payment", nulls_last=False).with_columns(
        order=pl.int_range(pl.len()).over(of), several=pl.col("check").n_unique().over(of) > 1
    )
    kept = pl.when(~pl.col("refused")).then("order").max().over(of)
    rows = rows.with_columns(kept=kept, any_kept=(~pl.col("refused")).any().over(of))
    # Lines of one payment decide a charge together: part paid, part denied.
    paid_with_it = (~pl.col("refused")).any().over([*of, "check"])
    rows = rows.with_columns(beside=paid_with_it, last_check=pl.col("check").last().over(of))
    gone = (
        pl.col("refused")
        & pl.col("several")
        & ~pl.col("beside")
        & (pl.col("any_kept") | (pl.col("check") != pl.col("last_check")))
    )
    later = pl.col("any_kept") & (pl.col("order") > pl.col("kept"))
    reason = pl.when(later).then(pl.lit(DENIED_AFTER)).otherwise(pl.lit(SUPERSEDED))
    return rows.filter(gone).select("payment", "charge", reason=reason)


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
