"""Shared by several commands: arguments, reading and writing files, messages on standard error."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import polars as pl

from analysis.errors import BadInput, printable
from analysis.ingest import Mapping, combine
from analysis.ingest.review import read_each_apart
from analysis.ingest.rows.reasons import DONE
from analysis.medicare.fees import resolve
from analysis.medicare.fees.schedules import Track
from analysis.payers import ContractBook, read_upload
from analysis.payers.discovery import alternatives_of, contracts_of, discover
from analysis.pricing.clinics import clinic_localities
from analysis.system.keep import unwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analysis.ingest import Export
    from analysis.medicare.fees import Locality
    from analysis.pricing import Priced

FRAME = "file to write, .csv or .parquet"
LOCALITY = "a locality number such as 15202-00, a ZIP code, a state with only one locality, or national"
EXPORT = "billing export, remittance (835), claims (837P) or a zip of these; several files are read as one set"


def count(text: str) -> int:
    """Parse a whole number above 0."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def day(text: str) -> date:
    """Parse a date of service."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-03-01") from None


def takes_exports(command: argparse.ArgumentParser) -> None:
    """Add the arguments of every command that reads exports and writes a result."""
    command.add_argument("export", nargs="+", type=Path, help=EXPORT)
    command.add_argument("--mapping", type=Path, help="TOML file that says which heading is what")


def takes_files(command: argparse.ArgumentParser, out: str) -> None:
    """Give a command the arguments of all that read exports and write a result."""
    takes_exports(command)
    command.add_argument("--out", type=Path, required=True, help=out)


def takes_lines(command: argparse.ArgumentParser, out: str) -> None:
    """Add the arguments of every command that prices the lines of exports."""
    takes_files(command, out)
    where = f'{LOCALITY}; used where the files give no ZIP code; for one clinic, write "Mason=45040"'
    command.add_argument("--locality", action="append", default=[], help=where)
    takes_track(command)


def takes_track(command: argparse.ArgumentParser) -> None:
    """Add the choice of conversion factor."""
    factor = "which conversion factor to use when the year has two"
    command.add_argument("--track", choices=get_args(Track), default="non_qp", help=factor)


def takes_codes(command: argparse.ArgumentParser) -> None:
    """Add the choice of codes."""
    command.add_argument("--codes", help="codes separated by commas; all codes if omitted")


def codes(text: str | None) -> list[str] | None:
    """Return the codes of --codes; None without it."""
    return [code.strip().upper() for code in text.split(",") if code.strip()] if text else None


def takes_contracts(command: argparse.ArgumentParser) -> None:
    """Add the option --contracts."""
    command.add_argument("--contracts", type=Path, help="your payers' contracts: TOML, CSV or Excel (docs/what-if.md)")


def contracts(path: Path | None, priced: Priced, export: Export) -> tuple[ContractBook, tuple[str, ...]]:
    """Return the contracts in a file; without one, those that the payments show. Second: what to note about them."""
    if path:
        upload = read_upload(content(path, "a file of contracts"), path.name)
        return ContractBook(upload.contracts), upload.notes
    found, today = discover(priced, export.adjustments), datetime.now(UTC).date()
    shown = contracts_of(found, today)
    if not shown:
        return ContractBook(discovered=()), ()
    payers = ", ".join(dict.fromkeys(contract.whose for contract in shown))
    book = ContractBook(discovered=shown, alternatives=alternatives_of(found, today))
    return book, (f"terms read off the payments of {payers}; revmix contracts writes them",)


def localities(words: Sequence[str]) -> tuple[dict[str, Locality], Locality | None]:
    """Parse ``--locality``: the locality of each named clinic, and the one for all others."""
    by_clinic: dict[str, Locality] = {}
    fallback: Locality | None = None
    for word in words:
        clinic, equals, locality = word.rpartition("=")
        if equals:
            by_clinic[clinic.strip()] = resolve(locality.strip())
        elif fallback is not None:
            raise BadInput(
                f"--locality {word}, the second locality without a clinic name",
                expected="one locality for all clinics, and any others as CLINIC=LOCALITY",
                todo='name the clinic, such as --locality "Mason=45040"',
            )
        else:
            fallback = resolve(word)
    return by_clinic, fallback


def required_localities(export: Export, words: Sequence[str]) -> dict[str | None, Locality]:
    """Return the locality of every clinic of an export, with a note for each one set by its ZIP code.

    Raises
    ------
    BadInput
        Where neither ``--locality`` nor a ZIP code in the files gives it.
    """
    option_localities, fallback = localities(words)
    by_clinic = clinic_localities(export, option_localities, fallback)
    lacking = [clinic or "all lines" for clinic, locality in by_clinic.items() if locality is None]
    if lacking:
        raise BadInput(
            f"no locality for {', '.join(lacking)}",
            expected="the clinic's ZIP code in the files, or --locality",
            todo=f"add --locality with {LOCALITY}",
        )
    if fallback is not None:
        for clinic, locality in by_clinic.items():
            if locality is not None and locality != fallback:
                source = _locality_source(export, clinic, option_localities)
                note(f"{clinic or 'all lines'}: {locality.label}, not {fallback.label} (from {source})")
    return {clinic: locality for clinic, locality in by_clinic.items() if locality is not None}


def known_localities(export: Export, words: Sequence[str]) -> dict[str | None, Locality]:
    """Return the localities of the clinics that have one, with a note of the others: Medicare sets no amount there."""
    option_localities, fallback = localities(words)
    by_clinic = clinic_localities(export, option_localities, fallback)
    if lacking := [clinic or "all lines" for clinic, locality in by_clinic.items() if locality is None]:
        note(f"no locality for {', '.join(lacking)}, so no percent of Medicare is looked for there; add --locality")
    return {clinic: locality for clinic, locality in by_clinic.items() if locality is not None}


def _locality_source(export: Export, clinic: str | None, option_localities: dict[str, Locality]) -> str:
    names = {name.casefold() for name in option_localities}
    return "--locality" if (clinic or "").casefold() in names else f"its ZIP code {export.clinic_zips.get(clinic)}"


def content(path: Path, expected: str = "a billing export") -> bytes:
    """Read the bytes of a file."""
    try:
        return path.read_bytes()
    except OSError as error:
        problem = (
            "no such file" if isinstance(error, FileNotFoundError) else f"a file that cannot be read ({error.strerror})"
        )
        raise BadInput(problem, expected=expected, todo="check the path", file=path.name) from None


def mapping(path: Path | None) -> Mapping | None:
    """Read a mapping file."""
    return None if path is None else Mapping.from_toml(content(path).decode("utf-8", "replace"))


def files(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Return the names and bytes of files."""
    return [(path.name, content(path)) for path in paths]


def read(paths: Sequence[Path], mapping_path: Path | None) -> Export:
    """Read files as one export."""
    return combine(read_each_apart(files(paths), mapping=mapping(mapping_path), progress=progress()))


def progress() -> Callable[[float, str], None] | None:
    """Print progress on standard error when it is a terminal."""
    if not sys.stderr.isatty():
        return None

    def show(share: float, step: str) -> None:
        end = "\n" if share >= 1 else ""
        sys.stderr.write(f"\r{share:4.0%} {printable(step):<40}{end}")
        sys.stderr.flush()

    return show


def note(text: str) -> None:
    """Print a note that a reader of the result needs on standard error."""
    sys.stderr.write(f"note: {printable(text)}\n")


def say(notes: Iterable[str], export: Export, *, outcome: str = "were not priced") -> None:
    """Print the notes a reader of the result needs, and how many rows were left out."""
    for text in (*notes, *(notice.text for notice in export.notices)):
        note(text)
    if rows := export.rows.filter(~pl.col("reason").is_in(DONE)).height:
        note(f"{rows:,} of {export.rows_read:,} rows {outcome}; revmix inspect says why")


def check_outs(args: argparse.Namespace) -> None:
    """Refuse an output file that is also an input (under any name, link or spelling), or that is named twice.

    Raises
    ------
    BadInput
        Naming both files.
    """
    options = vars(args)
    option_paths = (options.get(name) for name in ("mapping", "scenario", "contracts"))
    given_files = (*options.get("export", ()), *options.get("file", ()))
    inputs = [*given_files, *(path for path in option_paths if path is not None)]
    outs: dict[str, Path] = {}
    for option in ("out", "unmatched", "rejected", "contract"):
        out = options.get(option)
        if out is None:
            continue
        outputs = ((path, f"--{name}") for name, path in outs.items())
        for input_or_output, role in (*((path, "a file to read") for path in inputs), *outputs):
            if _is_same_file(out, input_or_output):
                raise BadInput(
                    f"--{option} {out.name}, which is also {role} ({input_or_output.name})",
                    expected="a separate file for each result",
                    todo="choose a different name",
                )
        outs[option] = out


def _is_same_file(first: Path, second: Path) -> bool:
    """Tell whether two paths are one file, even through links or different spellings."""
    try:
        return first.samefile(second)
    except OSError:
        return first.resolve() == second.resolve()


def write(writer: Callable[[], None], out: Path) -> None:
    """Write a file, or raise an error with what the system reported."""
    try:
        writer()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise unwritable(out, error, "a file to write") from None
