"""Count a charge line once when two files have it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.posting.ignored_lines import move_to_ignored, with_keys
from analysis.ingest.rows.export import Notice
from analysis.money import dollars

if TYPE_CHECKING:
    from analysis.ingest.rows.export import Export

_SAME_LINE = ("date_of_service", "code", "modifiers", "units", "charge_cents")


def charges_once(whole: Export, remitted: list[str], claimed: list[str], positions: dict[str, int]) -> Export:
    """Remove charge lines that another file holds too.

    Lines of two exports are compared by record and by patient. An export and a claims file (`claimed`) number patients
    differently, so they are compared by claim and by name.
    """
    files = [name for name in positions if name not in remitted]
    if len(files) < 2:  # noqa: PLR2004  two files can repeat each other
        return whole
    charges = (
        with_keys(whole)
        .filter(pl.col("file").is_in(files))
        .with_columns(
            place=pl.col("file").replace_strict(positions, return_dtype=pl.Int64),
            known=pl.any_horizontal(
                pl.col(name).fill_null(0) != 0 for name in ("allowed_cents", "paid_cents", "insurance_paid_cents")
            ),
            person=pl.coalesce("patient_id_key", "name_key", "patient_key"),
        )
    )
    replaced = _replaced(charges)
    charges = charges.join(replaced, on="line_id", how="anti")
    repeats = [replaced]
    is_claims_file = pl.col("file").is_in(claimed)
    for identity in (("record_key", "person"), ("person",), ("claim_key",), ("name_key",)):
        same = [*identity, *_SAME_LINE]
        comparable = charges.drop_nulls(identity)
        if "person" not in identity:
            comparable = comparable.filter(is_claims_file.n_unique().over(same) > 1)
        copies = _repeated(comparable, same)
        charges = charges.join(copies, on="line_id", how="anti")
        repeats.append(copies)
    ignored = pl.concat(repeats)
    result = move_to_ignored(whole, ignored)
    if (count := ignored.height) == 0:
        return result
    cents = result.dollars_ignored - whole.dollars_ignored
    text = f"{count:,} {'line appears' if count == 1 else 'lines appear'} in two files ({dollars(cents)}); counted once"
    return replace(result, notices=(*result.notices, Notice("row__given_twice", text, count=count)))


def _replaced(charges: pl.DataFrame) -> pl.DataFrame:
    """Mark lines that a later file has in another version: same record, patient and date, other units or charge."""
    record = ["record_key", "person", "date_of_service", "code"]
    numbered = charges.drop_nulls("record_key")
    numbered = numbered.filter(pl.len().over([*record, "place"]) == 1)
    states = pl.struct("modifiers", "units", "charge_cents").n_unique().over(record)
    old = numbered.filter((states > 1) & (pl.col("place") < pl.col("place").max().over(record)))
    return old.select("line_id", reason=pl.lit("row__replaced"))


def _repeated(charges: pl.DataFrame, same: list[str]) -> pl.DataFrame:
    """Mark all but the best copy: the n-th line of a kind in one file repeats the n-th in another."""
    numbered = charges.with_columns(turn=pl.int_range(pl.len()).over([*same, "place"]))
    best = numbered.sort("known", "place", descending=[True, False]).unique([*same, "turn"], keep="first")
    return numbered.join(best, on="line_id", how="anti").select("line_id", reason=pl.lit("row__given_twice"))
