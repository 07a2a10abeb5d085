"""What the edits say of one code is what the tables have."""

from __future__ import annotations

from analysis.medicare.code_edits import edits_of


def test_a_code_knows_its_most_units_and_whether_there_is_an_appeal() -> None:
    assert (edits_of("97112").max_units, edits_of("97112").absolute) == (4, False)
    assert (edits_of("97161").max_units, edits_of("97161").absolute) == (1, True)
    assert edits_of("99999").max_units is None


def test_a_pair_says_which_code_is_denied_and_whether_a_modifier_opens_it() -> None:
    pairs = {other: (denied, modifier) for other, denied, modifier in edits_of("97032").pairs.iter_rows()}
    assert pairs["92526"] == ("97032", False)
    assert pairs["97164"] == ("97164", True)
    assert edits_of("92526").beside("97032")
    assert not edits_of("97110").beside("97112")
    assert "2024-07-01" in edits_of("97110").edition


def test_the_pairs_that_no_modifier_opens_stand_first() -> None:
    opens = edits_of("92526").pairs["modifier"].to_list()
    assert opens == sorted(opens)
    assert len(set(opens)) == 2
