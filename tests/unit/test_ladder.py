"""Stopping by degrees: asked, insisted, ended by force; none before the one below has had its time."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path

import pytest

from engine import ladder, launch
from engine.errors import WorkspaceError
from engine.ladder import Ladder
from engine.runs import process
from engine.runs.folder import RunFolder
from tests.unit import fake_worker
from tests.unit.run_factory import queued
from tests.unit.test_cli_attached import run as command
from tests.unit.test_cli_attached import until


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return queued(tmp_path, "mine")


def test_where_a_run_stands(run: RunFolder) -> None:
    run.write_status(replace(run.status(), state="running", worker=process.identity()))
    assert ladder.look(run, run.status()) == Ladder()
    launch.stop(run)
    asked = (run.path / "control" / "stop").stat().st_mtime
    assert ladder.look(run, run.status()) == Ladder("ask", asked, noticed=False)
    run.take("stop")
    run.write_status(replace(run.status(), stopping=500.0))
    found = ladder.look(run, run.status())
    assert found == Ladder("ask", 500.0, noticed=True)
    assert (found.grace(500.0), found.grace(540.0), found.grace(900.0)) == (60.0, 20.0, 0.0)
    ladder.insist(run)
    assert ladder.look(run, run.status()).rung == "insist" and not ladder.look(run, run.status()).noticed
    run.take("insist")
    run.write_status(replace(run.status(), insisted=560.0))
    assert ladder.look(run, run.status()) == Ladder("insist", 560.0, noticed=True)
    assert ladder.look(run, run.status()).grace(570.0) == 5.0
    run.write_status(replace(run.status(), state="finished"))
    with pytest.raises(WorkspaceError, match="not running"):
        ladder.insist(run)


def test_a_deaf_worker_is_ended_by_force_only_with_leave(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ladder.GRACE, "insist", 0.2)
    worker = fake_worker.start(run, "deaf")
    until(lambda: run.status().step >= 1)
    said: list[str] = []
    assert ladder.climb(run, False, 0.1, "ask", said.append).state == "running" and not said
    assert ladder.climb(run, False, 0.1, "insist", said.append).state == "running"
    assert len(said) == 1 and "last checkpoint" in said[0]
    asked: list[str] = []

    def consent(question: str) -> bool:
        asked.append(question)
        return len(asked) == 1

    assert ladder.climb(run, False, 0.1, "ask", said.append, consent).state == "running"
    assert [question.split("?")[0].rsplit(" ", 1)[-1] for question in asked] == ["Insist", "force"]
    status = ladder.climb(run, False, 0.1, "force", said.append)
    assert status.state == "stopped" and "by force" in said[-1]
    assert worker.wait(10) == -signal.SIGKILL


def test_the_command_climbs(tmp_path: Path, run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ladder.GRACE, "insist", 0.2)
    worker = fake_worker.start(run, "deaf")
    until(lambda: run.status().step >= 1)
    deaf = command("stop", "mine", "--timeout", "0.1", "--insist", "--workspace", tmp_path)
    assert deaf.exit_code == 5 and "told to end at once" in deaf.stderr and "--kill" in deaf.stderr
    done = command("stop", "mine", "--timeout", "0.1", "--kill", "--workspace", tmp_path)
    assert done.exit_code == 0 and "ended by force" in done.stderr
    assert worker.wait(10) == -signal.SIGKILL


def test_a_worker_on_its_way_is_left_to_its_saving(run: RunFolder) -> None:
    worker = fake_worker.start(run, "stubborn")
    until(lambda: run.status().step >= 1)
    status = ladder.climb(run, False, 0.5, "ask", lambda text: pytest.fail(text), lambda question: False)
    assert status.state == "running" and ladder.heard(run)
    worker.wait(10)
