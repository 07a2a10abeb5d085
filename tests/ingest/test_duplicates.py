from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis.errors import BadInput
from analysis.ingest import Mapping

if TYPE_CHECKING:
    from tests.ingest.conftest import Read

HEAD = "MRN,DOS,CPT,Units,Charge\n"
A, B = "A1,1/5/2026,97110,2,80.00\n", "A1,1/5/2026,97140,1,40.00\n"
C = "B2,1/6/2026,97110,2,80.00\n"


def dropped(read: Read, text: str) -> int:
    export = read(text)
    assert export.rows_read == export.rows_accepted + export.rows_ignored
    return export.reasons.get("row__duplicate", 0)


@pytest.mark.parametrize(
    ("rows", "copies"),
    [
        (A + A, 0),  # may be two services
        (A + A + B + B, 0),  # one row a unit
        (A + B + A + B, 2),  # the visit once more
        (A + B + A, 0),
        (A + C + A, 1),  # somebody else between
        (A + B + C + A + B + C, 3),  # exported twice
        (A + A + C + A + A, 2),  # both of the second export
        (A + B + C, 0),
    ],
)
def test_copies_are_dropped_where_they_are_certain(read: Read, rows: str, copies: int) -> None:
    assert dropped(read, HEAD + rows) == copies


def test_a_record_number_makes_a_copy_certain(read: Read) -> None:
    assert dropped(read, "Charge ID," + HEAD + "1," + A + "1," + A + "2," + A) == 1


def test_a_column_without_any_value_twice_numbers_the_rows(read: Read) -> None:
    rows = "".join(f"{place},A{place},1/5/2026,97110,2,80.00\n" for place in range(60))
    assert dropped(read, "Ref," + HEAD + rows + "59,A59,1/5/2026,97110,2,80.00\n") == 1


def test_the_user_decides_otherwise(read: Read) -> None:
    columns = (("MRN", "patient_id"), ("DOS", "date_of_service"), ("CPT", "code"), ("Units", "units"))
    keep, drop = Mapping(columns, duplicates="keep"), Mapping(columns, duplicates="drop")
    assert read(HEAD + A + C + A, mapping=keep).rows_accepted == 3
    assert read(HEAD + A + A, mapping=drop).rows_accepted == 1
    assert Mapping.from_toml(drop.to_toml()) == drop
    with pytest.raises(BadInput, match="duplicates"):
        Mapping.from_toml(drop.to_toml().replace('"drop"', '"some"'))


def test_rows_without_units_are_one_unit_each_where_they_repeat(read: Read) -> None:
    head = "MRN,DOS,CPT,Charge\n"
    repeated = "A1,1/5/2026,97110,40.00\n" * 3 + "A1,1/5/2026,97140,40.00\n"
    export = read(head + repeated)
    assert export.lines["units"].to_list() == [1, 1, 1, 1]
    assert "units__one_a_row" in {notice.name for notice in export.notices}
    with pytest.raises(BadInput, match="for units"):
        read(head + "A1,1/5/2026,97110,40.00\nA1,1/5/2026,97140,40.00\n")
