"""Write one priced visit for a terminal or a program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from analysis.money import dollars, plain

if TYPE_CHECKING:
    import polars as pl

    from analysis.visit import PricedVisit

_AMOUNTS = {
    "full_cents": "unit in full",
    "reduced_cents": "unit reduced",
    "expected_cents": "allowed",
    "deductible_cents": "deductible",
    "coinsurance_cents": "coinsurance",
    "assistant_cut_cents": "assistant cut",
    "sequestration_cents": "sequestration",
    "medicare_cents": "Medicare pays",
    "receipts_cents": "in all",
}
_NOT_SUMMED = ("full_cents", "reduced_cents")


def visit_table(priced: PricedVisit, years: pl.DataFrame) -> str:
    """Write a visit as tables for people: its lines, its years, its findings."""
    head = ("code", "modifiers", "units", "in full", *_AMOUNTS.values())
    rows = [
        (row["code"], row["modifiers"], str(row["units"]), _text(row["full_units"]), *map(dollars, _amounts(row)))
        for row in priced.lines.iter_rows(named=True)
    ]
    sums = ["" if name in _NOT_SUMMED else dollars(priced.total(name)) for name in _AMOUNTS]
    parts = [_aligned([head, *rows, ("visit", "", "", "", *sums)], texts=2)]
    if priced.allocation is not None:
        parts.append(f"{priced.allocation.working}\n")
    if priced.contract_cents is not None:
        parts.append(f"by the payer's terms: {dollars(priced.contract_cents)}\n")
    parts += [f"{code}: {reason}\n" for code, reason in priced.reasons.items()]
    names = ("expected_cents", "medicare_cents", "patient_cents")
    of_years = [(row["schedule"], *(dollars(row[name]) for name in names)) for row in years.iter_rows(named=True)]
    parts.append(_aligned([("schedule", "allowed", "Medicare pays", "patient"), *of_years], texts=1))
    parts += [f"{row['rule']}: {row['message']}\n" for row in priced.audit.findings.iter_rows(named=True)]
    return "\n".join(parts)


def visit_json(priced: PricedVisit, years: pl.DataFrame) -> str:
    """Write a visit as one JSON object: lines, totals, years, findings; money as text with two decimals."""
    lines = [_money(row) for row in priced.lines.iter_rows(named=True)]
    summed = [name for name in _AMOUNTS if name not in _NOT_SUMMED]
    result = {
        "lines": lines,
        "total": {name.removesuffix("_cents"): _plain(priced.total(name)) for name in summed},
        "by_terms": _plain(priced.contract_cents),
        "minutes": None if priced.allocation is None else priced.allocation.working,
        "no_amount": priced.reasons,
        "years": [_money(row) for row in years.iter_rows(named=True)],
        "findings": priced.audit.findings.select("rule", "severity", "message").to_dicts(),
    }
    return json.dumps(result, indent=2) + "\n"


def _amounts(row: dict[str, Any]) -> list[int | None]:
    return [row[name] for name in _AMOUNTS]


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


def _plain(cents: int | None) -> str | None:
    return None if cents is None else plain(cents)


def _money(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name.removesuffix("_cents"): _plain(value) if name.endswith("_cents") else value for name, value in row.items()
    }


def _aligned(rows: list[tuple[str, ...]], texts: int) -> str:
    """Align columns; the first ones are text, the others numbers."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join(
        "  ".join(
            cell.ljust(width) if index < texts else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        + "\n"
        for row in rows
    )
