"""Which known mistakes give what was allowed, to the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.medicare.edits import load_edits
from analysis.medicare.policy import load_policy
from analysis.money import BASIS, half_up
from analysis.payers import is_assistant
from analysis.payments.netting import VISIT
from analysis.payments.owed.repriced import REPRICED, repriced
from analysis.payments.texts import OR, mistakes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.medicare.fees.schedules import Track
    from analysis.pricing import Priced

UNEXPLAINED = "unexplained"
_MOST_UNITS = 8
_CAPPED_VISITS, _CAPPED_VALUES = 5, 3
"""Visits allowed one and the same total, and different amounts they should have been allowed, before a cap is named."""
_HALF = BASIS // 2
_REASON_OF: Mapping[str, str] = {"fewer_units": "more_units_than_mue"}
"""A mistake -> the one that says the same with its reason; the plainer one is not named beside it."""


def named(frame: pl.DataFrame, tests: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """Add `mistake`: all that fit, in the order of mistakes.toml, joined by OR; `unexplained` if none does."""
    tests = {name: test.fill_null(value=False) for name, test in tests.items()}
    tests |= {
        plain: tests[plain] & ~tests[reason]
        for plain, reason in _REASON_OF.items()
        if plain in tests and reason in tests
    }
    ordered = [pl.when(tests[name]).then(pl.lit(name)) for name in mistakes() if name in tests]
    together = pl.concat_str(ordered, separator=OR, ignore_nulls=True)
    return frame.with_columns(mistake=pl.when(together != "").then(together).otherwise(pl.lit(UNEXPLAINED)))


def causes_of_lines(short: pl.DataFrame, priced: Priced, track: Track) -> pl.DataFrame:
    """Add `mistake` to single lines that were allowed too little.

    Needs the columns of a line, its amounts, and of `JUDGED` rule, percent_bp, mppr_agreed, line_due_cents and
    allowed_cents; and `in_pair` (`with_edits`).
    """
    rates = priced.fees.select("fee_id", "full_cents", "reduced_cents", "assistant_share_bp", "sequestration_bp")
    short = short.join(rates, on="fee_id", how="left", maintain_order="left")
    return named(repriced(short, priced, track), _tests_of_allowed())


def with_edits(lines: pl.DataFrame) -> pl.DataFrame:
    """Add what Medicare's edits (NCCI) say of the lines of each visit.

    `most_units`: the most units of the code on a patient-day (MUE), null without a limit; `in_pair`: the code of the
    same visit beside which this one is not paid, null if there is none or a modifier says it was a distinct service.
    """
    edits = load_edits()
    limits = edits.units.select("code", most_units=pl.col("max_units").cast(pl.Int64))
    lines = lines.join(limits, on="code", how="left", maintain_order="left")
    distinct = (
        pl.col("modifiers").str.split(" ").list.set_intersection(list(load_policy().distinct_modifiers)).list.len() > 0
    )
    denied = lines.select("line_id", *VISIT, "code", distinct=distinct)
    others = lines.select(*VISIT, col1="code").unique()
    pairs = (
        denied.join(edits.pairs, left_on="code", right_on="col2")
        .join(others, on=[*VISIT, "col1"], how="semi")
        .filter(~(pl.col("distinct") & (pl.col("modifier_indicator") == 1)))
        .group_by("line_id")
        .agg(in_pair=pl.col("col1").min())
    )
    return lines.join(pairs, on="line_id", how="left", maintain_order="left")


def _tests_of_allowed() -> dict[str, pl.Expr]:
    """Map each mistake to whether it gives the allowed amount to the cent."""
    allowed, expected, units = pl.col("allowed_cents"), pl.col("line_due_cents"), pl.col("units")
    full, reduced = pl.col("full_cents"), pl.col("reduced_cents")
    by_medicare = pl.col("percent_bp").is_not_null()

    def gives(base: pl.Expr) -> pl.Expr:
        amount = half_up(base * pl.col("percent_bp"), BASIS)
        amount = pl.when(pl.col("charge_cents") < amount).then("charge_cents").otherwise(amount)
        return (by_medicare & (allowed == amount)).fill_null(value=False)

    def of_units(count: pl.Expr) -> pl.Expr:
        whole = pl.min_horizontal(pl.col("full_units"), count)
        under_mppr = whole * full + (count - whole) * reduced
        return pl.when(reduced.is_not_null() & pl.col("mppr_agreed")).then(under_mppr).otherwise(count * full)

    def of_count(count: pl.Expr) -> pl.Expr:
        return gives(of_units(count)) | (allowed * units == expected * count)

    fewer_stated = (pl.col("units_paid") > 0) & (pl.col("units_paid") < units)
    fewer_tried = pl.any_horizontal((units > count) & of_count(pl.lit(count)) for count in range(1, _MOST_UNITS))
    most = pl.col("most_units")
    assistant = half_up(expected * pl.col("assistant_share_bp"), BASIS)
    at_assistant_rate = (allowed == assistant).fill_null(value=False)
    has_modifier = is_assistant()
    further = units - pl.col("full_units")
    tests = {
        "ncci_pair": (allowed == 0) & pl.col("in_pair").is_not_null(),
        "more_units_than_mue": (units > most) & of_count(most),
        "fewer_units": (fewer_stated & of_count(pl.col("units_paid"))) | (pl.col("units_paid").is_null() & fewer_tried),
        "reduced_full_unit": (pl.col("full_units") > 0) & reduced.is_not_null() & gives(units * reduced),
        "further_units_half": (further > 0)
        & pl.col("mppr_agreed")
        & (
            gives(pl.col("full_units") * full + further * half_up(full, 2))
            | gives(half_up((2 * pl.col("full_units") + further) * full, 2))
        ),
        "mppr_not_agreed": ~pl.col("mppr_agreed") & gives(pl.col("scheduled_cents")),
        "assistant_on_allowed": at_assistant_rate & has_modifier,
        "assistant_without_modifier": at_assistant_rate & ~has_modifier,
        "sequestration_on_allowed": (allowed == expected - half_up(expected * pl.col("sequestration_bp"), BASIS))
        & (pl.col("sequestration_bp") > 0),
        "plain_medicare": (pl.col("percent_bp") != BASIS) & (allowed == pl.col("medicare_due_cents")),
    }
    participation = load_policy().participation
    tests["non_participating"] = pl.any_horizontal(
        (pl.col("date_of_service") >= start) & gives(half_up(pl.col("scheduled_cents") * share, BASIS))
        for start, share in participation.changes
    )
    return tests | {name: gives(pl.col(name)) for name in REPRICED}


def causes_of_visits(visits: pl.DataFrame) -> pl.DataFrame:
    """Add `mistake` to visits that are short as a whole.

    Needs of each visit `allowed_cents`, `due_cents`, `assistant`, `sequestration_bp`, `assistant_share_bp`,
    `medicare_due_cents`, and `swapped` and `capped`: whether the full unit went to another of its lines, and whether
    its total is one that many visits of other value were allowed.
    """
    allowed, due = pl.col("allowed_cents"), pl.col("due_cents")
    at_assistant_rate = (pl.col("assistant_share_bp") < BASIS) & (
        allowed == half_up(due * pl.col("assistant_share_bp"), BASIS)
    )
    tests = {
        "full_unit_elsewhere": pl.col("swapped"),
        "visit_cap": pl.col("capped"),
        "assistant_on_allowed": at_assistant_rate & pl.col("assistant"),
        "assistant_without_modifier": at_assistant_rate & ~pl.col("assistant"),
        "sequestration_on_allowed": (pl.col("sequestration_bp") > 0)
        & (allowed == due - half_up(due * pl.col("sequestration_bp"), BASIS)),
        "plain_medicare": (allowed == pl.col("medicare_due_cents")).fill_null(value=False),
    }
    return named(visits, tests)


def swapped_full_unit() -> pl.Expr:
    """Tell on a line with too much whether it was given the full unit that is another line's.

    Needs full_cents and reduced_cents beside the columns of a line and of `JUDGED`.
    """
    units, full, reduced = pl.col("units"), pl.col("full_cents"), pl.col("reduced_cents")
    with_full_unit = half_up((full + (units - 1) * reduced) * pl.col("percent_bp"), BASIS)
    limited = pl.when(pl.col("charge_cents") < with_full_unit).then("charge_cents").otherwise(with_full_unit)
    return (
        pl.col("mppr_agreed") & (pl.col("full_units") == 0) & (pl.col("allowed_cents") == limited)
    ).fill_null(value=False)  # fmt: skip


def capped_totals(visits: pl.DataFrame) -> pl.Expr:
    """Tell which short visits have a total that several visits of other value were allowed, too.

    `visits`: payer_number, allowed_cents, due_cents of each short visit without a limit in its terms.
    """
    totals = (
        visits.group_by("payer_number", "allowed_cents")
        .agg(pl.len(), values=pl.col("due_cents").n_unique())
        .filter(
            (pl.col("len") >= _CAPPED_VISITS) & (pl.col("values") >= _CAPPED_VALUES) & (pl.col("allowed_cents") > 0)
        )
    )
    keys = [f"{payer}:{cents}" for payer, cents in totals.select("payer_number", "allowed_cents").iter_rows()]
    return pl.format("{}:{}", "payer_number", "allowed_cents").is_in(keys)
