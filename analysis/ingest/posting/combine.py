"""Combine a set of files into one export: nothing counted twice, remittances posted to the charges they pay."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import ContractError
from analysis.ingest.posting.concatenate import concatenated, with_file_name
from analysis.ingest.posting.overlaps import charges_once
from analysis.ingest.posting.payments import post_payments
from analysis.ingest.posting.resubmissions import without_replaced
from analysis.ingest.rows.export import Export, Notice, Source
from analysis.money import dollars

if TYPE_CHECKING:
    from collections.abc import Sequence

REMITTANCE = "835"
"""Format of an export whose lines become payments when charges are available."""


def combine(exports: Sequence[Export]) -> Export:
    """Combine several exports, read under one key, into one.

    A file given twice is read once. A charge line in two files is kept once (`row__given_twice`), the copy with a
    payment first; of two versions of one record the later file's is kept (`row__replaced`). Lines of remittances (835)
    next to charges become payments of those charges; without charges they are the lines. Unmatched payments and charges
    are in `unmatched`. Rows and dollars of all files are accounted for.

    Raises
    ------
    ContractError
        Without any export, or if the account does not balance.
    """
    distinct, notices = _distinct(exports)
    if not distinct:
        raise ContractError("no export to combine")
    whole = distinct[0] if len(distinct) == 1 else concatenated(distinct)
    whole = replace(whole, notices=(*whole.notices, *notices))
    positions = {export.name: index for index, export in enumerate(distinct)}
    whole = replace(whole, notices=(*whole.notices, *_unbalanced(whole.imbalances)))
    beside_charges = any(export.lines.height for export in distinct if export.format != REMITTANCE)
    whole = without_replaced(whole, positions)
    if len(distinct) == 1 and whole.postings.is_empty() and whole.format != REMITTANCE:
        return whole
    remitted = [export.name for export in distinct if export.format == REMITTANCE]
    claimed = [export.name for export in distinct if export.format == "837P"]
    whole = charges_once(whole, remitted, claimed, positions)
    charge_fields = frozenset[str]().union(*(export.fields for export in distinct if export.format != REMITTANCE))
    whole = post_payments(whole, remitted, positions, charge_fields if beside_charges else None)
    return replace(whole, sources=_sources(distinct, whole)) if len(distinct) > 1 else whole


def _unbalanced(imbalances: pl.DataFrame) -> list[Notice]:
    """Return a notice about totals of claims and remittances that don't add up."""
    if imbalances.is_empty():
        return []
    count, cents = imbalances.height, int(imbalances["difference_cents"].abs().sum())
    noun = "total of a claim or remittance doesn't" if count == 1 else "totals of claims and remittances don't"
    text = f"{count:,} {noun} add up ({dollars(cents)} in all); see the list on the Payments page or in revmix check"
    return [Notice("remittance__unbalanced", text, count=count)]


def _distinct(exports: Sequence[Export]) -> tuple[list[Export], list[Notice]]:
    """Return the exports without duplicate files, under distinct names, and notices about the duplicates."""
    distinct: dict[tuple[str, str], Export] = {}
    notices, names = [], set[str]()
    for export in exports:
        first_copy = distinct.get((export.sha256, export.sheet))
        if first_copy is not None:
            text = f"{export.name} is the same file as {first_copy.name}; counted once"
            notices.append(Notice("file__given_twice", text))
            continue
        name, number = export.name, 2
        while name in names:
            name, number = f"{export.name} ({number})", number + 1
        names.add(name)
        distinct[export.sha256, export.sheet] = export if name == export.name else with_file_name(export, name)
    return list(distinct.values()), notices


def _sources(distinct: list[Export], whole: Export) -> tuple[Source, ...]:
    """Return every file's share of the account."""
    lines = whole.lines.group_by(pl.col("source_file").cast(pl.String)).agg(
        pl.len(), pl.col("charge_cents").sum().alias("cents")
    )
    accepted = {name: (count, cents or 0) for name, count, cents in lines.iter_rows()}
    uncounted_rows = whole.rows.group_by("source_file", "disposition").agg(pl.len(), pl.col("dollars_cents").sum())
    uncounted = {(name, kind): (count, cents) for name, kind, count, cents in uncounted_rows.iter_rows()}
    sources = []
    for export in distinct:
        shares = {
            "read": (export.rows_read, export.dollars_read),
            "accepted": accepted.get(export.name, (0, 0)),
            **{kind: uncounted.get((export.name, kind), (0, 0)) for kind in ("rejected", "ignored")},
        }
        counts = {
            f"{measure}_{kind}": share[index]
            for kind, share in shares.items()
            for index, measure in enumerate(("rows", "dollars"))
        }
        identity = {name: getattr(export, name) for name in ("name", "sha256", "format", "sheet", "mapping")}
        sources.append(Source(**identity, **counts))
    return tuple(sources)
