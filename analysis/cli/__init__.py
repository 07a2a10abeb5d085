"""`revmix`: RevMix without a browser. Columns and keys are stable; scripts are written against them.

One module a command: `HELP`, `arguments(parser)`, `run(args) -> exit status`. Only the module of the command that is
asked for is loaded. Exit status 0 when all went well, 2 for bad input with one line on standard error that says what to
do.
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
    "rates": "Medicare's rates on a day in a locality",
    "inspect": "what RevMix recognizes in an export",
    "lines": "the lines of exports, remittances posted to them",
    "price": "Medicare's amount of every line of an export",
    "whatif": "what an export would bring under a scenario",
    "check": "what was paid too little, denied, unmatched or unreadable",
    "sample": "write a realistic made-up export",
}
"""Help text by command; each command lives in the module of the same name."""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, as every other error of `revmix`."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(message, expected=self.usage_line(), todo=f"see {self.prog} --help")

    def usage_line(self) -> str:
        """The usage on one line."""
        return " ".join(self.format_usage().removeprefix("usage: ").split())


def _parser(asked: str | None) -> argparse.ArgumentParser:
    """The parser of all commands; the arguments only of the one asked for."""
    parser = _Parser(prog="revmix", description="Revenue per code and coding what-if for therapy clinics.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == asked:
            module = import_module(f"analysis.cli.{name}")
            module.arguments(command)
            command.set_defaults(run=module.run)
    return parser


def _run(args: argparse.Namespace) -> int:
    """Run the command that is asked for; what it prints has left when it is done."""
    run: Callable[[argparse.Namespace], int] = args.run
    if "out" in args:
        import_module("analysis.cli.common").check_outs(args)
    status = run(args)
    sys.stdout.flush()
    return status


def _discard_output() -> None:
    """Let what is left for standard output go."""
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
        # The reader, such as `head`, has what it wanted. Python would complain once more while it shuts down.
        _discard_output()
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("revmix: stopped; a result that was not finished was not written\n")
        return 130
    except OSError as error:  # a full standard output, for one; reading and writing files say which file
        with suppress(OSError):
            sys.stderr.write(f"revmix: stopped by the system: {error.strerror or type(error).__name__}\n")
        _discard_output()
        return 1
    except Exception as error:  # noqa: BLE001  never a traceback: it would print values of a patient's line
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        place = f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else "unknown place"
        sys.stderr.write(f"revmix: a fault of RevMix itself ({type(error).__name__} at {place}); please report it\n")
        return 1
