"""From the bytes of billing files to canonical lines: read, map, clean, join, account for every row and dollar.

read_export(data, name), read_files(files)         all of it in one call, for one file and for a set of them
read_table -> propose -> clean -> combine          its steps, for a screen on which the user corrects the mapping
"""

from __future__ import annotations

from analysis.ingest.clean import clean
from analysis.ingest.dataset import combine
from analysis.ingest.documents import Document, documents
from analysis.ingest.export import Export, Notice, Source
from analysis.ingest.mapping import Mapping
from analysis.ingest.propose import ColumnProposal, Proposal, propose
from analysis.ingest.raw import RawTable
from analysis.ingest.reading import read_each, read_export, read_files
from analysis.ingest.summary import Summary, SummaryOnly
from analysis.ingest.tables import read_table

__all__ = [
    "ColumnProposal",
    "Document",
    "Export",
    "Mapping",
    "Notice",
    "Proposal",
    "RawTable",
    "Source",
    "Summary",
    "SummaryOnly",
    "clean",
    "combine",
    "documents",
    "propose",
    "read_each",
    "read_export",
    "read_files",
    "read_table",
]
