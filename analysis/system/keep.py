"""Write files completely or not at all, and never over something nobody has read.

Everything RevMix writes goes through `replacing`: command-line results and what the user keeps. Files in the user's
folder (scenarios, contracts, mappings) are changed under `locked`, so that of two programs saving at once neither loses
an entry; a file that changed since it was read is not overwritten (`check_unchanged`) or is first copied
(`copy_aside`).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator

_WAIT = 10.0
"""Seconds to wait for another program that is saving something."""


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a draft of `target` to write; it replaces the target in one step if the block ends without an error.

    The draft has its own name in the same folder, with the target's ending. Whatever ends the block (a full disk,
    Ctrl-C), the old file stays unchanged and the draft is removed. Links are followed, so they stay links. A pipe or
    device holds nothing that could be lost: the finished draft is written into it.

    Raises
    ------
    OSError
        What the system reported.
    """
    if target.exists() and not target.is_file() and not target.is_dir():
        with tempfile.TemporaryDirectory() as folder:
            draft = Path(folder, f"draft{target.suffix}")
            yield draft
            with draft.open("rb") as draft_file, target.open("wb") as device:
                shutil.copyfileobj(draft_file, device)
        return
    resolved = target.resolve()
    number, name = tempfile.mkstemp(
        prefix=f".{resolved.stem[:40]}.", suffix=f".new{resolved.suffix}", dir=resolved.parent
    )
    os.close(number)
    draft = Path(name)
    try:
        yield draft
        with draft.open("rb+") as flushed:
            os.fsync(flushed.fileno())
        with suppress(OSError):
            draft.chmod(resolved.stat().st_mode & 0o777 if resolved.exists() else 0o666 & ~_umask())
        draft.replace(resolved)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    _sync_folder(resolved.parent)


def entries(folder: Path, ending: str) -> list[Path]:
    """Return the kept files of a folder by name, without drafts, which begin with a dot (`replacing`)."""
    return sorted(path for path in folder.glob(f"*{ending}") if not path.name.startswith("."))


def _umask() -> int:
    """Return the permissions that this program's new files must not have."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power failure, if the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_text(target: Path, text: str, contents: str) -> Path:
    """Write a file in the user's folder, readable only by the user; return its path.

    Parameters
    ----------
    contents:
        What the folder holds, for the error: ``mappings``.

    Raises
    ------
    BadInput
        With what the system reported if the folder cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as draft:
            draft.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise unwritable(target, error, f"a folder for saved {contents}") from error
    return target


def unwritable(target: Path, error: Exception, expected: str) -> BadInput:
    """Return the error for a file that could not be written, with what the system reported."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return BadInput(
        f"a file that could not be written ({reason})",
        expected=expected,
        todo="free up space or choose another folder; the old file is unchanged",
        file=target.name,
    )


def remove(target: Path, description: str) -> None:
    """Remove a kept file; a missing file counts as removed.

    Raises
    ------
    BadInput
        With what the system reported if it cannot be removed.
    """
    try:
        target.unlink(missing_ok=True)
    except OSError as error:
        raise BadInput(
            f"{description} that cannot be removed ({error.strerror})",
            expected="a file you may delete",
            todo="close it if it is open elsewhere, or delete it yourself",
            file=str(target),
        ) from error


def digest(target: Path) -> str:
    """Return a file's content as a short text to compare; empty if there is no file."""
    try:
        return hashlib.sha256(target.read_bytes()).hexdigest()
    except OSError:
        return ""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder of kept files against other programs that save something in it.

    Raises
    ------
    BadInput
        If the folder cannot be written, or another program holds it for long.
    """
    import filelock  # noqa: PLC0415  only saving needs it

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / ".lock", timeout=_WAIT)
        lock.acquire()
    except filelock.Timeout as error:
        raise BadInput(
            "another program that is saving at the same moment",
            expected="no other program saving",
            todo="try again",
            file=str(folder),
        ) from error
    except OSError as error:
        raise unwritable(folder, error, "a folder that can be written") from error
    try:
        yield
    finally:
        lock.release()


def check_unchanged(target: Path, digest_when_opened: str, description: str) -> None:
    """Raise BadInput if a file's digest is not the one it had when it was opened (`digest`)."""
    if digest(target) != digest_when_opened:
        raise BadInput(
            f"{description} that changed since you opened it",
            expected="the file as you opened it",
            todo="open it again, or save yours under another name",
            file=target.name,
        )


def copy_aside(target: Path) -> Path | None:
    """Copy a file under a dated name beside it before it is replaced; return the copy, or None if there is no file.

    Raises
    ------
    BadInput
        If it cannot be copied.
    """
    if not target.exists():
        return None
    day = datetime.now(tz=UTC).astimezone().date()
    number = 1
    while True:
        copy = target.with_name(f"{target.name}.{day}" if number == 1 else f"{target.name}.{day}-{number}")
        try:
            if not copy.exists():
                with replacing(copy) as draft:
                    draft.write_bytes(target.read_bytes())
                return copy
            if copy.read_bytes() == target.read_bytes():
                return copy
        except OSError as error:
            raise unwritable(copy, error, "room for a copy of the file being replaced") from error
        number += 1
