"""Try the discoverer of payers' contracts on made-up practices: ``python -m tests.bench.practices --practices 120``.

``--dump N`` writes the lines of practice N as a billing export instead, which RevMix reads.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from analysis.pricing import price
from tests.bench.practices.practice import SIZES, Practice, make_practice
from tests.bench.practices.report import VERDICTS, Result, results, table

if TYPE_CHECKING:
    from collections.abc import Sequence

_SEEDS = 10_000
"""Practices of one seed; the next seed's are others."""
_MONEY = {
    "Charge": "charge_cents",
    "Allowed": "allowed_cents",
    "Insurance Paid": "insurance_paid_cents",
    "Patient Paid": "patient_paid_cents",
    "Adjustment": "adjustment_cents",
}
_TEXT = {
    "Patient ID": "patient_key",
    "CPT": "code",
    "Units": "units",
    "Payer": "payer",
    "Payer Type": "payer_class",
    "Clinic": "clinic",
    "Therapist": "provider",
    "POS": "place_of_service",
    "Adjustment Reason": "adjustment_reasons",
}
_DATES = {"DOS": "date_of_service", "Remittance Date": "paid_on"}


def export(practice: Practice) -> pl.DataFrame:
    """Return a practice's lines as a billing export: text, without the columns that hold nothing."""
    modifiers = pl.col("modifiers").cast(pl.String).str.split(" ")
    zips = pl.col("clinic").cast(pl.String).replace_strict(practice.zips, return_dtype=pl.String)
    frame = practice.lines.select(
        *(pl.col(name).dt.strftime("%m/%d/%Y").alias(heading) for heading, name in _DATES.items()),
        *(pl.col(name).cast(pl.String).alias(heading) for heading, name in _TEXT.items()),
        *(modifiers.list.get(at, null_on_oob=True).alias(f"Mod {at + 1}") for at in range(2)),
        zips.alias("Clinic ZIP"),
        *((pl.col(name) / 100).round(2).alias(heading) for heading, name in _MONEY.items()),
    )
    return frame.select(column for column in frame if column.null_count() < frame.height)


def run(seeds: Sequence[int], sizes: tuple[int, int]) -> list[Result]:
    """Run the discoverer on practices; says on stderr how far it is."""
    # Only here: the bench makes and dumps practices without it.
    discover = importlib.import_module("analysis.payers.discovery").discover
    found: list[Result] = []
    spent = 0.0
    for number, seed in enumerate(seeds, start=1):
        practice = make_practice(seed, sizes)
        priced = price(practice.lines, practice.places)
        began = time.perf_counter()
        try:
            discovered: pl.DataFrame = discover(priced).table()
        except Exception as error:
            error.add_note(f"practice {seed}")
            raise
        spent += time.perf_counter() - began
        found += results(practice, discovered)
        sys.stderr.write(f"\r{number} of {len(seeds)} practices, {spent:.1f} s discovering")
        sys.stderr.flush()
    sys.stderr.write("\n")
    return found


def _sizes(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high or low)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, or write one practice's lines."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.practices", description=__doc__)
    parser.add_argument("--practices", type=int, default=120, help="how many practices (120)")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other practices (1)")
    parser.add_argument("--size", type=_sizes, default=SIZES, help="fewest and most visits of a payer (10-600)")
    parser.add_argument("--only", type=int, help="one practice alone, by the number the list of wrong ones gives")
    parser.add_argument("--show", nargs="*", choices=VERDICTS, default=["wrong"], help="verdicts to list (wrong)")
    parser.add_argument("--smallest", type=int, default=0, help="list payers with this many visits or more (0)")
    parser.add_argument("--dump", type=int, help="write the lines of this practice as a billing export")
    parser.add_argument("--out", type=Path, help="the file to write (practice-N.csv)")
    said = parser.parse_args(arguments)
    if said.dump is not None:
        path = said.out or Path(f"practice-{said.dump}.csv")
        export(make_practice(said.dump, said.size)).write_csv(path, float_precision=2)
        sys.stdout.write(f"{path}\n")
        return 0
    seeds = [said.only] if said.only is not None else [said.seed * _SEEDS + at for at in range(said.practices)]
    sys.stdout.write(table(run(seeds, said.size), said.show, said.smallest) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
