"""A clinic's rates and the market from in-network files: against a plain reading, and what is refused."""

from __future__ import annotations

import gzip
import io
import json
import statistics
import tracemalloc
import zipfile
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import pytest

from analysis.errors import BadInput
from analysis.payers.in_network import Clinic, InMemory, NotListed, against_market, in_words, read_in_network
from tests.payers.in_network.build import CLINIC, OURS, THEIRS, item, kept, price, rate, read, whole
from tests.payers.in_network.make import NPI, THERAPY, TIN, write

if TYPE_CHECKING:
    from pathlib import Path


# ---------------------------------------------------------------------------------------------- against a plain reading
def cents(number: object) -> int:
    return int((Decimal(str(number)) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def plainly(path: Path) -> tuple[set[tuple[object, ...]], list[tuple[object, ...]]]:
    """What the reader should find, from the whole file in memory; a group is the clinic's if it lists its NPI."""
    data = path.read_bytes()
    held = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
    known = {one["provider_group_id"]: one["provider_groups"] for one in held.get("provider_references", [])}
    ours: set[tuple[object, ...]] = set()
    market: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    count: defaultdict[tuple[str, str], int] = defaultdict(int)
    for service in held["in_network"]:
        if service["billing_code"] not in THERAPY:
            continue
        for entry in service["negotiated_rates"]:
            groups = [group for number in entry.get("provider_references", []) for group in known[number]]
            groups += entry.get("provider_groups", [])
            seen = set()
            for found in entry["negotiated_prices"]:
                key = (service["billing_code"], " ".join(sorted(found.get("billing_code_modifier", []))))
                amount = cents(found["negotiated_rate"])
                is_percent = found["negotiated_type"] == "percentage"
                day = date.fromisoformat(found["expiration_date"])
                if any(int(NPI) in group["npi"] for group in groups):
                    ours.add(
                        (
                            *key,
                            " ".join(sorted(found["service_code"])),
                            found["billing_class"],
                            found["negotiated_type"],
                            None if is_percent else amount,
                            amount if is_percent else None,
                            None if day.year == 9999 else day,
                            "ffs",
                        )
                    )
                if not is_percent and found["billing_class"] != "institutional":
                    seen.add((*key, amount))
            for code, modifiers, amount in seen:
                market[code, modifiers] += [amount] * len(groups)
            for both in {(code, modifiers) for code, modifiers, _ in seen}:
                count[both] += len(groups)
    rows: list[tuple[object, ...]] = [
        (*both, min(found), cents(Decimal(statistics.median(found)) / 100), max(found), count[both])
        for both, found in sorted(market.items())
    ]
    return ours, rows


@pytest.mark.parametrize("late", [False, True], ids=["code first", "code last"])
@pytest.mark.parametrize("order", ["first", "last", "inside"])
@pytest.mark.parametrize("ending", ["json", "json.gz"])
def test_every_order_reads_as_the_whole_file_would(tmp_path: Path, ending: str, order: str, late: bool) -> None:  # noqa: FBT001
    path = tmp_path / f"rates.{ending}"
    write(path, order=order, late=late)
    found = read_in_network(path, CLINIC)
    ours, market = plainly(path)
    assert set(found.negotiated.rows()) == ours
    assert len(found.negotiated) == len(ours) > 30
    assert found.market.rows() == market
    assert len(market) > 20
    assert (found.payer, found.last_updated_on) == ("Made-up Health Insurance", "2026-11-01")
    assert any("read twice" in text for text in found.notes) == (late or order == "last")


def test_a_zip_holds_the_same(tmp_path: Path) -> None:
    path, packed = tmp_path / "rates.json", tmp_path / "rates.zip"
    write(path)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "deep/rates.json")
        archive.writestr("__MACOSX/._rates.json", "x")
    assert read_in_network(packed, CLINIC).negotiated.equals(read_in_network(path, CLINIC).negotiated)
    packed.write_bytes(packed.read_bytes()[:-400])
    with pytest.raises(BadInput, match="a damaged archive"):
        read_in_network(packed, CLINIC)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for size in (300_000, 3_000_000):
        path = tmp_path / f"{size}.json"
        write(path, bytes_at_least=size)
        tracemalloc.start()
        read_in_network(path, CLINIC, codes=["97110"])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert path.stat().st_size > size * 0.6
    assert peaks[1] < peaks[0] * 1.2
    assert peaks[1] < 3_000_000


def test_progress_grows_to_one(tmp_path: Path) -> None:
    path = tmp_path / "rates.json"
    write(path, order="last")
    told: list[tuple[float, str]] = []
    read_in_network(path, CLINIC, progress=lambda share, step: told.append((share, step)))
    assert [step for _, step in told][:: len(told) - 1] == ["reading rates.json", "ready"]
    assert "reading rates.json again" in {step for _, step in told}
    assert [share for share, _ in told if share >= 1] == [1.0]


# ----------------------------------------------------------------------------------------------------- one file by hand
def test_a_file_worked_by_hand(tmp_path: Path) -> None:
    content = whole(
        item(
            rate(OURS, price(31.2), price(26.525, billing_code_modifier=["gp", "CQ"], service_code=["12", "11"])),
            rate(THEIRS, price(34), price(34.0, service_code=["12"]), price(900, billing_class="institutional")),
            rate({"npi": [], "tin": THEIRS["tin"]}, price(40.01), price(0.65, negotiated_type="percentage")),
            rate(THEIRS, price(20, negotiated_type="per diem"), price(41)),
        ),
        item(rate(OURS, price(65.5, negotiated_type="Percentage", expiration_date="2024-12-31")), code="97112"),
        item(rate(OURS, price(99)), code="97530", negotiation_arrangement="bundle"),
        item(rate(OURS, price(150)), code="99214"),
        item(rate(OURS, price(5)), code="97530", billing_code_type="LOCAL"),
    )
    found = read(tmp_path, content)
    assert found.negotiated.rows() == [
        ("97110", "", "11", "professional", "negotiated", 3_120, None, None, "ffs"),
        ("97110", "CQ GP", "11 12", "professional", "negotiated", 2_653, None, None, "ffs"),
        ("97112", "", "11", "professional", "percentage", None, 6_550, date(2024, 12, 31), "ffs"),
        ("97530", "", "11", "professional", "negotiated", 9_900, None, None, "bundle"),
    ]
    # 31.20, 34.00 (named twice by one group), 40.01, 41.00; not the bundle, the institutional and the daily rate.
    assert found.market.rows() == [("97110", "", 3_120, 3_701, 4_100, 4), ("97110", "CQ GP", 2_653, 2_653, 2_653, 1)]
    assert found.groups_read == 6
    assert against_market(found.negotiated, found.market) == (
        "your rates are below the median of the file's provider groups for 1 of 1 codes; the largest gap is for 97110: "
        "your rate of $31.20 is below the median of $37.01 among 4 provider groups"
    )


def test_where_a_rate_stands_is_said() -> None:
    assert in_words(3_120, 3_400, 812) == "your rate of $31.20 is below the median of $34.00 among 812 provider groups"
    assert in_words(3_400, 3_400, 1) == "your rate of $34.00 is at the median of $34.00 among 1 provider group"
    assert in_words(3_500, 3_400, 2).startswith("your rate of $35.00 is above")


def test_the_median_of_an_even_number_is_the_mean_of_two(tmp_path: Path) -> None:
    rates = [rate(OURS, price(10)), rate(THEIRS, price(20.01)), rate(THEIRS, price(30)), rate(THEIRS, price(40))]
    assert read(tmp_path, whole(item(*rates))).market.row(0) == ("97110", "", 1_000, 2_501, 4_000, 4)


def test_other_codes_are_asked_for_by_name(tmp_path: Path) -> None:
    path = kept(tmp_path, whole(item(rate(OURS, price(150)), code="99214"), item(rate(OURS, price(31)))))
    assert read_in_network(path, CLINIC, codes=[" 99214"]).negotiated["code"].to_list() == ["99214"]


@pytest.mark.parametrize("code", [{"code": "CSTM-00"}, {"code": "CSTM-ALL", "billing_code_type": "CSTM-ALL"}])
def test_a_rate_for_all_codes_is_found(tmp_path: Path, code: dict[str, str]) -> None:
    found = read(tmp_path, whole(item(rate(OURS, price(60, negotiated_type="percentage")), **code)))
    assert found.negotiated.row(0)[:7] == ("CSTM-00", "", "11", "professional", "percentage", None, 6_000)


# ---------------------------------------------------------------------------------------------------------- whose it is
@pytest.mark.parametrize("number", ["7", "7.0", '"7"', "7.25", "123456789012345678.0000001", '"north"'])
@pytest.mark.parametrize("order", ["first", "last"])
def test_a_group_is_found_by_its_number_however_it_is_written(tmp_path: Path, number: str, order: str) -> None:
    referred = {"7.0": "7", '"7"': "7.0"}.get(number, number)
    groups = f'"provider_references": [{{"provider_group_id": {number}, "provider_groups": [{json.dumps(OURS)}]}}]'
    entry = f'{{"provider_references": [{referred}, 8], "negotiated_prices": [{json.dumps(price())}]}}'
    about = '"negotiation_arrangement": "ffs", "billing_code_type": "HCPCS", "billing_code": "g0283"'
    prices = f'"in_network": [{{{about}, "negotiated_rates": [{entry}]}}]'
    found = read(tmp_path, "{" + ", ".join([groups, prices] if order == "first" else [prices, groups]) + "}")
    assert found.negotiated.row(0)[:1] == ("G0283",)
    assert found.market["groups"].to_list() == [2]


@pytest.mark.parametrize(
    "group",
    [
        {"npi": [NPI], "tin": {"type": "ein", "value": "000000000"}},
        {"npi": ["123-456-7893"], "tin": {"type": "ein", "value": "000000000"}},
        {"npi": [0], "tin": {"type": "npi", "value": NPI}},
        {"npi": [0], "tin": {"type": "EIN", "value": "01 2345678"}},
        {"npi": [0], "tin": {"type": "ein", "value": 12345678}},
        {"npi": [], "tin": "01-2345678"},
        {"tin": {"type": "ein", "value": "012345678"}},
    ],
)
def test_dashes_spaces_and_lost_zeros_do_not_matter(tmp_path: Path, group: dict[str, Any]) -> None:
    clinic = Clinic.of(["1234 567 893"], ["01-2345678"])
    assert read(tmp_path, whole(item(rate(group, price()))), clinic).negotiated.height == 1


@pytest.mark.parametrize("group", [THEIRS, {"npi": [{}], "tin": {"value": None}}, {"npi": None}, {}, 5])
def test_other_groups_and_odd_ones_are_not_ours(tmp_path: Path, group: Any) -> None:
    with pytest.raises(NotListed, match="none with NPI 1234567893 or tax ID 123456789"):
        read(tmp_path, whole(item(rate(group, price()))))


def test_groups_with_both_numbers_come_first_then_the_tax_id(tmp_path: Path) -> None:
    both, tin = rate(OURS, price(30)), rate({"npi": [5], "tin": OURS["tin"]}, price(31))
    npi = rate({"npi": OURS["npi"], "tin": THEIRS["tin"]}, price(32))
    for rates, cents_found, said in (
        ((npi, tin, both), 3_000, ""),
        ((npi, tin), 3_100, "the rates are those of your tax ID"),
        ((npi,), 3_200, "your NPI under other tax IDs"),
    ):
        found = read(tmp_path, whole(item(*rates)))
        assert found.negotiated["rate_cents"].to_list() == [cents_found]
        assert [said in text for text in found.notes] == ([True] if said else [])
    alone = read(tmp_path, whole(item(npi, tin, both)), Clinic.of([], [TIN]))
    assert (alone.negotiated["rate_cents"].to_list(), alone.notes) == ([3_000, 3_100], ())


@pytest.mark.parametrize(
    ("npis", "tins", "said"),
    [
        (["123"], [], '"123"; expected an NPI of 10 digits'),
        ([], ["1234567890"], "expected a tax ID of 9 digits"),
        (["abcdefghij"], [], "expected an NPI of 10 digits"),
        ([], [], "neither an NPI nor a tax ID"),
    ],
)
def test_a_number_that_cannot_be_one_is_refused(npis: list[str], tins: list[str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        Clinic.of(npis, tins)


@pytest.mark.parametrize("number", [None, "free", -1, "NaN", 1e12, True, [5]])
def test_a_price_without_a_usable_number_is_counted(tmp_path: Path, number: object) -> None:
    found = read(tmp_path, whole(item(rate(OURS, price(number), price("$1,031.20")))))
    assert found.negotiated["rate_cents"].to_list() == [103_120]
    assert found.notes == ("prices left out because they have no usable number: 1",)


@pytest.mark.parametrize("kind", ["plain", "gz", "zip"])
def test_a_file_in_memory_is_read_as_one_on_disk_and_never_written(kind: str, tmp_path: Path) -> None:
    text = json.dumps(whole(item(rate(OURS, price(31.2)), rate(THEIRS, price(36))))).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("acme.json", text)
    data = {"plain": text, "gz": gzip.compress(text), "zip": packed.getvalue()}[kind]
    file = read_in_network(InMemory("acme", data), CLINIC)
    on_disk = tmp_path / "acme"
    on_disk.write_bytes(data)
    assert file.negotiated.equals(read_in_network(on_disk, CLINIC).negotiated)
    assert file.market.row(0)[2:] == (3_120, 3_360, 3_600, 2)
