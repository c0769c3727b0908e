"""The server's loop: requests one after another, memory told in between."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable

import psutil
import torch
from transformers.utils import logging

from engine.errors import SpecError
from engine.playground.protocol import (
    AskStatus,
    Bye,
    Failed,
    Finished,
    Generate,
    Memory,
    Message,
    Ready,
    Unload,
    problem,
)
from engine.worker.playground.answering import Answerer, Cancelled, failure
from engine.worker.playground.inbox import Inbox
from engine.worker.playground.shelf import Shelf
from engine.worker.precision import choose

MEMORY_SECONDS = 2.0
"""Memory is looked at this often, and told when it has changed."""
WORTH_TELLING = 4 << 20
"""Bytes by which it must have changed."""


class Server:
    """Serves one terminal."""

    def __init__(self, inbox: Inbox, tell: Callable[[Message], None], idle: float, budget: int | None) -> None:
        self._inbox, self._tell, self._idle = inbox, tell, idle
        self._precision = choose("auto")
        self._shelf = Shelf(self._precision, budget, tell)
        self._answerer = Answerer(self._shelf, self._precision, tell)
        self._told: Memory | None = None

    def serve(self) -> int:
        """Answer until nobody has asked for ``idle`` seconds; the exit code."""
        logging.disable_progress_bar()
        cuda = self._precision.device.type == "cuda"
        device = torch.cuda.get_device_name() if cuda else self._precision.device.type
        self._tell(Ready(device, str(self._precision.dtype).removeprefix("torch."), self._precision.reason))
        self._memory()
        threading.Thread(target=self._watch, name="memory", daemon=True).start()
        last = time.monotonic()
        while (left := last + self._idle - time.monotonic()) > 0:
            request = self._inbox.get(left)
            if isinstance(request, AskStatus):
                self._memory()
                continue
            if isinstance(request, Generate):
                self._generate(request)
            elif isinstance(request, Unload):
                self._shelf.clear("as asked")
            if request is not None:
                self._memory()
                last = time.monotonic()
        minutes = f"{self._idle / 60:.0f} minutes" if self._idle >= 120 else f"{self._idle:g} seconds"
        self._tell(Bye(f"Nobody asked the playground anything for {minutes}, so it gave its memory back."))
        return 0

    def _generate(self, request: Generate) -> None:
        def cancelled() -> bool:
            return self._inbox.cancelled(request.id)

        wrong = problem(request.decoding) or problem(request.shots)
        for model in request.models:
            if cancelled():
                break
            try:
                if wrong:
                    raise SpecError("The settings cannot be used", wrong)
                if not request.dialogue.strip():
                    raise SpecError("There is no dialogue to summarise")
                self._answerer.answer(request, model, cancelled)
            except Cancelled:
                break
            except Exception as error:  # whatever it was, the terminal must hear of it, and the others go on
                traceback.print_exc()
                told = failure(error)
                if isinstance(error, torch.OutOfMemoryError):
                    torch.cuda.empty_cache()
                self._tell(Failed(request.id, model.key, told.happened, told.why, told.todo))
        self._tell(Finished(request.id))

    def _watch(self) -> None:
        pause = threading.Event()
        while not pause.wait(MEMORY_SECONDS):
            self._memory(only_if_changed=True)

    def _memory(self, only_if_changed: bool = False) -> None:
        device = torch.cuda.memory_reserved() if self._precision.device.type == "cuda" else None
        now = Memory(psutil.Process().memory_info().rss, device, self._shelf.names)
        before = self._told
        if only_if_changed and before is not None and before.models == now.models:
            moved = abs(now.process - before.process) + abs((now.device or 0) - (before.device or 0))
            if moved < WORTH_TELLING:
                return
        self._told = now
        self._tell(now)
