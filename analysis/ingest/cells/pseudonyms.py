"""Patients as keyed pseudonyms: one person gets one number per key, and no number leads back to the person.

Uses BLAKE2b with a secret key, once per person. The originals stay in the upload and are not kept.
"""

from __future__ import annotations

import secrets
from hashlib import blake2b

import polars as pl

from analysis.errors import ContractError

_BYTES = 8


def new_key() -> bytes:
    """Create a fresh secret key: pseudonyms under different keys have nothing in common."""
    return secrets.token_bytes(32)


def pseudonym(text: str, key: bytes) -> int:
    """Return the signed 64-bit pseudonym of one text."""
    return int.from_bytes(blake2b(text.encode(), key=key[:64], digest_size=_BYTES).digest(), "big", signed=True)


def format_pseudonyms(keys: pl.Series) -> pl.Series:
    """Format pseudonyms for people: ``p-1f3a…``, sixteen hexadecimal digits."""
    distinct = keys.unique()
    texts = pl.Series([None if key is None else f"p-{key & (2**64 - 1):016x}" for key in distinct], dtype=pl.String)
    return keys.replace_strict(distinct, texts, return_dtype=pl.String).cast(pl.String)  # if empty it returns numbers


def pseudonyms(texts: pl.Series, key: bytes) -> pl.DataFrame:
    """Turn distinct texts into ``patient_key`` (Int64) and ``patient_index``, dense from 0.

    Raises
    ------
    ContractError
        When two people get the same pseudonym (once in some billions of files): use another key.
    """
    keys = pl.Series("patient_key", [pseudonym(text, key) for text in texts], dtype=pl.Int64)
    if keys.n_unique() != keys.len():
        raise ContractError("two patients share a pseudonym under this key")
    return pl.DataFrame({"patient_key": keys, "patient_index": pl.int_range(keys.len(), dtype=pl.Int64, eager=True)})
