"""`revmix in-network`: show a clinic's rates in payers' in-network files, and the market's beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.cli.common import FRAME, codes, note, progress, takes_codes, write
from analysis.payers.in_network import Clinic, InNetworkFile, NotListed, against_market, read_in_network
from analysis.reports.output import check_ending, in_network_table, write_table

if TYPE_CHECKING:
    import argparse

FILES = "payers' in-network files (Transparency in Coverage): JSON, plain, in .gz or .zip"


def arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    command.add_argument("file", nargs="+", type=Path, help=FILES)
    command.add_argument("--npi", action="append", default=[], help="an NPI of the clinic; may be given several times")
    command.add_argument(
        "--tin", action="append", default=[], help="a tax ID of the clinic; may be given several times"
    )
    takes_codes(command)
    command.add_argument("--out", type=Path, required=True, help=FRAME)


def run(args: argparse.Namespace) -> int:
    """Write the rates; a file that does not list the clinic is named, and an error if no file does."""
    check_ending(args.out)
    clinic = Clinic.of(args.npi, args.tin)
    found: list[InNetworkFile] = []
    missing: list[NotListed] = []
    for path in args.file:
        try:
            found.append(read_in_network(path, clinic, codes=codes(args.codes), progress=progress()))
        except NotListed as error:
            missing.append(error)
    if not found:
        raise missing[0]
    write(lambda: write_table(in_network_table(found), args.out), args.out)
    for refusal in missing:
        note(str(refusal))
    for file in found:
        for text in (*file.notes, against_market(file.negotiated, file.market)):
            if text:
                note(f"{file.name}: {text}")
    return 0
