"""Modifiers of a distinct service where no edit asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit.claims import DAY, found, nothing

if TYPE_CHECKING:
    from analysis.audit.claims import Claims
    from analysis.medicare.edits import Edits


def needless_59(claims: Claims) -> pl.DataFrame:
    """Find Medicare lines with 59 or an X modifier whose code has no edit with another code of the day."""
    return pl.concat([nothing(), *(_of_edition(lines, edits) for lines, edits in claims.by_edition())])


def _of_edition(medicare: pl.DataFrame, edits: Edits) -> pl.DataFrame:
    marked = medicare.filter("distinct_service")
    pairs = edits.pairs.select("col1", "col2")
    partners = pl.concat(
        [pairs.select(code="col1", partner="col2"), pairs.select(code="col2", partner="col1")]
    ).unique()
    others = medicare.select(*DAY, partner="code").unique()
    needed = marked.join(partners, on="code").join(others, on=[*DAY, "partner"], how="semi")
    needless = marked.join(needed.select("line_id").unique(), on="line_id", how="anti")
    return found(
        needless.select(
            line_ids=pl.concat_list("line_id"),
            code="code",
            message=pl.format("{} has {}, but no edit pairs it with another code of the day", "code", "modifiers"),
        )
    )
