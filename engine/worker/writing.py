"""Status and events on their way to the run folder, from any thread; a full disk makes the run wait, not fail."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from engine.runs.events import HEADER, Event, Notice, Progress, Resources, encode
from engine.runs.files import append_lines
from engine.runs.folder import RunFolder, Status
from engine.worker import disk, stalls

T = TypeVar("T")

log = logging.getLogger("dialtune")


class Stopped(Exception):  # noqa: N818 - a request, not an error
    """The user asked the run to stop; what is on disk so far is whole."""


class Writer:
    """Holds a run's status and the events not yet written."""

    def __init__(self, run: RunFolder, status: Status) -> None:
        self.run = run
        self.disk = disk.Disk(run.path)
        self.unkept = ""
        """What a run that ends could not keep, for a person."""
        self._status = status
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._pace = stalls.Pace()
        self._unwritten = [] if run.events_path.exists() else [HEADER]
        self._writing = 0
        """The thread that is at the status or the events."""

    def poll(self) -> bool:
        """Whether the run is to stop."""
        raise NotImplementedError

    def event(self, event: Event) -> None:
        """Append ``event``. On a full disk the main thread waits for room; the others' events are written then."""
        with self._lock:
            behind = self._unwritten not in ([], [HEADER])
            if not behind or not isinstance(event, Resources | Progress):
                self._unwritten.append(encode(event))
        while (problem := self._flush()) is not None and self._in_charge():
            self._wait("the record of events", 1 << 16, problem)
        if self._in_charge():
            self._go_on()

    def persevere(self, what: str, write: Callable[[], T], clean: Callable[[], int] = lambda: 0) -> T:
        """What ``write`` gives; on a full disk it is tried again until there is room.

        ``clean`` removes what a failed attempt has left, and counts its bytes. Raises Stopped when the run is to stop
        meanwhile, and whatever else ``write`` raises.
        """
        with self._pace.apart("saving"):
            while True:
                try:
                    done = write()
                    self._go_on()
                    return done
                except Exception as error:
                    is_full, has = disk.full(error, self.run.path), disk.free(self.run.path)
                    removed = clean()
                    if not is_full:
                        raise
                    problem = error
                self._wait(what, max(removed + has, 1 << 20) * 5 // 4, problem)

    def _on_failure(self, path: Path, error: OSError) -> bool:
        """For :mod:`engine.runs.files`: whether to write ``path`` again, after there has come to be room for it."""
        if not self._in_charge() or self._writing == threading.get_ident() or not disk.full(error, path.parent):
            return False
        self._wait(path.name, 1 << 20, error)
        return True

    def _in_charge(self) -> bool:
        """Whether this thread may wait: the heartbeat must go on."""
        return threading.current_thread() is threading.main_thread() and not self._closing.is_set()

    def _wait(self, what: str, needs: int, problem: BaseException) -> None:
        """Say that the disk is full and wait. Raises Stopped once the run is to stop."""
        self.disk.drop_ballast()
        text = disk.told(what, needs, disk.free(self.run.path))
        if not self._status.paused:
            log.warning("paused, %s (%s)", text, problem)
            with self._lock:
                self._unwritten.append(encode(Notice("warning", "disk-full", f"The run waits, {text}.")))
        self._update(paused=text)
        self._flush()
        self._pace.hold(True)
        try:
            self.disk.wait(needs, self._check_paused)
        except Stopped:
            self.unkept = f" The disk is full: {what} could not be written."
            raise
        finally:
            self._pace.hold(False)

    def _go_on(self) -> None:
        """What did not fit is written."""
        if self._status.paused:
            self._update(paused="")
            self.disk.load_ballast()

    def _check_paused(self) -> None:
        if self.poll():
            raise Stopped

    def _flush(self) -> OSError | None:
        """Append what has not been written yet; the error when the disk is full. Raises OSError for any other."""
        with self._lock:
            self._writing = threading.get_ident()
            try:
                if self._unwritten:
                    append_lines(self.run.events_path, self._unwritten)
                    self._unwritten.clear()
            except OSError as error:
                if not disk.full(error, self.run.path):
                    raise
                return error
            finally:
                self._writing = 0
        return None

    def _update(self, write: bool = True, **changes: Any) -> None:
        with self._lock:
            self._status = replace(self._status, heartbeat=time.time(), **changes)
        if write:
            self._write()

    def _write(self) -> bool:
        """Replace the status; False when the disk is full: the heartbeat comes back to it."""
        for attempt in range(2):
            with self._lock:
                self._writing = threading.get_ident()
                try:
                    self.run.write_status(self._status)
                    return True
                except OSError as error:
                    if not disk.full(error, self.run.path):
                        raise
                finally:
                    self._writing = 0
            if not attempt:
                self.disk.drop_ballast()
        return False
