"""NPIs and tax IDs: the clinic's own, and how they are found among a file's provider groups."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import IntEnum
from typing import TYPE_CHECKING

from analysis.errors import BadInput, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_NPI_DIGITS, _TIN_DIGITS = 10, 9
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015.]")
"""What people put between the digits."""


class Match(IntEnum):
    """How a provider group is the clinic's, the surest last."""

    NONE = 0
    NPI = 1
    TIN = 2
    BOTH = 3


@dataclass(frozen=True, slots=True)
class Clinic:
    """Whose rates to find: NPIs as numbers, tax IDs as nine digits."""

    npis: frozenset[int]
    tins: frozenset[str]

    @classmethod
    def of(cls, npis: Iterable[str] = (), tins: Iterable[str] = ()) -> Clinic:
        """Read identifiers as people write them, with or without dashes and spaces.

        Raises
        ------
        BadInput
            For one that has the wrong number of digits, and where none is given.
        """
        clinic = cls(
            frozenset(int(_digits(npi, _NPI_DIGITS, "an NPI")) for npi in npis),
            frozenset(_digits(tin, _TIN_DIGITS, "a tax ID") for tin in tins),
        )
        if not clinic.npis and not clinic.tins:
            raise BadInput(
                "neither an NPI nor a tax ID",
                expected="at least one of the two",
                todo="enter the NPI or the tax ID that the clinic uses to bill this payer",
            )
        return clinic

    def match(self, npis: object, tin: object) -> Match:
        """Tell whether a provider group of the file is the clinic's.

        Parameters
        ----------
        npis, tin:
            As the file has them: a list of numbers or texts; an object of type and value.
        """
        kind, value = tin_of(tin)
        match = Match.TIN if self.tins and kind != "npi" and value.zfill(_TIN_DIGITS) in self.tins else Match.NONE
        # A person who bills under a Social Security number stands in the file with the NPI in place of it.
        if self.npis and (self._lists(npis) or (kind == "npi" and value.isdecimal() and int(value) in self.npis)):
            match = Match(match | Match.NPI)
        return match

    def _lists(self, npis: object) -> bool:
        if not isinstance(npis, list):
            return False
        try:
            if not self.npis.isdisjoint(npis):
                return True
        except TypeError:  # something else than numbers and texts among them
            return False
        texts = (_SEPARATORS.sub("", npi) for npi in npis if isinstance(npi, str))
        return any(text.isdecimal() and int(text) in self.npis for text in texts)

    def __str__(self) -> str:
        npis = [f"NPI {npi}" for npi in sorted(self.npis)]
        return " or ".join((*npis, *(f"tax ID {tin}" for tin in sorted(self.tins))))


def tin_of(tin: object) -> tuple[str, str]:
    """Return type and digits of a tax ID as the file has it; empty where it says none."""
    if isinstance(tin, dict):
        kind, value = tin.get("type"), tin.get("value")
    else:
        kind, value = "ein", tin
    return str(kind or "").lower(), "" if value is None else _SEPARATORS.sub("", str(value))


def identifiers_text(npis: object, tin: object) -> str:
    """Return a provider group's identifiers as the file has them: ``NPI 1234567893 under tax ID 12-3456789``."""
    first = f"NPI {npis[0]}" if isinstance(npis, list) and npis else "no NPI"
    value = tin.get("value") if isinstance(tin, dict) else tin
    kind = "NPI" if tin_of(tin)[0] == "npi" else "tax ID"
    return printable(f"{first} under {kind} {value}")


def group_key(value: object) -> object:
    """Return a provider_group_id so that 7, 7.0 and "7" are one."""
    if isinstance(value, str):
        try:
            return Decimal(value)
        except InvalidOperation:
            return value
    return value


def _digits(text: str, length: int, kind_of_number: str) -> str:
    digits = _SEPARATORS.sub("", text)
    if len(digits) != length or not (digits.isascii() and digits.isdecimal()):
        expected = f"{kind_of_number} of {length} digits"
        raise BadInput(f'"{text}"', expected=expected, todo="correct it (dashes and spaces do not matter)")
    return digits
