"""Unpack the files of an upload in memory, within limits; nothing is written to disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from analysis.errors import BadInput, printable
from analysis.ingest.read.unzip import AGAIN, ArchiveEntry, Budget, Damaged, list_parts, unpack
from analysis.ingest.settings import limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ZIP = b"PK\x03\x04"
_PACKAGE = ("[Content_Types].xml", "mimetype", "Index/Document.iwa")
"""A part that shows an archive is one document: from Office, LibreOffice or Numbers."""
_LISTED_TOO = 3
"""Most parts per file: macOS adds one for each, and folders are parts."""
_EXPECTED = "a zip archive of billing exports, remittances or claims"


@dataclass(frozen=True, slots=True)
class Document:
    """One file: its name, unique within the upload, its bytes, and whether it came out of an archive."""

    name: str
    data: bytes
    packed: bool = False


def unpack_files(files: Iterable[tuple[str, bytes]], errors: list[BadInput] | None = None) -> list[Document]:
    """Return the files of an upload, with the files of zip archives listed separately, in the order given.

    A name that comes twice gets a number: "march.csv", "march.csv (2)". Folders and hidden files that operating systems
    leave in archives are skipped.

    Parameters
    ----------
    errors:
        Collects the error of each file that cannot be unpacked, so the others are returned; without it one error
        refuses all.

    Raises
    ------
    BadInput
        For an archive that is damaged, encrypted, compressed by an unsupported method, nested too deeply, or larger
        than data/ingest/limits.toml allows.
    """
    documents: list[Document] = []
    name_counts: dict[str, int] = {}
    for raw_name, data in files:
        name = printable(raw_name)
        budget = Budget(name)
        try:
            unpacked = list(_unpacked(name, data, budget, depth=0))
        except BadInput as error:
            if errors is None:
                raise
            errors.append(error)
            continue
        for inner, content in unpacked:
            name_counts[inner] = name_counts.get(inner, 0) + 1
            unique = inner if name_counts[inner] == 1 else f"{inner} ({name_counts[inner]})"
            documents.append(Document(unique, content, packed=content is not data))
    return documents


def _refusal(name: str, problem: str, expected: str = _EXPECTED, todo: str = AGAIN) -> BadInput:
    return BadInput(problem, expected=expected, todo=todo, file=name)


def _unpacked(name: str, data: bytes, budget: Budget, *, depth: int) -> Iterator[tuple[str, bytes]]:
    """Yield a file itself, or the files of an archive; a workbook is an archive too and stays one file."""
    if not data.startswith(_ZIP):
        yield name, data
        return
    try:
        listed = list_parts(data, name, limit=_LISTED_TOO * limits().entries)
        if any(part.name in _PACKAGE or part.name.startswith("xl/") for part in listed):
            yield name, data
            return
        if depth == limits().archive_depth:
            raise _refusal(budget.name, "archives nested inside archives", "put the files into one archive")
        files = [part for part in listed if not _passed_over(part)]
        budget.spend_parts(len(files))
        if not files:
            raise _refusal(name, "an archive with no files")
        for part in files:
            content = unpack(data, part, budget, ratio=limits().archive_ratio)
            yield from _unpacked(_plain_name(part.name), content, budget, depth=depth + 1)
    except Damaged as error:
        if PurePosixPath(name).suffix.lower().startswith(".xls"):
            yield name, data  # the workbook reader reports what is wrong with it
            return
        raise _refusal(name, "a damaged archive") from error


def _passed_over(part: ArchiveEntry) -> bool:
    """Tell whether a part is a folder, a hidden file or a macOS extra."""
    path = PurePosixPath(part.name.replace("\\", "/"))
    return part.is_folder or path.name.startswith(".") or "__MACOSX" in path.parts


def _plain_name(path: str) -> str:
    """Return the last part of a path; only for messages, nothing is written under it."""
    return printable(PurePosixPath(path.replace("\\", "/")).name) or "file"
