"""What the terms of the field mean, from data/glossary.toml: for the screens' help texts and docs/glossary.md."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.system.toml_data import load

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the field: as people write it, its plain definition, and what the code calls it."""

    term: str
    text: str
    identifier: str


@cache
def glossary() -> Mapping[str, Term]:
    """Key -> term, in the order of the file."""
    table = load("glossary.toml", {"*": {"term": str, "text": str, "identifier": str}})
    return MappingProxyType({key: Term(**entry) for key, entry in table.items()})
