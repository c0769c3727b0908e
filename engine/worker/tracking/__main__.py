"""``python -m engine.worker.tracking RUN_FOLDER``: follows a run's events and hands them to trackers.

One line on standard input tells how the run ended (``{"state": ..., "reason": ...}``); an end of the input without
one means that the worker is gone. Lines on standard output that begin with a NUL are for the worker; the rest is what
the trackers' libraries print.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine import trackers
from engine.results.facts import flat
from engine.runs.folder import RunFolder
from engine.spec import to_dict
from engine.worker.tracking.supervise import MARK, READY

LOST = ("lost", "The worker ended without a word.")


def main() -> int:
    """Follow until the run is over."""
    parser = argparse.ArgumentParser(prog="python -m engine.worker.tracking")
    parser.add_argument("folder", type=Path)
    run = RunFolder(parser.parse_args().folder)
    for number in (signal.SIGTERM, signal.SIGINT):  # meant for the worker, which tells us how it ended
        signal.signal(number, signal.SIG_IGN)
    os.nice(5)  # the run goes first
    spec = run.spec()
    config = trackers.without_secrets(flat(to_dict(spec)))
    ending = _listen()

    from engine.worker.tracking.relay import relay
    from engine.worker.tracking.trackers import chosen  # the heavy import

    sinks = chosen(run, spec, config)
    _say({READY: True})
    relay(run, sinks, ending, _tell, spec.track.timeout)
    sys.stdout.flush()
    os._exit(0)  # not by way of the trackers' own last words, one of which may hang; those that ended well have closed


def _listen() -> Callable[[], tuple[str, str] | None]:
    """What says how the run ended, once that is known."""
    found: list[tuple[str, str]] = []

    def wait() -> None:
        data = b""
        while block := os.read(0, 4096):  # not sys.stdin, whose lock this thread would hold at the interpreter's end
            data += block
            if b"\n" in data:
                break
        try:
            said = json.loads(data)
            found.append((str(said["state"]), str(said["reason"])))
        except (ValueError, TypeError, KeyError):
            found.append(LOST)

    threading.Thread(target=wait, name="ending", daemon=True).start()
    return lambda: found[0] if found else None


def _tell(level: str, text: str) -> None:
    _say({"level": level, "text": text})


def _say(message: dict[str, Any]) -> None:
    # One write that begins with a line end: libraries may have left a line of theirs open.
    sys.stdout.write(f"\n{MARK}{json.dumps(message)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
