"""The two streams: data on standard output, everything said to a person on standard error; and Ctrl-C counted."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from types import FrameType
from typing import Any, TextIO

from tui import glyphs, manner
from tui.text import clean


def stdout_is_terminal() -> bool:
    """Whether somebody looks at standard output."""
    return sys.stdout.isatty()


def stderr_is_terminal() -> bool:
    """Whether standard error can show progress that redraws itself."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def interactive() -> bool:
    """Whether a full-screen application can run here: on a terminal, or behind `dialtune serve`."""
    if os.environ.get("TEXTUAL_DRIVER", "").startswith("textual.drivers.web_driver"):
        return True
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def colours(stream: TextIO) -> bool:
    """Whether to colour what goes to ``stream``; NO_COLOR (https://no-color.org) decides against."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns of the terminal."""
    return shutil.get_terminal_size((100, 24)).columns


def put(data: str) -> None:
    """Write ``data`` to standard output as it is. Raises BrokenPipeError when the reader has gone."""
    sys.stdout.write(data)
    sys.stdout.flush()


def put_text(text: str) -> None:
    """Write text that others wrote, and a newline: as it is into a file or pipe, made harmless on a terminal."""
    put((drawn(clean(text, lines=True)) if stdout_is_terminal() else text) + "\n")


def drawn(text: str) -> str:
    """``text`` with what the terminal cannot draw replaced."""
    return glyphs.draw(text, manner.current().glyphs)


def drawing(stream: TextIO) -> Any:
    """``stream`` for a library that prints by itself, which then draws as the terminal can."""
    return glyphs.Writer(stream, manner.current().glyphs) if stream.isatty() else stream


def tell(text: str) -> None:
    """Say something on standard error. A reader or a terminal that has gone is no reason to stop."""
    text = clean(text, lines=True)
    try:
        print(drawn(text) if sys.stderr.isatty() else text, file=sys.stderr, flush=True)
    except OSError:
        silence(sys.stderr)


def silence(stream: Any) -> None:
    """Point a stream whose reader has gone at nothing, so that the interpreter's last flush does not complain."""
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
    except (OSError, ValueError):  # not a real file: a test's, or one that is closed already
        return


class Interrupts:
    """While entered, Ctrl-C raises nothing and is counted in ``count``."""

    def __init__(self) -> None:
        self.count = 0
        self._before: Any = None
        self._pressed = threading.Event()

    def __enter__(self) -> Interrupts:
        self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def wait(self, seconds: float) -> None:
        """Sleep, but not past a Ctrl-C."""
        self._pressed.wait(seconds)
        self._pressed.clear()

    def _press(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        self._pressed.set()
