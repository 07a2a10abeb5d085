"""Claim adjustment reason codes (CARC): what each does to a line, what it says, how exports write it.

The only list is data/remittance/carc.toml. Every question about a code is answered here: whether a line was denied,
what was allowed, and under which reason a denial counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

from analysis.errors import ContractError
from analysis.system.toml_data import load

if TYPE_CHECKING:
    from collections.abc import Mapping

Effect = Literal["denial", "bundled", "contractual", "patient", "payment", "information"]
"""What a code does: refuses the service; bundles it into another; comes off before the allowed amount; is the patient's
share of the allowed amount; comes off the payment but not the allowed amount; or says nothing about the decision."""

PATIENT_GROUP = "PR"
SEQUESTRATION = "253"
PRIOR_PAYER = "23"
"""The code a later payer uses to repeat what earlier payers paid and took off."""

_CODE = r"[ABDPWY]?\d{1,4}"
_GROUPED = re.compile(
    rf"(?<![A-Z0-9])(CO|PR|OA|PI|CR)\s*[-:_*/#]?\s*0*({_CODE})(?![A-Z0-9]|[.,]\d)((?:\s*[,;/|&+]\s*0*{_CODE}(?![A-Z0-9-]|[.,]\d))*)"
)
_CODE_FIRST = re.compile(rf"(?<![A-Z0-9])0*({_CODE})\s*[-(/]?\s*(CO|PR|OA|PI|CR)(?![A-Z0-9])")
_LABELLED = re.compile(rf"(?<![A-Z0-9])(?:CARC|REASON(?:\s+CODE)?)\s*[-:#]?\s*0*({_CODE})(?![A-Z0-9]|[.,]\d)")
_BARE = re.compile(rf"0*({_CODE})(?:\.0)?")
_LEADING = re.compile(rf"0*({_CODE})\s*[-:–]\s+\D")
_REMARK = re.compile(r"(?:MA|M|N)\d{1,4}")
_SEPARATORS = re.compile(r"[\s,;/|&+]+")


@dataclass(frozen=True, slots=True)
class Carc:
    """A claim adjustment reason code: what it does, what it says in our words, what to do about it."""

    effect: Effect
    text: str
    todo: str


@cache
def _file() -> Mapping[str, Mapping[str, object]]:
    entry = {"effect": str, "text": str, "todo": str}
    return MappingProxyType(load("remittance/carc.toml", {"codes": {"*": entry}, "groups": {"*": str}}))


@cache
def carcs() -> Mapping[str, Carc]:
    """Return each code and what it means.

    Raises
    ------
    ContractError
        For an entry in data/remittance/carc.toml with an unknown effect or without text.
    """
    codes = {code: Carc(**entry) for code, entry in _file()["codes"].items()}  # type: ignore[arg-type]
    for code, entry in codes.items():
        if entry.effect not in get_args(Effect) or not entry.text:
            raise ContractError(f"remittance/carc.toml, code {code}: effect {entry.effect!r}, text {entry.text!r}")
    return MappingProxyType(codes)


@cache
def groups() -> Mapping[str, str]:
    """Return each group code and who bears the adjustment."""
    return MappingProxyType({name: str(text) for name, text in _file()["groups"].items()})


def effect(code: str) -> Effect:
    """Return what a code does; a code not in the list counts as information."""
    entry = carcs().get(code)
    return entry.effect if entry else "information"


def carc_text(code: str) -> str:
    """Return what a code says; for a code not in our list, only its number."""
    entry = carcs().get(code)
    return entry.text if entry else f"reason {code}, which is not in our list"


def reasons_in(text: str | None, *, bare: bool = True) -> tuple[tuple[str, str], ...]:
    """Find the groups and codes a cell names, however they are written; the group is empty if the cell has none.

    "CO-45 PR-2", "CO45;CO253", "co 45, 59", "CARC 50", "Denied - CO50 (N115)", and with `bare` also "50", "50.0" and
    "50 - not necessary". Remark codes (N115, MA130) and dollar amounts are ignored.

    >>> reasons_in("Denied - CO50 (N115), PR-2")
    (('CO', '50'), ('PR', '2'))
    >>> reasons_in("50.0"), reasons_in("50.0", bare=False)
    ((('', '50'),), ())

    Parameters
    ----------
    bare:
        Whether the cell is in a column of reason codes, where a number alone is a code.
    """
    upper = (text or "").upper()
    reasons: list[tuple[str, str]] = []
    for match in _GROUPED.finditer(upper):
        group, first, listed = match.groups()
        further_reasons = [code.lstrip("0") for code in re.findall(_CODE, listed)]
        reasons += [(group, first), *((group, code) for code in further_reasons if code in carcs())]
    if not reasons:
        reasons = [(group, code) for code, group in _CODE_FIRST.findall(upper) if code in carcs()]
    if not reasons:
        reasons = [("", code) for code in _LABELLED.findall(upper)]
    if not reasons and bare:
        words = [word for word in _SEPARATORS.split(upper.strip()) if word and not _REMARK.fullmatch(word)]
        codes = [whole[1] for word in words if (whole := _BARE.fullmatch(word))]
        if codes and len(codes) == len(words):
            reasons = [("", code) for code in codes]
        elif (leading := _LEADING.match(upper.strip())) and leading[1] in carcs():
            reasons = [("", leading[1])]
    return tuple(dict.fromkeys(reasons))


def format_reasons(reasons: tuple[tuple[str, str], ...]) -> str:
    """Write groups and codes as billing lines hold them; a code without a group is written alone.

    >>> format_reasons((("CO", "45"), ("PR", "2"), ("", "50")))
    'CO-45 PR-2 50'
    """
    return " ".join(f"{group}-{code}" if group else code for group, code in reasons)


def outcome(reasons: tuple[tuple[str, str], ...]) -> Literal["denial", "bundled"] | None:
    """Return what reasons without dollars say about a line on which nothing was allowed or paid.

    A denial wins over a bundling. If the patient owes a share, something was allowed, so it is neither.
    """
    effects = {effect(code) for _, code in reasons}
    if "patient" in effects:
        return None
    return "denial" if "denial" in effects else "bundled" if "bundled" in effects else None


def main_reason(text: str | None) -> str:
    """Return the code a denied line counts under: the first denial code, else the first code, else empty.

    >>> main_reason("CO-45 CO-50")
    '50'
    """
    codes = [code for _, code in reasons_in(text)]
    return next((code for code in codes if effect(code) == "denial"), codes[0] if codes else "")
