"""`revmix`: RevMix on the command line. Columns and keys are stable, because scripts depend on them.

Each command has a module with `HELP`, `arguments(parser)` and `run(args) -> exit status`. Only the module of the
command that was asked for is loaded. Exit status 0 is success; 2 is bad input, with one line on standard error that
says what to do.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from analysis.errors import BadInput, RevMixError, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COMMANDS = {
    "serve": "start the app",
    "rates": "show Medicare's rates for a date and locality",
    "visit": "price one visit by hand, unit by unit",
    "inspect": "show what RevMix recognizes in an export",
    "lines": "write the billing lines, with remittances posted to them",
    "price": "price every line of an export at Medicare rates",
    "whatif": "compare an export with the same export under a scenario",
    "contracts": "write the terms each payer's payments show",
    "in-network": "write your rates from payers' in-network files, beside the market's",
    "import-edits": "install CMS's current code pairs and unit limits",
    "check": "list what was underpaid, denied, unmatched, unreadable, or billed in doubt",
    "sample": "write a realistic, made-up export",
}
"""Help text by command; each command lives in the module of the same name (a hyphen is an underscore there)."""


class _Parser(argparse.ArgumentParser):
    """An argument parser that reports errors in one line, like every other `revmix` error."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(message, expected=self.usage_line(), todo=f"see {self.prog} --help")

    def usage_line(self) -> str:
        """Return the usage on one line."""
        return " ".join(self.format_usage().removeprefix("usage: ").split())


def _parser(selected: str | None) -> argparse.ArgumentParser:
    """Return the parser of all commands, with arguments only for the one asked for."""
    parser = _Parser(prog="revmix", description="Revenue per code and coding what-if for therapy clinics.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == selected:
            module = import_module(f"analysis.cli.{name.replace('-', '_')}")
            module.arguments(command)
            command.set_defaults(run=module.run)
    return parser


def _run(args: argparse.Namespace) -> int:
    """Run the command; all its output is flushed before this returns."""
    run: Callable[[argparse.Namespace], int] = args.run
    if "out" in args:
        import_module("analysis.cli.common").check_outs(args)
    status = run(args)
    sys.stdout.flush()
    return status


def _discard_output() -> None:
    """Discard what is still buffered for standard output."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        args = _parser(next((word for word in words if not word.startswith("-")), None)).parse_args(words)
        return _run(args)
    except RevMixError as error:
        sys.stderr.write(f"revmix: {printable(str(error))}\n")
        return 2
    except BrokenPipeError:
        # The reader, such as `head`, closed the pipe. Without this, Python complains again at shutdown.
        _discard_output()
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("revmix: stopped; unfinished results were not written\n")
        return 130
    except OSError as error:  # a full standard output, for one; reading and writing files say which file
        with suppress(OSError):
            sys.stderr.write(f"revmix: the system reported an error: {error.strerror or type(error).__name__}\n")
        _discard_output()
        return 1
    except Exception as error:  # noqa: BLE001  never a traceback: it would print values of a patient's line
        traceback = error.__traceback__
        while traceback is not None and traceback.tb_next is not None:
            traceback = traceback.tb_next
        location = (
            f"{Path(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}"
            if traceback
            else "unknown place"
        )
        sys.stderr.write(f"revmix: internal error in RevMix ({type(error).__name__} at {location}); please report it\n")
        return 1
