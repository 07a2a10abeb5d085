"""`revmix contracts`: write the terms that each payer's payments show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.cli.common import FRAME, known_localities, note, read, say, takes_lines, write
from analysis.payers.discovery import discover
from analysis.pricing import price
from analysis.reports.output import check_ending, write_table

if TYPE_CHECKING:
    import argparse


def arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    takes_lines(command, FRAME)


def run(args: argparse.Namespace) -> int:
    """Write the terms, one row for each payer and stretch of time."""
    check_ending(args.out)
    export = read(args.export, args.mapping)
    priced = price(export.lines, known_localities(export, args.locality), track=args.track)
    discovered = discover(priced, export.adjustments)
    write(lambda: write_table(discovered.table(), args.out), args.out)
    for sentence in discovered.sentences():
        note(sentence)
    say(priced.notes, export, outcome="are not part of this")
    return 0
