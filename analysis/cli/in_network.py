"""`revmix in-network`: write a clinic's rates from payers' in-network files, with the market's beside them."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.cli.common import FRAME, codes, note, progress, takes_codes, write
from analysis.payers.in_network import (
    Clinic,
    InNetworkFile,
    NotListed,
    against_market,
    contract_of,
    read_in_network,
)
from analysis.reports.output import check_ending, in_network_table, write_table
from analysis.system.keep import replacing
from analysis.whatif.scenarios import check_contracts, contracts_toml

if TYPE_CHECKING:
    import argparse

FILES = "payers' in-network files (Transparency in Coverage): JSON, also in .gz or .zip"


def arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    command.add_argument("file", nargs="+", type=Path, help=FILES)
    command.add_argument("--npi", action="append", default=[], help="an NPI of the clinic; may be given several times")
    command.add_argument(
        "--tin", action="append", default=[], help="a tax ID of the clinic; may be given several times"
    )
    takes_codes(command)
    command.add_argument("--out", type=Path, required=True, help=FRAME)
    command.add_argument("--contract", type=Path, help="also write the rates as a contract (.toml) for --contracts")
    command.add_argument("--payer", help="the payer's name in your lines; without it, the name in the file")


def run(args: argparse.Namespace) -> int:
    """Write the rates, with a note for each file that does not list the clinic; raise NotListed if no file does."""
    check_ending(args.out)
    if args.contract is not None:
        check_ending(args.contract, (".toml",), "--contract")
    clinic = Clinic.of(args.npi, args.tin)
    files: list[InNetworkFile] = []
    not_listed: list[NotListed] = []
    for path in args.file:
        try:
            files.append(read_in_network(path, clinic, codes=codes(args.codes), progress=progress()))
        except NotListed as error:
            not_listed.append(error)
    if not files:
        raise not_listed[0]
    results = [contract_of(file, payer=args.payer) for file in files] if args.contract is not None else []
    contracts = [result.contract for result in results if result.contract is not None]
    check_contracts(contracts)
    write(lambda: write_table(in_network_table(files), args.out), args.out)
    if contracts:
        write(lambda: _save(contracts_toml(contracts), args.contract), args.contract)
    elif args.contract is not None:
        note(f"{args.contract.name} was not written, because a contract can hold none of the rates")
    for refusal in not_listed:
        note(str(refusal))
    for file, result in zip_longest(files, results):
        comparison = against_market(file.negotiated, file.market)
        for text in (*file.notes, *([comparison] if comparison else []), *(result.notes if result else ())):
            note(f"{file.name}: {text}")
    return 0


def _save(text: str, out: Path) -> None:
    with replacing(out) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")
