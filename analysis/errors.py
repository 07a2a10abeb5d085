"""Errors shown to users: what was found, what was expected, where, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def printable(text: str) -> str:
    """Put text on one line and make its control characters visible."""
    return visible(" ".join(text.split()))


def visible(text: str) -> str:
    """Replace each control or text-direction character with a visible mark.

    File names may contain them: a terminal would obey control characters, and show ``vsc.exe`` as ``exe.csv``.
    """
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


class RevMixError(Exception):
    """Any refusal by RevMix, in one line that a clinic owner can act on."""

    def __reduce__(self) -> tuple[Callable[..., RevMixError], tuple[type[RevMixError], tuple[object, ...]], object]:
        """Rebuild the error from its arguments after it crosses from the process that reads a file."""
        return _anew, (type(self), self.args), self.__dict__


def _anew(kind: type[RevMixError], args: tuple[object, ...]) -> RevMixError:
    """Create an error of a type before its attributes are set."""
    error = kind.__new__(kind)
    error.args = args
    return error


class BadInput(RevMixError):
    """Outside input that cannot be used.

    Parameters
    ----------
    found, expected:
        What is there and what should be there, in the user's words.
    todo:
        What the user can do about it.
    file, row, column:
        Where it is, if known. `row` counts as a spreadsheet does: the first line of the file is row 1.
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
        """The location, such as ``june.csv, row 12, column "Units"``; empty if unknown."""
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
    """A fee schedule, locality, rule or period that is not in the data folder."""


class ContractError(RevMixError):
    """A frame that breaks the billing-line contract: a bug of ours, not a fault of the user's file."""
