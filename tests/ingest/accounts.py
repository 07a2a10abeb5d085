"""What the tests of rows share: a good row under its headings, and that every row and dollar is accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.ingest import Export

HEAD = "MRN,DOS,CPT,Mod,Units,Charge,Payer"
GOOD = "A1,1/31/2026,97110,GP,2,80.00,Aetna"


def reasons(export: Export) -> dict[int, str]:
    return dict(export.rows.select("source_row", "reason").iter_rows())


def conserved(export: Export) -> None:
    assert export.rows_read == export.rows_accepted + export.rows_rejected + export.rows_ignored
    assert export.dollars_read == export.dollars_accepted + export.dollars_rejected + export.dollars_ignored
    assert export.rows.height == export.rows_rejected + export.rows_ignored
    assert export.rejected.height == export.rows_rejected
    assert export.lines.height == export.rows_accepted
    source_rows = [*export.lines["source_row"], *export.rows["source_row"]]
    assert len(set(source_rows)) == len(source_rows) == export.rows_read
