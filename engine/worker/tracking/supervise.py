"""The worker's side: starts the process that feeds the trackers, passes on what it says, and ends it in time."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine import trackers
from engine.errors import DialtuneError
from engine.runs.events import Level
from engine.runs.folder import RunFolder
from engine.spec import RunSpec
from engine.worker.reporting import Reporter

MARK = "\0"
"""Begins the lines of the other process that are meant for us; all others are what its libraries print."""
GRACE = 15.0
"""Seconds beyond ``track.timeout`` that the other process has to say how it ended."""
IMPORTS = 180.0
"""Seconds that the other process may take to begin: it imports transformers, at a low priority, on a busy machine."""
READY = "ready"
"""What it says once it has begun."""
LONGEST = 2000
"""Characters of a line that are kept."""


def begin(run: RunFolder, spec: RunSpec, reporter: Reporter) -> None:
    """Have the run followed by the trackers that ``spec`` asks for, until the reporter ends it. Never raises."""
    if not spec.track.to:
        return
    try:
        trackers.refuse_missing(spec)
        follower = Follower(run, spec.track.timeout, reporter)
    except (DialtuneError, OSError) as error:
        reporter.notice("warning", "tracker", f"The run is not tracked: {error}")
        return
    reporter.before_end.append(follower.end)


class Follower:
    """The other process, and a thread that listens to it."""

    def __init__(
        self, run: RunFolder, timeout: float, reporter: Reporter, command: Sequence[str] | None = None
    ) -> None:
        """``command`` stands in for the process. Raises OSError when it cannot be started."""
        self._reporter, self._timeout = reporter, timeout
        self._ending = False
        self._begun = threading.Event()
        self._process = subprocess.Popen(
            command or [sys.executable, "-m", "engine.worker.tracking", str(run.path.resolve())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", errors="replace", cwd=Path(__file__).parents[3], env=_environment(),
        )  # fmt: skip
        self._thread = threading.Thread(target=self._listen, name="trackers", daemon=True)
        self._thread.start()

    def end(self, state: str, reason: str = "") -> None:
        """Tell how the run ends, and wait until that has arrived; not longer than the trackers' time.

        That time counts from when they have begun, which a run of seconds may be done before.
        """
        self._ending = True
        with contextlib.suppress(OSError, ValueError):  # gone already: the thread has told
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps({"state": state, "reason": trackers.scrubbed(reason)}) + "\n")
            self._process.stdin.close()
        self._begun.wait(IMPORTS)
        try:
            self._process.wait(self._timeout + GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._tell("warning", f"The trackers did not close within {self._timeout:g} s and were ended.")
        self._thread.join(timeout=5)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            text = trackers.scrubbed(line.rstrip("\n"))[:LONGEST]
            if text.startswith(MARK):
                self._take(text[1:])
            elif text.strip():
                print("[trackers]", text, flush=True)
        self._begun.set()  # or it never will
        code = self._process.wait()
        if code and not self._ending:
            self._tell(
                "warning", f"The process that feeds the trackers ended (exit code {code}); the run goes on without."
            )

    def _take(self, text: str) -> None:
        with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):  # not ours after all
            said = json.loads(text)
            if said.get(READY):
                self._begun.set()
                return
            self._tell("warning" if said["level"] == "warning" else "info", str(said["text"]))

    def _tell(self, level: Level, text: str) -> None:
        try:
            self._reporter.notice(level, "tracker", text)
        except OSError as error:  # a full disk: the run itself will say so
            print("[trackers]", text, error, flush=True)


def _environment() -> dict[str, Any]:
    """Ours; no integration is to upload models or to watch gradients, whatever was set for other programs."""
    fixed = {"WANDB_LOG_MODEL": "false", "WANDB_WATCH": "false", "HF_MLFLOW_LOG_ARTIFACTS": "false"}
    # It hardly computes, and must not take the training's cores while it imports.
    return {**os.environ, **fixed, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "PYTHONUNBUFFERED": "1"}
