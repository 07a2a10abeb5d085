"""Terms as `revmix contracts` writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.money import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.payers.discovery.terms import Fee, Terms


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
