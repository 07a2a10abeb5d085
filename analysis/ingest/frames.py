"""Frames that a file may give beside its lines: what a remittance says of them, and what joins the lines of files."""

from __future__ import annotations

import polars as pl

ADJUSTMENTS: dict[str, pl.DataType] = {
    "line_id": pl.Int64(),
    "group": pl.String(),
    "carc": pl.String(),
    "amount_cents": pl.Int64(),
    "quantity": pl.Int64(),
}
"""One row an adjustment of a line: group CO, PR, OA or PI; claim adjustment reason code; cents taken off the charge;
units taken off, null where the remittance does not say. In a `RawTable` the first column is ``row`` (from 0)."""

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
"""One row an adjustment of the whole payment (PLB): positive takes money away from the provider. In an `Export` the
reference is a pseudonym: many name a claim or a patient."""

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
"""One row a check or EFT of a remittance, or a file of payment rows: position of the transaction in the file (null for
payment rows); its number (TRN02), how it came (BPR04), payer, day; cents of the whole payment (BPR02), number and cents
of its claims (CLP04; all payment rows of an export), cents that provider adjustments (PLB) take off. Of the claims'
cents, what was posted to charges (or is the lines, where no file has charges), what remittances settle among themselves
(given twice, taken back, decided again), what found no charge, and what is left: rows to correct, claims whose lines do
not add up. In a `RawTable` without file and what became of it."""

IMBALANCES: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "source_row": pl.Int64(),
    "level": pl.String(),
    "segment": pl.Int64(),
    "expected_cents": pl.Int64(),
    "found_cents": pl.Int64(),
    "difference_cents": pl.Int64(),
}
"""One row a total that does not add up; ordinal of the segment in the file, null where no segment says it; what was
expected and what was found, by level: line, claim (the charge; payment and adjustments), claim_payment (CLP04; its
lines), transaction (BPR02; its claims less PLB), export_payment (what insurers paid by the export; by the remittances),
over_charge (the charge; paid and adjusted by remittances). In a `RawTable` ``row`` stands for source_file and
source_row, the claim's first; null for a whole transaction."""

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
"""What claims and remittances say of a row beside its cells, one row a row of the `RawTable`: position of the
transaction in the file, from 0; number of the check or EFT (TRN02); the payer's own number of the claim (CLP07);
frequency of a claim (CLM05-3: 7 replaces, 8 voids), the number of the claim it names (REF*F8), when it was written
(BHT04 and BHT05); cents that the patient owes (CAS*PR)."""

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
"""Keyed numbers of what names a row in its file: record, claim, visit, patient's number, patient's name (words in any
order: together, one by one, by their first letters, and those of the last name where a comma tells), billing group,
check or EFT, the payer's number of the claim, the claim that a replacement names. Equal texts give equal numbers in
every column and every file read under one key; null where the file has none. `transaction`, `frequency`, `sent`,
`owed_cents` as in `RAW_BESIDE`. `further_payer`: the row's status names a secondary or later payer. In an `Export`
there is a ``line_id`` before them."""

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
"""One row a payment or adjustment that belongs to a charge on another row or in another file. What a file does not say
is null. `status` as `statuses.statuses` gives it."""

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
"""One row a charge without a remittance (`side` charge) or a payment without a charge (`side` payment); `why` is the
sentence for the reader, `candidates` the rows it may belong to where that cannot be decided."""


NUMBERS: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "source_row": pl.Int64(),
    "claim_number": pl.String(),
}
"""One row a row of a file that names its claim, visit or record: the number as the file has it, the way back to the
claim. It lives as long as the session and is written only into what the user downloads."""


def empty(schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """A frame of a schema without rows."""
    return pl.DataFrame(schema=schema)
