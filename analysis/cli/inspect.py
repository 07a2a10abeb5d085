"""`revmix inspect`: show what was recognized in an export."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from analysis.cli.common import files, mapping, progress, takes_exports
from analysis.ingest import combine
from analysis.ingest.review import read_each_apart
from analysis.reports.output import inspection_json, inspection_text

if TYPE_CHECKING:
    import argparse


def arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    takes_exports(command)
    command.add_argument("--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """Print the account of each file and, in text form, of all files together."""
    exports = read_each_apart(files(args.export), mapping=mapping(args.mapping), progress=progress())
    whole, singles = combine(exports), [combine([export]) for export in exports]
    if args.format == "json":
        sys.stdout.write(inspection_json([whole] if len(exports) == 1 else singles))
    else:
        sys.stdout.write(inspection_text([whole] if len(exports) == 1 else [*singles, whole]))
    return 0
