"""Rows that a file holds twice, and which of them are certain to be copies, not second services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.settings import limits

if TYPE_CHECKING:
    from analysis.ingest.rows.parse import Rows


def copies(frame: pl.DataFrame) -> pl.Series:
    """Mark rows that repeat an earlier row cell by cell. A hash finds the suspects, the cells decide."""
    digest = frame.hash_rows().alias("digest")
    suspects = digest.is_duplicated().arg_true()
    is_copy = pl.repeat(value=False, n=frame.height, dtype=pl.Boolean, eager=True)
    if not suspects.len():
        return is_copy
    later = ~frame[suspects].to_struct("row").is_first_distinct()
    return is_copy.scatter(suspects.filter(later), values=True)


def certain_copies(rows: Rows) -> pl.Series:
    """Mark rows that are in the file twice by mistake.

    A copy is certain if
    - the file numbers its records, in a column of record numbers or any other column whose values repeat only in
      copies,
    - or the rows it repeats are elsewhere in the file, with another patient or date between: exported twice,
    - or its whole visit of several different lines is repeated, line after line.
    Otherwise two equal rows next to each other may be two services, as when every row is one unit: they are kept.
    """
    is_copy = copies(rows.frame)
    if not is_copy.any():
        return is_copy
    if rows.has("record_id") or _has_unique_column(rows.frame, is_copy):
        return is_copy
    return is_copy & _elsewhere(rows)


def _has_unique_column(frame: pl.DataFrame, is_copy: pl.Series) -> bool:
    """Tell whether a column has a value in every row and repeats only in copies; in few rows that may be chance."""
    originals = frame.filter(~is_copy)
    if originals.height < limits().numbered_rows:
        return False
    counts = originals.select(pl.all().drop_nulls().n_unique()).row(0)
    return any(count == originals.height for count in counts)


def _elsewhere(rows: Rows) -> pl.Series:
    """Mark rows whose first copy is in another run of rows of one patient and date, or in the first half of its own."""
    order = pl.DataFrame(
        {
            # A blank row or a note between two lines does not separate them.
            "patient": rows.values["patient_index"].fill_null(strategy="forward"),
            "day": rows.values["date"].fill_null(strategy="forward"),
            "digest": rows.frame.hash_rows(),
        }
    ).with_row_index("row")
    changed = pl.struct("patient", "day") != pl.struct("patient", "day").shift(1)
    order = order.with_columns(run=changed.fill_null(value=True).cum_sum())
    order = order.with_columns(
        first_run=pl.col("run").first().over("digest"),
        place=pl.int_range(pl.len()).over("run"),
        length=pl.len().over("run"),
    )
    half = pl.col("length") // 2
    is_even = pl.col("length") % 2 == 0
    mirrored = order.with_columns(half_place=pl.col("place") % half)
    # A visit twice in one run: its second half repeats the first, and the first has no repeated row.
    with_halves = mirrored.with_columns(
        whole=(
            is_even
            & (pl.col("digest").n_unique().over("run") == half)
            & (half > 1)
            & (pl.col("digest").n_unique().over(["run", "half_place"]) == 1)
        )
    ).with_columns(whole=pl.col("whole").all().over("run"))
    return with_halves.select(
        (pl.col("run") != pl.col("first_run")) | (pl.col("whole") & (pl.col("place") >= half))
    ).to_series()
