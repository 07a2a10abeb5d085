"""The one family of errors a user may see: what was found, what was expected, where, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def printable(text: str) -> str:
    """Text as one line with single blanks, and `visible`."""
    return visible(" ".join(text.split()))


def visible(text: str) -> str:
    """Text with a mark in the place of each control character and mark of direction.

    A name of a file may hold them: a terminal would obey the first, and show ``vsc.exe`` as ``exe.csv`` for the second.
    """
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


class RevMixError(Exception):
    """Anything RevMix refuses, said in one line that a clinic owner can act on."""

    def __reduce__(self) -> tuple[Callable[..., RevMixError], tuple[type[RevMixError], tuple[object, ...]], object]:
        """Errors cross from the process that reads a file: made anew without their constructor's own arguments."""
        return _anew, (type(self), self.args), self.__dict__


def _anew(kind: type[RevMixError], args: tuple[object, ...]) -> RevMixError:
    """An error of a kind before its attributes are set."""
    error = kind.__new__(kind)
    error.args = args
    return error


class BadInput(RevMixError):
    """Input from outside that cannot be used.

    Parameters
    ----------
    found, expected:
        What is there, and what should have been there, in the reader's words.
    todo:
        What the reader can do about it.
    file, row, column:
        Where, as far as it is known. `row` counts as a spreadsheet does: the first line of the file is row 1.
    """

    def __init__(
        self,
        found: str,
        *,
        expected: str,
        todo: str,
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        self.found, self.expected, self.todo = found, expected, todo
        self.file, self.row, self.column = file, row, column
        super().__init__(str(self))

    @property
    def where(self) -> str:
        """The place of the fault, such as ``june.csv, row 12, column "Units"``; empty when it is not known."""
        parts = (
            self.file,
            f"row {self.row}" if self.row is not None else None,
            f'column "{self.column}"' if self.column is not None else None,
        )
        return ", ".join(part for part in parts if part)

    def __str__(self) -> str:
        text = f"found {self.found}; expected {self.expected}; {self.todo}"
        return printable(f"{self.where}: {text}" if self.where else text)


class MissingRelease(RevMixError):
    """A fee schedule, locality, rule or period that the data folder does not hold."""


class ContractError(RevMixError):
    """A frame or a file of data/ that breaks its contract: a fault of ours, not of the user's file."""
