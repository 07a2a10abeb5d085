"""Remittances (005010X221A1 and 004010X091A1): one row a service line as the payer decided it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from analysis.ingest.settings import words, x12_codes
from analysis.ingest.x12.rows import Rows, cents, day, person, procedure, total
from analysis.money import dollars, plain

if TYPE_CHECKING:
    from analysis.ingest.x12.segments import Segment, Transaction

_PATIENT = "PR"
_SEQUESTRATION = "253"
_TRIPLETS = range(2, 20, 3)
_SERVICE_DATES = ("472", "150", "151")
_CLAIM_DATES = ("232", "233", "472")

Adjustment = tuple[str, str, int | None, int | None]
"""Group, reason code, cents, quantity."""


class _Service:
    """One SVC with what follows it."""

    def __init__(self, segment: Segment | None) -> None:
        self.segment = segment
        self.adjustments: list[Adjustment] = []
        self.date = ""
        self.control = ""
        self.allowed = ""
        self.remarks: list[str] = []


class _Claim:
    """One CLP with what follows it."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.services: list[_Service] = []
        self.adjustments: list[Adjustment] = []
        self.patient: Segment | None = None
        self.insured: Segment | None = None
        self.rendering = ""
        self.date = ""


class _Remittance:
    """What is known of a transaction while its segments go by."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.payment: Segment | None = None
        self.paid_on = ""
        self.payer = ""
        self.payee = ""
        self.party = ""
        self.claim: _Claim | None = None
        self.claims: list[_Claim] = []
        self.provider_cents: list[int | None] = []


def read_remittance(transaction: Transaction, rows: Rows, *, repeated: bool) -> None:
    """Add the service lines of an 835 to `rows`.

    Billed code and units are those the provider sent (SVC06, SVC07) where the payer changed them. ``Allowed amount``
    is AMT*B6 where it stands, else what was paid, plus what the patient owes (PR), plus sequestration (CARC 253), of a
    line that balances and of the first payer only; it is left empty otherwise, and 0 for a denied line. Claim-level
    adjustments (CAS before any SVC) belong to the line where the claim has one line, and are else told as a remark.

    Parameters
    ----------
    repeated:
        The transaction stands earlier in the file word for word: its rows are marked as duplicates.
    """
    state = _Remittance(rows)
    for segment in transaction.segments:
        _take(state, segment)
    for claim in state.claims:
        _write(state, claim, repeated=repeated)
    if state.payment is not None and not repeated:
        paid = total([cents(claim.segment[4]) for claim in state.claims])
        taken = total(state.provider_cents)
        found = None if paid is None or taken is None else paid - taken
        rows.balance(None, "transaction", state.payment, cents(state.payment[2]), found)


def _take(state: _Remittance, segment: Segment) -> None:  # noqa: C901, PLR0912  one branch a segment, as the format is
    """Take in one segment."""
    claim = state.claim
    service = claim.services[-1] if claim is not None and claim.services else None
    match segment.name:
        case "BPR":
            state.payment = segment
            state.paid_on = day(segment[16])
        case "DTM" if claim is None:
            if segment[1] == "405" and not state.paid_on:
                state.paid_on = day(segment[2])
        case "N1":
            state.party = segment[1]
            if state.party == "PR":
                state.payer = segment[2]
            elif state.party == "PE":
                state.payee = segment[4] if segment[3] == "XX" else segment[2]
        case "CLP":
            state.claim = _Claim(segment)
            state.claims.append(state.claim)
        case "PLB":
            state.claim = None
            _provider_adjustments(state, segment)
        case "SVC":
            if claim is None:
                state.rows.add(_service_cells(segment))
                state.rows.remark("a service line (SVC) stands outside any claim")
            else:
                claim.services.append(_Service(segment))
        case "CAS" if claim is not None:
            (claim if service is None else service).adjustments.extend(_adjustments(segment))
        case "NM1" if claim is not None:
            if segment[1] == "QC":
                claim.patient = segment
            elif segment[1] == "IL":
                claim.insured = segment
            elif segment[1] == "82":
                claim.rendering = person(segment) or segment[9]
        case "DTM" if claim is not None:
            if service is None:
                if segment[1] in _CLAIM_DATES and (not claim.date or segment[1] == "232"):
                    claim.date = day(segment[2])
            elif segment[1] in _SERVICE_DATES and not service.date:
                service.date = day(segment[2])
        case "REF" if service is not None and segment[1] == "6R":
            service.control = segment[2]
        case "AMT" if service is not None and segment[1] == "B6":
            service.allowed = segment[2]
        case "LQ" if service is not None and segment[1] == "HE":
            service.remarks.append(segment[2])


def _adjustments(segment: Segment) -> list[Adjustment]:
    """The adjustments of a CAS: its group, and up to six of reason, amount, quantity."""
    found = []
    for place in _TRIPLETS:
        if not segment[place] and not segment[place + 1]:
            continue
        quantity = segment[place + 2]
        found.append(
            (segment[1], segment[place], cents(segment[place + 1]), int(quantity) if quantity.isdecimal() else None)
        )
    return found


def _provider_adjustments(state: _Remittance, segment: Segment) -> None:
    """The adjustments of a PLB: up to six of reason with reference, and amount."""
    period = day(segment[2])
    try:
        ends = date.fromisoformat(period)
    except ValueError:
        ends = None
    for place in range(3, 15, 2):
        if not segment[place] and not segment[place + 1]:
            continue
        reason, *reference = segment.parts(place)
        amount = cents(segment[place + 1])
        state.provider_cents.append(amount)
        if amount is None:
            state.rows.remark("a provider adjustment (PLB) has an amount that cannot be read")
            continue
        state.rows.provider_adjustments.append(
            (state.payer or None, segment[1] or None, ends, reason, ":".join(reference) or None, amount)
        )


def _service_cells(segment: Segment) -> dict[str, str]:
    """What an SVC itself says."""
    billed = segment.parts(6) if segment[6] else segment.parts(1)
    code, modifiers = procedure(billed)
    paid_units = segment[5]
    units = segment[7] or paid_units or "1"
    return {
        "Procedure code": code,
        "Modifiers": modifiers,
        "Units": "1" if units == "0" else units,
        "Units paid": paid_units,
        "Charge amount": segment[2],
        "Insurance paid": segment[3] or "0",
    }


def _write(state: _Remittance, claim: _Claim, *, repeated: bool) -> None:
    """Write the rows of a claim, and check its sums."""
    header, rows = claim.segment, state.rows
    kinds = x12_codes("claim_status")
    status = header[2]
    further = status in kinds["further_payer"]
    common = {
        "Claim number": header[1],
        "Patient number": next((who[9] for who in (claim.patient, claim.insured) if who is not None and who[9]), ""),
        "Patient name": person(claim.patient) if claim.patient is not None else "",
        "Payer": state.payer,
        "Payer type": x12_codes("payer_type").get(header[6], ""),
        "Rendering provider": claim.rendering,
        "Billing NPI": state.payee,
        "Payment date": state.paid_on,
    }
    services = claim.services
    own = claim.adjustments
    if not common["Patient number"] and not common["Patient name"]:
        common["Patient number"] = header[1]  # nobody is named: the claim's lines still belong together
    if len(services) == 1:
        services[0].adjustments = [*services[0].adjustments, *own]
        own = []
    for service in services:
        _write_service(state, claim, service, common, further=further, repeated=repeated, spread=not own)
    if not services:
        cells = common | {
            "Date of service": claim.date,
            "Charge amount": header[3],
            "Insurance paid": header[4] or "0",
            "Adjustment reasons": _reasons(own),
            "Status": "decided as a whole",
        }
        rows.add(cells, "remittance__duplicate" if repeated else "remittance__no_service")
    if repeated:
        return
    if own and services:
        taken = dollars(sum(amount or 0 for *_, amount, _ in own))
        rows.remark(f"claims with adjustments of the whole claim ({taken}), which no single line carries")
    adjusted = total([amount for part in (own, *(s.adjustments for s in services)) for *_, amount, _ in part])
    paid = cents(header[4])
    found = None if adjusted is None or paid is None else paid + adjusted
    rows.balance(None, "claim", header, cents(header[3]), found)


def _write_service(
    state: _Remittance,
    claim: _Claim,
    service: _Service,
    common: dict[str, str],
    *,
    further: bool,
    repeated: bool,
    spread: bool,
) -> None:
    """Write the row of one service line."""
    segment = service.segment
    if segment is None:
        return
    cells = common | _service_cells(segment)
    charge, paid = cents(segment[2]), cents(segment[3])
    adjusted = total([amount for *_, amount, _ in service.adjustments])
    found = None if adjusted is None or paid is None else paid + adjusted
    status = claim.segment[2]
    kinds = x12_codes("claim_status")
    refused = words("status", "refused_carcs")
    denied = status in kinds["denied"] or (
        paid == 0
        and any(code.casefold() in refused for _, code, _, _ in service.adjustments)
        and not cents(service.allowed)
    )
    reversal = status in kinds["reversal"]
    balanced = charge is not None and charge == found
    words_of_status = ["secondary"] if further else []
    words_of_status += ["reversal"] if reversal else ["denied"] if denied else [] if further else ["processed"]
    cells |= {
        "Date of service": service.date or claim.date,
        "Line control number": service.control,
        "Allowed amount": _allowed(service, paid, denied=denied, known=balanced and spread and not further),
        "Adjustment amount": _taken_off(service.adjustments),
        "Adjustment reasons": _reasons(service.adjustments),
        "Status": " ".join(words_of_status),
        "Remark codes": " ".join(service.remarks),
    }
    takes_back = reversal or (charge is not None and charge < 0)
    preset = "remittance__duplicate" if repeated else "remittance__reversal_alone" if takes_back else None
    row = state.rows.add(cells, preset)
    if repeated:
        return
    if spread or service.adjustments:
        state.rows.balance(row, "line", segment, charge, found)
    for group, code, amount, quantity in service.adjustments:
        if amount is None:
            state.rows.remark("an adjustment (CAS) has an amount that cannot be read")
        else:
            state.rows.adjustments.append((row, group, code, amount, quantity))


def _allowed(service: _Service, paid: int | None, *, denied: bool, known: bool) -> str:
    """The allowed amount as text, empty where it cannot be known."""
    if service.allowed:
        return service.allowed
    if denied:
        return "0"
    if not known or paid is None:
        return ""
    owed = (
        amount or 0
        for group, code, amount, _ in service.adjustments
        if group == _PATIENT or (group == "CO" and code == _SEQUESTRATION)
    )
    return plain(paid + sum(owed))


def _taken_off(adjustments: list[Adjustment]) -> str:
    """What was written off: every adjustment but the patient's part."""
    return plain(sum(amount or 0 for group, _, amount, _ in adjustments if group != _PATIENT))


def _reasons(adjustments: list[Adjustment]) -> str:
    """Groups and reasons, each once: "CO-45 PR-2"."""
    return " ".join(dict.fromkeys(f"{group}-{code}" for group, code, _, _ in adjustments))
