"""Dropped files: read once and removed from Streamlit, which would keep them until the session ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamlit.runtime.uploaded_file_manager import UploadedFile


def read(files: Sequence[UploadedFile]) -> dict[str, tuple[str, bytes]]:
    """Return names and bytes of dropped files by Streamlit's file ID; Streamlit keeps them until `let_go`."""
    return {file.file_id: (file.name, file.getvalue()) for file in files}


def let_go(numbers: Iterable[str]) -> None:
    """Remove dropped files from Streamlit's memory, once they are stored elsewhere."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        for number in numbers:
            context.uploaded_file_mgr.remove_file(context.session_id, number)


def take(files: Sequence[UploadedFile]) -> list[tuple[str, bytes]]:
    """Return names and bytes of dropped files, and remove Streamlit's copy: the caller has the only one."""
    contents = read(files)
    let_go(contents)
    return list(contents.values())
