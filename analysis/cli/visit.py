"""`revmix visit`: price one visit by hand, without any file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from analysis.cli.common import LOCALITY, day, note, takes_track
from analysis.errors import BadInput
from analysis.medicare.fees import load_book, resolve
from analysis.medicare.policy import load_policy
from analysis.payers.discovery import contract_of
from analysis.payers.discovery.texts import read_terms
from analysis.reports.visits import visit_json, visit_table
from analysis.visit import Visit, by_year, deductible_of, parse_service, price_visit

if TYPE_CHECKING:
    import argparse

    from analysis.whatif.scenarios import Contract

_FORMATS = {"table": visit_table, "json": visit_json}


def arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    service = "a code with its units, minutes or modifiers: 97110:2, 97112:23min, 97140:1:59,CQ"
    command.add_argument("service", nargs="+", help=service)
    command.add_argument("--date", type=day, required=True, help="date of service, such as 2026-03-01")
    command.add_argument("--locality", required=True, help=LOCALITY)
    plans = load_policy().therapy_modifiers
    command.add_argument("--plan", choices=plans, default=plans[0], help="plan of care of services that name none")
    deductible = 'what the patient still owes of the deductible: an amount, or "all"; nothing if omitted'
    command.add_argument("--deductible", help=deductible)
    terms = 'what the payer pays, such as "percent_of_medicare percent=110" (docs/contracts.md)'
    command.add_argument("--terms", help=terms)
    command.add_argument("--format", choices=tuple(_FORMATS), default="table")
    takes_track(command)


def run(args: argparse.Namespace) -> int:
    """Print the visit."""
    visit = Visit(
        args.date,
        resolve(args.locality),
        tuple(map(parse_service, args.service)),
        plan=args.plan,
        contract=_contract(args.terms) if args.terms else None,
        deductible_left_cents=_deductible(args.deductible, args.date.year),
        track=args.track,
    )
    schedule = load_book().schedule_on(args.date, proposed=True)
    if schedule.proposed:
        note(f"{schedule.label}: not final")
    priced = price_visit(visit)
    for text in priced.notes:
        note(text)
    sys.stdout.write(_FORMATS[args.format](priced, by_year(visit)))
    return 0


def _contract(text: str) -> Contract:
    """Read a payer's terms as `revmix contracts` writes them: the basis, then its terms."""
    basis, _, terms = text.strip().partition(" ")
    try:
        return contract_of("the payer", read_terms(basis, terms))
    except ValueError as error:
        found, expected = error.args
        raise BadInput(str(found), expected=str(expected), todo="see docs/contracts.md", column="--terms") from None


def _deductible(text: str | None, year: int) -> int:
    """Return what is left of the deductible, in cents."""
    if text is None:
        return 0
    known = deductible_of(year)
    if text == "all" and known is not None:
        return known
    whole, _, cents = text.removeprefix("$").partition(".")
    if text == "all" or not (whole.isdecimal() and (cents or "00").isdecimal() and len(cents or "00") == 2):  # noqa: PLR2004
        raise BadInput(
            f"a deductible of {text}",
            expected="dollars such as 283 or 120.50" + ("" if known is None else ', or "all"'),
            todo="correct it",
            column="--deductible",
        )
    return int(whole) * 100 + int(cents or 0)
