"""A worker that summarises while it is still being told what: dialogues in, summaries out, in the same order."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from engine.asking import as_error, as_object
from engine.data.quoting import plain
from engine.errors import RunFailed
from engine.launch import worker_environment
from engine.summarising.inputs import Item

_ROOT = Path(__file__).parent.parent.parent


def summaries(
    name: str, asked: list[str], items: Iterable[Item], heard: Callable[[str, Any], None]
) -> Iterator[tuple[Item, str]]:
    """Each of ``items`` with its summary, in order, as the worker gives them.

    ``asked`` is what ``engine.worker.summarize`` takes; ``name`` calls the model in messages; ``heard`` is told
    ``notice`` with a sentence and ``progress`` with how many are done. Closing the iterator ends the worker.

    Raises the DialtuneError it ended with, RunFailed where it ended without one, and what taking an item raises; what
    was answered before has then been given.
    """
    environment = {**worker_environment(), "PYTHONIOENCODING": "utf-8"}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "engine.worker.summarize", *asked],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, encoding="utf-8", errors="replace",
            env=environment, cwd=_ROOT,
        )  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        feeding = _Feeding(process.stdin, items)
        try:
            yield from _answers(process.stdout, feeding, heard)
            code = process.wait()
            feeding.join()
            if feeding.problem is not None:
                raise feeding.problem
            if code or feeding.waiting:
                said.seek(0)
                last = (said.read().strip().splitlines() or [f"It left with exit code {code}"])[-1]
                raise RunFailed(
                    f"The model of {name} could not summarise", plain(last), "`dialtune doctor` shows what works here"
                )
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def _answers(stream: IO[str], feeding: _Feeding, heard: Callable[[str, Any], None]) -> Iterator[tuple[Item, str]]:
    for line in stream:
        values = as_object(line)
        if isinstance(values.get("error"), dict):
            raise as_error(values["error"])
        if isinstance(values.get("summary"), str) and (item := feeding.next()) is not None:
            yield item, values["summary"]
        for kind in ("notice", "progress"):
            if kind in values:
                heard(kind, values[kind])


class _Feeding:
    """Tells the worker the dialogues in a thread, and remembers which have no answer yet."""

    def __init__(self, stream: IO[str], items: Iterable[Item]) -> None:
        self._stream, self._items = stream, items
        self._lock = threading.Lock()
        self.waiting: deque[Item] = deque()
        self.problem: BaseException | None = None
        # A daemon: what it reads may be a keyboard, and nobody should have to press a key to leave.
        self._thread = threading.Thread(target=self._feed, name="dialogues", daemon=True)
        self._thread.start()

    def next(self) -> Item | None:
        """The dialogue that the next answer belongs to."""
        with self._lock:
            return self.waiting.popleft() if self.waiting else None

    def join(self) -> None:
        """Wait until nothing more is read."""
        self._thread.join()

    def _feed(self) -> None:
        try:
            for item in self._items:
                with self._lock:
                    self.waiting.append(item)
                self._stream.write(json.dumps({"id": item.id, "dialogue": item.dialogue}) + "\n")
                self._stream.flush()
        except BrokenPipeError:
            pass  # it has ended early, and will have said why
        except BaseException as error:  # told where the answers are taken
            self.problem = error
        with contextlib.suppress(OSError):
            self._stream.close()
