"""`revmix import-edits`: install CMS's current NCCI pairs and unit limits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.cli.common import content, day, note
from analysis.releases import install

if TYPE_CHECKING:
    import argparse


def arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    files = "CMS's NCCI practitioner files: all four parts of the pairs, the unit limits (MUE), or a zip of them"
    command.add_argument("file", nargs="+", type=Path, help=files)
    command.add_argument("--effective", type=day, help="first day of the quarter, if the files do not say it")


def run(args: argparse.Namespace) -> int:
    """Install the edition."""
    edition = install([(path.name, content(path, "a file of edits")) for path in args.file], args.effective)
    note(f"installed for services from {edition.effective} on: {edition.pairs:,} pairs, {edition.units:,} unit limits")
    return 0
