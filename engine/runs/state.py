"""What state a run is in: decided here, the same way for every list, screen and command.

A worker that this machine can see is alive or not: its pid, its boot and its start say so, whatever the clocks show.
One that it cannot see (the workspace is on a shared disk and the worker on another machine or in another container, or
the system hides other users' processes) is alive as long as its heartbeat moves. It need not agree with our clock about
the time: what counts is that the file changes while we look, by our own monotonic clock. Only the first look has to
guess.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.runs import fate, process

if TYPE_CHECKING:
    from engine.runs.folder import RunFolder, Status

STARTING_SECONDS = 30.0
"""A launched worker that has not written its pid after this long is lost."""
SILENT_SECONDS = 30.0
"""A heartbeat that has not moved for so long, where it should every second: network file systems cache for a while."""
SETTLE_SECONDS = 3.0
"""How long to look for a heartbeat before acting on a run whose worker cannot be seen."""
_MOST = 4096

KILLED = fate.WITHOUT_A_WORD
NEVER = "The worker never came up; see worker.log."


class Watch:
    """Remembers how long something has looked the same, by this process's monotonic clock. Safe in any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[Hashable, tuple[object, float, bool]] = {}
        self._lock = threading.Lock()

    def moves(self, key: Hashable, mark: object, guess: bool) -> bool:
        """Whether ``mark`` changes often enough; ``guess`` until it was watched for long enough to know."""
        now = self._clock()
        with self._lock:
            before = self._seen.get(key)
            if before is None or before[0] != mark:
                if len(self._seen) >= _MOST:
                    self._seen.clear()
                self._seen[key] = (mark, now, before is not None)
                return guess if before is None else True
            _, since, moved = before
        return now - since <= SILENT_SECONDS and (moved or guess)


_WATCH = Watch()


def judged(run: RunFolder, written: Status, watch: Watch | None = None) -> Status:
    """``written``, the status as its file has it, with ``lost`` for a worker that is gone without having said so."""
    watch = watch or _WATCH
    if written.over:
        return written
    if written.worker is None:
        return _starting(run, written, watch) if written.started else written
    seen = process.sighted(written.worker)
    if seen:
        return written
    if seen is False:
        # It may have written its last word and gone between our reading the file and looking for it.
        last = run.written_status()
        return last if last.over else replace(written, state="lost", reason=fate.reason(written))
    mark = (written.heartbeat, written.uptime, written.step, written.done)
    if watch.moves((run.path, written.worker), mark, _fresh(written, written.worker)):
        return written
    return replace(written, state="lost", reason=_silent(written.worker))


def settled(run: RunFolder, seconds: float = SETTLE_SECONDS) -> Status:
    """The state of a run that is about to be acted on: where only the heartbeat can tell, it is waited for. Blocks."""
    status, written = run.status(), run.written_status()
    if written.over or written.worker is None or process.sighted(written.worker) is not None:
        return status
    until = time.monotonic() + seconds
    while time.monotonic() < until and run.written_status() == written:
        time.sleep(0.1)
    return run.status()


def quiet(status: Status, now: float) -> float:
    """Seconds since the last heartbeat; ``now`` is the clock's time, which only counts where nothing better does."""
    if status.worker is not None and status.uptime and status.worker.boot == process.boot_id():
        return max(process.uptime() - status.uptime, 0.0)
    return max(now - status.heartbeat, 0.0)


def _starting(run: RunFolder, written: Status, watch: Watch) -> Status:
    if written.uptime and written.boot == process.boot_id():
        late = process.uptime() - written.uptime > STARTING_SECONDS
    else:
        fresh = abs(time.time() - written.started) <= STARTING_SECONDS
        late = not watch.moves((run.path, written.started), "starting", fresh)
    return replace(written, state="lost", reason=NEVER) if late else written


def _fresh(status: Status, worker: process.Identity) -> bool:
    """Whether a heartbeat that is seen for the first time looks like a living worker's."""
    if worker.boot == process.boot_id() and status.uptime:  # hidden from us, but on this machine
        return process.uptime() - status.uptime <= SILENT_SECONDS
    if worker.host and worker.host == process.host():  # of this machine before it was started again
        return False
    return abs(time.time() - status.heartbeat) <= SILENT_SECONDS


def _silent(worker: process.Identity) -> str:
    if worker.host and worker.host != process.host():
        return f"Its heartbeat stopped: the worker on {worker.host} was killed, or that machine went down."
    return KILLED
