"""A set of files as one export: nothing counted twice, remittances posted to the charges they pay."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import ContractError
from analysis.ingest.aside import retold, set_aside, with_keys
from analysis.ingest.export import Export, Notice, Source
from analysis.ingest.frames import POSTINGS, UNMATCHED
from analysis.ingest.ledger import post
from analysis.ingest.matching import match
from analysis.ingest.overlaps import charges_once
from analysis.ingest.remittances import fates
from analysis.ingest.union import concatenated, named
from analysis.lines import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

REMITTANCE = "835"
"""Format of an export whose lines are payments rather than charges, where charges are at hand."""
_UNINSURED = ("Self-pay",)


def combine(exports: Sequence[Export]) -> Export:
    """One export of several, read under one key.

    A file given twice is read once. A charge line that two files hold is kept once (`row__given_twice`), the copy with
    a payment before the one without; of two states of one record the later file's is kept (`row__replaced`). Lines of
    remittances (835) beside charges become payments of those charges; without charges they are the lines. Payments and
    charges that do not find each other are in `unmatched`. Rows and dollars of all files are accounted for.

    Raises
    ------
    ContractError
        Without any export, or when the account does not add up.
    """
    once, notices = _each_once(exports)
    if not once:
        raise ContractError("no export to combine")
    whole = once[0] if len(once) == 1 else concatenated(once)
    whole = replace(whole, notices=(*whole.notices, *notices))
    if len(once) == 1 and whole.postings.is_empty() and whole.format != REMITTANCE:
        return whole
    positions = {export.name: place for place, export in enumerate(once)}
    remitted = [export.name for export in once if export.format == REMITTANCE]
    claimed = [export.name for export in once if export.format == "837P"]
    whole = charges_once(whole, remitted, claimed, positions)
    charged = frozenset[str]().union(*(export.fields for export in once if export.format != REMITTANCE))
    whole = _settled(whole, remitted, positions, charged)
    return replace(whole, sources=_sources(once, whole)) if len(once) > 1 else whole


def _each_once(exports: Sequence[Export]) -> tuple[list[Export], list[Notice]]:
    """The exports without copies of a file, under names that differ; and what is said of the copies."""
    once: dict[tuple[str, str], Export] = {}
    notices, names = [], set[str]()
    for export in exports:
        known = once.get((export.sha256, export.sheet))
        if known is not None:
            text = f"{export.name} is the same file as {known.name}; it was counted once"
            notices.append(Notice("file__given_twice", text))
            continue
        name, number = export.name, 2
        while name in names:
            name, number = f"{export.name} ({number})", number + 1
        names.add(name)
        once[export.sha256, export.sheet] = export if name == export.name else named(export, name)
    return list(once.values()), notices


def _settled(whole: Export, remitted: list[str], positions: dict[str, int], charged: frozenset[str]) -> Export:
    """Remittances sorted out among themselves, then posted to the charges; what is left over is listed."""
    if not remitted and whole.postings.is_empty():
        return whole
    pool = _pool(whole, remitted)
    pool = pool.with_columns(
        file_name=pl.col("source_file"), file=pl.col("source_file").replace_strict(positions, return_dtype=pl.Int64)
    )
    pool = pool.with_columns(reason=fates(pool))
    whole = set_aside(
        whole, pool.filter(pl.col("reason").is_not_null()).drop_nulls("line_id").select("line_id", "reason")
    )
    whole = retold(whole, pool.filter(pl.col("reason").is_not_null() & pl.col("line_id").is_null()))
    pool = pool.filter(pl.col("reason").is_null()).drop("reason")
    lines = with_keys(whole)
    charges = lines.filter(~pl.col("file").is_in(remitted))
    beside_charges = not charges.is_empty()
    if beside_charges:
        whole = replace(whole, fields=charged)
    else:  # the first payers' remittances are the lines; only what pays them once more is posted
        first = ~pl.col("further_payer") & pl.col("file").is_in(remitted)
        charges = lines.filter(first)
        pool = pool.filter(pl.col("line_id").is_null() | pl.col("further_payer"))
    others = whole.postings.filter(~pl.col("source_file").is_in(remitted)).with_columns(line_id=pl.lit(None, pl.Int64))
    payments = pl.concat([pool.select(*POSTINGS, "line_id"), others.select(*POSTINGS, "line_id")])
    payments = payments.rename({"line_id": "own"}).with_columns(charge=match(payments, charges))
    return _posted(whole, payments, charges, beside_charges=beside_charges)


def _pool(whole: Export, remitted: list[str]) -> pl.DataFrame:
    """Remittance rows as postings: lines (with their line_id) and rows that take a payment back."""
    lines = with_keys(whole).filter(pl.col("file").is_in(remitted))
    own = lines.with_columns(source_file="file").select(
        *(pl.col(name).cast(dtype) for name, dtype in POSTINGS.items()), "line_id", takes_back=pl.lit(value=False)
    )
    back = whole.postings.filter(pl.col("source_file").is_in(remitted)).with_columns(
        line_id=pl.lit(None, pl.Int64),
        takes_back=(pl.col("charge_cents") < 0).fill_null(value=False),
    )
    pool: pl.DataFrame = pl.concat([own, back.select(own.columns)])
    return pool


def _posted(whole: Export, payments: pl.DataFrame, charges: pl.DataFrame, *, beside_charges: bool) -> Export:
    """Matched payments on their charges, their own rows set aside, and both sides' leftovers listed."""
    matched = payments.drop_nulls("charge")
    alone = payments.filter(pl.col("charge").is_null())
    adjustments = whole.adjustments.join(
        matched.select(line_id="own", target="charge").drop_nulls("line_id"), on="line_id", how="inner"
    )
    moved = adjustments.with_columns(line_id="target").select(whole.adjustments.columns)
    posted_rows = matched.drop_nulls("own").select(line_id="own", reason=pl.lit("remittance__posted"))
    lost = alone.drop_nulls("own").select(line_id="own", reason=pl.lit("remittance__unmatched"))
    aside = pl.concat([posted_rows, lost]) if beside_charges else posted_rows
    out = set_aside(whole, aside)
    out = post(out, matched.rename({"charge": "line_id"}), add=not beside_charges)
    left_over = alone if beside_charges else alone.filter(pl.col("own").is_null())
    unmatched = pl.concat(
        [whole.unmatched, _payments_alone(left_over), _charges_alone(out, charges, payments, matched)]
    )
    notices = list(out.notices)
    if matched.height:
        rows = f"{matched.height:,} {'payment was' if matched.height == 1 else 'payments were'}"
        notices.append(Notice("payments__posted", f"{rows} posted to the charges they pay", count=matched.height))
    if unmatched.height:
        parts = [_counted(left_over.height, "payment found no charge", "payments found no charge")]
        parts.append(
            _counted(unmatched.height - left_over.height, "charge found no payment", "charges found no payment")
        )
        text = f"{' and '.join(filter(None, parts))}; listed as unmatched"
        notices.append(Notice("payments__unmatched", text, count=unmatched.height))
    order = pl.DataFrame({"line_id": out.lines["line_id"], "new": pl.int_range(out.lines.height, eager=True)})

    def renumbered(frame: pl.DataFrame) -> pl.DataFrame:
        joined = frame.join(order, on="line_id", how="inner", maintain_order="left")
        return joined.with_columns(line_id="new").select(frame.columns)

    return replace(
        out,
        lines=renumbered(out.lines),
        keys=renumbered(out.keys),
        adjustments=renumbered(pl.concat([out.adjustments, moved])).sort("line_id", maintain_order=True),
        postings=out.postings.clear(),
        unmatched=unmatched,
        notices=tuple(notices),
    )


def _counted(number: int, one: str, many: str) -> str:
    """A number with its words; empty for none."""
    return f"{number:,} {one if number == 1 else many}" if number else ""


def _payments_alone(payments: pl.DataFrame) -> pl.DataFrame:
    """Payments without a charge: `frames.UNMATCHED`."""
    paid = pl.sum_horizontal(pl.col(name) for name in ("insurance_paid_cents", "patient_paid_cents"))
    why = (
        pl.when((pl.col("charge_cents") < 0).fill_null(value=False))
        .then(pl.lit("takes back a payment that none of the files holds"))
        .when(pl.col("code").is_null())
        .then(pl.lit("the payment names no service, and no charge has its number"))
        .otherwise(pl.lit("no charge of this patient, day and code is in the files"))
    )
    return payments.with_columns(paid_cents=paid, why=why).select(
        pl.col(name).cast(dtype) for name, dtype in UNMATCHED.items()
    )


def _charges_alone(out: Export, charges: pl.DataFrame, payments: pl.DataFrame, matched: pl.DataFrame) -> pl.DataFrame:
    """Insured charges of the days that remittances speak of, for which nobody decided anything."""
    days = payments["date_of_service"].drop_nulls()
    if charges.is_empty() or days.is_empty():
        return pl.DataFrame(schema=UNMATCHED)
    silent = pl.all_horizontal(
        pl.col(name).fill_null(0) == 0 for name in ("allowed_cents", "paid_cents", "insurance_paid_cents")
    )
    left = charges.filter(
        pl.col("date_of_service").is_between(days.min(), days.max())
        & ~pl.col("payer_class").cast(pl.String).is_in(_UNINSURED)
        & silent
        & (pl.col("status") != Status.DENIED.value)
        & ~pl.col("line_id").is_in(matched["charge"].implode())
        & pl.col("line_id").is_in(out.lines["line_id"].implode())
    )
    told = left.with_columns(
        source_file="file", paid_cents=pl.lit(0), why=pl.lit("no payment or denial in the files names this charge")
    )
    return told.select(pl.col(name).cast(dtype) for name, dtype in UNMATCHED.items())


def _sources(once: list[Export], whole: Export) -> tuple[Source, ...]:
    """Every file's share of the account."""
    lines = whole.lines.group_by(pl.col("source_file").cast(pl.String)).agg(
        pl.len(), pl.col("charge_cents").sum().alias("cents")
    )
    accepted = {name: (count, cents or 0) for name, count, cents in lines.iter_rows()}
    rest = whole.rows.group_by("source_file", "disposition").agg(pl.len(), pl.col("dollars_cents").sum())
    other = {(name, kind): (count, cents) for name, kind, count, cents in rest.iter_rows()}
    found = []
    for export in once:
        shares = {
            "read": (export.rows_read, export.dollars_read),
            "accepted": accepted.get(export.name, (0, 0)),
            **{kind: other.get((export.name, kind), (0, 0)) for kind in ("rejected", "ignored")},
        }
        counts = {
            f"{what}_{kind}": share[place]
            for kind, share in shares.items()
            for place, what in enumerate(("rows", "dollars"))
        }
        told = {name: getattr(export, name) for name in ("name", "sha256", "format", "sheet", "mapping")}
        found.append(Source(**told, **counts))
    return tuple(found)
