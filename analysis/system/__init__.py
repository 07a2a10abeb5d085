"""The machine: file locations, safe writing, separate processes, server settings."""
