"""Turn a table and a mapping into lines: every row accepted, rejected or ignored, nothing lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import BadInput, ContractError
from analysis.ingest.cells.distinct import by_distinct
from analysis.ingest.cells.pseudonyms import format_pseudonyms, pseudonym
from analysis.ingest.columns.masking import TEXTS, mask_cells
from analysis.ingest.columns.missing import listed, missing_columns
from analysis.ingest.columns.names_above import ROW_ABOVE, with_row_above
from analysis.ingest.frames import ADJUSTMENTS, CHECKS, NUMBERS, RAW_CHECKS, empty
from analysis.ingest.mapping import Mapping, check, fingerprint
from analysis.ingest.read.headings import unique_headings
from analysis.ingest.rows.accept import decide
from analysis.ingest.rows.export import ROWS_SCHEMA, Export
from analysis.ingest.rows.join_keys import keys_of
from analysis.ingest.rows.notices import notices_of
from analysis.ingest.rows.parse import X12, Rows, read_rows
from analysis.ingest.rows.payment_rows import postings_of
from analysis.ingest.rows.reasons import IGNORED, REJECTED, message
from analysis.ingest.rows.split import one_code_a_row
from analysis.ingest.rows.to_lines import build_lines, clinic_zips, line_fields
from analysis.ingest.settings import plain_heading, source_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from analysis.ingest.read.raw_table import RawTable

    Progress = Callable[[float, str], None]

_FOUND_CHARACTERS = 60


def clean(
    table: RawTable,
    mapping: Mapping,
    *,
    key: bytes,
    today: date,
    progress: Progress | None = None,
    among: Sequence[RawTable] = (),
) -> Export:
    """Read a table under a mapping.

    Parameters
    ----------
    key:
        Secret of the patients' pseudonyms; one key gives the same pseudonyms in every file.
    today:
        Dates of service after it are reported, and rejected if they are beyond this year and the fee schedules.
    progress:
        Called with a share from 0 to 1 and a word for the step.
    among:
        The tables of all sheets with the same headings, this one included: together they decide how dates and amounts
        are written.

    Raises
    ------
    BadInput
        If the mapping names a heading the table lacks, or lacks a required field.
    ContractError
        If rows or dollars do not add up: a bug of ours.
    """
    if not key:
        raise ContractError("pseudonyms need a secret key")
    report = progress or (lambda _share, _step: None)
    table = with_row_above(table, mapping)
    mapping = _fit(mapping, table)
    table = one_code_a_row(table, mapping)
    report(0.1, "reading cells")
    rows = read_rows(table, mapping, key=key, today=today, among=among)
    report(0.6, "sorting rows")
    decisions = decide(rows)
    # A total repeats dollars already counted in its own rows.
    rows.dollars = rows.dollars.scatter(decisions.filter(pl.col("reason") == "row__totals")["row"], 0)
    report(0.7, "building lines")
    accepted = decisions.filter(pl.col("reason").is_null())["row"]
    lines = build_lines(rows, accepted)
    account = _account(rows, decisions)
    rejected = _rejected(rows, decisions, account, key)
    report(0.9, "checking the account")
    export = _export(rows, decisions, lines, account, rejected, key, today)
    report(1.0, "ready")
    return export


def _fit(mapping: Mapping, table: RawTable) -> Mapping:
    """Return the mapping with its headings as the table writes them.

    Raises
    ------
    BadInput
        For a heading the table lacks, and for a required field without a column.
    """
    by_plain = {plain: heading for heading in reversed(table.headings) if (plain := plain_heading(heading))}
    columns = []
    for heading, name in mapping.columns:
        table_heading = heading if heading in table.headings else by_plain.get(plain_heading(heading))
        if table_heading is None:
            raise BadInput(
                f'no column "{heading}", which the mapping uses for {source_fields()[name].label}',
                expected=f"one of the headings {listed(table.headings)}",
                todo="correct the mapping, or choose the file it was made for",
                file=table.name,
                row=table.header_row,
            )
        columns.append((table_heading, name))
    digest = fingerprint(heading for heading in table.headings if heading != ROW_ABOVE)
    fitted = check(replace(mapping, columns=tuple(columns), fingerprint=digest), table.name)
    if missing := fitted.missing():
        raise missing_columns(missing, table)
    return fitted


def _account(rows: Rows, decisions: pl.DataFrame) -> pl.DataFrame:
    """Return one row for every row that was not accepted: `ROWS_SCHEMA`."""
    unaccepted = decisions.filter(pl.col("reason").is_not_null())
    positions = unaccepted["row"]
    column = pl.repeat(None, unaccepted.height, dtype=pl.String, eager=True)
    shown_text = column.clone()
    for index, fault in enumerate(rows.faults):
        of_field = (unaccepted["fault"] == index).fill_null(value=False).arg_true()
        if not of_field.len():
            continue
        column = column.scatter(of_field, fault.heading)
        if fault.cells is not None:
            cells = mask_cells(fault.cells[positions[of_field]], source_fields()[fault.field].kind)
            shown_text = shown_text.scatter(of_field, cells.str.slice(0, _FOUND_CHARACTERS))
    frame = unaccepted.select(
        pl.lit(rows.table.name).alias("source_file"),
        rows.table.source_rows(positions).alias("source_row"),
        "disposition",
        "reason",
    ).with_columns(column.alias("column"), shown_text.alias("found"), rows.dollars[positions].alias("dollars_cents"))
    distinct = frame.select("reason", "found", "column").unique()
    texts = [
        message(reason, text, heading, of_payer=rows.table.format in X12)
        for reason, text, heading in distinct.iter_rows()
    ]
    distinct = distinct.with_columns(pl.Series("message", texts, dtype=pl.String))
    joined = frame.join(distinct, on=["reason", "found", "column"], how="left", nulls_equal=True, maintain_order="left")
    return joined.select(pl.col(name).cast(dtype) for name, dtype in ROWS_SCHEMA.items())


def _rejected(rows: Rows, decisions: pl.DataFrame, account: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return the rejected rows' own cells: private ones as pseudonyms, possibly private ones masked (`mask_cells`)."""
    positions = decisions.filter(pl.col("disposition") == REJECTED)["row"]
    accepted = decisions.filter(pl.col("reason").is_null())["row"]
    reasons = account.filter(pl.col("disposition") == REJECTED).select("source_row", "reason", "message")
    # In a row with too many cells it is unknown which cell belongs where: any may be private.
    unsure = rows.table.overflow[positions]
    columns = []
    for heading, name in rows.mapping.columns:
        cells = rows.cells[heading][positions]
        field = source_fields()[name]
        if field.private:
            cells = by_distinct(cells, lambda texts: _as_pseudonyms(texts, key))["pseudonym"]
        else:
            cells = mask_cells(
                cells, field.kind, rows.cells[heading][accepted].unique() if field.kind in TEXTS else None
            )
        columns.append(cells.set(unsure, None))
    names = unique_headings((*reasons.columns, *(heading for heading, _ in rows.mapping.columns)))
    return reasons.hstack([cells.alias(name) for cells, name in zip(columns, names[reasons.width :], strict=True)])


def _as_pseudonyms(texts: pl.Series, key: bytes) -> pl.DataFrame:
    """Return distinct texts as pseudonyms that can be shown, such as ``p-1f3a…``."""
    keys = pl.Series([pseudonym(text, key) for text in texts], dtype=pl.Int64)
    return pl.DataFrame({"pseudonym": format_pseudonyms(keys)})


def _export(
    rows: Rows,
    decisions: pl.DataFrame,
    lines: pl.DataFrame,
    account: pl.DataFrame,
    rejected: pl.DataFrame,
    key: bytes,
    today: date,
) -> Export:  # all its parts are available in `clean`, and only there
    """Build the export with its account."""
    by_kind = {kind: account.filter(pl.col("disposition") == kind) for kind in (REJECTED, IGNORED)}
    cents = {kind: int(part["dollars_cents"].sum()) for kind, part in by_kind.items()}
    accepted = decisions.filter(pl.col("reason").is_null())["row"]
    table = rows.table
    return Export(
        name=table.name,
        sha256=table.sha256,
        format=table.format,
        sheet=table.sheet,
        lines=lines,
        mapping=rows.mapping,
        fields=line_fields(rows),
        rows=account,
        rejected=rejected,
        rows_read=rows.height,
        rows_accepted=lines.height,
        rows_rejected=by_kind[REJECTED].height,
        rows_ignored=by_kind[IGNORED].height,
        dollars_read=int(rows.dollars.sum()),
        dollars_accepted=int(rows.dollars[accepted].sum()),
        dollars_rejected=cents[REJECTED],
        dollars_ignored=cents[IGNORED],
        notices=notices_of(rows, accepted, today),
        clinic_zips=clinic_zips(rows, accepted),
        keys=keys_of(rows, accepted, key).insert_column(0, lines["line_id"]),
        adjustments=_adjustments(table, accepted),
        provider_adjustments=_without_references(table.provider_adjustments, key),
        imbalances=table.imbalances.select(
            pl.lit(table.name).alias("source_file"),
            table.source_rows(table.imbalances["row"]).alias("source_row"),
            pl.exclude("row"),
        ),
        postings=postings_of(rows, decisions, key),
        checks=table.checks.select(
            pl.lit(table.name).alias("source_file"),
            pl.all(),
            *(
                pl.lit(None, CHECKS[name]).alias(name)
                for name in CHECKS
                if name.endswith("_cents") and name not in RAW_CHECKS
            ),
        ),
        numbers=_numbers(rows),
    )


def _numbers(rows: Rows) -> pl.DataFrame:
    """Return every row's claim number, else its visit or record number, if the file has one: `frames.NUMBERS`."""
    names = [name for name in ("claim_number", "visit_id", "record_id") if rows.has(name)]
    if not names:
        return empty(NUMBERS)
    texts = pl.DataFrame({name: rows.text(name) for name in names})
    numbers = texts.select(
        pl.lit(rows.table.name).alias("source_file"),
        rows.table.source_rows(pl.int_range(rows.height, eager=True)).alias("source_row"),
        pl.coalesce(names).alias("claim_number"),
    ).drop_nulls("claim_number")
    return numbers if rows.table.numbers is None else numbers.unique("source_row", keep="first", maintain_order=True)


def _without_references(adjustments: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Replace references of payment-level adjustments by pseudonyms: many are a claim or patient number."""
    if adjustments.is_empty():
        return adjustments
    hidden = by_distinct(adjustments["reference"], lambda texts: _as_pseudonyms(texts, key))["pseudonym"]
    return adjustments.with_columns(hidden.alias("reference"))


def _adjustments(table: RawTable, accepted: pl.Series) -> pl.DataFrame:
    """Return the adjustments of the accepted rows, by line."""
    ids = pl.DataFrame({"row": accepted.cast(pl.Int64), "line_id": pl.int_range(accepted.len(), eager=True)})
    return table.adjustments.join(ids, on="row", maintain_order="left").select(*ADJUSTMENTS)
