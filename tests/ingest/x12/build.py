"""Remittances and claims written for tests: made-up patients, real structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def interchange(
    *transactions: Iterable[str],
    kind: str = "835",
    version: str = "005010X221A1",
    element: str = "*",
    component: str = ":",
    end: str = "~",
    broken: bool = False,
) -> bytes:
    """An interchange of transactions, each a list of segments written with ``*`` and ``:``."""
    header = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *260315*1200*U*00501*000000001*0*P*:"
    body = [header, f"GS*HP*PAYER*CLINIC*20260315*1200*1*X*{version}"]
    for number, transaction in enumerate(transactions, start=1):
        segments = list(transaction)
        closing = [] if broken else [f"SE*{len(segments) + 2}*{number:04d}"]
        body += [f"ST*{kind}*{number:04d}", *segments, *closing]
    if not broken:
        body += [f"GE*{len(transactions)}*1", "IEA*1*000000001"]
    text = end.join(body) + end
    return text.replace("*", "\0").replace(":", component).replace("\0", element).encode()


def head(paid: str, payer: str = "MEDICARE PART B", day: str = "20260315") -> list[str]:
    """The first segments of a remittance: what was paid, by whom, when."""
    return [
        f"BPR*I*{paid}*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*{day}",
        f"TRN*1*{day}{paid}*1512345678",
        f"N1*PR*{payer}",
        "N1*PE*RIVERSIDE*XX*1234567893",
        "LX*1",
    ]


def claim(
    number: str,
    *services: str,
    status: str = "1",
    charge: str,
    paid: str,
    filing: str = "MB",
    member: str = "1EG4TE5MK73",
) -> list[str]:
    """A claim of a remittance; the services are segments separated by ``~``."""
    segments = [f"CLP*{number}*{status}*{charge}*{paid}**{filing}*ICN", f"NM1*QC*1*DOE*JANE****MI*{member}"]
    return [*segments, "DTM*232*20260302", *(segment for service in services for segment in service.split("~"))]


def claims(*segments: str) -> list[str]:
    """The billing provider, the subscriber and the payer of an 837P, and further segments."""
    return [
        "BHT*0019*00*1*20260301*1200*CH",
        "HL*1**20*1",
        "NM1*85*2*RIVERSIDE*****XX*1234567893",
        "N4*BUFFALO*NY*142021234",
        "HL*2*1*22*0",
        "SBR*P*18*******MB",
        "NM1*IL*1*DOE*JANE****MI*1EG4TE5MK73",
        "NM1*PR*2*MEDICARE PART B*****PI*00001",
        *segments,
    ]
