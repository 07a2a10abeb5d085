"""Remittances and claims written short, as posting.toml explains, made into X12."""

from __future__ import annotations

import re

from tests.ingest.x12.build import interchange

_PAYMENT = re.compile(r"\d{4}-\d{2}-\d{2} ")


def is_era(text: str) -> bool:
    """Whether a text begins with a payment."""
    return bool(_PAYMENT.match(text.lstrip()))


def era(text: str) -> bytes:
    """A remittance, one transaction a payment."""
    transactions: list[list[str]] = []
    for row in text.strip().splitlines():
        if _PAYMENT.match(row):
            transactions.append(_payment(row))
        else:
            transactions[-1] += _segments(row)
    return interchange(*transactions)


def _payment(row: str) -> list[str]:
    day, trace, paid, payer = row.split(" ", 3)
    return [
        f"BPR*I*{paid}*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*{day.replace('-', '')}",
        f"TRN*1*{trace}*1512345678",
        f"N1*PR*{payer}",
        "N1*PE*RIVERSIDE*XX*1234567893",
        "LX*1",
    ]


def _segments(row: str) -> list[str]:
    word, _, rest = row.partition(" ")
    if word == "CLAIM":
        number, status, charge, paid, name, *more = rest.split()
        member, control = (*more, "", "")[:2]
        segments = [f"CLP*{number}*{status}*{charge}*{paid}**12*{control or 'ICN'}"]
        if name != "-":
            last, first = name.split(",")
            segments.append(f"NM1*QC*1*{last}*{first}****MI*{member}" if member else f"NM1*QC*1*{last}*{first}")
        return segments
    if word == "CLAIM-CAS":
        return _adjustments(rest)
    assert word == "SVC", row
    service, *further = (part.strip() for part in rest.split("|"))
    code, units, charge, paid, day = service.split()
    segments = [f"SVC*HC:{code}*{charge}*{paid}**{units}", f"DTM*472*{day.replace('-', '')}"]
    for part in further:
        kind, _, value = part.partition(" ")
        segments += {"B6": [f"AMT*B6*{value}"], "RARC": [f"LQ*HE*{value}"]}.get(kind) or _adjustments(part)
    return segments


def _adjustments(text: str) -> list[str]:
    words = text.split()
    pairs = zip(words[::2], words[1::2], strict=True)
    return [f"CAS*{reason.replace('-', '*')}*{amount}" for reason, amount in pairs]


def sent(text: str) -> bytes:
    """Claims, one transaction a claim."""
    transactions: list[list[str]] = []
    for row in text.strip().splitlines():
        word, *rest = row.split()
        if word == "CLM":
            number, frequency, name, *more = rest
            original, day = (*more, "-", "20260501")[:2] if more else ("-", "20260501")
            last, first = name.split(",")
            transactions.append(
                [
                    f"BHT*0019*00*1*{day}*1200*CH", "HL*1**20*1", "NM1*85*2*RIVERSIDE*****XX*1234567893",
                    "N4*BUFFALO*NY*142021234", "HL*2*1*22*0", "SBR*P*18*******CI",
                    f"NM1*IL*1*{last}*{first}****MI*M1", "NM1*PR*2*BLUE*****PI*1",
                    f"CLM*{number}*0***11:B:{frequency}*Y*A*Y*Y",
                    *([f"REF*F8*{original}"] if original != "-" else []),
                ]
            )  # fmt: skip
        else:
            code, units, charge, day = rest
            transactions[-1] += ["LX*1", f"SV1*HC:{code}*{charge}*UN*{units}***1", f"DTP*472*D8*{day.replace('-', '')}"]
    for transaction in transactions:  # the claim's charge is the sum of its lines
        total = sum(float(segment.split("*")[2]) for segment in transaction if segment.startswith("SV1"))
        place = next(index for index, segment in enumerate(transaction) if segment.startswith("CLM"))
        transaction[place] = transaction[place].replace("*0***", f"*{total:g}***", 1)
    return interchange(*transactions, kind="837", version="005010X222A1")
