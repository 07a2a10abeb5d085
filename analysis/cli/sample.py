"""`revmix sample`: write a realistic, made-up export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analysis import sample
from analysis.cli.common import count, write

if TYPE_CHECKING:
    import argparse


def arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    command.add_argument("--lines", type=count, required=True)
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--out", type=Path, required=True, help="file to write: .csv, .tsv, .xlsx or .parquet")


def run(args: argparse.Namespace) -> int:
    """Write the export."""
    frame = sample.generate(args.lines, args.seed)
    write(lambda: sample.write(frame, args.out), args.out)
    return 0
