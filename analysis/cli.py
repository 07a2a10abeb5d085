"""`revmix`: RevMix without a browser. Columns and keys are stable; scripts are written against them.

Exit status 0 when all went well, 2 for bad input with one line on standard error that says what to do.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, get_args

from analysis.errors import BadInput, RevMixError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import polars as pl

    from analysis.ingest import Export, Mapping

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_PORT = 8501
FRAME = "file to write, .csv or .parquet"
EXPORT = "billing export, remittance (835), claims (837P) or zip of them; several are read as one"


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, as every other error of `revmix`."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(message, expected=self.usage_line(), todo=f"see {self.prog} --help")

    def usage_line(self) -> str:
        """The usage on one line."""
        return " ".join(self.format_usage().removeprefix("usage: ").split())


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-03-01") from None


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 65535:  # noqa: PLR2004  the highest port there is
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 1 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _progress() -> Callable[[float, str], None] | None:
    """Print progress on standard error when it is a terminal."""
    if not sys.stderr.isatty():
        return None

    def show(done: float, what: str) -> None:
        end = "\n" if done >= 1 else ""
        sys.stderr.write(f"\r{done:4.0%} {what:<40}{end}")
        sys.stderr.flush()

    return show


def _bytes(path: Path, what: str = "a billing export") -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            error.strerror or "no readable file", expected=what, todo="check the path", file=path.name
        ) from None


def _mapping(path: Path | None) -> Mapping | None:
    from analysis.ingest import Mapping  # noqa: PLC0415  each command imports what it needs: `rates` answers at once

    return None if path is None else Mapping.from_toml(_bytes(path).decode("utf-8", "replace"))


def _files(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    return [(path.name, _bytes(path)) for path in paths]


def _read(paths: Sequence[Path], mapping: Path | None) -> Export:
    from analysis.ingest import read_files  # noqa: PLC0415

    return read_files(_files(paths), mapping=_mapping(mapping), progress=_progress())


def _serve(args: argparse.Namespace) -> int:  # noqa: RET503  execve does not return
    environment = os.environ | ({"REVMIX_DEMO": "1"} if args.demo else {})
    app = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(args.port)]
    # From the project's root, where Streamlit finds the settings that keep it private (.streamlit/config.toml).
    os.chdir(ROOT)
    if os.name == "nt":
        return subprocess.call(app, env=environment)  # noqa: S603  our own interpreter and app
    # In place of this process, so that a signal to `revmix` reaches the server.
    os.execve(sys.executable, app, environment)  # noqa: S606  our own interpreter and app


def _rates(args: argparse.Namespace) -> int:
    from analysis.fees import load_book, resolve  # noqa: PLC0415
    from analysis.fees.localities import place_in  # noqa: PLC0415
    from analysis.output import rate_table, rates_csv, rates_json  # noqa: PLC0415
    from analysis.pricing import rates  # noqa: PLC0415

    place = resolve(args.locality)
    codes = [code.strip().upper() for code in args.codes.split(",") if code.strip()] if args.codes else None
    frame = rates(args.date, place, codes=codes, track=args.track, setting=args.setting, proposed=args.proposed)
    schedule = load_book().schedule_on(args.date, proposed=args.proposed)
    for note in (place_in(schedule, place).note, schedule.note if schedule.proposed else ""):
        if note:
            sys.stderr.write(f"note: {note}\n")
    write = {"table": rate_table, "csv": rates_csv, "json": rates_json}[args.format]
    sys.stdout.write(write(frame))
    return 0


def _inspect(args: argparse.Namespace) -> int:
    from analysis.ingest import combine, read_each  # noqa: PLC0415
    from analysis.output import inspection_json, inspection_text  # noqa: PLC0415

    exports = read_each(_files(args.export), mapping=_mapping(args.mapping), progress=_progress())
    whole = combine(exports)
    if args.format == "json":
        sys.stdout.write(inspection_json([whole] if len(exports) == 1 else exports))
    else:
        sys.stdout.write(inspection_text([whole] if len(exports) == 1 else [*exports, whole]))
    return 0


def _price(args: argparse.Namespace) -> int:
    from analysis.fees import resolve  # noqa: PLC0415
    from analysis.output import check_ending, priced_table, write_table  # noqa: PLC0415
    from analysis.pricing import price  # noqa: PLC0415

    place = resolve(args.locality)
    check_ending(args.out)
    export = _read(args.export, args.mapping)
    priced = price(export.lines, place, track=args.track, engine=args.engine)
    _write(lambda: write_table(priced_table(priced), args.out), args.out)
    _say(priced.notes, (), export)
    return 0


def _whatif(args: argparse.Namespace) -> int:
    from analysis import codes  # noqa: PLC0415
    from analysis.contracts import ContractBook, observe, read_upload, revenue  # noqa: PLC0415
    from analysis.cube import build  # noqa: PLC0415
    from analysis.fees import resolve  # noqa: PLC0415
    from analysis.money import dollars  # noqa: PLC0415
    from analysis.output import check_ending, comparison_table, write_table  # noqa: PLC0415
    from analysis.pricing import price  # noqa: PLC0415
    from analysis.scenarios import Scenario, read_bytes  # noqa: PLC0415
    from analysis.whatif import compare  # noqa: PLC0415

    place = resolve(args.locality)
    check_ending(args.out)
    scenario = read_bytes(_bytes(args.scenario, "a scenario file"), args.scenario.name)
    export = _read(args.export, args.mapping)
    priced = price(export.lines, place, track=args.track)
    book = ContractBook(
        read_upload(_bytes(args.contracts, "a file of contracts"), args.contracts.name) if args.contracts else ()
    )
    asked = [scenario, Scenario("Contracts", contracts=book.contracts)]
    cube = build(priced, scenarios=asked, codes=codes.load(), track=args.track)
    found = compare(cube, scenario)
    notes = list(found.notes)
    if book.contracts or scenario.contracts:
        paid = revenue(cube, scenario, book, observe(priced.lines))
        ends = f"{dollars(paid.before_cents)} before, {dollars(paid.after_cents)} after"
        notes += [f"all payers, each by its contract: {ends}, difference {dollars(paid.difference_cents)}", *paid.notes]
    _write(lambda: write_table(comparison_table(found), args.out), args.out)
    _say(priced.notes, notes, export)
    return 0


def _check(args: argparse.Namespace) -> int:
    from analysis.contracts import ContractBook, read_upload  # noqa: PLC0415
    from analysis.fees import resolve  # noqa: PLC0415
    from analysis.output import check_ending, findings_table, write_table  # noqa: PLC0415
    from analysis.payments import findings  # noqa: PLC0415
    from analysis.pricing import price  # noqa: PLC0415

    place = resolve(args.locality)
    check_ending(args.out)
    book = ContractBook(
        read_upload(_bytes(args.contracts, "a file of contracts"), args.contracts.name) if args.contracts else ()
    )
    export = _read(args.export, args.mapping)
    priced = price(export.lines, place, track=args.track)
    found = findings(priced, export, book, track=args.track)
    _write(lambda: write_table(findings_table(found), args.out), args.out)
    _say(priced.notes, (), export)
    return 0


def _say(notes: Iterable[str], further: Iterable[str], export: Export) -> None:
    """What a reader of the result has to know, on standard error."""
    for text in (*notes, *further, *(notice.text for notice in export.notices)):
        sys.stderr.write(f"note: {text}\n")
    if left := export.rows_rejected + export.rows_ignored:
        sys.stderr.write(f"note: {left:,} of {export.rows_read:,} rows were not priced; revmix inspect says why\n")


def _sample(args: argparse.Namespace) -> int:
    from analysis.sample import generate, write  # noqa: PLC0415

    frame: pl.DataFrame = generate(args.lines, args.seed)
    _write(lambda: write(frame, args.out), args.out)
    return 0


def _write(write: Callable[[], None], out: Path) -> None:
    try:
        write()
    except OSError as error:
        raise BadInput(
            error.strerror or "no writable place", expected="a file to write", todo="check --out", file=out.name
        ) from None


def _takes_lines(command: argparse.ArgumentParser, out: str) -> None:
    """Give a command the arguments of all that price the lines of exports."""
    from analysis.fees.schedules import Track  # noqa: PLC0415

    command.add_argument("export", nargs="+", type=Path, help=EXPORT)
    place = "15202-00, a ZIP code, a state with one locality, or national"
    command.add_argument("--locality", required=True, help=place)
    command.add_argument("--mapping", type=Path, help="TOML file that says which heading is what")
    factor = "the conversion factor, where there are two"
    command.add_argument("--track", choices=get_args(Track), default="non_qp", help=factor)
    command.add_argument("--out", type=Path, required=True, help=out)


def _parser() -> argparse.ArgumentParser:
    from analysis.fees.schedules import Track  # noqa: PLC0415
    from analysis.pricing.engines import ENGINES  # noqa: PLC0415

    parser = _Parser(prog="revmix", description="Revenue per code and coding what-if for therapy clinics.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    serve = commands.add_parser("serve", help="start the app")
    serve.add_argument("--demo", action="store_true", help="open it with the sample clinic")
    serve.add_argument("--port", type=_port, default=DEFAULT_PORT)
    serve.set_defaults(run=_serve)

    rates = commands.add_parser("rates", help="Medicare's rates on a day in a locality")
    rates.add_argument("--date", type=_date, required=True, help="date of service, such as 2026-03-01")
    rates.add_argument("--locality", required=True, help="15202-00, a ZIP code, a state with one locality, or national")
    rates.add_argument("--codes", help="codes with commas between; all when left out")
    rates.add_argument("--format", choices=("table", "csv", "json"), default="table")
    rates.add_argument(
        "--track", choices=get_args(Track), default="non_qp", help="the conversion factor, where there are two"
    )
    rates.add_argument("--setting", choices=("nonfacility", "facility"), default="nonfacility")
    rates.add_argument("--proposed", action="store_true", help="allow a proposed schedule")
    rates.set_defaults(run=_rates)

    inspect = commands.add_parser("inspect", help="what RevMix recognises in an export")
    inspect.add_argument("export", nargs="+", type=Path, help=EXPORT)
    inspect.add_argument("--mapping", type=Path, help="TOML file that says which heading is what")
    inspect.add_argument("--format", choices=("text", "json"), default="text")
    inspect.set_defaults(run=_inspect)

    price = commands.add_parser("price", help="Medicare's amount of every line of an export")
    _takes_lines(price, FRAME)
    price.add_argument("--engine", choices=ENGINES, default="polars")
    price.set_defaults(run=_price)

    contracts = "what payers pay: TOML, CSV or Excel (docs/what-if.md)"
    whatif = commands.add_parser("whatif", help="what an export would bring under a scenario")
    _takes_lines(whatif, FRAME)
    whatif.add_argument("--scenario", type=Path, required=True, help="TOML file of the changes (docs/what-if.md)")
    whatif.add_argument("--contracts", type=Path, help=contracts)
    whatif.set_defaults(run=_whatif)

    check = commands.add_parser("check", help="what was paid too little, denied, unmatched or unreadable")
    _takes_lines(check, FRAME)
    check.add_argument("--contracts", type=Path, help=contracts)
    check.set_defaults(run=_check)

    sample = commands.add_parser("sample", help="write a realistic made-up export")
    sample.add_argument("--lines", type=_count, required=True)
    sample.add_argument("--seed", type=int, default=1)
    sample.add_argument("--out", type=Path, required=True, help="file to write: .csv, .tsv, .xlsx or .parquet")
    sample.set_defaults(run=_sample)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    try:
        args = _parser().parse_args(argv)
        run: Callable[[argparse.Namespace], int] = args.run
        return run(args)
    except RevMixError as error:
        sys.stderr.write(f"revmix: {error}\n")
        return 2
    except BrokenPipeError:
        # The reader, such as `head`, has what it wanted. Python would complain once more while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  never a traceback: it would print values of a patient's line
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        place = f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else "unknown place"
        sys.stderr.write(f"revmix: a fault of RevMix itself ({type(error).__name__} at {place}); please report it\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
