"""Dropped files: read once, and let go by Streamlit at once, which would hold them until the session ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.runtime.uploaded_file_manager import UploadedFile


def take(files: Sequence[UploadedFile]) -> list[tuple[str, bytes]]:
    """Names and bytes of dropped files. What is returned is the only copy; the caller keeps it or lets it go."""
    taken = [(file.name, file.getvalue()) for file in files]
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        for file in files:
            context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
    return taken
