"""The data contract: the canonical billing line.

Grain: one charge line: one code on one date of service for one patient, from one row of the source file.
The line is typed and checked once, on entry (`conform`); nothing later cleans it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from analysis.errors import ContractError


class Status(StrEnum):
    """What became of a line: denied (refused entirely), bundled (counted as part of another service), or neither."""

    CHARGE = "charge"
    DENIED = "denied"
    BUNDLED = "bundled"


class PayerClass(StrEnum):
    """The kind of payer that must answer a line; data/ingest/payer_classes.toml says which payer is which."""

    MEDICARE = "Medicare"
    MEDICARE_ADVANTAGE = "Medicare Advantage"
    MEDICAID = "Medicaid"
    BLUE_CROSS = "Blue Cross Blue Shield"
    COMMERCIAL = "Commercial"
    WORKERS_COMPENSATION = "Workers' compensation"
    AUTO = "Auto"
    MILITARY = "Military and veterans"
    SELF_PAY = "Self-pay"
    """Lines that no payer has to answer: the patient pays."""
    OTHER = "Other"
    UNKNOWN = "Unknown"


REFUSED = (Status.DENIED.value, Status.BUNDLED.value)
"""Statuses of lines with nothing allowed."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the canonical line.

    Attributes
    ----------
    name, dtype:
        Column and Polars type; amounts are Int64 cents.
    meaning:
        What it holds, in plain words.
    optional:
        May be missing from an export. Every figure that needs it then says so; it is never read as zero.
    """

    name: str
    dtype: pl.DataType
    meaning: str
    optional: bool = False


FIELDS: tuple[Field, ...] = (
    Field("line_id", pl.Int64(), "position among the accepted lines, in source order, from 0"),
    Field("source_file", pl.Categorical(), "name of the file the line came from"),
    Field("source_row", pl.Int64(), "row in that file as a spreadsheet numbers it (the first line is row 1)"),
    Field("patient_key", pl.Int64(), "keyed pseudonym of the patient; never the name or number of the export"),
    Field(
        "visit_key",
        pl.Int64(),
        "patient-day within one billing group: MPPR ranks its lines, each payer's by themselves",
    ),
    Field("date_of_service", pl.Date(), "date the service was given"),
    Field("code", pl.Categorical(), "CPT or HCPCS code, five characters"),
    Field("modifiers", pl.Categorical(), "modifiers, sorted, space-separated; empty when there are none"),
    Field("units", pl.Int64(), "units billed, 1 or more"),
    Field("minutes", pl.Int64(), "minutes of service, where the export has them", optional=True),
    Field("payer", pl.Categorical(), "payer's name as exported", optional=True),
    Field("payer_class", pl.Categorical(), "payer class: Medicare, Commercial ..."),
    Field("clinic", pl.Categorical(), "clinic or service location", optional=True),
    Field("mac", pl.Categorical(), "Medicare administrative contractor of the clinic; null until it is assigned"),
    Field("locality", pl.Categorical(), "Medicare payment locality of the clinic; null until it is assigned"),
    Field("provider", pl.Categorical(), "treating therapist as exported", optional=True),
    Field("discipline", pl.Categorical(), "PT, OT or SLP from GP/GO/GN; null where the line does not say"),
    Field("place_of_service", pl.Categorical(), "two-digit place of service", optional=True),
    Field("charge_cents", pl.Int64(), "billed charge of the whole line", optional=True),
    Field("allowed_cents", pl.Int64(), "what the payer allowed, as exported", optional=True),
    Field("paid_cents", pl.Int64(), "what was paid for the line by insurers and patient together", optional=True),
    Field("insurance_paid_cents", pl.Int64(), "what insurers paid", optional=True),
    Field("patient_paid_cents", pl.Int64(), "what the patient paid", optional=True),
    Field("adjustment_cents", pl.Int64(), "what was written off or adjusted", optional=True),
    Field("adjustment_reasons", pl.Categorical(), "CARCs or the export's own reasons", optional=True),
    Field("units_paid", pl.Int64(), "units the payer paid for, where a remittance says", optional=True),
    Field("paid_on", pl.Date(), "date of the line's last payment or remittance", optional=True),
    Field("status", pl.Categorical(), "charge, denied (refused entirely) or bundled (part of another service)"),
)

SCHEMA: dict[str, pl.DataType] = {field.name: field.dtype for field in FIELDS}
OPTIONAL: frozenset[str] = frozenset(field.name for field in FIELDS if field.optional)
CENTS = tuple(field.name for field in FIELDS if field.name.endswith("_cents"))
"""The fields that hold cents: the charge, then what was allowed, paid and adjusted."""
NULLABLE: frozenset[str] = OPTIONAL | {"mac", "locality", "discipline"}


def is_denied() -> pl.Expr:
    """Whether the payer denied the whole line."""
    return pl.col("status").cast(pl.String) == Status.DENIED.value


def is_insured() -> pl.Expr:
    """Whether a payer other than the patient has to answer a line."""
    return pl.col("payer_class").cast(pl.String) != PayerClass.SELF_PAY.value


def is_decided() -> pl.Expr:
    """Tell whether a payer has answered a line: denied or bundled it, allowed, paid, adjusted or dated it.

    A payer that allows $0.00 by its terms (a rate per visit, a cap) has answered; $0.00 with nothing else is how many
    exports write "not yet". A patient payment is not a payer's answer.
    """
    of_insurers = pl.coalesce("insurance_paid_cents", pl.col("paid_cents") - pl.col("patient_paid_cents").fill_null(0))
    amounts = (pl.col("allowed_cents"), of_insurers, pl.col("adjustment_cents"))
    reasons = pl.col("adjustment_reasons").cast(pl.String).fill_null("") != ""
    return (
        pl.col("status").cast(pl.String).is_in(REFUSED)
        | pl.any_horizontal(amount.fill_null(0) != 0 for amount in amounts)
        | pl.col("paid_on").is_not_null()
        | reasons
    )


def conform(frame: pl.DataFrame) -> pl.DataFrame:
    """Check a frame against the contract and return its columns in the contract's order.

    Raises
    ------
    ContractError
        Naming the first column that is missing, has another type, or is null where it may not be.
    """
    for field in FIELDS:
        if field.name not in frame.columns:
            raise ContractError(f"lines lack the column {field.name}; columns are {', '.join(frame.columns)}")
        if frame.schema[field.name] != field.dtype:
            raise ContractError(f"lines.{field.name} is {frame.schema[field.name]}, the contract says {field.dtype}")
        if field.name not in NULLABLE and frame[field.name].null_count():
            raise ContractError(f"lines.{field.name} holds {frame[field.name].null_count()} empty values")
    return frame.select(*SCHEMA)
