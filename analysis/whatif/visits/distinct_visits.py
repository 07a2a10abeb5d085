"""The distinct visits of a set of lines: each visit once, with how many are like it.

Two visits are alike if they have the same lines in the same order, as far as any price or scenario can tell. Ten
million lines of a practice reduce to some ten thousand distinct visits, so a scenario prices each of them whole and
exactly while a slider moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import polars as pl

from analysis.medicare.policy import load_policy
from analysis.pricing import in_visit_order
from analysis.pricing.pipeline import find_fees
from analysis.whatif.visits.masks import COUNTED, has, mask_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from analysis.lines.filters import Filters
    from analysis.pricing import Work

_PRICED = ("fee_id", "code", "units", "charge_cents", "payer_number")
OF_LINE = ("payer", "payer_class", "discipline")
"""What the line itself says that a condition may ask for."""
SERVICE_YEAR = pl.col("date_of_service").dt.year().cast(pl.Int64).alias("service_year")


@dataclass(frozen=True, slots=True, eq=False)
class DistinctVisits:
    """Distinct visits.

    Attributes
    ----------
    line_kinds:
        Grain: one kind of line, `kind` its row number. fee_id (null if no schedule or locality is known), code, units,
        charge_cents, payer_number (lines.payers: who decides the line), every line flag (Policy.line_flags: assistant
        is CQ or CO, not_covered GY or GZ), distinct_service (59 or an X modifier), payer, payer_class, discipline,
        service_year (which charges are its: `unit_charges`), condition_mask (`masks`: COUNTED, and a bit for each
        condition the line meets). Text columns are categories.
    lines:
        Grain: one line of a distinct visit, ordered by visit and line: visit, line, kind.
    visits:
        Grain: one distinct visit, in order: visit (from 0), visits (how many are like it).
    actual_visits:
        Grain: one actual visit: visit_key, visit (the distinct visit it is like).
    """

    line_kinds: pl.DataFrame
    lines: pl.DataFrame
    visits: pl.DataFrame
    actual_visits: pl.DataFrame


def distinct_visits_of(
    lines: pl.DataFrame, work: Work, counted: Filters, conditions: Iterable[Filters]
) -> DistinctVisits:
    """Reduce lines to their distinct visits.

    Parameters
    ----------
    lines:
        Canonical lines in line_id order; `work` is for the same lines (pricing.work_of).
    counted:
        The lines in view. Visits without any are left out; the others stay whole.
    conditions:
        What else must be distinguished: their bits in `condition_mask` follow COUNTED.
    """
    described = _described(lines, work, counted, conditions)
    kinds, lines_by_kind = _by_kind(in_visit_order(described))
    start = _starts(lines_by_kind["visit"].to_numpy())
    kind = lines_by_kind["kind"].to_numpy()
    length = np.diff(np.append(start, len(kind)))
    first, like, counts = _distinct(kind, start, length)
    number = np.repeat(np.arange(len(first)), length[first])
    line_number = _within(length[first])
    ordered_kinds = kind[start[first][number] + line_number] if len(first) else kind[:0]
    return DistinctVisits(
        line_kinds=kinds,
        lines=pl.DataFrame({"visit": number, "line": line_number, "kind": ordered_kinds}).cast(pl.Int64),
        visits=pl.DataFrame({"visit": np.arange(len(first)), "visits": counts}).cast(pl.Int64),
        actual_visits=pl.DataFrame({"visit_key": lines_by_kind["visit_key"].gather(start), "visit": like}).cast(
            pl.Int64
        ),
    )


def _described(lines: pl.DataFrame, work: Work, counted: Filters, conditions: Iterable[Filters]) -> pl.DataFrame:
    """Describe the lines of visits with a counted line: visit_key, line_id and the keys of a kind."""
    condition_mask = mask_of(where.condition() for where in (counted, *conditions))
    distinct_texts = _with_any(lines["modifiers"], load_policy().distinct_modifiers)
    with_fees: pl.LazyFrame = find_fees(nw.from_native(work.lines.lazy()), work.lookups).to_native()
    described = (
        with_fees.select("visit_key", "line_id", *_PRICED, *load_policy().line_flags, "modifiers")
        .with_columns(pl.col("modifiers").is_in(distinct_texts).alias("distinct_service"))
        .drop("modifiers")
        .collect()
        .hstack(lines.select(*OF_LINE, SERVICE_YEAR, condition_mask.alias("condition_mask")))
    )
    in_view = has("condition_mask", COUNTED)
    if described.select(in_view.all()).item():
        return described
    touched = described.filter(in_view).select(pl.col("visit_key").unique())
    return described.join(touched, on="visit_key", how="semi", maintain_order="left")


def _with_any(texts: pl.Series, modifiers: Iterable[str]) -> list[str]:
    """Return the strings of modifiers that contain any of some modifiers."""
    modifier_set = frozenset(modifiers)
    return [text for text in texts.unique().cast(pl.String) if modifier_set & set(text.split())]


def _by_kind(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the kinds of lines, and the lines as visit_key, visit and kind, in order."""
    keys = [*_PRICED, *load_policy().line_flags, "distinct_service", *OF_LINE, "service_year", "condition_mask"]
    kinds = lines.select(keys).unique().with_row_index("kind")
    lines_by_kind = lines.lazy().join(kinds.lazy(), on=keys, how="left", nulls_equal=True, maintain_order="left")
    return kinds.with_columns(pl.col("kind").cast(pl.Int64)), lines_by_kind.select(
        "visit_key", "visit", "kind"
    ).collect()


def _starts(visit: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return where each visit begins."""
    return np.flatnonzero(np.diff(visit, prepend=visit[:1] - 1)) if len(visit) else np.zeros(0, np.int64)


def _within(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return 0, 1, 2 ... within each run."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths)


def _distinct(
    kind: npt.NDArray[np.uint32], start: npt.NDArray[np.int64], length: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the first visit of each distinct one, in order; which distinct one each visit is; how many are alike.

    A hash finds candidates; then their lines are compared one by one, so chance plays no part.
    """
    for seed in range(1, 1_000):
        keys = _hashes(kind, start, length, seed)
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
        if _all_alike(kind, start, length, first[group]):
            order = np.argsort(first)
            number = np.argsort(order)
            return first[order], number[group], np.bincount(group, minlength=len(first))[order]
    raise AssertionError  # pragma: no cover  a thousand 64-bit hashes do not all fail


def _hashes(
    kind: npt.NDArray[np.uint32], start: npt.NDArray[np.int64], length: npt.NDArray[np.int64], seed: int
) -> npt.NDArray[np.uint64]:
    """Return a number for each visit from its kinds of line in order; multiplication wraps around."""
    if not len(start):
        return np.zeros(0, np.uint64)
    mixed = kind.astype(np.uint64) + np.uint64(seed)
    mixed *= np.uint64(0x9E3779B97F4A7C15)
    mixed += _within(length).astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    return np.add.reduceat(mixed, start)


def _all_alike(
    kind: npt.NDArray[np.uint32],
    start: npt.NDArray[np.int64],
    length: npt.NDArray[np.int64],
    like: npt.NDArray[np.int64],
) -> bool:
    """Tell whether every visit has exactly the lines of the one it is matched to."""
    if not np.array_equal(length, length[like]):
        return False
    shift = np.repeat(start[like] - start, length)
    return bool(np.array_equal(kind, kind[np.arange(len(kind)) + shift]))
