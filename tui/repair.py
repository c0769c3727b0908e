"""A terminal left behind by an application that could not tidy up (kill -9, power cut), put right by the next command.

While the application runs, a marker in the state folder names its terminal, its process and the terminal's session.
Where a later command finds a marker of its own terminal whose process is dead, it writes what the application would
have written at its end.
"""

from __future__ import annotations

import contextlib
import os
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

from engine.home import state_folder

RESET = (
    "\x1b[?2026l"  # show what is held back
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # mouse
    "\x1b[?2004l\x1b[?1004l\x1b[?2048l"  # bracketed paste, reports of focus and of size
    "\x1b[<u"  # kitty's keyboard protocol
    "\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[0m"  # wrap lines, the shell's own screen, a cursor, no colours
)
"""Leaves every mode that the application enters; a terminal in none of them is not changed."""


def mend() -> bool:
    """Put this process's terminal right, if an application left it; whether there was one."""
    name, fileno = _terminal()
    if not name or not (markers := list(_folder().glob(f"{_stem(name)}.*.json"))):
        return False
    from engine.runs import process
    from engine.runs.files import read_json

    left = False
    for marker in markers:
        found = read_json(marker)
        with contextlib.suppress(TypeError, KeyError, ValueError):
            if process.alive(process.Identity(int(found["pid"]), str(found["boot"]), float(found["started"]))):
                continue
            # A terminal's name is given again to the next one; its session tells them apart.
            left |= found["session"] == os.getsid(0) and found["boot"] == process.boot_id()
        with contextlib.suppress(OSError):
            marker.unlink()
    if left:
        reset(fileno)
    return left


def reset(fileno: int) -> None:
    """Write :data:`RESET`, and let the terminal echo and edit lines again if it does not."""
    with contextlib.suppress(OSError):
        os.write(fileno, RESET.encode())
    with contextlib.suppress(termios.error):
        modes = termios.tcgetattr(fileno)
        modes[0] |= termios.ICRNL | termios.IXON
        modes[1] |= termios.OPOST
        modes[3] |= termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN
        termios.tcsetattr(fileno, termios.TCSANOW, modes)


@contextlib.contextmanager
def marked() -> Iterator[None]:
    """While entered, the terminal is marked as taken over by this process."""
    name, _ = _terminal()
    if not name:
        yield
        return
    from dataclasses import asdict

    from engine.runs import process
    from engine.runs.files import write_json

    marker = _folder() / f"{_stem(name)}.{os.getpid()}.json"
    with contextlib.suppress(OSError):  # a home that cannot be written: then nobody can mend
        _folder().mkdir(parents=True, exist_ok=True)
        write_json(marker, asdict(process.identity()) | {"session": os.getsid(0)})
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            marker.unlink()


def _terminal() -> tuple[str, int]:
    """Name and descriptor of the terminal that this process writes to; an empty name where there is none."""
    for stream in (sys.__stderr__, sys.__stdout__, sys.__stdin__):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            if stream is not None and stream.isatty():
                return os.ttyname(stream.fileno()), stream.fileno()
    return "", -1


def _stem(name: str) -> str:
    return name.strip("/").replace("/", "-")


def _folder() -> Path:
    return state_folder() / "terminals"
