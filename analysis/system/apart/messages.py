"""What a separate process and its server send each other: pickles, one after the other, through two pipes."""

from __future__ import annotations

import copyreg
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DONE, REFUSED, FAILED, PROGRESS = "done", "refused", "failed", "progress"
"""How an answer begins: (DONE, result), (REFUSED, the error), (FAILED, its type), (PROGRESS, share, step)."""


def _read_only(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """Restore a read-only dictionary after it crossed; the class itself has no importable name."""
    return MappingProxyType(mapping)


def _crossing(mapping: MappingProxyType[Any, Any]) -> tuple[Callable[..., MappingProxyType[Any, Any]], tuple[Any, ...]]:
    return _read_only, (dict(mapping),)


def teach() -> None:
    """Let read-only dictionaries cross, which Python does not pickle by itself."""
    copyreg.pickle(MappingProxyType, _crossing)
