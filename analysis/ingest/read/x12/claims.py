"""Professional claims (005010X222A1 and 004010X098A1): one row per service line as the provider billed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.ingest.read.x12.rows import X12Rows, cents, day, person, procedure, total
from analysis.ingest.settings import x12_codes

if TYPE_CHECKING:
    from analysis.ingest.read.x12.segments import Segment, Transaction

_MINUTES = "MJ"


class _ServiceLine:
    """One service line while its segments are read."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.date = ""
        self.control = ""
        self.rendering = ""


class _BilledClaim:
    """One CLM while its segments are read."""

    def __init__(self, segment: Segment, state: _Claims) -> None:
        self.segment = segment
        self.patient = state.patient or state.subscriber
        self.subscriber = state.subscriber
        self.payer, self.payer_type = state.payer, state.payer_type
        self.npi, self.zip = state.npi, state.zip
        self.billing, self.facility = state.billing, ""
        self.rendering = ""
        self.other_payer = False
        self.date = ""
        self.lines: list[_ServiceLine] = []
        self.original = ""


class _Claims:
    """What is known of a transaction while its segments are read."""

    def __init__(self) -> None:
        self.npi, self.zip, self.party = "", "", ""
        self.billing = ""
        self.subscriber: Segment | None = None
        self.patient: Segment | None = None
        self.payer, self.payer_type = "", ""
        self.written_on = ""
        self.claim: _BilledClaim | None = None
        self.claims: list[_BilledClaim] = []


def read_claims(transaction: Transaction, rows: X12Rows, *, ordinal: int, repeated: bool) -> None:
    """Add the service lines of an 837P to `rows`.

    Every claim as it was sent: which claims a later claim voids or replaces is decided over all files of a set

    Parameters
    ----------
    ordinal:
        Position of the transaction in the file.
    repeated:
        The same transaction appears earlier in the file: its rows are marked as duplicates.
    """
    state = _Claims()
    for segment in transaction.segments:
        _take(state, segment, rows)
    for claim in state.claims:
        _write(claim, rows, state.written_on, ordinal=ordinal, repeated=repeated)


def _take(state: _Claims, segment: Segment, rows: X12Rows) -> None:  # noqa: C901, PLR0912  one branch a segment
    """Process one segment."""
    claim = state.claim
    line = claim.lines[-1] if claim is not None and claim.lines else None
    match segment.name:
        case "BHT":
            state.written_on = f"{segment[4]} {segment[5]}"
        case "HL":
            state.claim = None
            if segment[3] in {"20", "22"}:
                state.patient = None
            if segment[3] == "22":
                state.subscriber, state.payer, state.payer_type = None, "", ""
        case "SBR":
            if claim is None:
                state.payer_type = x12_codes("payer_type").get(segment[9], "")
            else:
                claim.other_payer = True
        case "NM1":
            state.party = segment[1]
            _party(state, claim, line, segment)
        case "N4" if state.party in {"85", "77"}:
            zip_code = segment[3][:5]
            if claim is not None and state.party == "77":
                claim.zip = zip_code
            elif claim is None:
                state.zip = zip_code
        case "CLM":
            state.claim = _BilledClaim(segment, state)
            state.claims.append(state.claim)
        case "DTP" if claim is not None and segment[1] == "472":
            if line is None:
                claim.date = day(segment[3])
            else:
                line.date = day(segment[3])
        case "REF" if claim is not None:
            if line is None and segment[1] == "F8":
                claim.original = segment[2]
            elif line is not None and segment[1] == "6R":
                line.control = segment[2]
        case "SV1":
            if claim is None:
                rows.add(_service_cells(segment))
                rows.remark("a service line (SV1) is outside any claim")
            else:
                claim.lines.append(_ServiceLine(segment))


def _party(state: _Claims, claim: _BilledClaim | None, line: _ServiceLine | None, segment: Segment) -> None:
    """Record whom an NM1 names."""
    role = segment[1]
    if claim is None:
        if role == "85":
            state.npi, state.billing = segment[9] or segment[3], segment[3]
        elif role == "IL":
            state.subscriber = segment
        elif role == "QC":
            state.patient = segment
        elif role == "PR":
            state.payer = segment[3]
    elif role == "77" and line is None and not claim.other_payer:
        claim.facility = segment[3]
    elif role == "82" and line is not None:
        line.rendering = person(segment) or segment[9]
    elif role == "82" and not claim.other_payer:
        claim.rendering = person(segment) or segment[9]


def _service_cells(segment: Segment) -> dict[str, str]:
    """Return what an SV1 itself says."""
    code, modifiers = procedure(segment.parts(1))
    timed = segment[3] == _MINUTES
    return {
        "Procedure code": code,
        "Modifiers": modifiers,
        "Units": "1" if timed else segment[4] or "1",
        "Minutes": segment[4] if timed else "",
        "Charge amount": segment[2],
    }


def _write(claim: _BilledClaim, rows: X12Rows, written_on: str, *, ordinal: int, repeated: bool) -> None:
    """Write the rows of a claim, and check its total."""
    header = claim.segment
    place_of_service, _, frequency, *_ = [*header.parts(5), "", ""]
    number = header[1]
    patient = claim.patient
    common = {
        "Claim number": number,
        "Patient number": next(
            (party[9] for party in (patient, claim.subscriber) if party is not None and party[9]), ""
        ),
        "Patient name": person(patient) if patient is not None else "",
        "Payer": claim.payer,
        "Payer type": claim.payer_type,
        "Billing NPI": claim.npi,
        "Clinic": claim.facility,
        "Clinic of others": claim.billing,
        "Clinic ZIP": claim.zip,
    }
    preset = "remittance__duplicate" if repeated else None
    beside = {
        "transaction": ordinal,
        "frequency": frequency or None,
        "original_number": claim.original or None,
        "sent": written_on.strip() or None,
    }
    if any(line.segment[3] == _MINUTES for line in claim.lines):
        rows.remark("lines billed in minutes (MJ), such as anesthesia, count as one unit each")
    first = len(rows.cells)
    for line in claim.lines:
        cells = common | _service_cells(line.segment)
        cells |= {
            "Date of service": line.date or claim.date,
            "Place of service": line.segment[5] or place_of_service,
            "Rendering provider": line.rendering or claim.rendering,
            "Line control number": line.control,
        }
        rows.add(cells, preset, **beside)
    if not claim.lines:
        rows.add(
            common | {"Charge amount": header[2], "Date of service": claim.date},
            preset or "claim__no_service",
            **beside,
        )
    elif not repeated:
        rows.balance(first, "claim", header, cents(header[2]), total([cents(line.segment[2]) for line in claim.lines]))
