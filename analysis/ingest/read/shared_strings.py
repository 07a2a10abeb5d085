"""How much text a workbook's cells hold: a string is stored once and copied into every cell that uses it."""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import BadInput
from analysis.ingest.read.sheet_xml import chunks
from analysis.ingest.settings import limits

if TYPE_CHECKING:
    from collections.abc import Iterable

_STRING = re.compile(rb"<(?:\w+:)?si[\s/>]")
_USE = r"""\bt\s*=\s*["']s["']"""
_PLAIN_USE = r"""t="s"(?: [^<>]*)?><v>[0-9]{1,9}<"""
_TODO = "shorten the longest texts, or save the sheet as CSV"


def check_text(shared: bytes, sheets: Iterable[bytes], name: str) -> None:
    """Raise BadInput if all cells together hold more text than the limits allow, or there are too many strings.

    Parameters
    ----------
    shared:
        The part with the strings (``xl/sharedStrings.xml``); empty if there is none.
    sheets:
        The XML of every sheet; a sheet listed twice is given twice.
    """
    lengths = _lengths(shared, name)
    longest = int(str(lengths.max() or 0))
    listed = list(sheets)
    uses = sum(int(text.str.count_matches(_USE).item()) for xml in listed for text in chunks(xml)) if longest else 0
    if uses * longest <= limits().text_in_cells:
        return
    room = limits().text_in_cells
    for xml in listed:
        for text in chunks(xml):
            room -= _used_bytes(text, lengths, longest)
            if room < 0:
                limit = f"at most {limits().text_in_cells // 1_000_000:,} MB of text in all cells"
                problem = "a workbook whose cells repeat long texts many times"
                raise BadInput(problem, expected=limit, todo=_TODO, file=name)


def _lengths(shared: bytes, name: str) -> pl.Series:
    """Return the bytes of every shared string, tags included, by its number."""
    offsets = array("Q")
    for match in _STRING.finditer(shared):
        offsets.append(match.start())
        if len(offsets) > limits().shared_strings:
            limit = f"at most {limits().shared_strings:,}"
            problem = f"a workbook with more than {limits().shared_strings:,} different texts"
            raise BadInput(problem, expected=limit, todo="export a shorter period", file=name)
    starts = pl.Series("start", offsets, dtype=pl.UInt64)
    return starts.append(pl.Series([len(shared)], dtype=pl.UInt64)).diff().drop_nulls().cast(pl.Int64)


def _used_bytes(text: pl.Series, lengths: pl.Series, longest: int) -> int:
    """Count the bytes of the strings used in part of a sheet; for unusual notation, assume the longest."""
    plain = text.str.extract_all(_PLAIN_USE).explode().drop_nulls()
    numbers = plain.str.extract(r"([0-9]+)<").cast(pl.Int64)
    listed = numbers.filter(numbers < lengths.len())
    uses = int(text.str.count_matches(_USE).item())
    return int(lengths.gather(listed).sum()) + max(uses - plain.len(), 0) * longest
