"""`revmix check`: list every payment problem that needs attention."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from analysis.cli.common import (
    FRAME,
    content,
    contracts,
    read,
    required_localities,
    say,
    takes_contracts,
    takes_lines,
    write,
)
from analysis.payments import findings, read_limits
from analysis.pricing import price
from analysis.reports.output import check_ending, findings_table, write_table

if TYPE_CHECKING:
    import argparse

    from analysis.payments import FilingLimit


def arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    takes_lines(command, FRAME)
    takes_contracts(command)
    command.add_argument("--filing-limits", type=Path, help="your payers' filing limits, TOML (docs/payments.md)")


def run(args: argparse.Namespace) -> int:
    """Write the findings."""
    check_ending(args.out)
    export = read(args.export, args.mapping)
    priced = price(export.lines, required_localities(export, args.locality), track=args.track)
    book, about_contracts = contracts(args.contracts, priced, export)
    limits: tuple[FilingLimit, ...] = ()
    if args.filing_limits:
        limits = read_limits(content(args.filing_limits, "a file of filing limits"), args.filing_limits.name)
    found = findings(priced, export, book, limits=limits, track=args.track)
    write(lambda: write_table(findings_table(found), args.out), args.out)
    sums = found.filter(pl.col("rule") == "owed")["message"]
    say([*priced.notes, *about_contracts, *sums], export)
    return 0
