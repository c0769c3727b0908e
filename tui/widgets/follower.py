"""Polls a feed in a thread and posts what it read: the only place where the terminal touches run folders in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import get_current_worker

SLOWER = 2.0
"""How many times longer a beat is while little is to be sent."""

REST_SECONDS = 0.1
"""Between two polls of a feed that is catching up: time for the terminal to draw what there is."""


class Follower(Widget):
    """Invisible. Calls ``poll`` every ``every`` seconds in a thread; a poll still at work makes it skip a beat."""

    DEFAULT_CSS = "Follower { display: none; }"

    class Updated(Message):
        """A snapshot that differs from the last one; a newer one takes its place in the queue."""

        def __init__(self, sender: Follower, snapshot: Any) -> None:
            super().__init__()
            self.sender, self.snapshot = sender, snapshot

        def can_replace(self, message: Message) -> bool:
            """Whether a waiting ``message`` is made needless by this one."""
            return isinstance(message, Follower.Updated) and message.sender is self.sender

    def __init__(self, poll: Callable[[], Any], every: float = 1.0) -> None:
        super().__init__()
        self._poll, self._every = poll, every
        self._busy = False
        self._posted: Any = None
        self._paused = False
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """Read at once, then in time."""
        self.pace()
        self.read()

    def pace(self) -> None:
        """Beat as fast as the line to the terminal allows."""
        slower = SLOWER if getattr(self.app, "low_bandwidth", False) else 1.0
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_interval(self._every * slower, self.read, pause=self._paused)

    def pause(self) -> None:
        """Read no more for now: nobody sees it."""
        self._paused = True
        if self._timer is not None:
            self._timer.pause()

    def resume(self) -> None:
        """Go on, reading at once."""
        self._paused = False
        if self._timer is not None:
            self._timer.resume()
            self.read()

    def read(self) -> None:
        """Start one poll, unless one is at work."""
        if not self._busy:
            self._busy = True
            self.run_worker(self._work, thread=True, group="follower")

    def _work(self) -> None:
        worker = get_current_worker()
        try:
            snapshot = self._poll()
            while getattr(snapshot, "catching_up", False) and not worker.is_cancelled:
                self._post(snapshot)
                time.sleep(REST_SECONDS)
                snapshot = self._poll()
        finally:
            self._busy = False
        if not worker.is_cancelled:
            self._post(snapshot)

    def _post(self, snapshot: Any) -> None:
        if snapshot is not self._posted:
            self._posted = snapshot
            self.post_message(self.Updated(self, snapshot))
