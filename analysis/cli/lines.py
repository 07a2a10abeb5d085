"""`revmix lines`: write the billing lines after posting, and what stayed unmatched on either side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.cli.common import read, say, takes_files, write
from analysis.reports.output import (
    SHEET_ENDINGS,
    check_ending,
    lines_table,
    rejected_table,
    unmatched_table,
    write_table,
)

if TYPE_CHECKING:
    import argparse

_OUT = "file to write, .csv, .parquet or .xlsx"


def arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    takes_files(command, _OUT)
    command.add_argument("--unmatched", type=Path, help="write payments without a charge and charges without a payment")
    command.add_argument("--rejected", type=Path, help="write the rows that could not be read, each with its reason")


def run(args: argparse.Namespace) -> int:
    """Write the lines, and the other tables if asked for."""
    outs = {"--out": args.out, "--unmatched": args.unmatched, "--rejected": args.rejected}
    for option, out in outs.items():
        if out is not None:
            check_ending(out, SHEET_ENDINGS, option)
    export = read(args.export, args.mapping)
    tables = {"--out": lines_table, "--unmatched": unmatched_table, "--rejected": rejected_table}
    for option, table in tables.items():
        if (out := outs[option]) is not None:
            frame = table(export)
            write(lambda frame=frame, out=out: write_table(frame, out), out)  # type: ignore[misc]
    say((), export, outcome="are not in the result")
    return 0
