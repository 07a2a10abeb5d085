"""What a recoding would newly run into, visit by visit: edits, guidance, another discipline's code.

A flag is raised only if the visit does not already have it. Lines out of view count too, because an edit looks at the
whole patient-day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit.coding.guidance import above_limit
from analysis.audit.edits.mue import over_limit
from analysis.audit.edits.pairs import conflicts
from analysis.codes import hcpcs as codes

if TYPE_CHECKING:
    from collections.abc import Collection

    from analysis.codes.guide import Guidance
    from analysis.medicare.edits import Edits
    from analysis.whatif.visits import VisitLines

RULES = {
    "mue": "Units above the medically unlikely edit (MUE)",
    "ncci": "NCCI pair",
    "guidance": "Above the usual unit limit",
    "discipline": "Unusual for the discipline",
}
"""Rule -> its name for people, in the order shown."""

_VISIT = ["visit", "combination"]
_FLAG = {"visit": pl.Int64, "combination": pl.Int64, "rule": pl.String, "code": pl.String, "text": pl.String}


def flags(visits: VisitLines, targets: Collection[str], edits: Edits, guidance: tuple[Guidance, ...]) -> pl.DataFrame:
    """Return every flag that a combination of recodings raises.

    Grain: visit, combination and text: visit, combination, rule (RULES), code (the target it is about), text.
    """
    target_codes = set(targets)
    moved = visits.after.filter("moved")
    touched = visits.after.join(moved.select(_VISIT).unique(), on=_VISIT, how="semi")
    before = visits.before.join(touched.select("visit").unique(), on="visit", how="semi")
    parts = [
        _new(_over_units(touched, target_codes, edits), _over_units(before, target_codes, edits)),
        _new(_pairs(touched, target_codes, edits), _pairs(before, target_codes, edits)),
        *(
            _new(_above_limit(touched, limit), _above_limit(before, limit))
            for limit in guidance
            if target_codes & {limit.code, *limit.beside}
        ),
        _unusual_discipline(moved),
    ]
    return pl.concat([pl.DataFrame(schema=_FLAG), *(part.select(*_FLAG) for part in parts)])


def _new(after: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Return what is true after the recoding but was not before."""
    return after.join(before.select("visit", "text"), on=["visit", "text"], how="anti")


def _over_units(lines: pl.DataFrame, targets: set[str], edits: Edits) -> pl.DataFrame:
    """Return codes with more units on the patient-day than the MUE allows."""
    over = over_limit(lines.filter(pl.col("code").is_in(targets)), _VISIT, edits)
    return over.with_columns(pl.lit("mue").alias("rule"))


def _pairs(lines: pl.DataFrame, targets: set[str], edits: Edits) -> pl.DataFrame:
    """Find code pairs with a target of which the second code would be denied."""
    pairs = conflicts(lines, _VISIT, edits).filter(pl.col("col1").is_in(targets) | pl.col("col2").is_in(targets))
    about = pl.when(pl.col("col1").is_in(targets)).then("col1").otherwise("col2")
    return pairs.with_columns(pl.lit("ncci").alias("rule"), about.alias("code"))


def _above_limit(lines: pl.DataFrame, limit: Guidance) -> pl.DataFrame:
    """Return patient-days above a usual coverage limit, within one discipline."""
    days = above_limit(lines, _VISIT, limit).select(_VISIT).unique()
    return days.with_columns(
        pl.lit("guidance").alias("rule"), pl.lit(limit.code).alias("code"), pl.lit(limit.text).alias("text")
    )


def _unusual_discipline(moved: pl.DataFrame) -> pl.DataFrame:
    """Return moved units under a discipline that does not usually bill the code."""
    pairs = moved.select("code", "discipline").drop_nulls().unique().rows()
    unusual = [(code, name) for code, name in pairs if (usual := codes.disciplines(code)) and name not in usual]
    table = pl.DataFrame(unusual, schema={"code": pl.String, "discipline": pl.String}, orient="row")
    text = pl.format("{} is not usually billed by {}", "code", "discipline")
    return (
        moved.join(table, on=["code", "discipline"])
        .select(*_VISIT, "code", text.alias("text"))
        .unique()
        .with_columns(pl.lit("discipline").alias("rule"))
    )
