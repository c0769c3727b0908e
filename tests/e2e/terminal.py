"""A terminal of our own with a program in it: pexpect starts it, pyte shows what it draws."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pexpect
import pyte

ROOT = Path(__file__).parent.parent.parent
# What pyte takes for text: kitty's keyboard protocol, and questions about modes.
_UNKNOWN = re.compile(rb"\x1b\[[<>=][0-9;]*[A-Za-z]|\x1b\[\?\d+\$p")
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_TORN = re.compile(rb"\x1b[^A-Za-z]{0,40}\Z")


class _Screen(pyte.Screen):
    """Answers what the program asks, as terminals do."""

    answer: Callable[[str], None]

    def write_process_input(self, data: str) -> None:
        self.answer(data)


class Terminal:
    """Context manager: ``python ARGUMENTS`` on a pseudo-terminal of ``size`` (columns, rows)."""

    def __init__(
        self,
        arguments: list[str],
        state: Path,
        size: tuple[int, int] = (80, 24),
        environ: Mapping[str, str | None] | None = None,
        answer_after: float = 0.0,
        command: str = sys.executable,
    ) -> None:
        """``state``: where its home lies; ``environ``: what differs from ours (None: not set); ``answer_after``:
        seconds that the terminal's answers take, as over a slow line."""
        env = {key: value for key, value in os.environ.items() if key not in _OURS}
        env |= {
            "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT),
            "XDG_STATE_HOME": str(state / "state"), "XDG_CONFIG_HOME": str(state / "config"),
            "XDG_CACHE_HOME": str(state / "cache"),
        }  # fmt: skip
        for key, value in (environ or {}).items():
            env.pop(key, None)
            if value is not None:
                env[key] = value
        self.raw = bytearray()
        self.modes: dict[int, bool] = {}
        self._screen = _Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._later: list[tuple[float, str]] = []
        self._screen.answer = lambda data: self._later.append((time.monotonic() + answer_after, data))
        self._rest = b""
        self._seen = 0
        self.child: Any = pexpect.spawn(
            command, arguments, env=env, cwd=str(state), dimensions=(size[1], size[0]), timeout=20
        )
        self.child.delaybeforesend = None
        self.before = termios.tcgetattr(self.child.child_fd)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the program, however it is."""
        with contextlib.suppress(OSError, pexpect.ExceptionPexpect):  # a test has closed the terminal
            self.child.close(force=True)

    def hang_up(self) -> None:
        """Take the terminal away, as a connection that breaks does."""
        os.close(self.child.child_fd)
        self.child.fileobj = self.child.ptyproc.fileobj = io.BytesIO()

    # -- what comes out ----------------------------------------------------------------------------

    def read(self, seconds: float = 0.05) -> None:
        """Take what the program writes within ``seconds``."""
        for due, data in [answer for answer in self._later if answer[0] <= time.monotonic()]:
            self._later.remove((due, data))
            with contextlib.suppress(OSError):
                self.child.send(data)
        with contextlib.suppress(pexpect.TIMEOUT, pexpect.EOF):
            data = self.child.read_nonblocking(65536, seconds)
            self.raw += data
            data = self._rest + data
            torn = _TORN.search(data)
            cut = torn.start() if torn else len(data)
            data, self._rest = data[:cut], data[cut:]
            for numbers, letter in _MODE.findall(data):
                for number in numbers.split(b";"):
                    self.modes[int(number)] = letter == b"h"
            self._stream.feed(_UNKNOWN.sub(b"", data))

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def until(self, true: Callable[[], Any] | str, seconds: float = 60.0) -> None:
        """Read until ``true()``, or until that text is on the screen; fails with the screen after ``seconds``."""
        there = (lambda: true in self.text) if isinstance(true, str) else true
        end = time.monotonic() + seconds
        while not there():
            self.read()
            assert time.monotonic() < end, f"never: {true!r}\n{self.text}\nlast bytes: {bytes(self.raw[-300:])!r}"

    def settle(self, quiet: float = 0.3) -> None:
        """Read until nothing has come for ``quiet`` seconds."""
        last, size = time.monotonic(), len(self.raw)
        while time.monotonic() - last < quiet:
            self.read()
            if len(self.raw) != size:
                last, size = time.monotonic(), len(self.raw)

    def since(self) -> bytes:
        """The bytes that came since this was called last."""
        new, self._seen = bytes(self.raw[self._seen :]), len(self.raw)
        return new

    # -- what goes in ------------------------------------------------------------------------------

    def type(self, keys: str) -> None:
        """Type ``keys``."""
        self.child.send(keys)

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size."""
        self._screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def end(self, seconds: float = 20.0) -> int:
        """Wait until the program has ended; its exit code, or minus the signal that ended it."""
        limit = time.monotonic() + seconds
        while self.child.isalive():
            self.read()
            assert time.monotonic() < limit, f"it does not end\n{self.text}"
        self.read()
        code: int | None = self.child.exitstatus
        return code if code is not None else -self.child.signalstatus

    @property
    def restored(self) -> bool:
        """Whether the terminal is as the program found it."""
        left = not any(self.modes.get(mode, False) for mode in (1049, 1000, 1003, 1006, 2004, 1004))
        return left and self.modes.get(25, True) and self._attributes() == self.before

    def _attributes(self) -> Any:
        try:
            return termios.tcgetattr(self.child.child_fd)
        except (termios.error, ValueError):  # closed with the program
            return self.before


_OURS = {
    "NO_COLOR", "COLORTERM", "TERM_PROGRAM", "LC_TERMINAL", "TMUX", "STY", "SSH_CONNECTION", "SSH_TTY", "LC_ALL",
    "LC_CTYPE", "COLUMNS", "LINES", "DIALTUNE_GLYPHS", "DIALTUNE_LOW_BANDWIDTH", "DIALTUNE_WORKSPACE", "TEXTUAL",
}  # fmt: skip
