"""Remittances (005010X221A1 and 004010X091A1): one row per service line as the payer decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.codes.carc import PATIENT_GROUP, format_reasons
from analysis.ingest.read.x12.decision import Adjustment, Decision, allowed, cents_of, outcome, repeats_lines, share_out
from analysis.ingest.read.x12.rows import X12Rows, calendar_day, cents, day, person, procedure, total
from analysis.ingest.settings import x12_codes
from analysis.money import dollars, plain

if TYPE_CHECKING:
    from analysis.ingest.read.x12.segments import Segment, Transaction

_TRIPLETS = range(2, 20, 3)
_SERVICE_DATES = ("472", "150", "151")
_CLAIM_DATES = ("232", "233", "472")
_REMARKS = {"MOA": range(3, 8), "MIA": (5, 20, 21, 22, 23)}
"""Positions of remark codes in claim-level information for Medicare outpatients and inpatients."""


class _Service:
    """One SVC with what follows it."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.adjustments: list[Adjustment] = []
        self.date = ""
        self.control = ""
        self.allowed = ""
        self.remarks: list[str] = []


class _DecidedClaim:
    """One CLP with what follows it; payer and payee are the last ones named before it."""

    def __init__(self, segment: Segment, payer: str, payee: str) -> None:
        self.segment = segment
        self.payer = payer
        self.payee = payee
        self.services: list[_Service] = []
        self.adjustments: list[Adjustment] = []
        self.patient: Segment | None = None
        self.insured: Segment | None = None
        self.rendering = ""
        self.date = ""
        self.remarks: list[str] = []


class _Remittance:
    """What is known of a transaction while its segments are read."""

    def __init__(self, rows: X12Rows, ordinal: int) -> None:
        self.rows = rows
        self.ordinal = ordinal
        self.payment: Segment | None = None
        self.paid_on = ""
        self.trace = ""
        self.payer = ""
        self.payee = ""
        self.claim: _DecidedClaim | None = None
        self.claims: list[_DecidedClaim] = []
        self.provider_cents: list[int | None] = []


def read_remittance(transaction: Transaction, rows: X12Rows, *, ordinal: int, repeated: bool) -> None:
    """Add the service lines of an 835 to `rows`.

    Billed code and units are those the provider sent (SVC06, SVC07) if the payer changed them. ``Allowed amount`` is
    AMT*B6 if present, else derived by `decision.allowed` from the adjustments, for the first payer only; 0 for a line
    that was denied or bundled whole. ``Insurance paid`` is SVC03 less the line's part of claim-level cuts of the
    payment, so that the lines of a claim add up to CLP04.

    Parameters
    ----------
    ordinal:
        Position of the transaction in the file.
    repeated:
        The same transaction appears earlier in the file: its rows are marked as duplicates.
    """
    state = _Remittance(rows, ordinal)
    for segment in transaction.segments:
        _take(state, segment)
    for claim in state.claims:
        _write(state, claim, repeated=repeated)
    if state.payment is not None and not repeated:
        paid = total([cents(claim.segment[4]) for claim in state.claims])
        provider_cents = total(state.provider_cents)
        actual = None if paid is None or provider_cents is None else paid - provider_cents
        rows.balance(None, "transaction", state.payment, cents(state.payment[2]), actual)
    if not repeated:
        rows.checks.append(_check(state))


def _take(state: _Remittance, segment: Segment) -> None:  # noqa: C901, PLR0912  one branch a segment, as the format is
    """Process one segment."""
    claim = state.claim
    service = claim.services[-1] if claim is not None and claim.services else None
    match segment.name:
        case "BPR":
            state.payment = segment
            state.paid_on = _calendar(segment[16])
        case "TRN":
            state.trace = segment[2]
        case "DTM" if claim is None:
            if segment[1] == "405" and not state.paid_on:
                state.paid_on = _calendar(segment[2])
        case "N1" if segment[1] == "PR":
            state.payer = segment[2]
        case "N1" if segment[1] == "PE":
            state.payee = segment[4] if segment[3] == "XX" else segment[2]
        case "CLP":
            state.claim = _DecidedClaim(segment, state.payer, state.payee)
            state.claims.append(state.claim)
        case "PLB":
            state.claim = None
            _provider_adjustments(state, segment)
        case "SVC":
            if claim is None:
                state.rows.add(_service_cells(segment), transaction=state.ordinal)
                state.rows.remark("a service line (SVC) is outside any claim")
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
        case "MOA" | "MIA" if claim is not None:
            claim.remarks += [segment[position] for position in _REMARKS[segment.name] if segment[position]]
        case "REF" | "AMT" | "LQ" if service is not None:
            _take_of_service(service, segment)


def _take_of_service(service: _Service, segment: Segment) -> None:
    """Process a segment that belongs to one service line."""
    match segment.name, segment[1]:
        case "REF", "6R":
            service.control = segment[2]
        case "AMT", "B6":
            service.allowed = segment[2]
        case "LQ", "HE":
            service.remarks.append(segment[2])


def _check(state: _Remittance) -> tuple[object, ...]:
    """Return the payment as a whole: `frames.RAW_CHECKS`."""
    payment = state.payment
    payers = list(dict.fromkeys(claim.payer for claim in state.claims if claim.payer)) or [state.payer]
    counted_claims = [claim for claim in state.claims if _preset(claim.segment, repeated=False) is None]
    return (
        state.ordinal,
        state.trace or None,
        payment[4] or None if payment is not None else None,
        ", ".join(payers) or None,
        calendar_day(state.paid_on),
        cents(payment[2]) if payment is not None else None,
        len(state.claims),
        total([cents(claim.segment[4]) for claim in counted_claims]),
        total(state.provider_cents),
    )


def _calendar(text: str) -> str:
    """Return a payment date as text; empty if it is not a date, so that another segment may give it."""
    date = calendar_day(text)
    return date.isoformat() if date else ""


def _adjustments(segment: Segment) -> list[Adjustment]:
    """Return the adjustments of a CAS: its group, and up to six of reason, amount, quantity."""
    adjustments = []
    for position in _TRIPLETS:
        if not segment[position] and not segment[position + 1]:
            continue
        quantity = segment[position + 2]
        adjustments.append(
            (
                segment[1],
                segment[position],
                cents(segment[position + 1]),
                int(quantity) if quantity.isdecimal() else None,
            )
        )
    return adjustments


def _provider_adjustments(state: _Remittance, segment: Segment) -> None:
    """Record the adjustments of a PLB: up to six of reason with reference, and amount."""
    period_end = calendar_day(segment[2])
    for position in range(3, 15, 2):
        if not segment[position] and not segment[position + 1]:
            continue
        reason, *reference = segment.parts(position)
        amount = cents(segment[position + 1])
        state.provider_cents.append(amount)
        if amount is None:
            state.rows.remark("a provider adjustment (PLB) has an amount that cannot be read")
            continue
        state.rows.provider_adjustments.append(
            (state.payer or None, segment[1] or None, period_end, reason, ":".join(reference) or None, amount)
        )


def _service_cells(segment: Segment) -> dict[str, str]:
    """Return what an SVC itself says."""
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


def _write(state: _Remittance, claim: _DecidedClaim, *, repeated: bool) -> None:
    """Write the rows of a claim, and check its totals."""
    header, rows = claim.segment, state.rows
    common = {
        "Claim number": header[1],
        "Patient number": next(
            (
                name_segment[9]
                for name_segment in (claim.patient, claim.insured)
                if name_segment is not None and name_segment[9]
            ),
            "",
        ),
        "Patient name": person(claim.patient) if claim.patient is not None else "",
        "Payer": claim.payer,
        "Payer type": x12_codes("payer_type").get(header[6], ""),
        "Rendering provider": claim.rendering,
        "Billing NPI": claim.payee,
        "Payment date": state.paid_on,
    }
    if not common["Patient number"] and not common["Patient name"]:
        common["Patient number"] = header[1]  # no patient is named: the claim's lines still belong together
    decisions = [
        Decision(cents(service.segment[2]), cents(service.segment[3]), service.adjustments)
        for service in claim.services
    ]
    is_reversal = header[2] in x12_codes("claim_status")["reversal"]
    if is_reversal and (cents(header[4]) or 0) < 0 < sum(decision.paid or 0 for decision in decisions):
        decisions = [decision.negated() for decision in decisions]
        rows.remark("a reversal's line amounts have no minus sign; they were read as negative")
    repeats = repeats_lines(decisions, claim.adjustments, cents(header[4]))
    of_claim = [] if repeats else claim.adjustments
    shared = share_out(decisions, of_claim, cents(header[4]))
    first = len(rows.cells)
    for service, decision in zip(claim.services, decisions, strict=True):
        _write_service(state, claim, service, decision, common, repeated=repeated)
    if not claim.services:
        preset = _preset(header, repeated=repeated) or "remittance__no_service"
        rows.add(common | _cells_of_whole(claim), preset, **_beside(state, header))
    if repeated:
        return
    if repeats:
        rows.remark("claim-level adjustments repeat those of the lines; they count once")
    elif claim.services and of_claim:
        _remark_on_claim_adjustments(rows, claim, decisions, shared=shared)
    adjustment_lists = [of_claim, *(decision.adjustments for decision in decisions)]
    adjusted = total([amount for part in adjustment_lists for *_, amount, _ in part])
    paid = cents(header[4])
    actual = None if adjusted is None or paid is None else paid + adjusted
    rows.balance(first, "claim", header, cents(header[3]), actual)
    if claim.services:
        rows.balance(first, "claim_payment", header, paid, total([decision.received for decision in decisions]))


def _cells_of_whole(claim: _DecidedClaim) -> dict[str, str]:
    """Return the cells of a claim without service lines, for all its services together."""
    header, statuses = claim.segment, x12_codes("claim_status")
    whole = Decision(cents(header[3]), cents(header[4]), claim.adjustments)
    decided_as = outcome(whole, claim_denied=header[2] in statuses["denied"])
    further = header[2] in statuses["further_payer"]
    amount = None if further else allowed(whole, modifiers="", filing="", payer="", remarks=[], day=None)
    words = ["secondary"] if further else []
    words += (
        ["reversal"] if header[2] in statuses["reversal"] else [decided_as] if decided_as else ["decided as a whole"]
    )
    return {
        "Date of service": claim.date,
        "Charge amount": header[3],
        "Insurance paid": header[4] or "0",
        "Allowed amount": "0" if decided_as else plain(amount),
        "Adjustment amount": _taken_off(claim.adjustments),
        "Adjustment reasons": _reasons(claim.adjustments, claim.remarks),
        "Status": " ".join(words),
    }


def _remark_on_claim_adjustments(
    rows: X12Rows, claim: _DecidedClaim, decisions: list[Decision], *, shared: bool
) -> None:
    """Add a remark on what became of claim-level adjustments."""
    amount = dollars(cents_of(claim.adjustments))
    off = sum(cents_of(decision.off_payment) for decision in decisions)
    if not shared:
        rows.remark(f"claim-level adjustments ({amount}) do not fit the lines; they are on no line")
    elif off:
        rows.remark(f"claim-level adjustments took {dollars(off)} off the payment of the lines")
    elif len(decisions) > 1:
        rows.remark(f"claim-level adjustments ({amount}) were spread over the lines whose charges they explain")


def _preset(header: Segment, *, repeated: bool) -> str | None:
    """Return the reason why no row of a claim counts, or None."""
    if repeated:
        return "remittance__duplicate"
    return "remittance__predetermination" if header[2] in x12_codes("claim_status")["predetermination"] else None


def _beside(state: _Remittance, header: Segment, owed: int | None = None) -> dict[str, object]:
    """Return the values of a row in `frames.RAW_BESIDE`."""
    return {
        "transaction": state.ordinal,
        "trace": state.trace or None,
        "payer_number": header[7] or None,
        "owed_cents": owed,
    }


def _write_service(
    state: _Remittance,
    claim: _DecidedClaim,
    service: _Service,
    decision: Decision,
    common: dict[str, str],
    *,
    repeated: bool,
) -> None:
    """Write the row of one service line."""
    segment, rows, header = service.segment, state.rows, claim.segment
    statuses = x12_codes("claim_status")
    further = header[2] in statuses["further_payer"]
    cells = common | _service_cells(segment)
    cells["Date of service"] = service.date or claim.date
    decided_as = outcome(decision, claim_denied=header[2] in statuses["denied"])
    reversal = header[2] in statuses["reversal"]
    if reversal:
        amounts = {"Charge amount": decision.charge, "Insurance paid": decision.paid}
        cells |= {name: plain(amount) for name, amount in amounts.items() if amount is not None}
    if segment[6] and segment.parts(6)[:2] != segment.parts(1)[:2]:
        rows.remark("the payer changed the billed code; the billed code is kept")
    words = ["secondary"] if further else []
    words += ["reversal"] if reversal else [decided_as] if decided_as else [] if further else ["processed"]
    if decided_as and cents(service.allowed):
        rows.remark("a denied line states an allowed amount (AMT*B6); it counts as $0.00")
    cells |= {
        "Line control number": service.control,
        "Allowed amount": "0"
        if decided_as
        else service.allowed or ("" if further else _allowed(service, decision, cells)),
        "Adjustment amount": _taken_off(decision.all_adjustments),
        "Adjustment reasons": _reasons(decision.all_adjustments, [*service.remarks, *claim.remarks]),
        "Status": " ".join(words),
    }
    if decision.off_payment:
        cells["Insurance paid"] = plain(decision.received)
    takes_back = reversal or (decision.charge is not None and decision.charge < 0)
    preset = _preset(header, repeated=repeated) or ("remittance__reversal_alone" if takes_back else None)
    owed = cents_of([entry for entry in decision.all_adjustments if entry[0] == PATIENT_GROUP])
    row = rows.add(cells, preset, **_beside(state, header, owed))
    if repeated:
        return
    if (residual := decision.residual) is not None and decision.charge is not None:
        explained = decision.charge - residual + cents_of(decision.of_claim)
        rows.balance(row, "line", segment, decision.charge, explained)
    for group, code, adjustment_cents, quantity in decision.all_adjustments:
        if adjustment_cents is None:
            rows.remark("an adjustment (CAS) has an amount that cannot be read")
        else:
            rows.adjustments.append((row, group, code, adjustment_cents, quantity))


def _allowed(service: _Service, decision: Decision, cells: dict[str, str]) -> str:
    """Return a service's allowed amount if the remittance does not state it; empty if unknown."""
    amount = allowed(
        decision,
        modifiers=cells["Modifiers"],
        filing=cells["Payer type"],
        payer=cells["Payer"],
        remarks=service.remarks,
        day=calendar_day(cells["Date of service"]),
    )
    return plain(amount)


def _taken_off(adjustments: list[Adjustment]) -> str:
    """Return what was written off: every adjustment except the patient's share."""
    return plain(sum(amount or 0 for group, _, amount, _ in adjustments if group != PATIENT_GROUP))


def _reasons(adjustments: list[Adjustment], remarks: list[str]) -> str:
    """Write groups and reasons, then remark codes, each once: "CO-16 PR-2 N382"."""
    reasons = format_reasons(tuple(dict.fromkeys((group, code) for group, code, _, _ in adjustments)))
    return " ".join(filter(None, (reasons, *dict.fromkeys(remarks))))
