"""Split an interchange into segments by the separators its own ISA names, and into transactions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from analysis.errors import BadInput
from analysis.ingest.settings import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

_START = re.compile(r"ISA(?<![^~\s'\x1c\x1d]ISA)(?=[^A-Za-z0-9\s])")
"""The header of an interchange; its name comes first, so searching for it is as fast as for plain text."""
_BARE = re.compile(r"\s*(?:GS|ST)([^A-Za-z0-9\s])")
_PROCEDURE = re.compile(
    r"SV[C1](?<![A-Z0-9]SV[C1])([^A-Za-z0-9\s])(?:HC|ER|IV|WK|HP|ZZ|AD|NU)([^A-Za-z0-9\s])[A-Z0-9]{4,5}(?![A-Z0-9])"
)
_ELEMENTS_OF_ISA = 16


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its elements (the first is its name), its ordinal in the file from 1, the component separator.

    `other_component` is the separator that really joins the interchange's procedure codes, if it differs from the
    header's; else empty.
    """

    elements: tuple[str, ...]
    ordinal: int
    component: str
    other_component: str = ""

    def __getitem__(self, position: int) -> str:
        """Return an element as trimmed text; empty if the segment is shorter."""
        return self.elements[position].strip() if position < len(self.elements) else ""

    @property
    def name(self) -> str:
        """Name of the segment, such as CLP."""
        return self.elements[0]

    def parts(self, position: int) -> list[str]:
        """Return the components of an element."""
        text = self[position]
        if self.other_component and self.component not in text:
            return [part.strip() for part in text.split(self.other_component)]
        return [part.strip() for part in text.split(self.component)]


@dataclass(slots=True)
class Transaction:
    """The segments between ST and SE, without these two.

    `control` and `kind` are ST02 and ST01, `version` ST03 or GS08; `whole` is False if no SE closed it; `stated` is the
    number of segments SE01 gives, null if it gives none.
    """

    kind: str
    control: str
    version: str
    segments: list[Segment] = field(default_factory=list)
    whole: bool = False
    stated: int | None = None


def interchanges(text: str, name: str) -> Iterator[list[Segment]]:
    """Yield the segments of each interchange in a file; each may use its own separators.

    Text before the first ISA is skipped. A file without ISA is read as one interchange with the element separator after
    its first segment's name and the usual others.

    Raises
    ------
    BadInput
        For more or longer segments than data/ingest/limits.toml allows.
    """
    start_positions = [match.start() for match in islice(_START.finditer(text), limits().interchanges + 1)]
    if len(start_positions) > limits().interchanges:
        raise _too_much(name, f"more than {limits().interchanges:,} interchanges", f"at most {limits().interchanges:,}")
    segments_left = limits().segments
    ordinal = 0
    for start, end in zip(start_positions or [0], [*start_positions[1:], len(text)], strict=True):
        chunk = text[start:end].lstrip()
        element, component, terminator = _separators(chunk)
        segments_left -= chunk.count(terminator)
        _check_segments(chunk, terminator, segments_left, name)
        other_component = _other_component(chunk, element, component)
        segments = []
        for piece in _pieces(chunk, terminator):
            line = piece.strip("\r\n \t\x00")
            if not line:
                continue
            ordinal += 1
            head, *elements = line.replace("\r", "").replace("\n", "").split(element)
            segments.append(Segment((head.strip().upper(), *elements), ordinal, component, other_component))
        yield segments


def _pieces(chunk: str, terminator: str) -> Iterator[str]:
    """Return the text before, between and after the terminators, in order."""
    position = 0
    while (end := chunk.find(terminator, position)) >= 0:
        yield chunk[position:end]
        position = end + 1
    yield chunk[position:]


def _check_segments(chunk: str, terminator: str, segments_left: int, name: str) -> None:
    """Raise BadInput if an interchange holds more segments than are left, or one that is too long."""
    if segments_left < 0:
        limit = f"at most {limits().segments:,}, including empty ones"
        raise _too_much(name, f"more than {limits().segments:,} segments", limit)
    longest = limits().segment_characters
    position = 0
    while len(chunk) - position > longest:
        end = chunk.rfind(terminator, position, position + longest + 1)
        if end < 0:
            limit = f"segments of at most {longest:,} characters"
            raise _too_much(name, f"a segment of more than {longest:,} characters", limit)
        position = end + 1


def _too_much(name: str, problem: str, expected: str) -> BadInput:
    todo = "ask your clearinghouse for files that cover a shorter period"
    return BadInput(problem, expected=expected, todo=todo, file=name)


def _other_component(chunk: str, element: str, component: str) -> str:
    """Return the separator of qualifier and code in the first service line not using the header's; else empty."""
    for match in _PROCEDURE.finditer(chunk):
        if match[1] == element and match[2] not in (element, component):
            return match[2]
    return ""


def _separators(chunk: str) -> tuple[str, str, str]:
    """Return the element, component and segment separators."""
    if chunk.startswith("ISA"):
        element = chunk[3]
        position = 3
        for _ in range(_ELEMENTS_OF_ISA - 1):
            position = chunk.find(element, position + 1)
            if position < 0:
                break
        if 0 <= position < len(chunk) - 2:
            component, terminator = chunk[position + 1], chunk[position + 2]
            if not terminator.isalnum() and terminator not in (element, component):
                return element, component, terminator
        return element, ":", _usual_terminator(chunk)
    bare = _BARE.match(chunk)
    return (bare.group(1) if bare else "*"), ":", _usual_terminator(chunk)


def _usual_terminator(chunk: str) -> str:
    """Return the tilde if the text has any, else the end of a line."""
    return "~" if "~" in chunk else "\n"


def transactions(segments: list[Segment]) -> Iterator[Transaction]:
    """Yield the transactions of an interchange; segments outside them are the envelope and are skipped."""
    current: Transaction | None = None
    version = ""
    for segment in segments:
        if segment.name == "GS":
            version = segment[8]
        elif segment.name == "ST":
            if current is not None:
                yield current
            current = Transaction(segment[1], segment[2], segment[3] or version)
        elif current is None:
            continue
        elif segment.name == "SE":
            current.whole = True
            current.stated = int(segment[1]) if segment[1].isdecimal() else None
            yield current
            current = None
        elif segment.name in {"GE", "IEA"}:
            yield current
            current = None
        else:
            current.segments.append(segment)
    if current is not None:
        yield current
