"""Our labels: short, our own, complete enough."""

from __future__ import annotations

from analysis.codes import hcpcs as codes
from analysis.medicare import benchmarks
from analysis.medicare.fees import load_book


def test_labels_are_short_and_differ() -> None:
    labels = list(codes.load().values())
    assert len(labels) == len(set(labels))
    assert max(map(len, labels)) <= 50


def test_every_always_therapy_code_and_every_benchmark_has_a_label() -> None:
    rvus = load_book().schedule(2026).rvus
    therapy = set(rvus.filter(multiple_procedure="5", status="A")["hcpcs"])
    assert therapy | set(benchmarks.national()["code"]) <= set(codes.load())


def test_codes_exist_in_the_fee_schedule() -> None:
    assert set(codes.load()) <= set(load_book().schedule(2026).rvus["hcpcs"])


def test_an_unknown_code_stays_itself() -> None:
    assert codes.code_with_label("ZZZZZ") == "ZZZZZ"
    assert codes.code_with_label("97110") == "97110 Therapeutic exercise"
