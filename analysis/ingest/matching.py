"""Which charge a payment belongs to: control number first, then patient, date and code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVICE = ("date_of_service", "code")
_IDENTITIES = (
    ("record_key", "record_key"),
    ("claim_key", "claim_key"),
    ("claim_key", "visit_id_key"),
    ("claim_key", "patient_id_key"),
    ("visit_id_key", "visit_id_key"),
    ("patient_id_key", "patient_id_key"),
    ("name_key", "name_key"),
)
"""What names the same service on both sides, of the payment and of the charge, the surest first. Systems put their
visit's or their patient's number into the claim (CLM01), which the remittance gives back (CLP01)."""
_LEVELS = ((*_SERVICE, "modifiers", "charge_cents"), (*_SERVICE, "charge_cents"), (*_SERVICE, "modifiers"), _SERVICE)
"""What else has to agree, the strictest first."""
GIVER = ("source_file", "payer", "paid_on")
"""One payment of one payer: it pays a charge once, so several of its rows go to several charges where there are."""


def match(payments: pl.DataFrame, charges: pl.DataFrame) -> pl.Series:
    """The charge of every payment.

    Parameters
    ----------
    payments:
        `frames.POSTINGS`.
    charges:
        line_id, `frames.KEYS`, date_of_service, code, modifiers, charge_cents.

    Returns
    -------
    ``line_id`` a payment, in the order of `payments`; null where no charge fits. Several payers may pay one charge.
    Of equal charges the first payment row of a payer takes the first, the second the second.
    """
    is_open = payments.with_row_index("payment").with_columns(pl.col("payment").cast(pl.Int64))
    found: list[pl.DataFrame] = []
    for (theirs, ours), level in _steps():
        if is_open.is_empty():
            break
        asked = is_open.drop_nulls([theirs, *(name for name in level if name != "charge_cents")])
        if asked.is_empty():
            continue
        pairs = _pairs(asked, charges, theirs, ours, level)
        if found and "charge_cents" not in level:
            pairs = pairs.join(pl.concat(found), on=["line_id", *GIVER], how="anti", nulls_equal=True)
        found.append(pairs)
        is_open = is_open.join(pairs, on="payment", how="anti")
    places = pl.concat(found) if found else pl.DataFrame(schema={"payment": pl.Int64, "line_id": pl.Int64})
    order = pl.DataFrame({"payment": pl.int_range(payments.height, eager=True)})
    return order.join(places.select("payment", "line_id"), on="payment", how="left", maintain_order="left")["line_id"]


def _steps() -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    """Every identity with every level, and a record's number alone for payments that repeat nothing of the service."""
    for identity in _IDENTITIES:
        for level in _LEVELS:
            yield identity, level
        if identity[0] == "record_key":
            yield identity, ()


def _pairs(
    payments: pl.DataFrame, charges: pl.DataFrame, theirs: str, ours: str, level: tuple[str, ...]
) -> pl.DataFrame:
    """Payments with their charges at one level: payment, line_id, `GIVER`."""
    if not level:
        payments = payments.filter(pl.col("code").is_null() & pl.col("date_of_service").is_null())
    left = payments.select("payment", *GIVER, *level, key=theirs).with_columns(
        turn=pl.int_range(pl.len()).over([*GIVER, *level, "key"])
    )
    right = (
        charges.select("line_id", *level, key=ours)
        .drop_nulls("key")
        .with_columns(turn=pl.int_range(pl.len()).over([*level, "key"]), equals=pl.len().over([*level, "key"]))
    )
    right = right.join(left.select("key", *level).unique(), on=["key", *level], how="semi", nulls_equal=True)
    both = left.join(right, on=["key", *level], how="inner", nulls_equal=True, suffix="_of_charge")
    meets = (pl.col("equals") == 1) | (pl.col("turn") == pl.col("turn_of_charge"))
    return (
        both.filter(meets)
        .sort("payment")
        .unique("payment", keep="first", maintain_order=True)
        .select("payment", "line_id", *GIVER)
    )
