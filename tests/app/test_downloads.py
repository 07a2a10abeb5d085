"""Downloads are data, never formulas; text of a file is text, never markup."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest

from analysis.metrics import definition
from analysis.reports.spreadsheet_text import neutral, unique
from pages._ui.kit import paper
from pages._ui.kit.downloads import by_content, neutral_csv
from pages._ui.kit.tables import for_download, in_words, room
from pages._ui.kit.text import count, file_stem, listed, money, percent, safe


def read_back(frame: pl.DataFrame) -> list[list[str]]:
    return list(csv.reader(io.StringIO(neutral_csv(frame).decode("utf-8-sig"))))


@pytest.mark.parametrize("cell", ["=1+1", "+1+1", "-1+1|cmd", "@SUM(A1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://x")'])
def test_a_cell_that_a_spreadsheet_would_run_is_text(cell: str) -> None:
    assert read_back(pl.DataFrame({"found": [cell]}))[1] == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["-87.50", "+3", "-$1,987.92", "97110", "GP KX", "a=b", ""])
def test_numbers_and_plain_text_stay_as_they_are(cell: str) -> None:
    assert read_back(pl.DataFrame({"found": [cell]}))[1] == [cell]


def test_headings_are_neutralised_too_and_stay_apart() -> None:
    assert read_back(pl.DataFrame({"=x": ["a"], "'=x": ["b"]}))[0] == ["'=x", "'=x (2)"]


@pytest.mark.parametrize("names", [["Paid", "Paid", "Paid (2)"], ["=a", "'=a", "'=a (2)"], ["a", "a (2)", "a"]])
def test_columns_of_one_name_never_collide(names: list[str]) -> None:
    frame = pl.DataFrame({str(place): [place] for place in range(3)})
    assert len(set(unique(names))) == 3
    renamed = frame.rename(dict(zip(frame.columns, unique(names), strict=True)))
    assert len(set(neutral(renamed).columns)) == 3


def test_cents_become_dollars_exactly() -> None:
    frame = pl.DataFrame({"paid_cents": [1, -250, None, 123_456_789_012_345], "n": [1, 2, 3, 4]})
    assert [row[0] for row in read_back(frame)] == ["paid", "0.01", "-2.50", "", "1234567890123.45"]


def test_a_download_has_the_screen_s_headings_and_shares_in_percent() -> None:
    frame = pl.DataFrame(
        {"code": ["97110", "97112"], "expected_cents": [123, None], "share_units": [0.3149, None], "x": [1, 2]}
    )
    meanings = {name: definition(name) for name in frame.columns}
    head, first, second = read_back(for_download(frame, meanings))
    assert head == ["Code", definition("expected_cents").label, "Share of units", "X"]
    assert first == ["97110", "1.23", "31.5%", "1"]
    assert second == ["97112", "", "", "2"]


def test_a_download_says_few_where_an_amount_rests_on_few_units() -> None:
    frame = pl.DataFrame({"code": ["97110", "97112", "97140"], "paid_cents": [123_400, 5, None]})
    meanings = {name: definition(name) for name in frame.columns}
    few = pl.DataFrame({"paid_cents": [False, True, None]})
    written = in_words(for_download(frame, meanings), frame, few, "{:.2f}")
    assert read_back(written)[1:] == [["97110", "1234.00"], ["97112", "few"], ["97140", ""]]
    assert (
        paper._text(in_words(for_download(frame, meanings), frame, few, "${:,.2f}")["Paid"][0], "cents") == "$1,234.00"
    )


def test_a_falling_share_stays_a_number() -> None:
    assert read_back(pl.DataFrame({"change": ["-1.7%"]}))[1] == ["-1.7%"]


def test_large_downloads_that_differ_anywhere_have_names_of_their_own() -> None:
    """Streamlit tells downloads of over 1 MiB apart by their name, length, beginning, middle and end."""
    payers = pl.Series("payer", [f"payer {n % 7}" for n in range(60_000)], dtype=pl.Categorical)
    frame = pl.DataFrame([payers, pl.Series("paid_cents", range(60_000)), pl.Series("row", range(60_000))])
    other = frame.with_columns(pl.when(pl.col("row") == 9_000).then(9_001).otherwise("paid_cents").alias("paid_cents"))
    assert len(neutral_csv(frame)) == len(neutral_csv(other)) > 1 << 20
    assert by_content(frame, "lines.csv") != by_content(other, "lines.csv")
    assert by_content(frame, "lines.csv") == by_content(frame.clone(), "lines.csv")
    assert by_content(frame.head(10), "lines.csv") == "lines.csv"


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("june", "june"),
        ("../../etc/passwd", "etc_passwd"),
        ("<b>$x$</b>", "b_x_b"),
        ("a\x1b[31m b", "a_31m_b"),
        ("…", "revmix"),
    ],
)
def test_a_download_is_named_in_plain_letters(name: str, stem: str) -> None:
    assert file_stem(name) == stem


def test_names_of_categories_are_neutralised_as_text() -> None:
    frame = pl.DataFrame({"payer": ["=A", "B"]}, schema={"payer": pl.Categorical})
    assert [row[0] for row in read_back(frame)][1:] == ["'=A", "B"]


def test_amounts_in_prose() -> None:
    assert money(123_456) == r"\$1,235"
    assert money(102_033_100) == r"\$1.02 M"
    assert money(99_999_999) == r"\$1,000,000"
    assert money(-150_000_000) == r"-\$1.50 M"
    assert money(None) == "—"
    assert percent(0.314) == "31%"
    assert percent(None) == "—"


def test_counts_and_lists() -> None:
    assert (count(1, "row"), count(1200, "row")) == ("1 row", "1,200 rows")
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b", "c", "d"]) == "a, b, c and 1 more"
    assert listed([]) == ""


def test_text_of_a_file_is_escaped_for_markdown() -> None:
    assert safe("![x](http://a.b)") == "\\!\\[x\\]\\(http\\:\N{WORD JOINER}//a\\.b\\)"
    assert safe("a\n# b") == r"a \# b"


def test_an_amount_among_dashes_has_its_own_room() -> None:
    among_dashes = pl.Series([139_011.67, None, None])
    assert (room("Expected", among_dashes) or 0) >= len("$139,011.67") * 7
    assert room("Allowed minus expected", among_dashes) is None
    assert room("Expected", pl.Series([139_011.67, 53_719.47, None])) is None
    assert room("Expected", pl.Series([None, None], dtype=pl.Decimal(18, 2))) is None
