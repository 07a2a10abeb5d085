"""Dropped files: read once, and let go by Streamlit at once, which would hold them until the session ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamlit.runtime.uploaded_file_manager import UploadedFile


def read(files: Sequence[UploadedFile]) -> dict[str, tuple[str, bytes]]:
    """Names and bytes of dropped files by Streamlit's number of each; Streamlit holds them until `let_go`."""
    return {file.file_id: (file.name, file.getvalue()) for file in files}


def let_go(numbers: Iterable[str]) -> None:
    """Let Streamlit forget dropped files, once they are in somebody's hands."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        for number in numbers:
            context.uploaded_file_mgr.remove_file(context.session_id, number)


def take(files: Sequence[UploadedFile]) -> list[tuple[str, bytes]]:
    """Names and bytes of dropped files. What is returned is the only copy; the caller keeps it or lets it go."""
    contents = read(files)
    let_go(contents)
    return list(contents.values())
