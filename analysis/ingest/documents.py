"""The single files of an upload: archives unpacked in memory, within limits, and nothing written to disk."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from analysis.errors import BadInput, printable
from analysis.ingest.settings import limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ZIP = b"PK\x03\x04"
_PACKAGE = ("[Content_Types].xml", "mimetype", "Index/Document.iwa")
"""A part by which an archive is one document: of Office, of LibreOffice, of Numbers."""
_EXPECTED = "a zip archive of billing exports, remittances or claims"
_AGAIN = "make the archive again, or choose the files inside it"
_ENCRYPTED = 0x1
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Document:
    """One file: its name, which is unique within the upload, its bytes, and whether it came out of an archive."""

    name: str
    data: bytes
    packed: bool = False


def documents(files: Iterable[tuple[str, bytes]]) -> list[Document]:
    """The files of an upload, those of zip archives one by one, in the order given.

    A name that comes twice gets a number: "march.csv", "march.csv (2)". What an operating system leaves in archives
    (folders, hidden files) is passed over.

    Raises
    ------
    BadInput
        For an archive that is damaged, encrypted, too deep, or larger than data/ingest/limits.toml allows.
    """
    found: list[Document] = []
    taken: dict[str, int] = {}
    for given, data in files:
        name = printable(given)
        budget = _Budget(name)
        for inner, content in _unpacked(name, data, budget, depth=0):
            taken[inner] = taken.get(inner, 0) + 1
            unique = inner if taken[inner] == 1 else f"{inner} ({taken[inner]})"
            found.append(Document(unique, content, packed=content is not data))
    return found


@dataclass(slots=True)
class _Budget:
    """What an upload may still unpack."""

    name: str
    entries: int = 0
    unzipped: int = 0

    def spend(self, size: int) -> None:
        """Raise BadInput when a further piece is too much."""
        self.unzipped += size
        if self.unzipped > limits().unzipped_bytes:
            most = limits().unzipped_bytes // 1_000_000
            raise _refuse(self.name, f"more than {most:,} MB when unpacked", f"at most {most:,} MB in all")


def _refuse(name: str, found: str, expected: str = _EXPECTED, todo: str = _AGAIN) -> BadInput:
    return BadInput(found, expected=expected, todo=todo, file=name)


def _unpacked(name: str, data: bytes, budget: _Budget, *, depth: int) -> Iterator[tuple[str, bytes]]:
    """A file itself, or the files of an archive; a workbook is an archive too and stays one file."""
    if not data.startswith(_ZIP):
        yield name, data
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if any(part.filename in _PACKAGE or part.filename.startswith("xl/") for part in parts):
                yield name, data
                return
            if depth == limits().archive_depth:
                raise _refuse(budget.name, "archives within archives", "files, or one archive of files")
            files = [part for part in parts if not _passed_over(part)]
            budget.entries += len(files)
            if budget.entries > limits().entries:
                most = f"at most {limits().entries:,} files"
                raise _refuse(budget.name, f"an archive of {budget.entries:,} files", most)
            if not files:
                raise _refuse(name, "an archive without files")
            for part in files:
                inner = _plain_name(part.filename)
                yield from _unpacked(inner, _content(archive, part, budget, name), budget, depth=depth + 1)
    except zipfile.BadZipFile as error:
        if PurePosixPath(name).suffix.lower().startswith(".xls"):
            yield name, data  # whoever reads workbooks says what is wrong with it
            return
        raise _refuse(name, "a damaged archive") from error
    except (zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise _refuse(name, "a damaged archive") from error


def _passed_over(part: zipfile.ZipInfo) -> bool:
    """Folders, hidden files, and what macOS adds."""
    path = PurePosixPath(part.filename.replace("\\", "/"))
    return part.is_dir() or path.name.startswith(".") or "__MACOSX" in path.parts


def _plain_name(path: str) -> str:
    """The last part of a path; it serves messages only, nothing is written under it."""
    return printable(PurePosixPath(path.replace("\\", "/")).name) or "file"


def _content(archive: zipfile.ZipFile, part: zipfile.ZipInfo, budget: _Budget, name: str) -> bytes:
    """The bytes of a part, read by pieces so that what an archive says of sizes need not be believed."""
    if part.flag_bits & _ENCRYPTED:
        raise _refuse(name, "an archive that is protected by a password", todo="unpack it and choose the files inside")
    pieces, size = [], 0
    with archive.open(part) as stream:
        while piece := stream.read(_CHUNK):
            budget.spend(len(piece))
            size += len(piece)
            if size > limits().ratio_from_bytes and size > limits().archive_ratio * max(part.compress_size, 1):
                raise _refuse(name, "an archive that unpacks to far more than a file of billing lines does")
            pieces.append(piece)
    return b"".join(pieces)
