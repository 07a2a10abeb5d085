"""The bytes of a payer's file in pieces, whether it is plain, gzipped or zipped; nothing is unpacked to disk."""

from __future__ import annotations

import gzip
import io
import mmap
import os
import re
import zlib
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from analysis.errors import BadInput
from analysis.ingest.read.unzip import ArchiveEntry, Damaged, list_parts, pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    Report = Callable[[float], None]

PIECE = 1 << 14
"""Most bytes handed on at once: larger ones are slower, since all events of a piece are made at once."""
EXPECTED = "an in-network file of the Transparency in Coverage rule (JSON, or JSON in .gz or .zip)"
AGAIN = "download the file again and compare its size with the size on the payer's page"
_GZIP, _ZIP, _MARK = b"\x1f\x8b", b"PK\x03\x04", b"\xef\xbb\xbf"
_PARTS = 1_000
_REPORT_EVERY = 256
"""Pieces between two reports of progress."""
_DIGITS = 2_000
"""Most digits of a number. Python refuses one of more than 4,300, and ijson 3.6.0 goes on with that error pending: the
interpreter may crash."""
_STRIDE = 256
_SAMPLED = re.compile(rb"[0-9]{%d}" % (_DIGITS // _STRIDE))
_DIGITS_ALONE = bytes(sign if sign in b"0123456789" else ord(" ") for sign in range(256))
_UNQUOTED_BYTES = 16 << 20
"""Most bytes without a quotation mark: the parser would hold a longer text whole in memory."""


@dataclass(frozen=True, slots=True, eq=False)
class InMemory:
    """A file that was dropped on a page: its bytes are in memory and are never written to disk."""

    name: str
    data: bytes


class Source:
    """The bytes of one file, as the parser asks for them.

    Attributes
    ----------
    ended:
        Whether the last byte was read: an error of the parser after that means a file that was cut off.
    """

    def __init__(self, name: str, pieces_and_shares: Iterator[tuple[bytes, float]], report: Report) -> None:
        self.name, self.ended = name, False
        self._pieces, self._report = pieces_and_shares, report
        self._count = self._unquoted = 0
        self._last = b""

    def read(self, size: int) -> bytes:
        """Return the next piece, of at most `PIECE` bytes; empty at the end.

        Raises
        ------
        BadInput
            For an archive that is damaged or cut off, a text of more than 16 MB, or a number of more than `_DIGITS`
            digits.
        """
        if not size:
            return b""  # the parser asks for nothing first, to see whether it gets bytes or text
        try:
            piece, share = next(self._pieces, (b"", 1.0))
        except EOFError as error:
            raise cut_off(self.name) from error
        except (gzip.BadGzipFile, zlib.error, Damaged) as error:
            raise BadInput("a damaged archive", expected=EXPECTED, todo=AGAIN, file=self.name) from error
        except OSError as error:
            raise _unreadable(self.name, error) from error
        if not self._count:
            piece = piece.removeprefix(_MARK)
        if self._count % _REPORT_EVERY == 0:
            self._report(share)
        self._count += 1
        self.ended = not piece
        self._unquoted = 0 if b'"' in piece else self._unquoted + len(piece)
        if self._unquoted > _UNQUOTED_BYTES:
            raise BadInput("a single text or list of more than 16 MB", expected=EXPECTED, todo=AGAIN, file=self.name)
        window = self._last + piece
        self._last = piece[-_DIGITS:]
        if _has_long_number(window):
            raise BadInput(f"a number of more than {_DIGITS:,} digits", expected=EXPECTED, todo=AGAIN, file=self.name)
        return piece


def _has_long_number(window: bytes) -> bool:
    """Tell whether some bytes hold a number of more than `_DIGITS` digits."""
    if not _SAMPLED.search(window[::_STRIDE]):
        return False  # such a number is on several of every 256th bytes in a row
    return len(max(window.translate(_DIGITS_ALONE).split(), key=len)) > _DIGITS


@contextmanager
def opened(path: Path | InMemory, report: Report) -> Iterator[Source]:
    """Open a file for one reading.

    Parameters
    ----------
    path:
        Where the file is, or the file itself.
    report:
        Called now and then with the share of the file that was read.

    Raises
    ------
    BadInput
        For a file that cannot be opened, is empty, or is an archive of several files.
    """
    try:
        raw = path.open("rb") if isinstance(path, Path) else io.BytesIO(path.data)
    except OSError as error:
        raise _unreadable(path.name, error) from error
    with raw:
        size = os.fstat(raw.fileno()).st_size if isinstance(path, Path) else len(path.data)
        head = raw.read(len(_ZIP))
        if not head:
            raise BadInput("an empty file", expected=EXPECTED, todo=AGAIN, file=path.name)
        raw.seek(0)
        if head.startswith(_ZIP):
            pieces_and_shares = _of_zip(raw, path.name)
        elif head.startswith(_GZIP):
            pieces_and_shares = _of_gzip(raw, size)
        else:
            pieces_and_shares = ((piece, raw.tell() / size) for piece in iter(lambda: raw.read(PIECE), b""))
        with closing(pieces_and_shares):
            yield Source(path.name, pieces_and_shares, report)


def cut_off(name: str) -> BadInput:
    """Return the error for a file that ends too early."""
    return BadInput("a file that is cut off: it ends in the middle", expected=EXPECTED, todo=AGAIN, file=name)


def _unreadable(name: str, error: OSError) -> BadInput:
    problem = error.strerror or "a file that cannot be read"
    return BadInput(problem, expected=EXPECTED, todo="check the path", file=name)


def _of_gzip(raw: BinaryIO, size: int) -> Generator[tuple[bytes, float]]:
    with gzip.GzipFile(fileobj=raw) as unpacked:
        while piece := unpacked.read(PIECE):
            yield piece, raw.tell() / size


def _of_zip(raw: BinaryIO, name: str) -> Generator[tuple[bytes, float]]:
    """Yield the bytes of an archive's only file."""
    with _whole(raw) as packed:
        part = _only_part(packed, name)
        done = checksum = 0
        with closing(pieces(packed, part, name)) as unpacked:
            for piece in unpacked:
                checksum = zlib.crc32(piece, checksum)
                for start in range(0, len(piece), PIECE):
                    done += PIECE
                    yield piece[start : start + PIECE], min(done / (part.unpacked_size or 1), 1.0)
        if checksum != part.checksum:
            raise Damaged("a part that is not what the list says of it")


@contextmanager
def _whole(raw: BinaryIO) -> Iterator[bytes | mmap.mmap]:
    """Give all bytes of a file: those of one on disk are not read before they are needed."""
    if isinstance(raw, io.BytesIO):
        yield raw.getvalue()  # the very bytes it was made of: nothing is copied
        return
    with mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ) as packed:
        yield packed


def _only_part(packed: bytes | mmap.mmap, name: str) -> ArchiveEntry:
    listed = list_parts(packed, name, limit=_PARTS)
    files = [part for part in listed if not part.is_folder and not part.name.startswith("__MACOSX")]
    if len(files) != 1 or files[0].is_encrypted:
        problem = "a password-protected archive" if len(files) == 1 else f"an archive of {len(files):,} files"
        raise BadInput(problem, expected="one JSON file in it", todo="unpack it and choose the files inside", file=name)
    return files[0]
