"""From list price to expected payments: what each Medicare rule takes off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.metrics.core import Missing, missing

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True, eq=False)
class Waterfall:
    """The way from list price to expected payments, over the lines that could be priced.

    Attributes
    ----------
    steps:
        Grain: one step in order: step (stable name), name (for people), cents (negative for a cut), running_cents (what
        is left after it), share_of_list. Steps: list, mppr, charge, expected, assistants, sequestration, receipts;
        `charge` only if some charge is below its fee.
    priced_lines, lines:
        Lines the amounts cover, out of how many.
    missing:
        Set if the export has no charges, so the charge limit could not apply.
    """

    steps: pl.DataFrame
    priced_lines: int
    lines: int
    missing: Missing | None


_SCHEMA = {
    "step": pl.String,
    "name": pl.String,
    "cents": pl.Int64,
    "running_cents": pl.Int64,
    "share_of_list": pl.Float64,
}
_AMOUNTS = (
    "list_cents",
    "scheduled_cents",
    "expected_cents",
    "assistant_cut_cents",
    "sequestration_cents",
    "receipts_cents",
)


def waterfall(lines: pl.DataFrame, fields: Collection[str]) -> Waterfall:
    """Apply Medicare's rules to these lines one after the other, regardless of payer.

    list price - MPPR - charge limit = expected allowed; - assistants - sequestration = expected payments (step
    ``receipts``). Without a priced line `steps` is empty.
    """
    row = lines.select(
        pl.len().alias("lines"),
        pl.col("expected_cents").count().alias("priced"),
        *(pl.col(name).sum() for name in _AMOUNTS),
    ).row(0, named=True)
    no_charges = missing(fields, "charge_cents")
    if not row["priced"]:
        return Waterfall(pl.DataFrame(schema=_SCHEMA), 0, row["lines"], no_charges)
    cuts = [
        ("list", "List price", row["list_cents"], row["list_cents"]),
        ("mppr", "MPPR", row["scheduled_cents"] - row["list_cents"], row["scheduled_cents"]),
        ("charge", "Charge below fee", row["expected_cents"] - row["scheduled_cents"], row["expected_cents"]),
        ("expected", "Expected allowed", row["expected_cents"], row["expected_cents"]),
        (
            "assistants",
            "Assistants",
            -row["assistant_cut_cents"],
            row["expected_cents"] - row["assistant_cut_cents"],
        ),
        ("sequestration", "Sequestration", -row["sequestration_cents"], row["receipts_cents"]),
        ("receipts", "Expected payments", row["receipts_cents"], row["receipts_cents"]),
    ]
    steps = pl.DataFrame(
        [
            (*cut, cut[2] / row["list_cents"] if row["list_cents"] else None)
            for cut in cuts
            if cut[0] != "charge" or cut[2]
        ],
        schema=_SCHEMA,
        orient="row",
    )
    return Waterfall(steps, row["priced"], row["lines"], no_charges)
