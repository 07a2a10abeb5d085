"""Terms as `revmix contracts` writes them and `--contracts` reads them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, cast, get_args

from analysis.money import plain
from analysis.payers.discovery.terms import Base, Fee, Reduction, Terms

if TYPE_CHECKING:
    from collections.abc import Iterator


def percent_text(percent_bp: int) -> str:
    """Write a percentage without zeros at the end: ``110``, ``58.5``."""
    return f"{percent_bp / 100:.2f}".rstrip("0").rstrip(".")


def basis_of(terms: Terms) -> str:
    """Return the basis: per_visit, percent_of_charge, percent_of_medicare, fee_per_code or unknown."""
    if terms.visit_cents is not None:
        return "per_visit"
    if terms.base is None:
        return "fee_per_code" if terms.fees else "unknown"
    if terms.base.kind == "medicare":
        return "percent_of_medicare"
    return "percent_of_charge"


def terms_text(terms: Terms) -> str:
    """Write terms as one line: ``percent=110; mppr=yes; year=follow``."""
    return "; ".join(_parts(terms))


def _parts(terms: Terms) -> Iterator[str]:
    basis = basis_of(terms)
    if basis == "per_visit":
        yield f"visit={plain(terms.visit_cents)}"
    elif basis == "fee_per_code":
        yield f"fees={_fees(terms)}"
    elif terms.base is not None:
        yield f"percent={percent_text(terms.percent_bp)}"
    if basis == "percent_of_medicare" and terms.base is not None:
        yield f"mppr={terms.base.reduction}"
        yield f"year={terms.base.year or 'follow'}"
        if terms.fees:
            yield f"carve={_fees(terms)}"
    if terms.lesser is not None:
        yield f"lesser={'yes' if terms.lesser else 'no'}"
    if terms.assistants_bp is not None:
        yield f"assistants={percent_text(terms.assistants_bp)}"
    limits = {"evaluation": terms.evaluation_cents, "cap": terms.cap_cents, "floor": terms.floor_cents}
    yield from (f"{name}={plain(cents)}" for name, cents in limits.items() if cents is not None)
    if terms.other_bp is not None:
        yield f"other={percent_text(terms.other_bp)}%charge"


def _fees(terms: Terms) -> str:
    return ",".join(f"{code}:{_fee(fee)}" for code, fee in sorted(terms.fees.items()))


def _fee(fee: Fee) -> str:
    return plain(fee.first) if fee.first == fee.further else f"{plain(fee.first)}/{plain(fee.further)}"


# -------------------------------------------------------------------------------------------------------------- reading
_PERCENTS = ("percent", "assistants", "other")
_DOLLARS = ("visit", "evaluation", "cap", "floor")


def read_terms(basis: str, text: str) -> Terms:
    """Read terms as `terms_text` writes them.

    Raises
    ------
    ValueError
        Saying what was found and what was expected; the caller knows file, row and column.
    """
    parts = dict(_part(part) for part in text.split(";") if part.strip())
    cents = {name: _cents(parts[name]) for name in _DOLLARS if name in parts}
    percents = {name: _percent(parts[name].removesuffix("charge")) for name in _PERCENTS if name in parts}
    fees = dict(_code_and_fee(entry) for name in ("fees", "carve") for entry in parts.get(name, "").split(",") if entry)
    terms = Terms(
        fees=fees,
        other_bp=percents.get("other"),
        visit_cents=cents.get("visit"),
        evaluation_cents=cents.get("evaluation"),
        lesser={"yes": True, "no": False}.get(parts.get("lesser", "")),
        assistants_bp=percents.get("assistants"),
        cap_cents=cents.get("cap"),
        floor_cents=cents.get("floor"),
    )
    if basis in ("percent_of_medicare", "percent_of_charge"):
        terms = replace(terms, base=_base(basis, parts), percent_bp=percents.get("percent", 0))
    if basis != basis_of(terms) or (terms.base is not None and not terms.percent_bp):
        needed = {"per_visit": "visit=88.00", "fee_per_code": "fees=97110:36.00"}.get(basis, "percent=110")
        raise ValueError(f"the terms {text!r} with basis {basis}", f"terms such as {needed}")
    return terms


def _part(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    known = (*_PERCENTS, *_DOLLARS, "fees", "carve", "mppr", "year", "lesser")
    if not equals or name.strip() not in known:
        raise ValueError(repr(text.strip()), f"name=value with one of {', '.join(known)}")
    return name.strip(), value.strip()


def _base(basis: str, parts: dict[str, str]) -> Base:
    if basis == "percent_of_charge":
        return Base("charge")
    reduction, year = parts.get("mppr", "yes"), parts.get("year", "follow")
    if reduction not in get_args(Reduction):
        raise ValueError(f"mppr={reduction}", "mppr=yes, no or half")
    if year != "follow" and not (year.isdecimal() and len(year) == len("2026")):
        raise ValueError(f"year={year}", "year=follow, or a year such as 2026")
    return Base("medicare", cast("Reduction", reduction), None if year == "follow" else int(year))


def _code_and_fee(entry: str) -> tuple[str, Fee]:
    code, colon, fee = entry.strip().partition(":")
    if not colon:
        raise ValueError(repr(entry.strip()), "a code and its fee, such as 97110:36.00 or 97110:36.00/28.80")
    first, slash, further = fee.partition("/")
    return code.strip().upper(), Fee(_cents(first), _cents(further if slash else first))


def _cents(text: str) -> int:
    return _hundredths(text.removeprefix("$"), "dollars such as 31.50")


def _percent(text: str) -> int:
    return _hundredths(text.removesuffix("%"), "a percentage such as 110")


def _hundredths(text: str, expected: str) -> int:
    try:
        value = Decimal(text) * 100
    except InvalidOperation:
        raise ValueError(repr(text), expected) from None
    if not value.is_finite() or value <= 0 or value != int(value):
        raise ValueError(repr(text), expected)
    return int(value)
