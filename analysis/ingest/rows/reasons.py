"""Why a row was not accepted: stable names, and the sentence for each.

A reason is named ``<field>__<fault>``. Rows that cannot be read as a line are *rejected* and need the user; rows that
are not charge lines at all (totals, blank rows, payments, reversed charges) are *ignored*.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.ingest.settings import limits
from analysis.lines.billing_line import CENTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

REJECTED, IGNORED = "rejected", "ignored"


@dataclass(frozen=True, slots=True)
class Reason:
    """What was expected, and what to do; for an ignored row what it is (`todo` is then empty).

    `whole_row` marks a reason that no single cell causes: `expected` is then the finding itself.
    """

    expected: str
    todo: str = ""
    whole_row: bool = False


def _written(day: date) -> str:
    """A date as a file of this country has it: ``12/31/2026``."""
    return f"{day.month}/{day.day}/{day.year}"


_CORRECT = "correct the cell and load the file again"
_ASK = "ask your payer or clearinghouse for a new file, or enter the line by hand"
_MONEY = Reason("an amount such as 87.50, $1,987.92 or (87.50)", _CORRECT)
_LARGE = Reason(f"an amount below ${limits().charge_cents // 100:,}", _CORRECT)
_AMOUNTS = (CENTS[0], "unit_price", *CENTS[1:])

REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        # rejected
        "row__too_many_cells": Reason(
            "as many cells as there are headings", "put amounts such as 1,987.92 in quotation marks, or export as Excel"
        ),
        "date_of_service__missing": Reason("a date of service", "fill in the date and load the file again"),
        "date_of_service__not_a_date": Reason("a date such as 1/31/2026 or 2026-01-31", _CORRECT),
        "date_of_service__too_early": Reason(f"a date on or after {_written(limits().first_date)}", _CORRECT),
        "date_of_service__future": Reason(
            f"a date up to {_written(limits().schedules_end)} or this year's end", _CORRECT
        ),
        "code__missing": Reason("a procedure code such as 97110", "fill in the code and load the file again"),
        "code__several": Reason(
            "one procedure code per row",
            "put each code on a separate row, or list the units, charge and payments in the order of the codes, "
            'such as "2, 1" and "120.00, 55.00", and load the file again',
        ),
        "code__malformed": Reason("a five-character procedure code such as 97110", _CORRECT),
        "units__missing": Reason("a whole number of units, 1 or more", "fill in the units and load the file again"),
        "units__not_a_number": Reason("a whole number of units, 1 or more", _CORRECT),
        "units__fraction": Reason("a whole number of units", _CORRECT),
        "units__zero": Reason("1 unit or more", _CORRECT),
        "units__too_many": Reason(f"at most {limits().units} units", _CORRECT),
        "units__reversal_without_original": Reason(
            "this reversal has no matching charge in the file",
            "export a period that includes both, or delete the row",
            whole_row=True,
        ),
        "modifiers__not_modifiers": Reason("two-character modifiers such as GP KX 59", _CORRECT),
        "row__other_table": Reason(
            "this row belongs to a second table with its own headings",
            "put that table in a separate sheet or file",
            whole_row=True,
        ),
        "row__pays_alone": Reason(
            "this row has a payment or adjustment but no code, so RevMix cannot tell which charge it pays",
            "put it on the charge's row, or add the charge's patient, date and code",
            whole_row=True,
        ),
        "record_id__twice": Reason(
            "this charge is already on an earlier row with the same charge or claim number, so it counts once",
            "put all its payments on one row, or export charges and payments separately",
            whole_row=True,
        ),
        "row_type__unknown": Reason(
            "a row type: charge, payment or adjustment",
            'write the type as "Charge", "Insurance Payment", "Patient Payment" or "Adjustment", or choose '
            "another meaning for the column",
        ),
        "patient__missing": Reason("a patient number, name or visit number", "fill it in and load the file again"),
        **{f"{field}__not_money": _MONEY for field in _AMOUNTS},
        **{f"{field}__too_large": _LARGE for field in _AMOUNTS},
        # ignored
        "row__blank": Reason("a blank row"),
        "row__repeated_headings": Reason("a repeated header row"),
        "row__totals": Reason("a total of other rows; its dollars are not counted again"),
        "row__note": Reason("a note, not a charge"),
        "row__payment": Reason("a payment or adjustment, not a charge"),
        "row__transfer": Reason("a transfer or deposit, not a charge or a payment on one"),
        "row__replaced": Reason(
            "replaced or removed by a later row for the same record, or by a claim that replaces or voids it"
        ),
        "code__not_a_procedure": Reason("no procedure code, so not a service"),
        "code__none_and_no_money": Reason("no code, no units and no money"),
        "status__void": Reason("a charge marked void or deleted"),
        "units__reversed": Reason("a charge and its reversal, which cancel each other"),
        "row__duplicate": Reason("a copy of an earlier row"),
        "row__given_twice": Reason("a line that is also in another file"),
        "remittance__posted": Reason("a remittance line posted to the charge it pays"),
        "remittance__unmatched": Reason("a remittance line whose charge is not in the files"),
        "remittance__reversed": Reason("a payment that the payer took back, or its reversal"),
        "remittance__superseded": Reason("a denial that the payer later replaced with a new decision"),
        "remittance__denied_after": Reason(
            "a denial of a service the payer had already paid or allowed; the earlier decision stands"
        ),
        "remittance__reversal_alone": Reason("a reversal whose payment is not in the files"),
        "remittance__reversed_in_export": Reason("a reversal of the payment shown in the export"),
        "remittance__predetermination": Reason("a predetermination: no service was billed and no money moved"),
        "remittance__no_service": Reason("a claim decided as a whole: the remittance lists no service lines"),
        "claim__no_service": Reason("a claim with no service lines"),
        "remittance__duplicate": Reason("a copy of an earlier remittance"),
    }
)


DONE = frozenset(
    {"remittance__posted", "remittance__reversed", "remittance__reversed_in_export", "remittance__superseded"}
)
"""Reasons of rows that are not lines because they were applied to one."""


def message(reason: str, found: str | None, heading: str | None, *, of_payer: bool = False) -> str:
    """Return the reason in one sentence.

    `of_payer`: a payer or clearinghouse wrote the file (X12), so there is no cell for the user to correct.
    """
    entry = REASONS[reason]
    location = f'column "{heading}": ' if heading else ""
    if not entry.todo:
        return f"{location}{entry.expected}" + (f" ({found})" if found and heading else "")
    if entry.whole_row:
        return f"{entry.expected}; {entry.todo}"
    todo = _ASK if of_payer else entry.todo
    return f"{location}found {found or 'nothing'}; expected {entry.expected}; {todo}"
