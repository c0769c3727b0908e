"""Work that has stopped moving: a device that hangs, a network file system that does not answer.

A thread of its own looks every second, so that it sees what the rest of the worker waits for. Time is counted in
seconds that this process was let run: one that was stopped (SIGSTOP, a suspended laptop) and goes on has not hung.

The thresholds: a unit of work (a step, a batch, a token, by phase) is missing when it takes TIMES the usual, and three
times the longest so far, and a minute. The usual is the median of the last 64, which a slow first one does not move.
Twenty times is far outside what lengths do (batches of like lengths differ by less than ten in DialogSum); three times
the longest lets pass what has been seen to happen, such as a checkpoint over a slow link; and a minute is the least
that is worth a person's look. Before FEW units there is no usual: a phase then has a quarter of an hour, in which every
compiler warms up. Loading is not watched: a download may take hours, and shows its own progress in the log.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from engine.runs.events import Resources

TIMES = 20.0
LONGEST_TIMES = 3.0
LEAST = 60.0
"""Seconds."""
UNKNOWN = 900.0
"""Seconds that a phase of which nothing is known yet may take for one unit."""
FEW = 5
LOOK = 1.0
"""Seconds between looks."""
UNWATCHED = frozenset(("loading", "tokenising"))


@dataclass(frozen=True)
class Stall:
    """Nothing has moved for ``idle`` seconds where ``usual`` are; None where no usual is known."""

    phase: str
    idle: float
    usual: float | None


class Pace:
    """How long units of work take, and how long none has come. Each phase has a clock of its own."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._phase = "loading"
        self._held = 0
        self._known: dict[str, deque[float]] = {}
        self._longest: dict[str, float] = {}
        self._last = self._looked = clock()
        self._idle = 0.0

    def phase(self, name: str) -> None:
        """Another phase begins; what was learnt of it earlier in this run is still known."""
        with self._lock:
            self._phase = name
            self._last, self._idle = self._clock(), 0.0

    def sign(self) -> None:
        """A unit of work is done."""
        with self._lock:
            now = self._clock()
            taken = min(now - self._last, self._idle + 2 * LOOK)  # not the time in which we were stopped
            self._known.setdefault(self._phase, deque(maxlen=64)).append(taken)
            self._longest[self._phase] = max(self._longest.get(self._phase, 0.0), taken)
            self._last, self._idle = now, 0.0

    def hold(self, on: bool) -> None:
        """Count no time (``on``) while the run waits for something else, such as room on a disk; and count again."""
        with self._lock:
            self._held += 1 if on else -1
            self._last, self._idle = self._clock(), 0.0

    @contextlib.contextmanager
    def apart(self, name: str) -> Iterator[None]:
        """Something within a phase that has another pace; nothing of it counts as a unit of that phase."""
        before = self._phase
        self.phase(name)
        try:
            yield
        finally:
            self.phase(before)

    def look(self) -> Stall | None:
        """Call it every LOOK seconds: what is missing now, if anything is."""
        with self._lock:
            now = self._clock()
            self._idle += min(now - max(self._looked, self._last), 2 * LOOK)  # longer: this process was not let run
            self._looked = now
            if self._held or self._phase in UNWATCHED or self._idle <= self._allowed():
                return None
            known = self._known.get(self._phase, ())
            return Stall(self._phase, self._idle, median(known) if len(known) >= FEW else None)

    def _allowed(self) -> float:
        known = self._known.get(self._phase, ())
        if len(known) < FEW:
            return UNKNOWN
        return max(LEAST, TIMES * median(known), LONGEST_TIMES * self._longest[self._phase])


class Devices:
    """Notices a GPU that the driver no longer shows."""

    def __init__(self) -> None:
        self._seen: dict[int, str] = {}
        self._missing: dict[int, int] = {}

    def reading(self, reading: Resources) -> list[str]:
        """Sentences about devices that are gone since two readings or more; each once."""
        there = {device.index: device.name for device in reading.devices}
        gone = []
        for index, name in self._seen.items():
            missing = self._missing[index] = 0 if index in there else self._missing.get(index, 0) + 1
            if missing == 2:
                gone.append(
                    f"The driver no longer answers for GPU {index} ({name}). nvidia-smi shows whether it is there, the "
                    "system's log (dmesg, Xid) why not."
                )
        self._seen |= there
        return gone
