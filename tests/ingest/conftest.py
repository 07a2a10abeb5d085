from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

import openpyxl
import pytest

from analysis.ingest import Export, Mapping, read_export

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

KEY = b"test key of thirty-two characters"
TODAY = date(2026, 11, 22)


class Read(Protocol):
    """Read an export with a fixed key and day."""

    def __call__(self, content: str | bytes, name: str = ..., **options: Any) -> Export: ...


@pytest.fixture
def read() -> Read:
    def call(content: str | bytes, name: str = "june.csv", **options: Any) -> Export:
        data = content.encode() if isinstance(content, str) else content
        return read_export(data, name, **{"key": KEY, "today": TODAY, **options})

    return call


@pytest.fixture
def mapped() -> Callable[..., Mapping]:
    """A mapping from keyword-like pairs: heading -> field."""

    def call(columns: dict[str, str], **options: Any) -> Mapping:
        return Mapping(tuple(columns.items()), **options)

    return call


@pytest.fixture
def workbook() -> Callable[..., bytes]:
    """A workbook from sheets of rows, as openpyxl writes it."""

    def call(*rows: Iterable[Any], **sheets: Iterable[Iterable[Any]]) -> bytes:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for title, content in [*({"Charges": rows} if rows else {}).items(), *sheets.items()]:
            sheet = book.create_sheet(title)
            for row in content:
                sheet.append(list(row))
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    return call
