"""Delimited text: every record at its row, nothing swallowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis.errors import BadInput
from analysis.ingest import read_table

if TYPE_CHECKING:
    from tests.ingest.conftest import Read

HEAD = "Patient ID,DOS,CPT,Units,Charge,Payer\n"


def row(number: int, payer: str = "Aetna") -> str:
    return f"P{number},1/31/2026,97110,1,80.00,{payer}\n"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_and_line_ends(read: Read, delimiter: str, end: str) -> None:
    export = read((HEAD + row(1) + row(2)).replace(",", delimiter).replace("\n", end))
    assert export.rows_accepted == 2
    assert export.lines["source_row"].to_list() == [2, 3]
    assert export.lines["payer"].to_list() == ["Aetna", "Aetna"]


def test_excels_line_that_names_the_delimiter(read: Read) -> None:
    export = read("sep=;\n" + (HEAD + row(1)).replace(",", ";"))
    assert export.lines["source_row"].to_list() == [3]


def test_a_title_block_above_the_headings(read: Read) -> None:
    title = "Riverside PT\nCharges by therapist, printed 11/02/2026\n\nFrom 1/1/2026,to 6/30/2026\n"
    export = read(title + HEAD + row(1) + row(2))
    assert export.lines["source_row"].to_list() == [6, 7]
    assert export.rows_read == 2


def test_blank_lines_keep_the_numbers_of_the_rows(read: Read) -> None:
    export = read(HEAD + row(1) + "\n" + ",,,,,\n" + row(2) + "\n\n")
    assert export.lines["source_row"].to_list() == [2, 5]
    assert export.reasons == {"row__blank": 2}
    assert export.rows_read == 4


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n\n", "\r\n\r\n\r\n", "\n" * 700_000])
@pytest.mark.parametrize("payer", ["Aetna", '"two\nlines"'])
def test_empty_lines_at_the_end_are_no_rows_but_rows_of_empty_cells_are(read: Read, ending: str, payer: str) -> None:
    assert read(HEAD + row(1, payer).rstrip("\n") + ending).rows_read == 1
    assert read(HEAD + row(1, payer) + ",,,,," + ending).reasons == {"row__blank": 1}


def test_quotes_delimiters_and_line_breaks_within_cells(read: Read) -> None:
    export = read(HEAD + row(1, '"Aetna, ""Gold"" PPO"') + row(2, '"two\nlines"') + row(3))
    assert export.lines["payer"].to_list() == ['Aetna, "Gold" PPO', "two\nlines", "Aetna"]
    assert export.lines["source_row"].to_list() == [2, 3, 4]


def test_a_stray_quote_within_a_cell_stays_there(read: Read) -> None:
    export = read(HEAD + row(1, '12" Plan') + row(2))
    assert export.lines["payer"].to_list() == ['12" Plan', "Aetna"]


@pytest.mark.parametrize(
    "bad",
    [
        HEAD + row(1) + '"P2,1/31/2026,97110,1,80.00,Aetna\n' + row(3),
        HEAD
        + row(1)
        + '"P2,1/31/2026,97110,1,80.00,Aetna\n'
        + row(3)
        + row(4)
        + '"P5,1/31/2026,97110,1,80.00,Aetna\n'
        + row(6),
        HEAD + row(1) + '"P2,1/31/2026,97110,1,80.00,Aetna\n' + row(3) + 'P4",1/31/2026,97110,1,80.00,Aetna\n',
        HEAD + row(1) + '"P2,1/31/2026\nP3,1/31/2026\n',
        HEAD + row(1) + row(2, '"Aetna') + "".join(map(row, range(3, 3000))),
    ],
)
def test_an_unclosed_quote_never_swallows_rows(read: Read, bad: str) -> None:
    with pytest.raises(BadInput, match="quotation mark") as caught:
        read(bad)
    assert caught.value.row is not None
    assert caught.value.row >= 3


def test_a_row_with_too_many_cells_is_rejected_alone(read: Read) -> None:
    export = read(HEAD + row(1) + "SMITH,1/31/2026,97110,1,1,987.92,Aetna\n" + row(3))
    assert export.rows_accepted == 2
    assert export.reasons == {"row__too_many_cells": 1}
    assert export.rows["source_row"].to_list() == [3]
    assert "SMITH" not in export.rejected.write_csv()
    assert "97110" not in export.rejected.write_csv()


def test_a_row_of_nothing_but_an_extra_cell_is_not_blank(read: Read) -> None:
    assert read(HEAD + row(1) + ",,,,,,x\n").reasons == {"row__too_many_cells": 1}


def test_empty_cells_at_the_end_are_no_extra_cells(read: Read) -> None:
    export = read((HEAD + row(1)).replace("\n", ",,\n"))
    assert export.rows_accepted == 1


def test_short_rows_lack_what_they_lack(read: Read) -> None:
    export = read(HEAD + "P1,1/31/2026,97110\n" + "P2,1/31/2026,97110,2\n")
    assert export.reasons == {"units__missing": 1}
    assert export.lines["charge_cents"].to_list() == [None]


def test_more_cells_than_headings_everywhere_is_said(read: Read) -> None:
    with pytest.raises(BadInput, match="more cells than there are headings"):
        read(HEAD + "0," + row(1) + "1," + row(2))


def test_headings_are_made_unique() -> None:
    table = read_table(b"DOS,CPT,Mod,Mod,,Units\n1/1/2026,97110,GP,KX,x,1\n", "x.csv")
    assert table.headings == ("DOS", "CPT", "Mod", "Mod (2)", "(column 5, no heading)", "Units")


def test_headings_of_no_known_name_are_found_by_their_shape() -> None:
    table = read_table(b"My report,,,\nAlpha,Beta,Gamma,Delta\nA,1/31/2026,97110,1\n", "x.csv")
    assert table.headings == ("Alpha", "Beta", "Gamma", "Delta")
    assert table.header_row == 2


def test_headings_that_a_mapping_names_are_found(read: Read) -> None:
    from analysis.ingest import Mapping  # noqa: PLC0415

    mapping = Mapping((("Wer", "patient_id"), ("Wann", "date_of_service"), ("Was", "code"), ("Wieviel", "units")))
    export = read("Bericht,1,2,3\nWer,Wann,Was,Wieviel\nA,1/31/2026,97110,1\n", mapping=mapping)
    assert export.lines["source_row"].to_list() == [3]
