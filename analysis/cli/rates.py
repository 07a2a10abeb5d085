"""`revmix rates`: show Medicare's rates for a date and locality."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from analysis.cli.common import LOCALITY, codes, day, note, takes_codes, takes_track
from analysis.medicare.fees import load_book, resolve
from analysis.medicare.fees.localities import gpcis_in
from analysis.pricing import rates
from analysis.reports.output import rate_table, rates_csv, rates_json

if TYPE_CHECKING:
    import argparse

_FORMATS = {"table": rate_table, "csv": rates_csv, "json": rates_json}


def arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    command.add_argument("--date", type=day, required=True, help="date of service, such as 2026-03-01")
    command.add_argument("--locality", required=True, help=LOCALITY)
    takes_codes(command)
    command.add_argument("--format", choices=tuple(_FORMATS), default="table")
    takes_track(command)
    command.add_argument("--setting", choices=("nonfacility", "facility"), default="nonfacility")
    command.add_argument("--proposed", action="store_true", help="allow a proposed schedule")


def run(args: argparse.Namespace) -> int:
    """Print the rates."""
    locality = resolve(args.locality)
    frame = rates(
        args.date, locality, codes=codes(args.codes), track=args.track, setting=args.setting, proposed=args.proposed
    )
    schedule = load_book().schedule_on(args.date, proposed=args.proposed)
    for text in (gpcis_in(schedule, locality).note, schedule.note if schedule.proposed else ""):
        if text:
            note(text)
    sys.stdout.write(_FORMATS[args.format](frame))
    return 0
