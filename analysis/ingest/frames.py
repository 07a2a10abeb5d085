"""Frames a file may give beside its lines: what a remittance says about them, and what joins lines across files."""

from __future__ import annotations

import polars as pl

ADJUSTMENTS: dict[str, pl.DataType] = {
    "line_id": pl.Int64(),
    "group": pl.String(),
    "carc": pl.String(),
    "amount_cents": pl.Int64(),
    "quantity": pl.Int64(),
}
"""Grain: an adjustment of a line: group CO, PR, OA or PI; claim adjustment reason code; cents taken off the charge;
units taken off, null if the remittance does not say. In a `RawTable` the first column is ``row`` (from 0)."""

RAW_ADJUSTMENTS: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    **{k: v for k, v in ADJUSTMENTS.items() if k != "line_id"},
}

PROVIDER_ADJUSTMENTS: dict[str, pl.DataType] = {
    "payer": pl.String(),
    "provider": pl.String(),
    "period_end": pl.Date(),
    "reason": pl.String(),
    "reference": pl.String(),
    "amount_cents": pl.Int64(),
}
"""Grain: an adjustment of the whole payment (PLB): positive takes money away from the provider. In an `Export` the
reference is a pseudonym, because many references name a claim or a patient."""

RAW_CHECKS: dict[str, pl.DataType] = {
    "transaction": pl.Int64(),
    "trace": pl.String(),
    "method": pl.String(),
    "payer": pl.String(),
    "paid_on": pl.Date(),
    "paid_cents": pl.Int64(),
    "claims": pl.Int64(),
    "claims_cents": pl.Int64(),
    "provider_cents": pl.Int64(),
}
CHECKS: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    **RAW_CHECKS,
    "posted_cents": pl.Int64(),
    "settled_cents": pl.Int64(),
    "unmatched_cents": pl.Int64(),
    "left_cents": pl.Int64(),
}
"""Grain: a check or EFT of a remittance, or a file of payment rows: position of the transaction in the file (null for
payment rows); its number (TRN02), method (BPR04), payer, day; cents of the whole payment (BPR02), number and cents of
its claims (CLP04; all payment rows of an export), cents that provider adjustments (PLB) take off. Of the claims' cents:
what was posted to charges (or is the lines, if no file has charges), what remittances settle among themselves (given
twice, taken back, decided again), what matched no charge, and the rest: rows to correct, claims whose lines don't add
up. In a `RawTable` without the file and without what became of it."""

IMBALANCES: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "source_row": pl.Int64(),
    "level": pl.String(),
    "segment": pl.Int64(),
    "expected_cents": pl.Int64(),
    "found_cents": pl.Int64(),
    "difference_cents": pl.Int64(),
}
"""Grain: a total that does not add up; ordinal of the segment in the file, null if no segment states it; the expected
and the found amount, by level: line, claim (the charge; payment and adjustments), claim_payment (CLP04; its lines),
transaction (BPR02; its claims less PLB), export_payment (what insurers paid by the export; by the remittances),
over_charge (the charge; paid and adjusted by remittances). In a `RawTable` ``row`` replaces source_file and source_row
(the claim's first row); null for a whole transaction."""

RAW_IMBALANCES: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    **{k: v for k, v in IMBALANCES.items() if not k.startswith("source")},
}

RAW_BESIDE: dict[str, pl.DataType] = {
    "transaction": pl.Int64(),
    "trace": pl.String(),
    "payer_number": pl.String(),
    "frequency": pl.String(),
    "original_number": pl.String(),
    "sent": pl.String(),
    "owed_cents": pl.Int64(),
}
"""Grain: a row of the `RawTable`. What claims and remittances say about it besides its cells: position of the
transaction in the file, from 0; number of the check or EFT (TRN02); the payer's own claim number (CLP07); claim
frequency (CLM05-3: 7 replaces, 8 voids), the claim number it refers to (REF*F8), when it was written (BHT04 and
BHT05); cents the patient owes (CAS*PR)."""

KEYS: dict[str, pl.DataType] = {
    "record_key": pl.Int64(),
    "claim_key": pl.Int64(),
    "visit_id_key": pl.Int64(),
    "patient_id_key": pl.Int64(),
    "name_key": pl.Int64(),
    "name_words": pl.List(pl.Int64()),
    "name_stems": pl.List(pl.Int64()),
    "last_words": pl.List(pl.Int64()),
    "group_key": pl.Int64(),
    "trace_key": pl.Int64(),
    "payer_claim_key": pl.Int64(),
    "original_key": pl.Int64(),
    "transaction": pl.Int64(),
    "frequency": pl.String(),
    "sent": pl.String(),
    "owed_cents": pl.Int64(),
    "further_payer": pl.Boolean(),
}
"""Keyed numbers of what identifies a row in its file: record, claim, visit, patient number, patient name (words in
any order: together, one by one, by their first letters, and the last name's words if a comma shows them), billing
group, check or EFT, the payer's claim number, the claim a replacement refers to. Equal texts give equal numbers in
every column and file read under one key; null if the file has none. `transaction`, `frequency`, `sent`, `owed_cents`
as in `RAW_BESIDE`. `further_payer`: the row's status names a secondary or later payer. In an `Export`, ``line_id``
comes first."""

POSTINGS: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "source_row": pl.Int64(),
    **KEYS,
    "patient_key": pl.Int64(),
    "date_of_service": pl.Date(),
    "code": pl.String(),
    "modifiers": pl.String(),
    "units": pl.Int64(),
    "units_paid": pl.Int64(),
    "charge_cents": pl.Int64(),
    "allowed_cents": pl.Int64(),
    "insurance_paid_cents": pl.Int64(),
    "patient_paid_cents": pl.Int64(),
    "adjustment_cents": pl.Int64(),
    "adjustment_reasons": pl.String(),
    "status": pl.String(),
    "payer": pl.String(),
    "paid_on": pl.Date(),
}
"""Grain: a payment or adjustment that belongs to a charge in another row or file. Null if the file does not say.
`status` as returned by `statuses.statuses`."""

UNMATCHED: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "source_row": pl.Int64(),
    "date_of_service": pl.Date(),
    "code": pl.String(),
    "modifiers": pl.String(),
    "units": pl.Int64(),
    "payer": pl.String(),
    "charge_cents": pl.Int64(),
    "paid_cents": pl.Int64(),
    "adjustment_cents": pl.Int64(),
    "paid_on": pl.Date(),
    "side": pl.String(),
    "why": pl.String(),
    "candidates": pl.String(),
}
"""Grain: a charge without a remittance (`side` charge) or a payment without a charge (`side` payment); `why` is the
sentence for the user, `candidates` the rows it may belong to if that cannot be decided."""


NUMBERS: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "source_row": pl.Int64(),
    "claim_number": pl.String(),
}
"""Grain: a row that names its claim, visit or record: the number as the file has it, to find the claim again. It
lives as long as the session and is written only into what the user downloads."""


def empty(schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Return an empty frame of a schema."""
    return pl.DataFrame(schema=schema)
