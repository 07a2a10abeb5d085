"""`revmix check`: list every payment problem that needs attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.cli.common import FRAME, contracts, read, required_localities, say, takes_contracts, takes_lines, write
from analysis.payments import findings
from analysis.pricing import price
from analysis.reports.output import check_ending, findings_table, write_table

if TYPE_CHECKING:
    import argparse


def arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    takes_lines(command, FRAME)
    takes_contracts(command)


def run(args: argparse.Namespace) -> int:
    """Write the findings."""
    check_ending(args.out)
    export = read(args.export, args.mapping)
    priced = price(export.lines, required_localities(export, args.locality), track=args.track)
    book, about_contracts = contracts(args.contracts, priced, export)
    found = findings(priced, export, book, track=args.track)
    write(lambda: write_table(findings_table(found), args.out), args.out)
    sums = found.filter(pl.col("rule") == "owed")["message"]
    say([*priced.notes, *about_contracts, *sums], export)
    return 0
