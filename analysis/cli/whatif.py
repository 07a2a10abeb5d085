"""`revmix whatif`: compare an export with the same export under a scenario."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

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
from analysis.codes import hcpcs as codes
from analysis.lines.filters import Filters
from analysis.money import dollars
from analysis.payers import observe, revenue
from analysis.pricing import price
from analysis.pricing.baseline import current
from analysis.reports.output import check_ending, comparison_table, write_table
from analysis.whatif.answers import compare
from analysis.whatif.scenarios import read_bytes
from analysis.whatif.visits import build

if TYPE_CHECKING:
    import argparse


BASELINES = ("dates", "current")
"""What a scenario may be compared with, the default first."""


def arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    takes_lines(command, FRAME)
    command.add_argument("--scenario", type=Path, required=True, help="TOML file of the changes (docs/what-if.md)")
    takes_contracts(command)
    command.add_argument(
        "--baseline",
        choices=BASELINES,
        default=BASELINES[0],
        help="what the scenario is compared with: dates, all visits as they were on their dates of service (default); "
        "current, a year of visits at today's rates, as on the What-if page (docs/what-if.md)",
    )


def run(args: argparse.Namespace) -> int:
    """Write the comparison."""
    check_ending(args.out)
    scenario = read_bytes(content(args.scenario, "a scenario file"), args.scenario.name)
    export = read(args.export, args.mapping)
    priced = price(export.lines, required_localities(export, args.locality), track=args.track)
    book, about_contracts = contracts(args.contracts, priced, export)
    baseline = None
    if args.baseline == "current":
        today = date.today()  # noqa: DTZ011  the user's own day
        baseline, book = current(priced.lines, Filters(), today), book.in_force(today)
    scenarios = [scenario, *book.scenarios()]
    cube = build(priced, scenarios=scenarios, codes=codes.load(), track=args.track, baseline=baseline)
    comparison = compare(cube, scenario)
    all_payers = revenue(cube, scenario, book, observe(priced.lines))
    amounts = f"{dollars(all_payers.before_cents)} before, {dollars(all_payers.after_cents)} after"
    about_payers = [all_payers.coverage.sentence, *(each.sentence for each in all_payers.readings)]
    notes = [
        *([] if baseline is None else [f"amounts{baseline.per_year}, {baseline.basis}"]),
        *comparison.notes,
        *([comparison.without_amount] if comparison.without_amount else []),
        f"all payers, each by its contract: {amounts}, difference {dollars(all_payers.difference_cents)}",
        *(sentence for sentence in about_payers if sentence),
        *about_contracts,
        *all_payers.notes,
    ]
    write(lambda: write_table(comparison_table(comparison), args.out), args.out)
    say([*priced.notes, *notes], export)
    return 0
