"""The claims an audit looks at: priced lines as every rule needs them, and what a rule may say about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.audit import facts
from analysis.audit.units.counting import UNIT_MINUTES
from analysis.audit.units.minutes import with_totals_told
from analysis.codes import hcpcs
from analysis.lines.billing_line import REFUSED
from analysis.medicare.policy import load_policy
from analysis.money import half_up

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from analysis.medicare.edits import Edits
    from analysis.pricing import Priced

DAY = ("visit_key", "payer")
"""A claim's day: the lines of one patient-day that one payer decides."""
PLAN = (*DAY, "discipline")
"""The lines of a claim's day under one plan of care."""
FOUND: dict[str, pl.DataType] = {
    "line_ids": pl.List(pl.Int64()),
    "code": pl.String(),
    "message": pl.String(),
    "severity": pl.String(),
    "at_risk_cents": pl.Int64(),
    "missed_cents": pl.Int64(),
}
"""What a rule returns. Grain: a finding: its lines (the first is the one it is about), the code it is about, the
sentence, its severity (null: the rule's own), dollars that may be taken back and dollars that were not billed (null:
unknown or none)."""


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """Lines as billed, priced, with what rules ask of them.

    Attributes
    ----------
    lines:
        Priced lines, with text instead of categories, in source order, and: `payer` (its class where the export names
        none), `minutes_of_visit` (whether its minutes are the visit's total), `value_cents` (what the line was allowed,
        else what Medicare allows for it; null where neither is known; 0 where it was denied), `unit_cents` (Medicare's
        reduced amount of one unit; null for other payers), `medicare` (whether its payer follows Medicare's edits), and
        `distinct_service` (59 or an X modifier).
    fields:
        Fields the export has.
    editions:
        NCCI edits, oldest first.
    """

    lines: pl.DataFrame
    fields: frozenset[str]
    editions: tuple[Edits, ...]

    def by_edition(self) -> Iterator[tuple[pl.DataFrame, Edits]]:
        """Yield Medicare's lines with the edits of their dates; lines before the first edition go with it."""
        medicare = self.lines.filter("medicare")
        starts = [edition.effective for edition in self.editions]
        for number, (edition, begins) in enumerate(zip(self.editions, starts, strict=True)):
            day = pl.col("date_of_service")
            since = day >= begins if number else pl.lit(value=True)
            ends = day < starts[number + 1] if number + 1 < len(starts) else pl.lit(value=True)
            if not (of_edition := medicare.filter(since & ends)).is_empty():
                yield of_edition, edition

    def lacks(self, needs: Collection[str]) -> tuple[str, ...]:
        """Return which of some columns these claims have nothing in."""
        return tuple(name for name in needs if not self.holds(name))

    def holds(self, name: str) -> bool:
        """Tell whether any line holds a value of a column; modifiers: whether any line has one."""
        if name == "modifiers":
            return bool((self.lines["modifiers"] != "").any())
        return name in self.fields and self.lines[name].null_count() < self.lines.height


_TEXTS = ("code", "modifiers", "payer_class", "clinic", "provider", "discipline", "status", "source_file")
_KEPT = (
    *("line_id", "source_file", "source_row", "patient_key", "visit_key", "date_of_service", "code", "modifiers"),
    *("units", "minutes", "payer", "payer_class", "clinic", "provider", "discipline", "charge_cents", "status"),
)


def claims(priced: Priced, fields: Collection[str], editions: tuple[Edits, ...]) -> Claims:
    """Prepare priced lines for the rules."""
    policy, payers = load_policy(), facts.payer_rules()
    fees = priced.fees.select("fee_id", "full_cents", "reduced_cents", "mppr")
    refused = pl.col("status").is_in(REFUSED)
    lines = (
        priced.lines.with_columns(pl.col(name).cast(pl.String) for name in (*_TEXTS, "payer"))
        .join(fees, on="fee_id", how="left", maintain_order="left")
        .sort("line_id")
        .with_columns(
            payer=pl.coalesce("payer", "payer_class"),
            medicare=pl.col("payer_class").is_in(payers.medicare),
            distinct_service=has_any(policy.distinct_modifiers),
        )
        .with_columns(
            value_cents=pl.when(refused)
            .then(0)
            .otherwise(pl.coalesce("allowed_cents", pl.when("medicare").then("expected_cents"))),
            unit_cents=pl.when("medicare").then(pl.when("mppr").then("reduced_cents").otherwise("full_cents")),
        )
    )
    added = ("value_cents", "unit_cents", "medicare", "distinct_service", "mppr")
    return Claims(with_totals_told(lines.select(*_KEPT, *added), timed()), frozenset(fields), editions)


def has_any(modifiers: Collection[str]) -> pl.Expr:
    """Tell whether a line has any of some modifiers."""
    return pl.any_horizontal(pl.col("modifiers").str.contains(rf"\b{one}\b") for one in modifiers)


def of_units(units: pl.Expr, amount: str = "value_cents", of: str = "units") -> pl.Expr:
    """Return the part of an amount that falls on some of its units, half-up to the cent."""
    return half_up(pl.col(amount) * units, pl.col(of))


def timed() -> pl.Expr:
    """Tell whether a line's code is counted in quarter hours."""
    quarter_hours = [code for code in hcpcs.of_minutes(UNIT_MINUTES) if code not in facts.codes().other_clock]
    return pl.col("code").is_in(quarter_hours)


def nothing() -> pl.DataFrame:
    """Return no finding."""
    return pl.DataFrame(schema=FOUND)


def found(frame: pl.DataFrame) -> pl.DataFrame:
    """Return findings as FOUND has them; columns that are absent are null."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in FOUND.items()
    )


def counted(column: str, noun: str = "unit") -> pl.Expr:
    """Write a count with its noun: ``1 unit``, ``3 units``."""
    return pl.format("{} {}", column, pl.when(pl.col(column) == 1).then(pl.lit(noun)).otherwise(pl.lit(f"{noun}s")))
