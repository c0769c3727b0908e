"""The line to the terminal: what goes out, how fast it goes, and how long a key takes to show.

Textual's own writer thread hands over what is to be written; nothing here waits on the event loop's time.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

PROBE = "\x1b[6n"
"""Asks where the cursor is: the answer has made the whole way, behind all that was sent before."""
PROBE_SECONDS = 3.0
"""Seconds from one such question to the next."""
SLOW_ANSWER = 0.4
"""Seconds that make a line slow, when two answers in a row took longer."""
SLOW_WRITE = 0.5
"""Seconds that a terminal may take no more of an update before the line counts as slow."""
WINDOW = 5.0
"""Seconds over which bytes a second are counted."""
KEYS = 100
"""Keys whose times are kept."""


@dataclass(frozen=True)
class Figures:
    """How the line does. Times in seconds; None where nothing was measured yet."""

    sent: int
    """Bytes since the start."""
    rate: float
    """Bytes a second over the last few seconds."""
    key: float | None
    """From the last key's arrival to the end of the next update written."""
    worst_key: float | None
    """The longest of the last hundred."""
    answer: float | None
    """From a question to the terminal's answer."""


class Link:
    """Stands in for the file that Textual writes to: counts, times, and outlives a terminal that has gone."""

    def __init__(self, fileno: int, on_slow: Callable[[], None], on_idle: Callable[[], None], probing: bool) -> None:
        """``on_slow`` is called once when the line turns out slow, ``on_idle`` when all that was handed over is
        written after :attr:`waiting` was set; both from another thread. ``probing``: ask for the cursor at times."""
        self._fileno, self._on_slow, self._on_idle, self._probing = fileno, on_slow, on_idle, probing
        self._parts: list[str] = []
        self._lock = threading.Lock()
        self._recent: deque[tuple[float, int]] = deque()
        self._keys: deque[float] = deque(maxlen=KEYS)
        self._key_at: float | None = None
        self._key_behind: int | None = None
        self._asked: float | None = None
        self._asked_last = 0.0
        self._slow_answers = 0
        self._answer: float | None = None
        self._told = False
        self.handed, self.taken, self._flushed = 0, 0, 0
        self.sent = 0
        self.waiting = False
        """Whether updates are held back until the line is free."""
        self.gone = False
        """Whether nobody is at the other end any more."""

    # -- what Textual's writer calls ---------------------------------------------------------------

    def fileno(self) -> int:
        """The descriptor of the terminal."""
        return self._fileno

    def write(self, text: str) -> None:
        """Take ``text``; it goes out at the next flush."""
        self._parts.append(text)
        self.taken += 1

    def flush(self) -> None:
        """Send what was taken. A terminal that has gone swallows it."""
        data = "".join(self._parts).encode("utf-8", "replace")
        self._parts.clear()
        taken, before = self.taken, time.monotonic()
        if self._probe_due(before):
            data += PROBE.encode()
            self._asked = self._asked_last = before
        view = memoryview(data)
        while view and not self.gone:
            try:
                view = view[os.write(self._fileno, view) :]
            except BlockingIOError:  # somebody who shares the terminal has made it so
                time.sleep(0.01)
            except OSError:
                self.gone = True
        self._wrote(len(data) - len(view), taken, time.monotonic() - before)

    def _wrote(self, count: int, taken: int, seconds: float) -> None:
        now = time.monotonic()
        with self._lock:
            self.sent += count
            self._flushed = taken
            self._recent.append((now, count))
            if self._key_behind is not None and self._key_at is not None and taken >= self._key_behind:
                self._keys.append(now - self._key_at)
                self._key_at = self._key_behind = None
        if seconds > SLOW_WRITE and not self.gone:
            self._slow()
        if self.waiting and self._flushed >= self.handed:
            self.waiting = False
            self._on_idle()

    # -- what the driver and the application call --------------------------------------------------

    @property
    def behind(self) -> bool:
        """Whether the last update is still on its way out."""
        return self.handed - self._flushed > BACKLOG

    def key(self) -> None:
        """A key has come in."""
        with self._lock:
            if self._key_at is None:
                self._key_at = time.monotonic()

    def update(self) -> None:
        """An update of the screen has just been handed over whole."""
        with self._lock:
            if self._key_at is not None and self._key_behind is None:
                self._key_behind = self.handed

    def answered(self) -> bool:
        """The terminal has said where its cursor is; whether it had been asked."""
        if self._asked is None:
            return False
        self._answer, self._asked = time.monotonic() - self._asked, None
        self._slow_answers = self._slow_answers + 1 if self._answer > SLOW_ANSWER else 0
        if self._slow_answers >= 2:
            self._slow()
        return True

    def figures(self) -> Figures:
        """How the line does now."""
        now = time.monotonic()
        with self._lock:
            while self._recent and now - self._recent[0][0] > WINDOW:
                self._recent.popleft()
            rate = sum(count for _, count in self._recent) / WINDOW
            keys = list(self._keys)
        return Figures(
            self.sent, rate, keys[-1] if keys else None, max(keys) if keys else None, self._answer
        )  # fmt: skip

    def _probe_due(self, now: float) -> bool:
        return self._probing and self._asked is None and now - self._asked_last > PROBE_SECONDS

    def _slow(self) -> None:
        if not self._told:
            self._told = True
            self._on_slow()


BACKLOG = 6
"""Pieces handed over and not yet written from which the screen waits: an update is three or four of them."""
