"""The queue with real workers."""

from __future__ import annotations

from engine import queue
from engine.runs.workspace import Workspace
from tests.worker.conftest import Make


def test_two_runs_one_after_the_other(make: Make, workspace: Workspace) -> None:
    first, second = make("lora"), make("zero-shot")
    scheduler = queue.start(workspace.path, [first.name, second.name])
    assert scheduler is not None
    log = workspace.path / queue.LOG
    assert scheduler.wait(timeout=240) == 0, log.read_text()
    assert [run.status().state for run in (first, second)] == ["finished", "finished"], log.read_text()
    assert first.status().ended <= second.status().started
    assert len(second.predictions()) == 6
