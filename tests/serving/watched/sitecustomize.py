"""Writes down every address that a Python process asks for or connects to, and every file it opens to write.

And, on SIGUSR1, how many dropped files it holds. It stands on the path of the server under test.
"""

import gc
import os
import signal
import sys

_NO_FILES = (os.environ["REVMIX_SOCKETS"], os.devnull)


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind"}:
        # An address, or the socket and its address.
        told = arguments[1] if event in {"socket.connect", "socket.sendto", "socket.bind"} else arguments[0]
        _write(event, told)
    elif event == "open" and isinstance(arguments[0], str) and arguments[0] not in _NO_FILES:  # a number is a pipe
        flags = arguments[2]
        if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR):
            _write("write", arguments[0])


def _write(event: str, told: object) -> None:
    with open(os.environ["REVMIX_SOCKETS"], "a", encoding="utf-8") as log:  # noqa: PTH123
        log.write(f"{event}\t{told!r}\n")


def _count(*_: object) -> None:
    gc.collect()
    _write("held", sum(type(one).__name__ in {"Pending", "Loaded"} for one in gc.get_objects()))


sys.addaudithook(_note)
if hasattr(signal, "SIGUSR1"):
    signal.signal(signal.SIGUSR1, _count)
