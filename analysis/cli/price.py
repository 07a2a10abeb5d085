"""`revmix price`: price every line at Medicare rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.cli.common import FRAME, read, required_localities, say, takes_lines, write
from analysis.pricing import price
from analysis.pricing.engines import ENGINES
from analysis.reports.output import check_ending, priced_table, write_table

if TYPE_CHECKING:
    import argparse


def arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    takes_lines(command, FRAME)
    command.add_argument("--engine", choices=ENGINES, default="polars")


def run(args: argparse.Namespace) -> int:
    """Write the priced lines."""
    check_ending(args.out)
    export = read(args.export, args.mapping)
    priced = price(export.lines, required_localities(export, args.locality), track=args.track, engine=args.engine)
    write(lambda: write_table(priced_table(priced), args.out), args.out)
    say(priced.notes, export)
    return 0
