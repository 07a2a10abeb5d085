"""What a ledger's row type means: a charge, a payment or an adjustment, and which way its money goes.

The words are in data/ingest/values.toml, [row_type].
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells.distinct import by_distinct
from analysis.ingest.settings import words

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOSTLY = 0.5
"""Share of cells that must be row types for a column to count as one."""
_FEW = 12
"""Most row types a ledger has; a column of descriptions has more."""
_WORDS = ("charges", "charge", "payment", "adjustment", "transfer", "back")
CHARGE, PAYMENT, ADJUSTMENT, TRANSFER = "charge", "payment", "adjustment", "transfer"
KINDS: dict[str, pl.DataType] = {"kind": pl.String(), "of_patient": pl.Boolean(), "back": pl.Boolean()}
"""What one type says: charge, payment, adjustment, transfer or null; whether the patient pays; whether it takes money
back."""


def read_kinds(types: pl.Series) -> pl.DataFrame:
    """Read distinct types as `KINDS`."""
    return pl.DataFrame([_read_type(text) for text in types], schema=KINDS, orient="row")


@cache
def _pattern(key: str) -> re.Pattern[str]:
    """Match any word of a list as a whole word."""
    listed = sorted(words("row_type", key), key=len, reverse=True)
    return re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, listed))})(?![a-z])")


@cache
def _read_type(text: str) -> tuple[str | None, bool, bool]:
    """Read one type."""
    plain = re.sub(r"[\s_]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold()).strip()
    mentions = {key: bool(_pattern(key).search(plain)) for key in _WORDS}
    of_patient = bool(_pattern("of_patients").search(plain))
    if plain in words("row_type", "letters"):
        return {"c": CHARGE, "p": PAYMENT, "a": ADJUSTMENT}[plain[0]], False, False
    if mentions["transfer"] and not mentions["payment"]:
        return TRANSFER, of_patient, False
    charge = mentions["charges"] or mentions["charge"]
    if charge and not (mentions["adjustment"] and not plain.startswith("adjusted")):
        return CHARGE, False, mentions["back"]
    if mentions["adjustment"]:
        return ADJUSTMENT, of_patient, mentions["back"]
    if mentions["payment"] or (of_patient and mentions["back"]):
        return PAYMENT, of_patient, mentions["back"]
    return None, of_patient, mentions["back"]


def are_types(cells: pl.Series, *, among_unknown: bool = False) -> bool:
    """Tell whether a column's filled cells separate charges from payments.

    Under a heading that says so, the column must use the word charge, or have payments in every other cell or among few
    types; letters count only if all cells are letters and one of them means a charge. Under an unknown heading
    (`among_unknown`) it must have both charges and payments, and hardly anything else.
    """
    kinds = by_distinct(cells, read_kinds)["kind"].drop_nulls()
    present = set(kinds.unique())
    texts = set(cells.unique().str.to_lowercase())
    mostly = bool(cells.len()) and kinds.len() >= _MOSTLY * cells.len()
    letters = words("row_type", "letters")
    if texts & letters:
        return texts <= letters and CHARGE in present and len(present) > 1
    pays = bool(present & {PAYMENT, ADJUSTMENT})
    if among_unknown:
        return mostly and pays and CHARGE in present
    return _names_charges(cells) or (pays and (mostly or len(texts) <= _FEW))


def _names_charges(types: pl.Series) -> bool:
    """Tell whether a column uses the word charge itself; "visit" and "treatment" also label other things."""
    charges = "|".join(sorted(words("row_type", "charges")))
    return bool(types.str.to_lowercase().str.contains(rf"\b(?:{charges})\b").any())


def kinds_of(types: pl.Series) -> pl.DataFrame:
    """Return `KINDS` for each row, and ``unknown``: the type is none of them, though the file's types name charges."""
    kinds = by_distinct(types, read_kinds)
    is_ledger = _names_charges(types) or bool(
        (kinds["kind"] == CHARGE).any() and kinds["kind"].is_in([PAYMENT, ADJUSTMENT]).any()
    )
    unknown = types.is_not_null() & kinds["kind"].is_null()
    return kinds.with_columns(unknown=unknown if is_ledger else unknown & False)


def signed(amounts: pl.Series, kinds: pl.DataFrame, wanted_kinds: Iterable[str]) -> pl.Series:
    """Give a ledger's amounts the sign of money paid or taken off: above zero, or below if it is taken back.

    Most rows of a kind show whether the file writes it with a minus. A row that says it takes money back (refund,
    reversal, void) does so whatever its sign.
    """
    selected = kinds["kind"].is_in(list(wanted_kinds)).fill_null(value=False)
    plain = amounts.filter(selected & ~kinds["back"]).drop_nulls()
    minus = int((plain < 0).sum()) > int((plain > 0).sum())
    paid_positive = -amounts if minus else amounts
    back = (selected & kinds["back"]).fill_null(value=False)
    return (-amounts.abs()).zip_with(back, paid_positive).zip_with(selected, amounts)
