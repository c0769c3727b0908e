"""Requests as they come in, read in a thread so that a cancel reaches a model at work."""

from __future__ import annotations

import os
import queue
import threading
from typing import IO

from engine.playground.protocol import Cancel, Message, decode


class Inbox:
    """Requests in their order. The end of the input ends the process: nobody waits for an answer any more."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._waiting: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def get(self, seconds: float) -> Message | None:
        """The next request; None when there is none for so long."""
        try:
            return self._waiting.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            return None

    def cancelled(self, id: int) -> bool:
        """Whether the request ``id`` is to end."""
        return id in self._cancelled

    def _read(self) -> None:
        for line in self._source:
            request = decode(line.decode("utf-8", "replace"))
            if isinstance(request, Cancel):
                self._cancelled.add(request.id)
            elif request is not None:
                self._waiting.put(request)
        os._exit(0)
