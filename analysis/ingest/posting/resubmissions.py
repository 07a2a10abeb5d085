"""Claims (837P) that a later claim voids or replaces, over all files of a set."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.posting.ignored_lines import move_to_ignored, with_keys
from analysis.ingest.posting.same_patient import COLUMNS, Person
from analysis.ingest.rows.export import Notice
from analysis.money import dollars

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from analysis.ingest.rows.export import Export

_REPLACES, _VOIDS = "7", "8"


@dataclass(slots=True)
class _Claim:
    """One claim as it was sent; `order` is when, as far as the files show."""

    number: int | None
    person: Person
    original: int | None
    frequency: str
    order: tuple[str, bool, int, int]
    days: set[date] = field(default_factory=set)
    lines: list[int] = field(default_factory=list)
    cents: int = 0


def without_replaced(whole: Export, positions: Mapping[str, int]) -> Export:
    """Remove voided and replaced claims, and the voids themselves.

    A claim with frequency 7 or 8 (CLM05-3) takes the place of earlier claims with the same number, or with the number
    it refers to (REF*F8: the claim's own, or the payer's as a remittance of the set gives it), of the same patient,
    with a date of service in common. Earlier means written earlier (BHT04, BHT05); of two with one time, the original.
    The order of the files does not matter.
    """
    if whole.keys["frequency"].null_count() == whole.keys.height:
        return whole
    lines = with_keys(whole)
    claims = _claims(lines.filter(pl.col("frequency").is_not_null()), positions)
    by_number: dict[int | None, list[_Claim]] = {}
    for claim in claims:
        by_number.setdefault(claim.number, []).append(claim)
    payer_numbers = _payer_numbers(lines, whole.postings)
    reason_by_line: dict[int, str] = {}
    unmatched_cents = dict.fromkeys((_REPLACES, _VOIDS), 0)
    for claim in claims:
        if claim.frequency not in {_REPLACES, _VOIDS}:
            continue
        replaced = _replaced(claim, by_number, payer_numbers)
        reason_by_line.update({line: "row__replaced" for earlier in replaced for line in earlier.lines})
        if claim.frequency == _VOIDS:
            reason_by_line.update(dict.fromkeys(claim.lines, "status__void"))
        unmatched_cents[claim.frequency] += claim.cents if not replaced else 0
    ignored = pl.DataFrame(
        list(reason_by_line.items()), schema={"line_id": pl.Int64, "reason": pl.String}, orient="row"
    )
    result = move_to_ignored(whole, ignored)
    unmatched_notices = [
        Notice(name, f"claims {verb} other claims that are not in the files ({dollars(unmatched_cents[kind])}); {todo}")
        for kind, name, verb, todo in (
            (_VOIDS, "status__void_alone", "void", "check that you added all claims"),
            (_REPLACES, "row__replaces_alone", "replace", "they count as they are; check that you added all claims"),
        )
        if unmatched_cents[kind]
    ]
    return replace(result, notices=(*result.notices, *unmatched_notices))


def _claims(lines: pl.DataFrame, positions: Mapping[str, int]) -> list[_Claim]:
    """Return the claims of the lines, in the order of the files."""
    claims: dict[tuple[object, ...], _Claim] = {}
    columns = (
        "line_id", "file", "transaction", "claim_key", "original_key", "frequency", "sent", "date_of_service",
        "charge_cents", *COLUMNS,
    )  # fmt: skip
    for row in lines.select(columns).iter_rows(named=True):
        person = Person.of(row)
        key = (*(row[name] for name in columns[1:7]), person)
        if (claim := claims.get(key)) is None:
            original = row["frequency"] not in {_REPLACES, _VOIDS}
            order = (row["sent"] or "", not original, positions.get(row["file"], 0), row["transaction"] or 0)
            claim = claims[key] = _Claim(row["claim_key"], person, row["original_key"], row["frequency"], order)
        claim.days.add(row["date_of_service"])
        claim.lines.append(row["line_id"])
        claim.cents += row["charge_cents"] or 0
    return list(claims.values())


def _payer_numbers(lines: pl.DataFrame, postings: pl.DataFrame) -> dict[int, set[tuple[int, date]]]:
    """Map the payer's claim number to the claim number and dates under which remittances return it."""
    columns = ("payer_claim_key", "claim_key", "date_of_service")
    rows = pl.concat([frame.select(columns) for frame in (lines, postings)])
    payer_numbers: dict[int, set[tuple[int, date]]] = {}
    for payer_number, claim_number, day in rows.drop_nulls().unique().iter_rows():
        payer_numbers.setdefault(payer_number, set()).add((claim_number, day))
    return payer_numbers


def _replaced(
    claim: _Claim, by_number: Mapping[int | None, list[_Claim]], payer_numbers: Mapping[int, set[tuple[int, date]]]
) -> list[_Claim]:
    """Return the earlier claims that a claim replaces.

    A claim with the same number must share a date with it, because one number may belong to an account. The number
    it refers to (REF*F8) is that claim's, whatever its date; the payer's number is that of the claim on those dates.
    """
    earlier = [
        other
        for number in {
            claim.number,
            claim.original,
            *(claim_number for claim_number, _ in payer_numbers.get(claim.original or 0, ())),
        }
        - {None}
        for other in by_number.get(number, ())
        if other is not claim and other.order < claim.order and other.person.same(claim.person) is not False
    ]
    days = payer_numbers.get(claim.original or 0, set())

    def is_replaced(other: _Claim) -> bool:
        shares = bool(other.days & claim.days)
        is_referenced = other.number == claim.original != claim.number
        by_payer = any((other.number, day) in days for day in other.days)
        return (shares and other.number == claim.number) or is_referenced or by_payer

    return [other for other in earlier if is_replaced(other)]
