"""``python -m engine.queue WORKSPACE RUN...``: runs one after another, in a process that outlives the terminal.

It writes to run folders only through :mod:`engine.launch`, and to its own log, ``.queue.log`` in the workspace.
A run that was deleted or stopped meanwhile is skipped; one that somebody else started is waited for.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from engine import launch
from engine.errors import DialtuneError, WorkspaceError
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace

LOG = ".queue.log"
POLL_SECONDS = 0.5

Start = Callable[[RunFolder], "subprocess.Popen[bytes]"]


def start(workspace: Path, names: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a sequencer for the queued runs ``names``, in its own session. Raises WorkspaceError."""
    command = [sys.executable, "-m", "engine.queue", str(workspace.resolve()), *names]
    try:
        with (workspace / LOG).open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True, cwd=Path(__file__).parent.parent,
            )  # fmt: skip
    except OSError as error:
        raise WorkspaceError("The runs cannot be queued", str(error)) from None


def work_through(workspace: Workspace, names: Sequence[str], start: Start = launch.start) -> None:
    """Run the queued ``names`` in order, each to its end, whatever becomes of the one before."""
    for name in names:
        try:
            _one(workspace.open(name), start)
        except DialtuneError as error:
            _say(f"{name}: skipped. {error}")


def _one(run: RunFolder, start: Start) -> None:
    worker = None
    state = run.status().state
    if state == "queued":
        _say(f"{run.name}: starting")
        worker = start(run)
    elif state != "running":
        _say(f"{run.name}: skipped, it is {state}")
        return
    if worker is not None:
        worker.wait()  # also when the run's folder is deleted under it
    else:
        while (run.path / "spec.toml").is_file() and run.status().state == "running":
            time.sleep(POLL_SECONDS)
    _say(f"{run.name}: {run.status().state}")


def _say(text: str) -> None:
    print(time.strftime("%Y-%m-%d %H:%M:%S"), text, flush=True)


def main() -> int:
    """Work through the command line's runs."""
    parser = argparse.ArgumentParser(prog="python -m engine.queue")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("runs", nargs="+")
    asked = parser.parse_args()
    work_through(Workspace(asked.workspace), asked.runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
