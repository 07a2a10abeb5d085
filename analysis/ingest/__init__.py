"""From the bytes of a billing export to canonical lines: read, map, clean, account for every row and dollar.

read_export(data, name)                 all of it in one call
read_table -> propose -> clean          its three steps, for a screen on which the user corrects the mapping
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from analysis.ingest.clean import clean
from analysis.ingest.export import Export, Notice
from analysis.ingest.mapping import Mapping
from analysis.ingest.propose import ColumnProposal, Proposal, propose
from analysis.ingest.pseudonyms import new_key
from analysis.ingest.tables import RawTable, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

__all__ = [
    "ColumnProposal",
    "Export",
    "Mapping",
    "Notice",
    "Proposal",
    "RawTable",
    "clean",
    "propose",
    "read_export",
    "read_table",
]


def read_export(
    data: bytes,
    name: str,
    *,
    mapping: Mapping | None = None,
    saved: Iterable[Mapping] = (),
    sheet: str | None = None,
    key: bytes | None = None,
    today: date | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> Export:
    """Read an export.

    Parameters
    ----------
    data, name:
        The file's bytes and its name, which only serves messages.
    mapping:
        How to read the columns; without it the headings and cells decide, or a mapping in `saved` for these headings.
    sheet:
        The sheet of a workbook; without it the one that looks most like charge lines.
    key:
        Secret of the patients' pseudonyms; without it a fresh one, and two readings have no pseudonym in common.
    today:
        The day from which a date of service is in the future; without it the machine's.
    progress:
        Called with a share from 0 to 1 and a word about the step.

    Raises
    ------
    BadInput
        One clear line for whatever is wrong with the file as a whole. Faults of single rows are in the Export.
    """
    tell = progress or (lambda _share, _step: None)
    tell(0.0, "reading the file")
    table = read_table(data, name, sheet=sheet, headings=[heading for heading, _ in mapping.columns] if mapping else ())
    tell(0.4, "recognising the columns")
    if mapping is None:
        proposal = propose(table, saved=saved)
        if proposal.missing:
            raise proposal.refusal(table)
        mapping = proposal.mapping
    return clean(
        table,
        mapping,
        key=key or new_key(),
        today=today or datetime.now(tz=UTC).astimezone().date(),
        progress=lambda share, step: tell(0.4 + 0.6 * share, step),
    )
