"""What is said of a file that cannot be used, and of one that does not list the clinic."""

from __future__ import annotations

import gzip
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from analysis.errors import BadInput
from analysis.payers.in_network import NotListed, read_in_network
from analysis.payers.in_network.opening import PIECE
from tests.payers.in_network.build import CLINIC, OURS, THEIRS, item, price, rate, read, whole

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("ending", ["json", "json.gz"])
def test_a_file_cut_off_anywhere_says_so(tmp_path: Path, ending: str) -> None:
    text = json.dumps(whole(item(rate(OURS, price())))).encode()
    whole_file = gzip.compress(text) if ending.endswith("gz") else text
    path = tmp_path / f"cut.{ending}"
    for length in range(20, len(whole_file)):
        path.write_bytes(whole_file[:length])
        with pytest.raises(BadInput, match=rf"cut\.{ending}: found a file that is cut off"):
            read_in_network(path, CLINIC)


OTHER_KINDS = {
    "<html><body>Rates</body></html>": "text that is not JSON",
    '{"in_network": [}': "text that is not JSON",
    '{"in_network": []} {"in_network": []}': "text that is not JSON",
    '{"reporting_entity_name": "A", "out_of_network": []}': "an allowed-amounts file",
    '{"reporting_structure": []}': "a table of contents",
    '{"version": "1", "provider_groups": []}': "a provider-reference file",
    '{"in_network": null}': 'a JSON file without the list "in_network"',
    "[1]": "JSON that is a list or a single value",
    "7": "JSON that is a list or a single value",
    '{"in_network": ' + "[" * 1_000: "values nested too deeply",
    '{"provider_references": [{"provider_groups": [' + '{"a":' * 1_000: "values nested too deeply",
    '{"a": 1e99999999999999999999}': "text that is not JSON",
    '{"a": ' + "1" * 2_300 + "}": "a number of more than 2,000 digits",
    '{"a": "'
    + "x" * (PIECE - 1_165)
    + '", "b": '
    + "1" * 2_300
    + "}": "a number of more than 2,000 digits",  # in two pieces
}


@pytest.mark.parametrize("content", OTHER_KINDS, ids=range(len(OTHER_KINDS)))
def test_another_kind_of_file_is_named(tmp_path: Path, content: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(tmp_path, content)
    assert OTHER_KINDS[content] in refused.value.found
    assert refused.value.file == "acme.json"
    assert "in-network file of the Transparency in Coverage rule" in refused.value.expected
    assert not isinstance(refused.value, NotListed)


def test_archives_and_paths_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "rates.gz"
    path.write_bytes(b"")
    with pytest.raises(BadInput, match="an empty file"):
        read_in_network(path, CLINIC)
    packed = bytearray(gzip.compress(json.dumps(whole()).encode()))
    packed[-6] ^= 1  # its checksum
    path.write_bytes(packed)
    with pytest.raises(BadInput, match="a damaged archive"):
        read_in_network(path, CLINIC)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", "{}")
        archive.writestr("b.json", "{}")
    with pytest.raises(BadInput, match="an archive of 2 files; expected one JSON file"):
        read_in_network(path, CLINIC)
    with pytest.raises(BadInput, match=r"nowhere\.json: found .*check the path"):
        read_in_network(tmp_path / "nowhere.json", CLINIC)


def test_one_endless_text_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(b'{"name": "')
        for _ in range(40):
            file.write(b"a" * 1_000_000)
    with pytest.raises(BadInput, match="a single text or list of more than 16 MB"):
        read_in_network(path, CLINIC)


def test_a_mark_at_the_start_of_the_file_is_passed_over(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeff" + json.dumps(whole(item(rate(OURS, price()))))).negotiated.height == 1


def test_who_is_not_listed_learns_how_many_groups_there_were_and_what_they_look_like(tmp_path: Path) -> None:
    with pytest.raises(NotListed) as refused:
        read(tmp_path, whole(item(rate(THEIRS, price()), rate(THEIRS, price()))))
    assert refused.value.found == (
        "2 provider groups, none with NPI 1234567893 or tax ID 123456789 "
        "(such as NPI 1111111111 under tax ID 98-7654321)"
    )
    with pytest.raises(NotListed, match="among 1 provider group, but no rate for the requested codes"):
        read(
            tmp_path,
            whole(item(code="99214"), provider_references=[{"provider_group_id": 1, "provider_groups": [OURS]}]),
        )


def test_groups_at_another_address_are_told_and_never_fetched(tmp_path: Path) -> None:
    places = [{"provider_group_id": number, "location": f"https://acme.example/{number}.json"} for number in range(5)]
    referred = {"provider_references": [0, 1], "negotiated_prices": [price(40)]}
    with pytest.raises(NotListed) as refused:
        read(tmp_path, whole(item(referred), provider_references=places))
    assert "5 provider references point to other web addresses (https://acme.example/0.json, " in refused.value.found
    assert "RevMix does not open web addresses" in refused.value.todo
    with pytest.raises(NotListed, match="1 provider reference points to other web addresses"):
        read(tmp_path, whole(item(referred), provider_references=places[:1]))
    found = read(tmp_path, whole(item(referred, rate(OURS, price(30))), provider_references=places))
    assert found.negotiated["rate_cents"].to_list() == [3_000]
    assert found.market.row(0)[2:] == (3_000, 4_000, 4_000, 3)
    assert ["which RevMix does not open" in text for text in found.notes] == [True]
