"""What CMS publishes anew, brought in by the user: read, checked, installed beside the data that ship."""

from analysis.releases.edit_files import EditTable, read_edit_file
from analysis.releases.edits import Installed, install, installed, remove

__all__ = ["EditTable", "Installed", "install", "installed", "read_edit_file", "remove"]
