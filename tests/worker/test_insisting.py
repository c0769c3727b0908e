"""A worker that is told to end at once, one that the kernel is said to have killed, and one that was only stopped."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from typing import Any

from engine import ladder, launch
from engine.errors import STOPPED
from engine.runs import fate
from engine.runs.events import Notice
from engine.runs.folder import RunFolder, Status
from engine.worker import memory
from tests.worker.conftest import wait


def notices(run: RunFolder, code: str) -> list[str]:
    return [event.text for event in run.events() if isinstance(event, Notice) and event.code == code]


def ended(status: Status) -> bool:
    """Whether the worker has said its last word; one that is slow to come up counts as lost for a while."""
    return status.state in ("finished", "stopped", "failed")


def test_insisted_then_killed_and_resumed_each_time(make: Any) -> None:
    run = make("full", **{"train.max_steps": 400, "train.save_every": 5, "data.validation": 0})
    launch.start(run)
    status = wait(run, lambda status: (status.step >= 6 and bool(status.memory)) or ended(status))
    assert status.state == "running", run.log_path.read_text()[-2000:]
    assert status.memory["held"] > 0 and status.memory["total"] > status.memory["used"]
    assert status.worker is not None

    # Stopped for a while (SIGSTOP), it is neither lost nor hung.
    os.kill(status.worker.pid, signal.SIGSTOP)
    time.sleep(3)
    assert run.status().state == "running"
    os.kill(status.worker.pid, signal.SIGCONT)
    step = run.status().step
    wait(run, lambda status: status.step > step or ended(status))
    assert run.status().idle is None and not notices(run, "stalled")

    ladder.insist(run)
    status = wait(run, ended)
    assert status.state == "stopped" and status.exit_code == STOPPED
    assert status.reason.startswith("Ended at once, as insisted. The checkpoint of step "), status.reason
    assert not run.model_path.exists(), "nothing more was written"
    assert not (run.path / "control" / "insist").exists()

    launch.start(run, resume=True)
    reached = status.step
    status = wait(run, lambda status: status.step > reached + 5 or ended(status))
    assert status.state == "running" and status.worker is not None and not status.insisted
    os.kill(status.worker.pid, signal.SIGKILL)
    wait(run)
    # As if the machine had been full: its count of kills cannot be made to rise here.
    status = run.written_status()
    run.write_status(replace(status, memory={**status.memory, "used": status.memory["total"]}))
    fate._verdict.cache_clear()
    assert "for want of memory" in run.status().reason
    launch.start(run, resume=True)
    wait(run, lambda status: bool(notices(run, "batch-halved")) or ended(status))
    (text,) = notices(run, "batch-halved")
    assert "4 examples at once" in text and "the effective batch stays 8" in text
    assert run.manifest()[memory.FITS] == {"training": 2}
    launch.stop(run, discard=True)
    assert wait(run, ended).state == "stopped"
