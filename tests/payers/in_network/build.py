"""Small in-network files for tests, one provider group of the clinic's and one of another's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from analysis.payers.in_network import Clinic, InNetworkFile, read_in_network
from tests.payers.in_network.make import NPI, TIN

if TYPE_CHECKING:
    from pathlib import Path

CLINIC = Clinic.of([NPI], [TIN])
OURS = {"npi": [int(NPI)], "tin": {"type": "ein", "value": TIN}}
THEIRS = {"npi": [1_111_111_111], "tin": {"type": "ein", "value": "98-7654321"}}


def price(rate: object = 31.2, **other: object) -> dict[str, object]:
    return {
        "negotiated_type": "negotiated",
        "negotiated_rate": rate,
        "expiration_date": "9999-12-31",
        "service_code": ["11"],
        "billing_class": "professional",
    } | other


def item(*rates: dict[str, Any], code: str = "97110", **other: object) -> dict[str, Any]:
    about = {"negotiation_arrangement": "ffs", "billing_code_type": "CPT", "billing_code": code}
    return about | other | {"negotiated_rates": list(rates)}


def rate(group: dict[str, Any], *prices: dict[str, object]) -> dict[str, Any]:
    return {"provider_groups": [group], "negotiated_prices": list(prices)}


def whole(*items: dict[str, Any], **other: object) -> dict[str, Any]:
    return {"reporting_entity_name": "Acme", "last_updated_on": "2026-11-01"} | other | {"in_network": list(items)}


def kept(folder: Path, content: object, name: str = "acme.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def read(folder: Path, content: object, clinic: Clinic = CLINIC) -> InNetworkFile:
    return read_in_network(kept(folder, content), clinic)
