"""Turn the bytes of billing files into billing lines: read, map, clean, join, account for every row and dollar.

read_export(data, name), read_files(files)         everything in one call, for one file or a set of files
read_table -> propose -> clean -> combine          the same in steps, for a page on which the user corrects the mapping
"""

from __future__ import annotations

from analysis.ingest.columns.propose import ColumnProposal, Proposal, propose
from analysis.ingest.columns.summed_reports import Summary, SummaryOnly
from analysis.ingest.mapping import Mapping
from analysis.ingest.posting.combine import combine
from analysis.ingest.read.archives import Document, unpack_files
from analysis.ingest.read.raw_table import RawTable
from analysis.ingest.read.tables import read_table
from analysis.ingest.reading import read_each, read_export, read_files
from analysis.ingest.rows.clean import clean
from analysis.ingest.rows.export import Export, Notice, Source

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
    "propose",
    "read_each",
    "read_export",
    "read_files",
    "read_table",
    "unpack_files",
]
