"""A playground server as its terminal sees it: a process started when first needed, lines in, lines out.

No call blocks: starting, writing and reading happen in threads, and answers wait in :attr:`Client.answers`.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engine.launch import worker_environment
from engine.playground import protocol
from engine.playground.protocol import Bye, Message
from engine.runs import process

ROOT = Path(__file__).parent.parent.parent
COMMAND: tuple[str, ...] = (sys.executable, "-m", "engine.worker.playground")
IDLE_SECONDS = 900.0
"""A server that nobody has asked anything for this long ends."""
LEAVE_SECONDS = 2.0
"""A server whose input has ended has this long to leave before it is killed."""


@dataclass(frozen=True)
class Gone(Message):
    """The process has ended; made by the client, never sent. ``reason`` is a sentence, empty when it was asked to."""

    kind = "gone"
    reason: str = ""


class Client:
    """One server process. Its answers, then :class:`Gone` as the last one, arrive in ``answers`` in order."""

    def __init__(
        self, command: Sequence[str] | None = None, idle: float = IDLE_SECONDS, budget: int | None = None
    ) -> None:
        """``idle``: seconds without a request after which it ends; ``budget``: bytes of weights it may hold."""
        self.answers: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._command = [*(command or COMMAND), "--idle", str(idle), *(["--budget", str(budget)] if budget else [])]
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._closing = False
        self.over = False
        """Whether the process has ended."""
        self._thread = threading.Thread(target=self._live, name="playground", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The server's; None before it has started."""
        return self._process.pid if self._process else None

    def send(self, request: Message) -> None:
        """Ask for something, in order; what is sent after the end is lost."""
        self._outbox.put(request)

    def close(self, wait: float | None = None) -> None:
        """End the server: its input ends, and it is killed where that does not help. ``wait``: seconds to block."""
        with self._lock:
            self._closing = True
        self._outbox.put(None)
        if wait is not None:
            self._thread.join(wait)

    # -- in threads -------------------------------------------------------------------------------

    def _live(self) -> None:
        """Start the process and read what it says to its end."""
        with tempfile.TemporaryFile() as errors:
            try:
                reason = self._converse(errors)
            except OSError as error:
                reason = f"The playground's process cannot be started. {error}."
        self.over = True
        self.answers.put(Gone("" if self._closing else reason))

    def _converse(self, errors: IO[bytes]) -> str:
        who = process.identity()
        parent = ["--parent", str(who.pid), who.boot, str(who.started)]
        with self._lock:
            if self._closing:
                return ""
            self._process = server = subprocess.Popen(
                [*self._command, *parent],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                start_new_session=True, env=_environment(), cwd=ROOT,
            )  # fmt: skip
        assert server.stdin is not None and server.stdout is not None
        threading.Thread(target=self._write, args=(server,), name="playground-requests", daemon=True).start()
        bye = ""
        with server.stdout:
            for line in server.stdout:
                message = protocol.decode(line.decode("utf-8", "replace"))
                if isinstance(message, Bye):
                    bye = message.reason
                elif message is not None:
                    self.answers.put(message)
        self._outbox.put(None)  # the writer may go
        try:
            code = server.wait(LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            code = server.wait()
        return bye or _ended(code, errors)

    def _write(self, server: subprocess.Popen[bytes]) -> None:
        assert server.stdin is not None
        with contextlib.suppress(OSError):  # it has gone, which the reading thread tells
            while (request := self._outbox.get()) is not None:
                server.stdin.write(protocol.encode(request).encode())
                server.stdin.flush()
        with contextlib.suppress(OSError):
            server.stdin.close()
        try:
            server.wait(LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()


def _environment() -> dict[str, str]:
    """A worker's, but memory that was given back is the machine's again: others may need it."""
    kept = {name: value for name, value in worker_environment().items() if not name.startswith("MALLOC_")}
    own = {name: value for name, value in os.environ.items() if name.startswith("MALLOC_")}
    return {**kept, **own, "PYTHONIOENCODING": "utf-8"}


def _ended(code: int, errors: IO[bytes]) -> str:
    """A sentence on a process that ended without a word, with the last line it wrote to standard error."""
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    errors.seek(0, os.SEEK_END)
    errors.seek(max(0, errors.tell() - 4096))
    lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    said = f" It said last: {lines[-1][:300]}" if lines and code >= 0 else ""
    todo = " It may have run out of memory." if code == -9 else "" if code < 0 else " `dialtune doctor` looks for why."
    return f"The playground's process {how}.{said}{todo}"
