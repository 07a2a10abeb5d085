"""A table of true charge lines, written out in a random dialect, is read back to the same lines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from analysis.ingest import Export, propose, read_export
from analysis.ingest.read.sheets import read_sheets, together
from tests.ingest.conftest import KEY, TODAY
from tests.ingest.dialect_files import Document, documents

AMOUNTS = ("charge_cents", "insurance_paid_cents", "patient_paid_cents", "adjustment_cents")


def read_back(document: Document) -> Export:
    """The document as a user reads it: what stands once a group is filled down where it is asked for."""
    options: dict[str, Any] = {"key": KEY, "today": TODAY}
    if document.fill_down:
        proposed = propose(together(read_sheets(document.data, document.name))).mapping
        options["mapping"] = replace(proposed, fill_down=document.fill_down)
    return read_export(document.data, document.name, **options)


def truth(document: Document) -> list[tuple[Any, ...]]:
    """The lines as they have to come back, each with its patient, in the order in which they stand in the file."""
    columns = document.dialect.columns
    paid = document.dialect.paid != "none"
    return [
        (
            *(sheet, row, line.day, line.code, " ".join(sorted(line.modifiers)), line.units, line.charge),
            *((line.insurance, line.patient, line.adjustment) if paid else (0, 0, 0)),
            line.payer if "payer" in columns else None,
            line.who,
        )
        for sheet, row, line in document.lines
    ]


def as_read(export: Export) -> list[tuple[Any, ...]]:
    """The same of the lines that were read; an amount that the file leaves blank is none."""
    sheets = [name.partition(", sheet ")[2] for name in export.lines["source_file"]]
    return [
        (
            sheet,
            *(row[name] for name in ("source_row", "date_of_service", "code", "modifiers", "units")),
            *(row[name] or 0 for name in AMOUNTS),
            row["payer"],
            row["patient_key"],
        )
        for sheet, row in zip(sheets, export.lines.iter_rows(named=True), strict=True)
    ]


@settings(max_examples=60, deadline=None)
@given(documents())
def test_a_table_is_read_back_from_any_dialect(document: Document) -> None:
    export = read_back(document)
    assert export.rows_read == export.rows_accepted + export.rows_rejected + export.rows_ignored
    assert export.rows.filter(export.rows["disposition"] == "rejected").is_empty(), export.rows["message"].to_list()
    read, true = (sorted(lines, key=lambda line: line[:2]) for lines in (as_read(export), truth(document)))
    assert [line[:-1] for line in read] == [line[:-1] for line in true]
    pairs = {(one[-1], other[-1]) for one, other in zip(read, true, strict=True)}
    assert len(pairs) == len({key for key, _ in pairs}) == len({who for _, who in pairs})
