"""``python -m engine.worker.playground``: requests on standard input, answers on standard output."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable
from typing import IO

from engine.playground.protocol import Message, encode
from engine.runs import process

WATCH_SECONDS = 2.0
"""How often the terminal's process is looked for, and the memory."""


def main() -> int:
    """Serve until the terminal goes, or nobody has asked anything for long."""
    parser = argparse.ArgumentParser(prog="python -m engine.worker.playground")
    parser.add_argument("--idle", type=float, default=900.0, help="seconds without a request after which it ends")
    parser.add_argument("--budget", type=int, help="bytes of weights held at once; default: what is free")
    parser.add_argument("--parent", nargs=3, metavar=("PID", "BOOT", "STARTED"), help="the terminal's process")
    asked = parser.parse_args()
    # Libraries print; what they print must not stand among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    tell = teller(answers)
    # Before the training stack is imported: whoever leaves meanwhile does not wait for it.
    from engine.worker.playground.inbox import Inbox

    inbox = Inbox(sys.stdin.buffer)
    if asked.parent:
        pid, boot, started = asked.parent
        watch(process.Identity(int(pid), boot, float(started)))

    from engine.worker.playground.server import Server

    return Server(inbox, tell, asked.idle, asked.budget).serve()


def teller(answers: IO[bytes]) -> Callable[[Message], None]:
    """What writes a message as a line, from any thread. When nobody reads any more the process ends."""
    lock = threading.Lock()

    def tell(message: Message) -> None:
        with lock:
            try:
                answers.write(encode(message).encode())
                answers.flush()
            except OSError:
                os._exit(0)

    return tell


def watch(parent: process.Identity) -> None:
    """End this process soon after ``parent`` has: its end of the pipe may live on in a child of it."""

    def look() -> None:
        pause = threading.Event()
        while process.alive(parent):
            pause.wait(WATCH_SECONDS)
        os._exit(0)

    threading.Thread(target=look, name="watch", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
