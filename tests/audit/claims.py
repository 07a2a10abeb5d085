"""Claims of a few lines, priced as an export of them would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.audit import audit
from analysis.ingest import combine, read_export
from analysis.medicare.fees import resolve
from analysis.pricing import price

if TYPE_CHECKING:
    from analysis.audit import Audit

HEADING = "Patient ID,DOS,CPT,Modifiers,Units,Minutes,Charge,Payer,Payer Type,Provider,Clinic"


def look(*rows: str, heading: str = HEADING) -> Audit:
    """Audit rows of an export: ``P1,02/02/2026,97110,GP,2,30,200`` and more cells where they matter.

    Cells that are left out: Medicare, therapist A, one clinic.
    """
    rest = ("Medicare Part B", "Medicare", "A", "Mason")
    width = len(heading.split(","))
    filled = []
    for row in rows:
        cells = row.split(",")
        filled.append(",".join([*cells, *rest[len(cells) - width :]] if len(cells) < width else cells))
    data = "\n".join([heading, *filled]).encode()
    export = combine([read_export(data, "claims.csv", key=b"k" * 32)])
    assert not export.rows.filter(export.rows["disposition"] == "rejected").height, export.rows
    return audit(price(export.lines, resolve("45202")), export.fields)


def rules_of(result: Audit) -> list[str]:
    """Return the rules that found something, each once, in order of name."""
    return sorted(set(result.findings["rule"]))


def only(result: Audit, rule: str) -> dict[str, object]:
    """Return the one finding of a rule."""
    [row] = [row for row in result.findings.iter_rows(named=True) if row["rule"] == rule]
    return row
