"""Hostile and odd files, made here: name -> files of one upload. What becomes of each stands in expected.toml."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import openpyxl

from tests.archives import packed
from tests.ingest.x12.build import claim, claims, head, interchange

HEAD = "Patient ID,Patient Name,DOS,CPT,Mods,Units,Charge"
LINE = "A1,Zebulon Quux,1/31/2026,97110,GP,2,80.00"
OTHER = "B2,Quux Zebulon,2/13/2026,97140,GP,1,$1,060.00".replace("$1,060.00", '"$1,060.00"')
GOOD = f"{HEAD}\n{LINE}\n{OTHER}\n"

Files = list[tuple[str, bytes]]


def one(data: str | bytes, name: str = "june.csv") -> Files:
    return [(name, data.encode() if isinstance(data, str) else data)]


def rows(*lines: str, heading: str = HEAD) -> Files:
    return one("\n".join((heading, *lines)) + "\n")


def cell(column: int, text: str) -> Files:
    """The first line with another cell."""
    cells = LINE.split(",")
    cells[column] = text
    return rows(",".join(cells), OTHER)


def book(*lines: list[object], **sheets: list[list[object]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for title, content in {**({"Charges": list(lines)} if lines else {}), **sheets}.items():
        sheet = made.create_sheet(title)
        for line in content:
            sheet.append(line)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


TOP: list[object] = list(HEAD.split(","))
ROW: list[object] = ["A1", "Zebulon Quux", "1/31/2026", "97110", "GP", 2, 80]


def changed(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """A package with a change in one of its parts."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts[part] = parts[part].replace(old, new)
    return packed(parts)


def text_cases() -> dict[str, Files]:
    utf16 = GOOD.encode("utf-16")
    return {
        "good": one(GOOD),
        "empty": one(b""),
        "blanks only": one(b" \n\n \t\n"),
        "zeros": one(b"\0" * 4096),
        "headings only": one(HEAD + "\n"),
        "one line of prose": one("There is nothing here to see\n"),
        "one column": one("DOS\n1/31/2026\n2/1/2026\n"),
        "two hundred columns": one(
            ",".join([HEAD, *(f"X{n}" for n in range(200))])
            + "\n"
            + ",".join([LINE, *("1" for _ in range(200))])
            + "\n"
        ),
        "a thousand columns": one(",".join(f"X{n}" for n in range(1000)) + "\n" + ",".join("1" * 1000) + "\n"),
        "semicolons": one(GOOD.replace(",", ";").replace('"$1;060.00"', "1060.00")),
        "tabs": one(GOOD.replace(",", "\t").replace('"$1\t060.00"', "1060.00"), "june.xls"),
        "pipes": one(GOOD.replace(",", "|").replace('"$1|060.00"', "1060.00")),
        "declared delimiter": one("sep=;\n" + GOOD.replace(",", ";").replace('"$1;060.00"', "1060.00")),
        "byte-order mark": one(b"\xef\xbb\xbf" + GOOD.encode()),
        "utf-16": one(utf16),
        "utf-16 without mark": one(utf16[2:]),
        "utf-16 cut in a letter": one(utf16[:-1]),
        "utf-32": one(GOOD.encode("utf-32")),
        "cp1252": one(GOOD.replace("Quux", "Müller").encode("cp1252")),
        "two encodings": one(GOOD.encode() + "C3,Zoë,1/31/2026,97110,GP,1,40.00\n".encode("cp1252")),
        "line ends of old Macs": one(GOOD.replace("\n", "\r")),
        "line ends of Windows": one(GOOD.replace("\n", "\r\n")),
        "no line end at the end": one(GOOD.rstrip("\n")),
        "blank rows between": one(GOOD.replace("\n", "\n\n")),
        "a zero byte in a cell": one(GOOD.replace("97110", "97\x00110")),
        "an open quote": one(GOOD.replace("97110", '"97110')),
        "quotes in quotes": one(GOOD.replace("Zebulon Quux", '"Zebulon ""Z"" Quux"')),
        "a line end in a cell": one(GOOD.replace("Zebulon Quux", '"Zebulon\nQuux"')),
        "a huge cell": one(GOOD.replace("Zebulon Quux", "z" * 40_000)),
        "a title block": one("Riverside PT\nCharges by date\nPrinted 6/1/2026\n\n" + GOOD),
        "a title block of eighty rows": one("note\n" * 80 + GOOD),
        "headings twice": one(GOOD + GOOD),
        "the same heading twice": one(GOOD.replace("Mods", "Units")),
        "a totals row": one(GOOD + "Total,,,,,3,1140.00\n"),
        "a totals row without a word": one(GOOD + ",,,,,3,1140.00\n"),
        "a printed footer": one(GOOD + "Printed by Ann\n"),
        "more cells than headings": one(GOOD + LINE + ",1,2\n"),
        "fewer cells than headings": one(GOOD + "C3,Zebulon\n"),
        "json": one(json.dumps([{"DOS": "1/31/2026", "CPT": "97110"}])),
        "an e-mail": one("From: a@b.c\nTo: d@e.f\nSubject: charges\n\nsee attached\n"),
        "a log file": one("2026-01-31 12:00:01 INFO started\n2026-01-31 12:00:02 INFO stopped\n"),
        "an sql dump": one("INSERT INTO charges VALUES (1,'97110');\nINSERT INTO charges VALUES (2,'97140');\n"),
        "a program": one(b"MZ\x90\x00\x03\x00\x00\x00" + bytes(range(256))),
        "random bytes": one(bytes((n * 73 + 41) % 256 for n in range(5000))),
        "a pdf": one(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"),
        "a picture": one(b"\x89PNG\r\n\x1a\n" + b"\0" * 50),
        "gzip": one(gzip.compress(GOOD.encode())),
        "formulas as text": one(GOOD.replace("Zebulon Quux", "=cmd|' /C calc'!A0")),
        "markup as text": one(GOOD.replace("Zebulon Quux", "<script>alert(1)</script>")),
    }


def value_cases() -> dict[str, Files]:
    dates = {
        "30 February": "2/30/2026",
        "a serial date": "46053",
        "a serial date with time": "46053.5",
        "iso": "2026-01-31",
        "iso with time": "2026-01-31T09:30:00",
        "two-digit year": "1/31/26",
        "a month in letters": "31-Jan-2026",
        "year 0": "1/31/0000",
        "year 2126": "1/31/2126",
        "before the schedules": "1/31/1985",
        "no date": "soon",
        "an empty date": "",
        "european and proved": "31/01/2026",
        "with a weekday": "Sat 1/31/2026",
    }
    codes = {
        "modifiers in the code": "97110-59",
        "modifiers with blanks": "97110 GP KX",
        "modifiers with colons": "97110:GP:59",
        "a code as a number": "97110.0",
        "a lowercase hcpcs code": "g0283",
        "a code with blanks": " 97110 ",
        "a no-show": "NO SHOW",
        "a short code": "9711",
        "a long code": "971100",
        "an o for a zero": "9711O",
        "a drug code": "J1885",
        "a category III code": "0591T",
        "no code": "",
    }
    units = {
        "zero units": "0",
        "negative units": "-2",
        "half a unit": "1.5",
        "units as decimals": "2.00",
        "units in words": "two",
        "a thousand units": "1000",
        "no units": "",
        "units with a word": "2 units",
        "the type of units": "UN",
    }
    money = {
        "brackets": "(80.00)",
        "a minus behind": "80.00-",
        "a currency": "$80.00",
        "decimal comma": '"80,00"',
        "european thousands": '"1.080,00"',
        "a fraction of a cent": "80.005",
        "a word": "eighty",
        "no charge": "",
        "a huge charge": "99999999999",
        "exponents": "8e1",
        "nan": "NaN",
        "infinity": "inf",
        "zero": "0.00",
    }
    return {
        **{f"date: {name}": cell(2, text) for name, text in dates.items()},
        **{f"code: {name}": cell(3, text) for name, text in codes.items()},
        **{f"units: {name}": cell(5, text) for name, text in units.items()},
        **{f"charge: {name}": cell(6, text) for name, text in money.items()},
        "modifiers: three letters": cell(4, "GPX"),
        "modifiers: joined": cell(4, "GPKX"),
        "patient: none": cell(0, ""),
        "a reversal and its charge": rows(LINE, LINE.replace(",2,80.00", ",-2,-80.00"), OTHER),
        "a reversal alone": rows(LINE.replace(",2,80.00", ",-2,-80.00"), OTHER),
        "a reversal and a new charge": rows(LINE, LINE.replace(",2,80.00", ",-2,-80.00"), LINE.replace(",2,", ",3,")),
        "twice next to each other": rows(LINE, LINE, OTHER),
        "exported twice": rows(LINE, OTHER, LINE, OTHER),
        "dates in two orders": rows(LINE, OTHER.replace("2/13/2026", "13/2/2026")),
        "dates that tell no order": rows(LINE.replace("1/31", "1/3"), OTHER.replace("2/13", "2/3")),
        "no patient at all": rows("1/31/2026,97110,1", heading="DOS,CPT,Units"),
        "no units at all": rows("A1,1/31/2026,97110,80.00", heading="MRN,DOS,CPT,Charge"),
        "no code at all": rows("A1,1/31/2026,1,80.00", heading="MRN,DOS,Units,Charge"),
        "unit price only": rows("A1,1/31/2026,97110,3,40.10", heading="MRN,DOS,CPT,Units,Unit Price"),
        "code totals": rows("97110,20,900.00", "97140,10,300.00", heading="CPT,Units,Charge"),
    }


def workbook_cases() -> dict[str, Files]:
    good = book(TOP, ROW)
    sheet = "xl/worksheets/sheet1.xml"
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    found = {
        "workbook": good,
        "workbook with dates and numbers": book(TOP, ["A1", "Z", 46053, 97110, "GP", 2.0, 80.0]),
        "workbook with formulas": book(TOP, ["A1", "Z", "1/31/2026", "97110", "GP", "=1+1", "=SUM(1,2)"]),
        "workbook of two months": book(May=[TOP, ROW], June=[TOP, ["B2", *ROW[1:]]]),
        "workbook with notes": book(Notes=[["read me"]], June=[TOP, ROW]),
        "workbook without a table": book(Notes=[["read me"], ["and go"]]),
        "workbook without anything": book(Empty=[]),
        "workbook cut short": good[: len(good) // 2],
        "workbook with a broken end": good[:-30],
        "workbook with an entity": changed(good, sheet, b"<?xml", entity + b"<?xml"),
        "workbook with a false size": changed(good, sheet, b'ref="A1:G2"', b'ref="A1:XFD1048576"'),
        "workbook of broken xml": changed(good, sheet, b"</sheetData>", b""),
        "workbook of sixty sheets": book(**{f"S{n}": [TOP, ROW] for n in range(60)}),
        "word document": packed({"[Content_Types].xml": "<a/>", "word/document.xml": "<a/>"}),
        "open document": packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"}),
        "old workbook that is none": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "Workbook".encode("utf-16-le"),
        "protected workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "html": f"<html><table><tr><td>{'</td><td>'.join(map(str, TOP))}</td></tr><tr><td>"
        f"{'</td><td>'.join(map(str, ROW))}</td></tr></table></html>".encode(),
        "html without a table": b"<html><body>Your session has expired. Please log in.</body></html>",
        "xml": b"<?xml version='1.0'?><charges><charge code='97110'/></charges>",
        "xml with a billion laughs": (
            b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]><a>&d;</a>"
        ),
    }
    return {name: one(data, "june.xlsx") for name, data in found.items()}


def archive_cases() -> dict[str, Files]:
    good = GOOD.encode()
    deep = packed({"c.zip": packed({"b.zip": packed({"a.zip": packed({"june.csv": good})})})})
    return {
        "zip": one(packed({"june.csv": good}), "a.zip"),
        "zip of two": one(packed({"may.csv": good, "june.csv": good.replace(b"/2026", b"/2025")}), "a.zip"),
        "zip of the same file twice": one(packed({"a/june.csv": good, "b/june.csv": good}), "a.zip"),
        "zip in a zip": one(packed({"june.zip": packed({"june.csv": good})}), "a.zip"),
        "zips too deep": one(deep, "a.zip"),
        "zip of nothing": one(packed({}), "a.zip"),
        "zip of hidden files": one(packed({"__MACOSX/._june.csv": b"x", ".DS_Store": b"x"}), "a.zip"),
        "zip that climbs": one(packed({"../../../etc/june.csv": good}), "a.zip"),
        "zip of a picture": one(packed({"a.png": b"\x89PNG\r\n\x1a\n"}), "a.zip"),
        "zip of a picture and a file": one(packed({"a.png": b"\x89PNG\r\n\x1a\n", "june.csv": good}), "a.zip"),
        "zip bomb": one(packed({"june.csv": b"0" * 50_000_000}), "a.zip"),
        "zip of many files": one(packed({f"{n}.csv": b"x" for n in range(2500)}, method=zipfile.ZIP_STORED), "a.zip"),
        "zip cut short": one(packed({"june.csv": good})[:80], "a.zip"),
        "zip of a workbook": one(packed({"june.xlsx": book(TOP, ROW)}), "a.zip"),
        "two files": [("may.csv", good), ("june.csv", good.replace(b"/2026", b"/2025"))],
        "two files that overlap": [("may.csv", good), ("june.csv", good + b"C3,Z,3/1/2026,97110,GP,1,40.00\n")],
        "the same name twice": [("june.csv", good), ("june.csv", good.replace(b"/2026", b"/2025"))],
    }


SERVICE = "SVC*HC:97110:GP*100*40.18**2~DTM*472*20260302~CAS*CO*45*48.75**253*.82~CAS*PR*2*10.25"


def x12_cases() -> dict[str, Files]:
    paid = [*head("40.18"), *claim("A1", SERVICE, charge="100", paid="40.18")]
    whole = interchange(paid)
    segments = whole.split(b"~")
    refused = claim("A1", "SVC*HC:97110:GP*100*0**2~DTM*472*20260302~CAS*CO*50*100", status="4", charge="100", paid="0")
    back = claim(
        "A1",
        "SVC*HC:97110:GP*-100*-40.18**2~DTM*472*20260302~CAS*CO*45*-59.82",
        status="22",
        charge="-100",
        paid="-40.18",
    )
    second = claim(
        "A1", "SVC*HC:97110:GP*100*10.25**2~DTM*472*20260302~CAS*OA*23*89.75", status="2", charge="100", paid="10.25"
    )
    billed = claims("CLM*A1*100***11:B:1*Y*A*Y*Y", "LX*1", "SV1*HC:97110:GP*100*UN*2***1", "DTP*472*D8*20260302")
    without = {
        name: b"~".join(s for s in segments if not s.startswith(name))
        for name in (b"ISA", b"GS", b"ST", b"CLP", b"NM1", b"BPR", b"DTM", b"SE", b"IEA", b"N1")
    }
    found = {
        "835": whole,
        "835 denied": interchange([*head("0"), *refused]),
        "835 reversal alone": interchange([*head("-40.18"), *back]),
        "835 reversed": interchange(paid, [*head("-40.18", day="20260401"), *back]),
        "835 of a second payer alone": interchange([*head("10.25"), *second]),
        "835 of two payers": interchange(paid, [*head("10.25", payer="AARP"), *second]),
        "835 twice in a file": interchange(paid, paid),
        "835 claim without lines": interchange([*head("50"), *claim("A1", charge="80", paid="50")]),
        "835 unbalanced line": whole.replace(b"48.75", b"40.00"),
        "835 unbalanced payment": whole.replace(b"BPR*I*40.18", b"BPR*I*41.18"),
        "835 unreadable amount": whole.replace(b"*100*40.18*", b"*1OO*40.18*"),
        "835 unreadable date": whole.replace(b"472*20260302", b"472*2026XX02").replace(b"232*20260302", b"232*"),
        "835 zero units": whole.replace(b"40.18**2", b"40.18**0"),
        "835 fraction of a unit": whole.replace(b"40.18**2", b"40.18**1.5"),
        "835 revenue code": whole.replace(b"HC:97110:GP", b"NU:0420"),
        "835 dental code": whole.replace(b"HC:97110:GP", b"AD:D0120"),
        "835 five modifiers": whole.replace(b"HC:97110:GP", b"HC:97110:GP:59:KX:CQ"),
        "835 of 4010": whole.replace(b"005010X221A1", b"004010X091A1"),
        "835 in lowercase names": whole.replace(b"~CLP", b"~clp").replace(b"~SVC", b"~svc"),
        "835 in lines": whole.replace(b"~", b"~\r\n"),
        "835 in utf-16": whole.decode().encode("utf-16"),
        "835 with a mark": b"\xef\xbb\xbf" + whole,
        "835 with text before": b"HTTP/1.1 200 OK\r\n\r\n" + whole,
        "835 with a wrong count": whole.replace(b"SE*15", b"SE*99"),
        "835 cut in a segment": whole[: whole.index(b"CAS*PR") + 9],
        "835 cut after the claim": whole[: whole.index(b"SVC")],
        "835 cut in its header": whole[:100],
        "835 out of order": b"~".join([*segments[:8], *segments[11:13], *segments[8:11], *segments[13:]]),
        "835 only of adjustments": interchange([*head("-5"), "PLB*1*20261231*WO:X*5"]),
        "835 two interchanges": whole + interchange(paid, element="|", component=">").replace(b"A1", b"A2"),
        "835 with a 999": whole + interchange(["AK1*HP*1"], kind="999", version="005010X231A1"),
        "999": interchange(["AK1*HP*1"], kind="999", version="005010X231A1"),
        "277": interchange(["BHT*0085*08*1"], kind="277", version="005010X214"),
        "271": interchange(["BHT*0022*11*1"], kind="271", version="005010X279A1"),
        "837p": interchange(billed, kind="837", version="005010X222A1"),
        "837p void": interchange(
            [*billed, "CLM*A1*100***11:B:8*Y*A*Y*Y", "LX*1", "SV1*HC:97110:GP*100*UN*2***1", "DTP*472*D8*20260302"],
            kind="837",
            version="005010X222A1",
        ),
        "837i": interchange(
            claims("CLM*A1*100", "LX*1", "SV2*0420*HC:97110*100*UN*2"), kind="837", version="005010X223A2"
        ),
        "837p in minutes": interchange(
            [s.replace("UN*2", "MJ*30") for s in billed], kind="837", version="005010X222A1"
        ),
        "835 and 837p in one file": whole + interchange(billed, kind="837", version="005010X222A1"),
        **{f"835 without {name.decode()}": data for name, data in without.items()},
    }
    return {name: one(data, "june.835") for name, data in found.items()} | {
        "835 and its claim": [("a.837", interchange(billed, kind="837", version="005010X222A1")), ("a.835", whole)],
        "835 and an export": [
            ("june.csv", GOOD.replace("1/31/2026", "3/2/2026").replace("80.00", "100.00").encode()),
            ("a.835", whole.replace(b"DOE*JANE", b"QUUX*ZEBULON")),
        ],
        "835 of strangers and an export": [("june.csv", GOOD.encode()), ("a.835", whole.replace(b"A1", b"Z9"))],
        "835 given twice as files": [("a.835", whole), ("b.835", whole + b"\r\n")],
    }


CASES: dict[str, Files] = {**text_cases(), **value_cases(), **workbook_cases(), **archive_cases(), **x12_cases()}
