"""Tell what kind of file some bytes are, by content and never by name; and decode text in any common encoding.

Nothing is unpacked or parsed here: a file that RevMix does not read is refused before any reader sees it.
"""

from __future__ import annotations

import codecs
import re
from enum import StrEnum

from analysis.errors import BadInput
from analysis.ingest.settings import limits

EXPECTED = "a billing export as CSV, tab-separated text or an Excel workbook (.xlsx), or X12"
SAVE_AS = 'open it in Excel or LibreOffice and save it as "CSV UTF-8" or as "Excel workbook (.xlsx)"'
_EXPORT_AGAIN = "export the report again from your billing system as CSV or Excel"
_CHUNK = 1 << 22
_HEAD = 4_096


class FileKind(StrEnum):
    """The kinds of file that RevMix reads."""

    TEXT = "text"
    WORKBOOK = "xlsx"
    OLD_WORKBOOK = "xls"
    MARKUP = "markup"
    X12 = "x12"


# First bytes of files that are not exports -> what they are, and what to do about it.
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", _EXPORT_AGAIN),
    (b"\x89PNG", "a picture (PNG)", _EXPORT_AGAIN),
    (b"\xff\xd8\xff", "a picture (JPEG)", _EXPORT_AGAIN),
    (b"GIF8", "a picture (GIF)", _EXPORT_AGAIN),
    (b"BM", "a picture (BMP)", _EXPORT_AGAIN),
    (b"II*\x00", "a picture (TIFF)", _EXPORT_AGAIN),
    (b"MM\x00*", "a picture (TIFF)", _EXPORT_AGAIN),
    (b"\x1f\x8b", "a gzip archive", "unpack it first and choose the file inside"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it first and choose the file inside"),
    (b"Rar!", "a RAR archive", "unpack it first and choose the file inside"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "unpack it first and choose the file inside"),
    (b"BZh", "a bzip2 archive", "unpack it first and choose the file inside"),
    (b"PAR1", "a Parquet file", _EXPORT_AGAIN),
    (b"SQLite format 3", "a database", _EXPORT_AGAIN),
    (b"MZ", "a program", _EXPORT_AGAIN),
    (b"\x7fELF", "a program", _EXPORT_AGAIN),
    (b"{\\rtf", "a word-processor document (RTF)", _EXPORT_AGAIN),
)
_LIKE_TEXT = (b"BM", b"MZ")
# First characters (in lower case) of text that is not a table of charges -> what it is. The first that fits wins.
_OTHER_TEXT: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (
        re.compile(rb"\s*[{\[<].*\bexplanationofbenefit\b", re.DOTALL),
        "health plan claims in FHIR (ExplanationOfBenefit)",
    ),
    (re.compile(rb'\s*[{\[].*"resourcetype"\s*:|\s*<.*hl7\.org/fhir', re.DOTALL), "health records in FHIR"),
    (re.compile(rb"\s*<.*<?clinicaldocument\b", re.DOTALL), "a clinical document (C-CDA)"),
    (re.compile(rb"msh\|\^~"), "HL7 messages"),
    (re.compile(rb"\s*(?:ofxheader|<\?ofx|<ofx>)"), "a bank download (OFX)"),
    (re.compile(rb"!type:"), "a bank download (QIF)"),
    (re.compile(rb'\s*(?:\{\s*["}]|\[\s*[{\["\d\]])'), "a JSON file"),
)
_X12 = re.compile(rb"\s*(?:ISA([^A-Za-z0-9\s])\d\d\1.{50,}|(?:GS|ST)\*[A-Z0-9]{2,3}\*)", re.DOTALL)
_MARKUP = (
    b"<!doctype html", b"<html", b"<table", b"<head", b"<body", b"<div", b"<meta", b"<style", b"<?xml", b"<workbook",
    b"<ss:workbook",
)  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EMPTY_ZIP = b"PK\x05\x06"
_ZIP = b"PK\x03\x04"
_BYTE_ORDER_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the first half of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def refuse(problem: str, todo: str, *, file: str, expected: str = EXPECTED) -> BadInput:
    """Return the error for a file that is not an export."""
    return BadInput(problem, expected=expected, todo=todo, file=file)


def sniff(data: bytes, name: str) -> FileKind:
    """Return the kind of a file.

    Raises
    ------
    BadInput
        For a file that is empty, too large, or of a kind that is not read (password-protected, PDF, picture, archive
        ...).
    """
    if not data or not data.strip(b" \t\r\n\x00"):
        raise refuse("an empty file", _EXPORT_AGAIN, file=name)
    if data.startswith(_OLE):
        check_size(data, limits().workbook_bytes, name)
        _check_compound(data, name)
        return FileKind.OLD_WORKBOOK
    if data.startswith(_ZIP):
        check_size(data, limits().workbook_bytes, name)
        return FileKind.WORKBOOK
    if data.startswith(_EMPTY_ZIP):
        raise refuse("an empty archive", _EXPORT_AGAIN, file=name)
    for magic, description, todo in _MAGIC:
        # "BM" and "MZ" can also begin text ("BMI,..."); the files they mark are binary and hold zero bytes.
        if data.startswith(magic) and (magic not in _LIKE_TEXT or b"\x00" in data[:512]):
            raise refuse(description, todo, file=name)
    check_size(data, limits().text_bytes, name)
    if is_x12(data):
        return FileKind.X12
    head = data[:_HEAD].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe").lower()
    if kind_of_text := next((description for pattern, description in _OTHER_TEXT if pattern.match(head)), None):
        raise refuse(kind_of_text, _EXPORT_AGAIN, file=name)
    return FileKind.MARKUP if _is_markup(data) else FileKind.TEXT


def check_size(data: bytes, limit: int, name: str) -> None:
    """Raise BadInput for a file above its size limit."""
    if len(data) > limit:
        raise refuse(
            f"a file of {len(data) // 1_000_000:,} MB",
            "export a shorter period, one year at a time",
            file=name,
            expected=f"at most {limit // 1_000_000:,} MB",
        )


def _check_compound(data: bytes, name: str) -> None:
    """Raise BadInput for an OLE compound file that is not an Excel 97-2003 workbook, or is protected."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        todo = "open it in Excel, remove the password under File > Info > Protect Workbook, save it and try again"
        raise refuse("a password-protected workbook", todo, file=name)
    if "Workbook".encode("utf-16-le") not in data and "Book".encode("utf-16-le") not in data:
        raise refuse("an old Office document", SAVE_AS, file=name)


def _is_markup(data: bytes) -> bool:
    """Tell whether bytes begin like a web page or XML."""
    head = data[:_HEAD].replace(b"\x00", b"")  # UTF-16 too
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    return start.startswith(_MARKUP)


def is_x12(data: bytes) -> bool:
    """Tell whether bytes begin like an X12 interchange, group or transaction."""
    return _X12.match(data[:400].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")) is not None


def to_utf8(data: bytes, name: str) -> tuple[bytes, str]:
    """Return text as UTF-8 without a byte-order mark, lines ended by a line feed or CR LF, and its original encoding.

    A byte-order mark decides; then zero bytes mean UTF-16 without a mark; then UTF-8; then Windows' cp1252.

    Raises
    ------
    BadInput
        If the bytes are not text in any of these.
    """
    text, encoding = _decode(data, name)
    if b"\x00" in text:
        row = text.count(b"\n", 0, text.index(b"\x00")) + 1
        raise _binary(name, row)
    if b"\r" in text and b"\n" not in text:
        text = text.replace(b"\r", b"\n")
    return text, encoding


def _decode(data: bytes, name: str) -> tuple[bytes, str]:
    """Return UTF-8 bytes and the name of the encoding found."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            if encoding == "utf-8-sig" and _is_utf8(data):
                return data[len(mark) :], encoding
            return _recode(data, "cp1252" if encoding == "utf-8-sig" else encoding, name), encoding
    sample = data[:1000]
    if len(data) % 2 == 0 and b"\x00" in sample:
        for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
            if zeros.count(0) > len(zeros) * 0.7:
                return _recode(data, encoding, name), encoding
    if data.isascii() or _is_utf8(data):
        return data, "utf-8"
    return _recode(data, "cp1252", name), "cp1252"


def _is_utf8(data: bytes) -> bool:
    """Tell whether the bytes are valid UTF-8, checked in pieces: one str would take four times the memory."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(data[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _recode(data: bytes, encoding: str, name: str) -> bytes:
    """Convert bytes of another encoding to UTF-8."""
    try:
        return data.decode(encoding).encode("utf-8")
    except UnicodeError as error:
        position = error.start if isinstance(error, UnicodeDecodeError) else 0
        raise _binary(name, data.count(b"\n", 0, position) + 1) from error


def _binary(name: str, row: int) -> BadInput:
    """Return the error for bytes that are not text."""
    return BadInput("binary data, not text", expected=EXPECTED, todo=SAVE_AS, file=name, row=row)
