"""Starting, stopping and removing runs, with a worker of four lines in the real one's place."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine import launch
from engine.errors import WorkspaceError
from engine.runs import process
from engine.runs.folder import REQUESTS, RunFolder, State, Status
from engine.runs.workspace import Workspace
from engine.spec import RunSpec

WORKER = """
import os, subprocess, sys, time
from dataclasses import replace
from pathlib import Path
from engine.runs import process
from engine.runs.folder import RunFolder
run = RunFolder(Path(sys.argv[1]))
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("arguments", *sys.argv[2:], "stdin", repr(sys.stdin.read()), "child", child.pid, flush=True)
print("to stderr", file=sys.stderr, flush=True)
run.write_status(replace(run.status(), worker=process.identity()))
while not run.take("stop"):
    time.sleep(0.01)
child.kill()
run.write_status(replace(run.status(), state="finished"))
"""

Starter = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return Workspace(tmp_path / "runs").create(RunSpec(name="one"))


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Starter]:
    """``launch.start`` with the stand-in for a worker; none outlives the test."""
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def stand_in(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        assert command[:3] == [sys.executable, "-m", "engine.worker"]
        worker = popen([sys.executable, "-c", WORKER, *command[3:]], **options)
        started.append(worker)
        return worker

    monkeypatch.setattr(subprocess, "Popen", stand_in)
    yield launch.start
    monkeypatch.undo()
    for worker in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


def up(run: RunFolder) -> bool:
    return run.status().worker is not None


def test_a_worker_has_its_own_session_and_log(run: RunFolder, start: Starter) -> None:
    worker = start(run)
    assert run.status().state == "running"
    wait_until(lambda: up(run))
    assert os.getsid(worker.pid) == worker.pid != os.getsid(0)
    assert "arguments stdin '' child" in run.log_path.read_text()
    assert "to stderr" in run.log_path.read_text()
    assert run.status().worker == process.identity(worker.pid)
    assert run.status().created > 0
    launch.stop(run)
    assert worker.wait(10) == 0
    assert run.status().state == "finished"


def test_a_running_run_is_neither_started_nor_deleted(run: RunFolder, start: Starter) -> None:
    start(run)
    for resume in (False, True):
        with pytest.raises(WorkspaceError, match="already running"):
            start(run, resume=resume)
    with pytest.raises(WorkspaceError, match="is running"):
        launch.delete(run)
    assert run.path.is_dir()


@pytest.mark.parametrize("state", ["finished", "stopped", "failed", "lost"])
def test_a_run_that_is_over(run: RunFolder, start: Starter, state: State) -> None:
    run.write_status(Status(state=state, created=5.0))
    with pytest.raises(WorkspaceError, match=f"already {state}"):
        start(run)
    with pytest.raises(WorkspaceError, match=state):
        launch.stop(run)
    run.ask("stop")  # of the past; must not stop the resumed worker
    start(run, resume=True)
    wait_until(lambda: up(run))
    assert "arguments --resume" in run.log_path.read_text()
    assert run.status().created == 5.0
    assert not any((run.path / "control" / request).exists() for request in REQUESTS)


def test_stopping_a_queued_run(run: RunFolder) -> None:
    launch.stop(run)
    status = run.status()
    assert status.state == "stopped"
    assert status.ended > 0
    assert "before it began" in status.reason
    assert not run.take("stop")


@pytest.mark.parametrize(("discard", "request_"), [(False, "stop"), (True, "discard")])
def test_stopping_a_running_run_asks(run: RunFolder, discard: bool, request_: Any) -> None:
    run.write_status(Status(state="running", worker=process.identity()))
    launch.stop(run, discard=discard)
    assert run.take(request_)
    assert run.status().state == "running"


def test_kill_ends_the_whole_group(run: RunFolder, start: Starter) -> None:
    worker = start(run)
    wait_until(lambda: up(run))
    child = int(run.log_path.read_text().split("child ")[1].split()[0])
    assert psutil.pid_exists(child)
    assert launch.kill(run)
    assert worker.wait(10) == -signal.SIGKILL
    wait_until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)
    assert run.status().state == "stopped"
    assert not launch.kill(run)


def test_kill_spares_the_group_of_a_worker_started_by_hand(run: RunFolder) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])  # in our own group
    try:
        run.write_status(Status(state="running", worker=process.identity(worker.pid)))
        assert launch.kill(run)
        assert worker.wait(10) == -signal.SIGKILL
        assert bystander.poll() is None
    finally:
        for child in (worker, bystander):
            child.kill()
            child.communicate()


def test_kill_with_nobody_there(run: RunFolder) -> None:
    assert not launch.kill(run)
    run.write_status(Status(state="running", worker=replace(process.identity(), started=1.0)))
    assert not launch.kill(run), "a reused pid is not the worker"


def test_delete(run: RunFolder) -> None:
    launch.delete(run)
    assert not run.path.exists()
    with pytest.raises(WorkspaceError, match="cannot be removed"):
        launch.delete(run)


def test_a_worker_that_cannot_be_started_leaves_the_run_as_it_was(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run.status()

    def no_memory(*_: Any, **__: Any) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(subprocess, "Popen", no_memory)
    with pytest.raises(WorkspaceError, match="Cannot allocate memory"):
        launch.start(run)
    assert run.status() == before


def test_a_folder_that_is_gone_or_full(tmp_path: Path, run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WorkspaceError, match="cannot be started"):
        launch.start(RunFolder(tmp_path / "none"))
    with pytest.raises(WorkspaceError, match="cannot be stopped"):
        launch.stop(RunFolder(tmp_path / "none"))


def test_a_users_environment_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_TOP_PAD_", "1")
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    environment = launch.worker_environment()
    assert environment["MALLOC_TOP_PAD_"] == "1"
    assert environment["PYTHONUNBUFFERED"] == "1"
    assert environment["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize("name", ["events.jsonl", "worker.log", "control/start-1"])
def test_a_strangers_links_are_not_written_through(run: RunFolder, tmp_path: Path, name: str) -> None:
    target = tmp_path / "precious"
    target.write_text("mine")
    (run.path / name).symlink_to(target)
    with pytest.raises(WorkspaceError, match="is a link to another place"):
        launch.start(run)
    assert target.read_text() == "mine"
    assert run.status().state == "queued"
