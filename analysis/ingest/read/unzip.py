"""Unpack the parts of a zip package in pieces, so that nothing grows by more than one piece at once.

Python's own `zipfile` is not used for reading: it trusts an archive's count of its parts, unpacks bzip2 and LZMA
without a limit, and lets parts share bytes. Here the list of parts is read within the limits, only stored and deflated
parts are unpacked, and every piece counts against one budget, whatever sizes the archive states.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from analysis.errors import BadInput
from analysis.ingest.settings import limits

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from mmap import mmap

    Packed = bytes | mmap
    """An archive: in memory, or on disk where it may be larger than memory."""

PIECE = 1 << 20
"""Most bytes unpacked at once."""
AGAIN = "make the archive again, or choose the files inside it"
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _UTF8 = 0x1, 0x800
_END, _END64, _END64_LOCATOR = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_ENTRY, _LOCAL = b"PK\x01\x02", b"PK\x03\x04"
_END_BYTES, _ENTRY_BYTES, _LOCAL_BYTES = 22, 46, 30
_COMMENT = 1 << 16
_IN_64 = 0xFFFFFFFF
_EXTRA_64 = 1


class Damaged(Exception):
    """An archive that differs from its own tables; the code that reads it tells the user."""


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """An entry of the archive's list; `packed` and `unpacked_size` are the listed bytes before and after unpacking."""

    name: str
    method: int
    flags: int
    checksum: int
    packed: int
    unpacked_size: int
    start: int

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.name.endswith("/")

    @property
    def is_encrypted(self) -> bool:
        """Whether it needs a password."""
        return bool(self.flags & _ENCRYPTED)


@dataclass(slots=True)
class Budget:
    """How much one dropped file may still unpack, nested archives included; `name` is the file's, for messages."""

    name: str
    parts: int = 0
    unzipped: int = 0

    def spend_parts(self, number: int) -> None:
        """Raise BadInput if these are more parts than a file may have."""
        self.parts += number
        if self.parts > limits().entries:
            limit = f"at most {limits().entries:,} files"
            raise BadInput(f"an archive with {self.parts:,} files", expected=limit, todo=AGAIN, file=self.name)

    def spend(self, size: int) -> None:
        """Raise BadInput if another piece is too much."""
        self.unzipped += size
        limit = limits().unzipped_bytes // 1_000_000
        if self.unzipped > limits().unzipped_bytes:
            raise BadInput(
                f"more than {limit:,} MB when unpacked",
                expected=f"at most {limit:,} MB in all",
                todo="export a shorter period, or choose the files inside one by one",
                file=self.name,
            )


def list_parts(data: Packed, name: str, *, limit: int) -> list[ArchiveEntry]:
    """Return what an archive lists, in order.

    Raises
    ------
    Damaged
        If there is no such list, or two parts share bytes.
    BadInput
        For more than `limit` parts; the list is read no further.
    """
    start, end, shift = _list_of(data)
    parts: list[ArchiveEntry] = []
    while start < end:
        if data[start : start + 4] != _ENTRY:
            raise Damaged("no list of parts where there should be one")
        if len(parts) == limit:
            problem = f"an archive with more than {limit:,} parts"
            raise BadInput(problem, expected=f"at most {limit:,}", todo=AGAIN, file=name)
        part, start = _read_entry(data, start, shift)
        parts.append(part)
    spans = sorted((part.start, part.start + _LOCAL_BYTES + part.packed) for part in parts)
    if any(after[0] < before[1] for before, after in pairwise(spans)):
        raise Damaged("parts that share bytes")
    return parts


def _list_of(data: Packed) -> tuple[int, int, int]:
    """Find where the list of parts starts and ends, and how far the archive is behind the file's first byte."""
    position = data.rfind(_END, max(0, len(data) - _COMMENT - _END_BYTES))
    if position < 0 or position + _END_BYTES > len(data):
        raise Damaged("no end of the archive")
    size, offset = struct.unpack_from("<LL", data, position + 12)
    end = position
    if data[position - 20 : position - 16] == _END64_LOCATOR:
        end64 = data.rfind(_END64, max(0, position - 20 - _COMMENT), position)
        if end64 >= 0 and end64 + 56 <= position:
            size, offset = struct.unpack_from("<QQ", data, end64 + 40)
            end = end64
    start = end - size
    if start < 0 or start < offset:
        raise Damaged("a list of parts outside the file")
    return start, end, start - offset


def _read_entry(data: Packed, start: int, shift: int) -> tuple[ArchiveEntry, int]:
    """Return the part listed at a position, and the position of the next."""
    try:
        flags, method, checksum, packed, unpacked_size = struct.unpack_from("<HH4xLLL", data, start + 8)
        name_bytes, extra_bytes, comment_bytes = struct.unpack_from("<HHH", data, start + 28)
        offset = struct.unpack_from("<L", data, start + 42)[0]
    except struct.error as error:
        raise Damaged("a list of parts that is cut off") from error
    name_start = start + _ENTRY_BYTES
    raw = data[name_start : name_start + name_bytes]
    extra = data[name_start + name_bytes : name_start + name_bytes + extra_bytes]
    unpacked_size, packed, offset = _large(extra, unpacked_size, packed, offset)
    name = raw.decode("utf-8" if flags & _UTF8 else "cp437", "replace").split("\x00")[0]
    return ArchiveEntry(name, method, flags, checksum, packed, unpacked_size, offset + shift), (
        name_start + name_bytes + extra_bytes + comment_bytes
    )


def _large(extra: bytes, *fields: int) -> list[int]:
    """Read sizes and offset; those that do not fit four bytes come from the extra field."""
    if _IN_64 not in fields:
        return [*fields]
    position = 0
    while position + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, position)
        if kind == _EXTRA_64:
            values = iter(
                value for (value,) in struct.iter_unpack("<Q", extra[position + 4 : position + 4 + size // 8 * 8])
            )
            return [next(values, field) if field == _IN_64 else field for field in fields]
        position += 4 + size
    return [*fields]


def unpack(data: bytes, part: ArchiveEntry, budget: Budget, *, ratio: int) -> bytes:
    """Unpack a part within the budget and, above a harmless size, `ratio` times its packed size.

    Raises
    ------
    Damaged
        If it cannot be unpacked, or differs in size or checksum from the list.
    BadInput
        For a part that uses another compression method, grows too large, or needs a password.
    """
    if part.is_encrypted:
        todo = "unpack it and choose the files inside"
        raise BadInput("a password-protected archive", expected="no password", todo=todo, file=budget.name)
    limit = max(limits().ratio_from_bytes, ratio * part.packed)
    unpacked: list[bytes] = []
    size = checksum = 0
    for piece in pieces(data, part, budget.name):
        budget.spend(len(piece))
        size += len(piece)
        if size > limit:
            raise _too_dense(budget.name)
        if size > part.unpacked_size:
            break
        checksum = zlib.crc32(piece, checksum)
        unpacked.append(piece)
    if checksum != part.checksum or size != part.unpacked_size:
        raise Damaged("a part that is not what the list says of it")
    return b"".join(unpacked)


def _too_dense(name: str) -> BadInput:
    """Return the error for a file that unpacks to more than any list of charges would."""
    return BadInput(
        "an archive that unpacks to far more data than any billing file",
        expected="billing exports in an ordinary zip file",
        todo="export the report again from your billing system, or choose the files inside the archive",
        file=name,
    )


def pieces(data: Packed, part: ArchiveEntry, name: str) -> Generator[bytes]:
    """Yield a part's bytes, at most PIECE at once; neither their number nor their checksum is checked.

    Raises
    ------
    Damaged
        If it cannot be unpacked.
    BadInput
        For a part that uses another compression method.
    """
    if data[part.start : part.start + 4] != _LOCAL or part.start + _LOCAL_BYTES > len(data):
        raise Damaged("no part where one is listed")
    name_bytes, extra_bytes = struct.unpack_from("<HH", data, part.start + 26)
    start = part.start + _LOCAL_BYTES + name_bytes + extra_bytes
    packed = memoryview(data)[start : start + part.packed]
    if len(packed) < part.packed:
        raise Damaged("a part that is cut off")
    if part.method == _STORED:
        for offset in range(0, len(packed), PIECE):
            yield bytes(packed[offset : offset + PIECE])
        return
    if part.method != _DEFLATED:
        raise BadInput(
            "an archive compressed by a method RevMix does not unpack",
            expected="a zip archive made by Windows, macOS or Excel",
            todo=AGAIN,
            file=name,
        )
    yield from _inflated(packed)


def _inflated(packed: memoryview) -> Iterator[bytes]:
    """Inflate deflated bytes, at most PIECE at once."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for offset in range(0, len(packed), PIECE):
            pending: bytes | memoryview = packed[offset : offset + PIECE]
            while pending and not inflate.eof:
                yield inflate.decompress(pending, PIECE)
                pending = inflate.unconsumed_tail
        while not inflate.eof and (piece := inflate.decompress(b"", PIECE)):
            yield piece
    except zlib.error as error:
        raise Damaged("a part that cannot be unpacked") from error
    if not inflate.eof:
        raise Damaged("a part that is cut off")
