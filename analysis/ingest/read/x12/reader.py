"""Read X12 bytes into a `RawTable`."""

from __future__ import annotations

import hashlib

import polars as pl

from analysis.errors import BadInput
from analysis.ingest.frames import PROVIDER_ADJUSTMENTS, RAW_ADJUSTMENTS, RAW_BESIDE, RAW_CHECKS, RAW_IMBALANCES
from analysis.ingest.read.file_kinds import to_utf8
from analysis.ingest.read.raw_table import RawTable
from analysis.ingest.read.x12.claims import read_claims
from analysis.ingest.read.x12.remittance import read_remittance
from analysis.ingest.read.x12.rows import X12Rows
from analysis.ingest.read.x12.segments import Segment, Transaction, interchanges, transactions
from analysis.ingest.settings import x12_codes

_EXPECTED = "remittances (835) or professional claims (837P)"
_AGAIN = "ask your clearinghouse for the 835 or 837P file for that period"
_REMITTANCE, _CLAIMS = "835", "837P"
_COLUMNS = {
    "Date of service": "date_of_service",
    "Procedure code": "code",
    "Modifiers": "modifiers",
    "Units": "units",
    "Units paid": "units_paid",
    "Minutes": "minutes",
    "Charge amount": "charge_cents",
    "Allowed amount": "allowed_cents",
    "Insurance paid": "insurance_paid_cents",
    "Adjustment amount": "adjustment_cents",
    "Adjustment reasons": "adjustment_reasons",
    "Status": "status",
    "Patient number": "patient_id",
    "Patient name": "patient_name",
    "Claim number": "claim_number",
    "Line control number": "record_id",
    "Payer": "payer",
    "Payer type": "payer_type",
    "Rendering provider": "provider",
    "Billing NPI": "billing_group",
    "Clinic": "clinic",
    "Clinic ZIP": "clinic_zip",
    "Place of service": "place_of_service",
    "Payment date": "payment_date",
}
"""Heading -> field. Columns a file leaves empty are left out, except those every line needs."""
_NEEDED = ("date_of_service", "code", "units", "patient_id")


def read_x12(data: bytes, name: str) -> RawTable:
    """Read the service lines of remittances or professional claims.

    One row per service line (SVC, SV1), in file order; rows are numbered from 1. Several interchanges, groups and
    transactions are read, each interchange with its own separators. A transaction that appears twice in the file counts
    once. Faults of the envelope become remarks, totals that don't add up become `imbalances`: neither loses a line.

    Raises
    ------
    BadInput
        For other transaction sets, institutional or dental claims, remittances mixed with claims, and a file without
        any claim.
    """
    text = to_utf8(data, name)[0].decode("utf-8", "replace")
    rows = X12Rows()
    file_kinds: set[str] = set()
    skipped: dict[str, int] = {}
    digests: set[str] = set()
    ordinal = -1
    for segments in interchanges(text, name):
        _check_envelope(segments, rows)
        for transaction in transactions(segments):
            ordinal += 1
            kind = _kind(transaction, name)
            if kind is None:
                skipped[transaction.kind] = skipped.get(transaction.kind, 0) + 1
                continue
            file_kinds.add(kind)
            _check_transaction(transaction, rows)
            repeated = _is_repeated(transaction, digests)
            read_transaction = read_remittance if kind == _REMITTANCE else read_claims
            read_transaction(transaction, rows, ordinal=ordinal, repeated=repeated)
    return _table(data, name, rows, _only(file_kinds, skipped, name, rows), skipped)


def _kind(transaction: Transaction, name: str) -> str | None:
    """Return 835 or 837P; None for another transaction set."""
    if transaction.kind == _REMITTANCE:
        return _REMITTANCE
    if transaction.kind != "837":
        return None
    names = {segment.name for segment in transaction.segments}
    other_kinds = {
        "institutional claims (837I)": "SV2" in names or "X223" in transaction.version,
        "dental claims (837D)": "SV3" in names or "X224" in transaction.version,
    }
    if "SV1" not in names:
        for kind, hit in other_kinds.items():
            if hit:
                raise BadInput(kind, expected=_EXPECTED, todo=_AGAIN, file=name)
    return _CLAIMS


def _only(kinds: set[str], skipped: dict[str, int], name: str, rows: X12Rows) -> str:
    """Return the file's only kind.

    Raises
    ------
    BadInput
        If there is none, or both.
    """
    if not kinds:
        kind = next(iter(skipped), "")
        problem = x12_codes("sets").get(kind, f"an X12 {kind[:3]} file") if kind else "an empty X12 file"
        raise BadInput(problem, expected=_EXPECTED, todo=_AGAIN, file=name)
    if len(kinds) > 1:
        raise BadInput(
            "remittances and claims in one file", expected="one kind per file", todo="save them as two files", file=name
        )
    if not rows.cells:
        problem = "a remittance with no claims" if _REMITTANCE in kinds else "a claim file with no claims"
        raise BadInput(problem, expected="at least one service line", todo=_AGAIN, file=name)
    return next(iter(kinds))


def _is_repeated(transaction: Transaction, digests: set[str]) -> bool:
    """Tell whether the same transaction, ignoring its control number, came before; an empty one never did."""
    digest = hashlib.sha256(
        "\n".join("\x1f".join(segment.elements) for segment in transaction.segments).encode()
    ).hexdigest()
    if digest in digests and transaction.segments:
        return True
    digests.add(digest)
    return False


def _check_envelope(segments: list[Segment], rows: X12Rows) -> None:
    """Add remarks about faults in an interchange's envelope."""
    names = [segment.name for segment in segments]
    if (separator := next(filter(None, (segment.other_component for segment in segments)), "")) and segments:
        rows.remark(
            f'codes are joined by "{separator}", but the header (ISA16) says "{segments[0].component}"; '
            "RevMix reads both"
        )
    if "ISA" not in names:
        rows.remark("the file has no interchange header (ISA); the usual separators are used")
    if "ISA" in names and "GS" not in names:
        rows.remark("the interchange has no functional group (GS)")
    if "ISA" in names and "IEA" not in names:
        rows.remark("the interchange has no end (IEA), so the file may be incomplete")


def _check_transaction(transaction: Transaction, rows: X12Rows) -> None:
    """Add remarks about a transaction that is cut off or has a different length than stated."""
    if not transaction.whole:
        rows.remark("a transaction has no end (SE), so the file may be incomplete; the rest was read")
    elif transaction.stated is not None and transaction.stated != len(transaction.segments) + 2:
        rows.remark("a transaction's segment count (SE01) does not match; all its segments were read")


def _table(data: bytes, name: str, rows: X12Rows, kind: str, skipped: dict[str, int]) -> RawTable:
    """Build the table from what was read."""
    columns = {heading: [cells.get(heading) or None for cells in rows.cells] for heading in _COLUMNS}
    if any(columns["Clinic"]):  # if some claims name a service facility, the others are the provider's own
        columns["Clinic"] = [cells.get("Clinic") or cells.get("Clinic of others") for cells in rows.cells]
    filled = {
        heading: cells
        for heading, cells in columns.items()
        if _COLUMNS[heading] in _NEEDED or any(cell is not None for cell in cells)
    }
    remarks = [text if count == 1 else f"{text} ({count:,} times)" for text, count in rows.remarks.items()]
    remarks += [f"{x12_codes('sets').get(other, f'a transaction set {other}')} was skipped" for other in skipped]
    height = len(rows.cells)
    return RawTable(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        format=kind,
        sheet="",
        sheets=(),
        other_tables=(),
        encoding="",
        delimiter="",
        frame=pl.DataFrame(filled, schema=dict.fromkeys(filled, pl.String)),
        header_row=0,
        first_row=1,
        overflow=pl.repeat(value=False, n=height, dtype=pl.Boolean, eager=True),
        preset=pl.Series("preset", rows.presets, dtype=pl.String),
        beside=pl.DataFrame(rows.beside, schema=RAW_BESIDE),
        adjustments=pl.DataFrame(rows.adjustments, schema=RAW_ADJUSTMENTS, orient="row"),
        imbalances=pl.DataFrame(rows.imbalances, schema=RAW_IMBALANCES, orient="row"),
        provider_adjustments=pl.DataFrame(rows.provider_adjustments, schema=PROVIDER_ADJUSTMENTS, orient="row"),
        checks=pl.DataFrame(rows.checks, schema=RAW_CHECKS, orient="row"),
        remarks=tuple(remarks),
        columns=tuple((heading, _COLUMNS[heading]) for heading in filled),
    )
