"""The made-up practice as the text of a billing export: headings and cells as a practice system would print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.sample.lines import combine, gather, medicare_amounts, modifier_parts
from analysis.sample.payments import BUNDLED, CUTS, DISCOUNT, NEVER, Payments, refusals, settle
from analysis.sample.services import draw_services

if TYPE_CHECKING:
    from datetime import date

    from analysis.sample.practice import Practice
    from analysis.sample.services import Services
    from analysis.sample.visits import Ints

HEADINGS = (
    "Patient ID",
    "Patient Name",
    "DOS",
    "CPT",
    "Mod 1",
    "Mod 2",
    "Mod 3",
    "Mod 4",
    "Units",
    "Minutes",
    "Charge",
    "Payer",
    "Payer Type",
    "Clinic",
    "Clinic ZIP",
    "Therapist",
    "POS",
    "Allowed",
    "Insurance Paid",
    "Patient Paid",
    "Adjustment",
    "Adjustment Reason",
    "Remittance Date",
)
MONEY = ("Charge", "Allowed", "Insurance Paid", "Patient Paid", "Adjustment")
DATES = ("DOS", "Remittance Date")
COUNTS = ("Units", "Minutes")

_FIRST_PATIENT = 10_001


def money_text(cents: pl.Expr) -> pl.Expr:
    """Cents of 0 or more as dollars with two decimals; null stays null."""
    return pl.format("{}.{}", cents // 100, (cents % 100).cast(pl.String).str.zfill(2))


def date_text(day: date) -> str:
    """A date as practice systems print it, the same on every machine."""
    return f"{day.month:02d}/{day.day:02d}/{day.year:04d}"


def _day_texts(practice: Practice, days: Ints) -> pl.Series:
    """Days since the first as text; NEVER is null."""
    has_day = days < NEVER
    last = int(days[has_day].max(initial=0))
    first = practice.first_day.toordinal()
    texts = [date_text(type(practice.first_day).fromordinal(first + number)) for number in range(last + 1)]
    return gather(texts, np.where(has_day, days, 0)).set(pl.Series(~has_day), None)


def _modifiers(practice: Practice, services: Services, payments: Payments) -> dict[str, pl.Series]:
    """Mod 1 to Mod 4, filled from the left."""
    combined, texts = combine(modifier_parts(practice, services, payments.kx))
    slots = [(*text.split(), *[None] * 4)[:4] for text in texts]
    return {f"Mod {number + 1}": gather([slot[number] for slot in slots], combined) for number in range(4)}


def _reasons(practice: Practice, services: Services, payments: Payments) -> pl.Series:
    """Text of Adjustment Reason for every line."""
    texts = [*(cut or None for cut in CUTS), *refusals(practice), BUNDLED, DISCOUNT, None]
    refused, bundled, discount, none = len(CUTS), len(texts) - 3, len(texts) - 2, len(texts) - 1
    self_pay = np.array([p.type == "Self Pay" for p in practice.payers])[services.payer]
    pays_codes = np.array([p.contract.kind.endswith("medicare") for p in practice.payers])[services.payer]
    position = np.where(pays_codes & (payments.allowed == 0), bundled, payments.cuts)
    position = np.where(self_pay, discount, position)
    position = np.where(payments.refusal >= 0, refused + payments.refusal, position)
    return gather(texts, np.where(payments.remittance_day < NEVER, position, none))


def clean_rows(practice: Practice, seed: int, lines: int) -> pl.DataFrame:
    """`lines` charge rows without any fault, by date, clinic and patient: the HEADINGS, all text.

    Money is dollars with two decimals and a point, dates are month/day/year. Empty cells are null: modifiers a line
    does not have, and Allowed and Remittance Date where the payer has not answered.
    """
    services = draw_services(practice, seed, lines)
    payments = settle(practice, seed, services, medicare_amounts(practice, services))
    teams = -(-lines // practice.lines_per_team)
    region = services.patient % teams
    regions = ["" if at == 0 else f" {at + 1}" for at in range(teams)]
    answered = pl.Series(payments.remittance_day < NEVER)
    frame = pl.DataFrame(
        {
            "Patient": services.patient + _FIRST_PATIENT,
            "DOS": _day_texts(practice, services.day),
            "CPT": gather(list(practice.charges), services.code),
            **_modifiers(practice, services, payments),
            "Units": services.units,
            "Minutes": services.minutes,
            "Charge": services.charge,
            "Payer": gather([p.name for p in practice.payers], services.payer),
            "Payer Type": gather([p.type for p in practice.payers], services.payer),
            "Clinic": gather(
                [c.name + r for r in regions for c in practice.clinics],
                region * len(practice.clinics) + services.clinic,
            ),
            "Clinic ZIP": gather([c.zip for c in practice.clinics], services.clinic),
            "Therapist": gather(
                [c.name + r for r in regions for c in practice.clinicians],
                region * len(practice.clinicians) + services.clinician,
            ),
            "Allowed": payments.allowed,
            "Insurance Paid": payments.insurance_paid,
            "Patient Paid": payments.patient_paid,
            "Adjustment": payments.adjustment,
            "Adjustment Reason": _reasons(practice, services, payments),
            "Remittance Date": _day_texts(practice, payments.remittance_day),
        }
    ).with_columns(pl.when(answered).then("Allowed").alias("Allowed"))
    order = np.lexsort((np.arange(services.size), services.patient, services.clinic, region, services.day))
    return (
        frame[order]
        .with_columns(
            pl.col("Patient").cast(pl.String).alias("Patient ID"),
            pl.format("Sample {}", pl.col("Patient").cast(pl.String).str.zfill(5)).alias("Patient Name"),
            pl.lit(practice.place_of_service).alias("POS"),
            *(pl.col(name).cast(pl.String) for name in COUNTS),
            *(money_text(pl.col(name)).alias(name) for name in MONEY),
        )
        .select(HEADINGS)
    )
