"""Makes in-network files of any size after the examples of the public schema: `python make.py OUT MEGABYTES`.

Nothing in them is a real provider or rate. The same seed makes the same file.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

NPI, TIN = "1234567893", "12-3456789"
"""The clinic that every file lists, in the first provider group."""
OTHERS = (*(f"{number}" for number in range(99201, 99216)), "27447", "80053", "70450")
THERAPY = ("97110", "97112", "97140", "97530", "97161", "97164", "97116", "92507", "97165", "97014")
_BATCH = 500
"""Entries made at a time: a large file repeats batches."""


def group(draw: random.Random, number: int) -> dict[str, Any]:
    """One provider group; the first is the clinic's, and a few bill under an NPI in place of a tax ID."""
    if number == 0:
        return {"npi": [int(NPI), 1_987_654_321], "tin": {"type": "ein", "value": TIN, "business_name": "Riverside"}}
    npis = [draw.randrange(1_000_000_000, 2_000_000_000) for _ in range(draw.randint(1, 6))]
    if number % 17 == 0:
        return {"npi": npis[:1], "tin": {"type": "npi", "value": str(npis[0])}}
    value = f"{draw.randrange(20, 99)}-{draw.randrange(10_000_000):07}"
    return {"npi": npis, "tin": {"type": "ein", "value": value, "business_name": f"Group {number}"}}


def references(draw: random.Random, ids: int) -> Iterator[dict[str, Any]]:
    """Every tenth reference holds two groups."""
    for number in range(ids):
        groups = [group(draw, number)] + ([group(draw, number + ids)] if number % 10 == 9 else [])
        yield {"provider_group_id": number + 1, "network_name": ["Choice"], "provider_groups": groups}


def price(draw: random.Random, low: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "setting": "outpatient",
        "negotiated_type": draw.choice(["negotiated"] * 8 + ["fee schedule", "derived", "percentage"]),
        "negotiated_rate": round(draw.randrange(low, low + 4_000) / 100, 2),
        "expiration_date": draw.choice(["9999-12-31", "2027-12-31", "2024-12-31"]),
        "service_code": draw.choice([["11"], ["11", "12"], ["22"], ["CSTM-00"]]),
        "billing_class": draw.choice(["professional"] * 5 + ["both", "institutional"]),
    }
    if draw.random() < 0.2:
        made["billing_code_modifier"] = draw.choice([["GP"], ["CQ", "GP"], ["GO"]])
    return made


def rate(draw: random.Random, ids: int, number: int, *, inside: bool) -> dict[str, Any]:
    """One entry of negotiated_rates; every twentieth holds for the clinic."""
    chosen = sorted({draw.randrange(1, ids) for _ in range(draw.randint(1, 8))} | ({0} if number % 20 == 0 else set()))
    whose = (
        {"provider_groups": [group(draw, one) for one in chosen]}
        if inside
        else {"provider_references": [one + 1 for one in chosen]}
    )
    return whose | {"negotiated_prices": [price(draw, 2_000) for _ in range(draw.randint(1, 3))]}


def write(
    out: Path,
    *,
    entries: int = 40,
    ids: int = 30,
    seed: int = 1,
    order: str = "first",
    late: bool = False,
    bytes_at_least: int = 0,
) -> None:
    """Write a file.

    Parameters
    ----------
    entries:
        Entries of negotiated_rates for each code; repeated until the file has `bytes_at_least`.
    ids:
        How many provider references there are.
    order:
        Where the provider groups stand: `first`, `last`, or `inside` the rates.
    late:
        Whether the code of an item comes after its prices.
    """
    draw = random.Random(seed)  # noqa: S311  made-up rates, no secret
    head = {
        "reporting_entity_name": "Made-up Health Insurance",
        "reporting_entity_type": "health insurance issuer",
        "last_updated_on": "2026-11-01",
        "version": "2.0.0",
    }
    codes = (*OTHERS, *THERAPY)
    with gzip.open(out, "wt", 1) if out.suffix == ".gz" else out.open("w", encoding="ascii") as file:
        file.write(json.dumps(head)[:-1])
        if order == "first":
            _list(file, "provider_references", map(json.dumps, references(draw, ids)))
        file.write(', "in_network": [')
        for place, code in enumerate(codes):
            batch = [
                json.dumps(rate(draw, ids, number, inside=order == "inside")) for number in range(min(entries, _BATCH))
            ]
            text = ",".join(batch)
            times = max(entries // _BATCH, bytes_at_least // len(codes) // len(text), 1)
            about = f'"billing_code_type": "CPT", "billing_code_type_version": "2026", "billing_code": "{code}"'
            start = f'{{"negotiation_arrangement": "ffs", "name": "Service {code}", '
            file.write("," * (place > 0) + start + (about + ", " if not late else "") + '"negotiated_rates": [')
            for time in range(times):
                file.write("," * (time > 0) + text)
            file.write("]" + (", " + about if late else "") + "}")
        file.write("]")
        if order == "last":
            _list(file, "provider_references", map(json.dumps, references(draw, ids)))
        file.write("}")


def _list(file: Any, name: str, texts: Iterator[str]) -> None:
    file.write(f', "{name}": [')
    for place, text in enumerate(texts):
        file.write("," * (place > 0) + text)
    file.write("]")


if __name__ == "__main__":
    write(Path(sys.argv[1]), entries=_BATCH, ids=100_000, bytes_at_least=int(sys.argv[2]) * 1_000_000)
