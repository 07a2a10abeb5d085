"""GP, GO and GN: missing, not fitting the code, or not fitting the assistant's modifier."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from analysis.audit import facts
from analysis.audit.claims import found, has_any
from analysis.medicare.policy import load_policy

if TYPE_CHECKING:
    from analysis.audit.claims import Claims

_ASSISTANT_OF = {"CQ": "GP", "CO": "GO"}
_ASSISTANTS_SINCE = date(2020, 1, 1)
"""First day on which CQ and CO are required (Medicare Claims Processing Manual, chapter 5, section 20.1)."""


def discipline_missing(claims: Claims) -> pl.DataFrame:
    """Find Medicare lines of therapy codes without GP, GO or GN; sometimes-therapy codes are a question."""
    codes = facts.codes()
    sometimes = pl.col("code").is_in(codes.sometimes)
    always = (pl.col("mppr").fill_null(value=False) | pl.col("code").is_in(codes.always)) & ~sometimes
    plans = load_policy().therapy_modifiers
    bare = claims.lines.filter("medicare", always | sometimes, ~has_any(plans))
    names = f"{', '.join(plans[:-1])} or {plans[-1]}"
    return found(
        bare.select(
            line_ids=pl.concat_list("line_id"),
            code="code",
            message=pl.when(sometimes)
            .then(pl.format("{} has no {}: a therapist's line always needs one", "code", pl.lit(names)))
            .otherwise(pl.format("{} is always therapy and has no {}", "code", pl.lit(names))),
            severity=pl.when(sometimes).then(pl.lit("note")),
            at_risk_cents=pl.when(~sometimes).then("value_cents"),
        )
    )


def discipline_mismatch(claims: Claims) -> pl.DataFrame:
    """Find codes of one discipline under the plan of care of another."""
    own = facts.codes().modifier_of
    lines = claims.lines.filter(pl.col("code").is_in(list(own)), has_any(load_policy().therapy_modifiers))
    lines = lines.with_columns(own=pl.col("code").replace_strict(dict(own), return_dtype=pl.String))
    wrong = lines.filter(~pl.col("modifiers").str.contains(pl.col("own"), literal=True))
    return found(
        wrong.select(
            line_ids=pl.concat_list("line_id"),
            code="code",
            message=pl.format("{} belongs under {}, but has {}", "code", "own", "modifiers"),
            at_risk_cents="value_cents",
        )
    )


def assistant_discipline(claims: Claims) -> pl.DataFrame:
    """Find CQ without GP and CO without GO."""
    lines = claims.lines.filter(
        pl.col("date_of_service") >= _ASSISTANTS_SINCE, has_any(load_policy().assistant_modifiers)
    )
    parts = []
    for assistant, plan in _ASSISTANT_OF.items():
        wrong = lines.filter(has_any((assistant,)), ~has_any((plan,)))
        parts.append(
            wrong.select(
                line_ids=pl.concat_list("line_id"),
                code="code",
                message=pl.format("{} has {}: {} goes with {}", "code", "modifiers", pl.lit(assistant), pl.lit(plan)),
                at_risk_cents="value_cents",
            )
        )
    return found(pl.concat(parts))
