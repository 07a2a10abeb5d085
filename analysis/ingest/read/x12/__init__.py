"""Read X12 remittances (835) and professional claims (837P) as tables like any other export: `read_x12`."""

from __future__ import annotations

from analysis.ingest.read.x12.reader import read_x12

__all__ = ["read_x12"]
