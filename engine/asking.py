"""Asking another process, so that whoever asks stays free: it reads lines, says how far it is, and answers in JSON."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from engine.data.quoting import plain
from engine.errors import BY_EXIT_CODE, DialtuneError, RunFailed
from engine.launch import worker_environment

Progress = Callable[[int, int], None]
"""Called with what is done and what there is to do."""
_ROOT = Path(__file__).parent.parent


class Cancelled(Exception):  # noqa: N818 - nothing went wrong
    """The work was given up, as asked."""


class Cancel:
    """Gives up the work it is handed to, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: list[subprocess.Popen[str]] = []
        self.asked = False

    def __call__(self) -> None:
        """End the processes that work, and let none begin."""
        with self._lock:
            self.asked = True
            for process in self._processes:
                process.kill()

    def holds(self, process: subprocess.Popen[str]) -> None:
        """Take charge of ``process``, beside those there are."""
        with self._lock:
            self._processes = [other for other in self._processes if other.returncode is None] + [process]
            if self.asked:
                process.kill()

    def check(self) -> None:
        """Raise Cancelled where that was asked."""
        if self.asked:
            raise Cancelled


def ask(
    request: tuple[str, ...], given: Iterable[str], answer: str, progress: Progress | None, cancel: Cancel | None,
    heard: Callable[[Mapping[str, Any]], None] = lambda values: None,
) -> Any:  # fmt: skip
    """What ``python -m request...`` says under the key ``answer`` when it reads ``given``; None if it says nothing.

    ``heard`` is given every object that it says.

    Raises the DialtuneError it ended with, RunFailed for an end without one, Cancelled.
    """
    found: Any = None
    error: DialtuneError | None = None
    environment = {**worker_environment(), "PYTHONIOENCODING": "utf-8"}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", *request],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, encoding="utf-8", errors="replace",
                env=environment, cwd=_ROOT,
            )  # fmt: skip
        except OSError as problem:
            raise RunFailed("No other process can be started", problem.strerror or str(problem)) from None
        with process:
            try:
                if cancel is not None:
                    cancel.holds(process)
                with contextlib.suppress(OSError):  # who waits at the keyboard, and runs that train, come first
                    os.setpriority(os.PRIO_PROCESS, process.pid, 5)
                assert process.stdin is not None and process.stdout is not None
                _give(process.stdin, given)  # it reads all before it says much, so neither waits for the other
                for line in process.stdout:
                    values = as_object(line)
                    if isinstance(values.get("error"), dict):
                        error = as_error(values["error"])
                    elif "progress" in values and progress is not None:
                        progress(*values["progress"])
                    found = values.get(answer, found)
                    heard(values)
            except BaseException:
                process.kill()
                raise
        if cancel is not None and cancel.asked:
            raise Cancelled
        if error is not None:
            raise error
        if process.returncode:
            said.seek(0)
            last = (said.read().strip().splitlines() or [f"It left with exit code {process.returncode}"])[-1]
            raise RunFailed(f"{request[0]} broke off", plain(last), "`dialtune doctor` shows what works here")
    return found


def _give(stream: IO[str], given: Iterable[str]) -> None:
    try:
        for line in given:
            stream.write(line)
        stream.close()
    except BrokenPipeError:  # it has ended early, and will have said why
        with contextlib.suppress(BrokenPipeError):
            stream.close()


def as_object(line: str) -> dict[str, Any]:
    """The object that a worker said in ``line``; empty for anything else."""
    try:
        values = json.loads(line)
    except ValueError:
        return {}  # a library's chatter
    return values if isinstance(values, dict) else {}


def as_error(told: Mapping[str, Any]) -> DialtuneError:
    """The error that a worker told."""
    code = told.get("exit_code")
    kind: type[DialtuneError] = BY_EXIT_CODE.get(code, RunFailed) if isinstance(code, int) else RunFailed
    happened, why, todo = (str(told.get(part) or "") for part in ("happened", "why", "todo"))
    return kind(happened, why, todo)
