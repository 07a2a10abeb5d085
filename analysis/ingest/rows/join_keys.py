"""Keyed numbers that match lines of several files (`frames.KEYS`)."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells.distinct import by_distinct
from analysis.ingest.frames import KEYS
from analysis.ingest.settings import words

if TYPE_CHECKING:
    from analysis.ingest.rows.parse import Rows

_FIELDS = {
    "record_key": "record_id",
    "claim_key": "claim_number",
    "visit_id_key": "visit_id",
    "patient_id_key": "patient_id",
    "name_key": "patient_name",
    "group_key": "billing_group",
}
_INITIAL = 1
_STEM = 4
"""Letters of a word by which two spellings of one name are still alike."""


def keys_of(rows: Rows, positions: pl.Series, key: bytes) -> pl.DataFrame:
    """Return the keys of some rows: `frames.KEYS`, one row per position.

    A keyed hash of Polars, not the pseudonyms' BLAKE2b, because record and claim numbers differ from row to row. Its
    numbers are compared within one process and kept nowhere.
    """
    seed = int.from_bytes(blake2b(b"keys of files", key=key[:64], digest_size=8).digest(), "big")
    columns = []
    for name, field in _FIELDS.items():
        if not rows.has(field):
            columns.append(pl.repeat(None, positions.len(), dtype=pl.Int64, eager=True).alias(name))
            continue
        raw = rows.text(field)[positions].alias(name)
        if name == "patient_id_key":
            raw = raw.set(rows.flagged["patient_id__damaged"][positions], None)
        if name == "name_key":
            columns += by_distinct(raw, lambda texts: _names(texts, seed)).get_columns()
        else:
            columns.append(_hashed(_normalized(raw), seed).alias(name))
    columns += _remittance_columns(rows, positions, seed)
    status = rows.text("status")[positions].str.to_lowercase().fill_null("")
    columns.append(status.str.contains_any(list(words("status", "further_payer"))).alias("further_payer"))
    return pl.DataFrame(columns).select(
        pl.col(name).cast(dtype) if name in present else pl.lit(None, dtype).alias(name)
        for present in [{column.name for column in columns}]
        for name, dtype in KEYS.items()
    )


def _hashed(text: pl.Series, seed: int) -> pl.Series:
    """Return keyed numbers of texts, null where the text is null."""
    return text.hash(seed).reinterpret(signed=True).set(text.is_null(), None)


def _names(texts: pl.Series, seed: int) -> pl.DataFrame:
    """Return distinct names as keyed numbers: the name, its words, their first letters, the last name's words."""
    last = texts.str.extract(r"^([^,]+),", 1)
    words, last_words = _words(texts), _words(last)
    whole = words.list.join(" ")
    return pl.DataFrame(
        {
            "name_key": _hashed(whole.set(whole == "", None), seed),
            "name_words": _hashed_words(words, seed),
            "name_stems": _hashed_words(words, seed, letters=_STEM),
            "last_words": _hashed_words(last_words, seed),
        }
    )


def _words(names: pl.Series) -> pl.Series:
    """Return a name's words, sorted, without initials, accents and apostrophes.

    Spelling variants compare equal: O'Brien and OBRIEN, Núñez and NUNEZ are each one person.
    """
    plain = names.str.to_uppercase().str.normalize("NFKD").str.replace_all("[\\p{M}'\u2019`\u00b4.]", "")
    words = plain.str.extract_all(r"[\p{L}\p{N}]+").to_frame("words")
    longer = pl.col("words").list.eval(pl.element().filter(pl.element().str.len_chars() > _INITIAL)).list.sort()
    return words.select(longer).to_series()


def _hashed_words(words: pl.Series, seed: int, *, letters: int | None = None) -> pl.Series:
    """Hash each word, or its first letters: one list per row, null if the row has no words."""
    word = pl.element() if letters is None else pl.element().str.slice(0, letters)
    hashed = pl.col("words").list.eval(word.hash(seed).reinterpret(signed=True))
    return words.to_frame("words").select(pl.when(pl.col("words").list.len() > 0).then(hashed)).to_series()


def _remittance_columns(rows: Rows, positions: pl.Series, seed: int) -> list[pl.Series]:
    """Return what claims and remittances say besides their cells, claim and check numbers as keyed numbers."""
    beside = rows.table.beside
    if beside.is_empty():
        return []
    rows_beside = beside[positions]
    texts = {"trace_key": "trace", "payer_claim_key": "payer_number", "original_key": "original_number"}
    keyed = [_hashed(_normalized(rows_beside[source]), seed).alias(name) for name, source in texts.items()]
    return [*keyed, *(rows_beside[name] for name in ("transaction", "frequency", "sent", "owed_cents"))]


def _normalized(text: pl.Series) -> pl.Series:
    """Normalize numbers: ignores case, leading zeros, and the ".0" of a number that was once a float."""
    plain = text.str.to_uppercase().str.replace(r"\.0+$", "").str.strip_chars().str.replace(r"^0+(\w)", "$1")
    return plain.set(plain == "", None)
