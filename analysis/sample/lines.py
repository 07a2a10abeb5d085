"""Drawn services as billing lines (`analysis.lines`), and with Medicare's exact amounts (`analysis.pricing`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.lines.billing_line import SCHEMA, Status, conform
from analysis.medicare.fees import resolve
from analysis.pricing import AMOUNTS, price
from analysis.sample.practice import ASSISTANT_MODIFIERS, DISCIPLINE_MODIFIERS, DISCIPLINES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.medicare.fees import Locality
    from analysis.sample.practice import Practice
    from analysis.sample.services import Services
    from analysis.sample.visits import Flags, Ints

_DAYS = 1_000
"""Above every day number, so that patient and day make one visit key."""


def gather(names: Sequence[str | None], positions: Ints, *, category: bool = False) -> pl.Series:
    """The text at each position."""
    texts = pl.Series(names, dtype=pl.Categorical() if category else pl.String)
    return texts.gather(pl.Series(positions))


def of_clinician(practice: Practice, services: Services) -> tuple[Ints, Flags]:
    """Discipline (a position in DISCIPLINES) and whether an assistant treats, of every line."""
    discipline = np.array([DISCIPLINES.index(c.discipline) for c in practice.clinicians])
    assistant = np.array([c.assistant for c in practice.clinicians])
    return discipline[services.clinician], assistant[services.clinician]


def modifier_parts(practice: Practice, services: Services, kx: Flags) -> list[tuple[Ints, tuple[str, ...]]]:
    """The modifiers of every line in the order of a claim: for each of them, positions into its texts ("" for none)."""
    discipline, assistant = of_clinician(practice, services)
    states_discipline = np.array([p.discipline for p in practice.payers])[services.payer]
    states_assistant = np.array([p.assistant for p in practice.payers])[services.payer] & assistant
    no_modifier = len(DISCIPLINES)
    return [
        (services.edit_59.astype(np.int64), ("", "59")),
        (np.where(states_discipline, discipline, no_modifier), (*DISCIPLINE_MODIFIERS, "")),
        (np.where(states_assistant, discipline, no_modifier), (*ASSISTANT_MODIFIERS, "")),
        (kx.astype(np.int64), ("", "KX")),
    ]


def combine(parts: list[tuple[Ints, tuple[str, ...]]]) -> tuple[Ints, list[str]]:
    """All modifiers of a line at once: for every line a position into the texts, which are space-separated."""
    combined, texts = np.zeros(parts[0][0].size, dtype=np.int64), [""]
    for positions, names in parts:
        combined = combined * len(names) + positions
        texts = [f"{text} {name}" for text in texts for name in names]
    return combined, texts


def modifier_text(parts: list[tuple[Ints, tuple[str, ...]]]) -> pl.Series:
    """The modifiers of every line as the canonical line has them: sorted, space-separated."""
    combined, texts = combine(parts)
    return gather([" ".join(sorted(text.split())) for text in texts], combined, category=True)


def canonical(practice: Practice, services: Services) -> pl.DataFrame:
    """The services as billing lines: charged, not yet paid, and without KX, which depends on amounts."""
    size = services.size
    discipline, _ = of_clinician(practice, services)
    no_kx = np.zeros(size, dtype=np.bool_)
    columns = {
        "line_id": np.arange(size),
        "source_row": np.arange(size) + 2,
        "patient_key": services.patient,
        "visit_key": services.patient * _DAYS + services.day,
        "date_of_service": _dates(practice, services.day),
        "code": gather(list(practice.charges), services.code, category=True),
        "modifiers": modifier_text(modifier_parts(practice, services, no_kx)),
        "units": services.units,
        "minutes": services.minutes,
        "payer": gather([p.name for p in practice.payers], services.payer, category=True),
        "payer_class": gather([p.type for p in practice.payers], services.payer, category=True),
        "clinic": gather([c.name for c in practice.clinics], services.clinic, category=True),
        "provider": gather([c.name for c in practice.clinicians], services.clinician, category=True),
        "discipline": gather(DISCIPLINES, discipline, category=True),
        "charge_cents": services.charge,
    }
    constants = {"source_file": "sample", "status": Status.CHARGE.value, "place_of_service": practice.place_of_service}
    frame = pl.DataFrame(columns).with_columns(
        pl.lit(text, pl.Categorical()).alias(name) for name, text in constants.items()
    )
    empty_columns = [pl.lit(None, dtype).alias(name) for name, dtype in SCHEMA.items() if name not in frame.columns]
    return conform(frame.with_columns(empty_columns))


def _dates(practice: Practice, day: Ints) -> pl.Series:
    return pl.Series(np.datetime64(practice.first_day) + day).cast(pl.Date)


def medicare_amounts(practice: Practice, services: Services) -> pl.DataFrame:
    """Medicare's AMOUNTS for every line in cents, at each clinic's own locality; 0 where Medicare sets no amount."""
    localities: dict[str | None, Locality] = {clinic.name: resolve(clinic.zip) for clinic in practice.clinics}
    return price(canonical(practice, services), localities).lines.select(AMOUNTS).fill_null(0)
