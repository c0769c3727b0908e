"""One scheduler a workspace and one worker a run, whoever races. Workers are fake; processes are real."""

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

import pytest

from engine import launch, queue
from engine.errors import WorkspaceError
from engine.queue import Scheduler
from engine.runs import turns
from engine.runs.workspace import Workspace
from tests.unit import queue_of_fakes
from tests.unit.queue_helpers import Starts, line, no_gpus, waiting
from tests.unit.run_factory import finished, queued

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def _no_visible_devices_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace; no worker and no scheduler of it outlives the test."""
    found = Workspace(tmp_path / "runs")
    yield found
    with contextlib.suppress(ValueError, KeyError, ProcessLookupError):
        os.kill(_scheduler(found), signal.SIGKILL)
    for run in found.runs():
        if (worker := run.status().worker) is not None and worker.pid != os.getpid():
            launch.kill(run)


def _scheduler(place: Workspace) -> int:
    """The pid of the scheduler at work. Raises KeyError when there is none."""
    if not queue.alive(place.path):
        raise KeyError
    return int(queue.read_json(place.path / queue.LOCK)["pid"])


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let queue.start start schedulers whose workers are fake."""
    popen = subprocess.Popen

    def swapped(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        if command[:3] == [sys.executable, "-m", "engine.queue"]:
            command = [sys.executable, "-m", "tests.unit.queue_of_fakes", *command[3:]]
        return popen(command, **options)

    monkeypatch.setattr(subprocess, "Popen", swapped)


def until(holds: Callable[[], Any], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def states(place: Workspace) -> dict[str, str]:
    return {run.name: run.status().state for run in place.runs()}


def log(place: Workspace) -> str:
    return (place.path / queue.LOG).read_text()


def starts(place: Workspace, name: str) -> int:
    return len((place.path / name / "starts").read_text().splitlines())


# -- schedulers -----------------------------------------------------------------------------------


def test_nothing_is_started_for_nothing(place: Workspace) -> None:
    finished(place.path, "done")
    assert queue.start(place.path) is None
    with pytest.raises(WorkspaceError, match="It is finished"):
        queue.start(place.path, ["done"])
    assert not (place.path / queue.LOCK).exists()


def test_a_second_starter_leaves_its_runs_to_the_first(place: Workspace, fakes: None) -> None:
    for name in ("a", "b", "c"):
        queued(place.path, name)
    (place.path / "a" / "way").write_text("slowly")
    scheduler = queue.start(place.path, ["a"])
    assert scheduler is not None
    assert os.getsid(scheduler.pid) == scheduler.pid, "it outlives the terminal"
    assert queue.start(place.path, ["b"]) is None
    until(lambda: queue.alive(place.path))
    assert queue.start(place.path, ["c"]) is None
    assert scheduler.wait(60) == 0
    assert states(place) == dict.fromkeys("abc", "finished")
    assert [starts(place, name) for name in "abc"] == [1, 1, 1]
    assert not queue.alive(place.path)
    said = log(place)
    places = [said.index(words) for words in ("a: starting", "a: finished", "b: starting", "b: finished", "c: start")]
    assert places == sorted(places)


def test_a_killed_scheduler_leaves_its_worker_and_its_queue_to_the_next(place: Workspace, fakes: None) -> None:
    for name in ("a", "b", "c"):
        queued(place.path, name)
    (place.path / "a" / "way").write_text("stubborn")
    first = queue.start(place.path, ["a", "b", "c"])
    assert first is not None
    until(lambda: place.open("a").status().step >= 1)
    os.kill(first.pid, signal.SIGKILL)
    first.wait(10)
    assert not queue.alive(place.path)
    assert states(place) == {"a": "running", "b": "queued", "c": "queued"}
    assert line(place) == ["b", "c"]
    launch.stop(place.open("c"))
    second = queue.pick_up(place.path)
    assert second is not None
    until(lambda: queue.alive(place.path))
    time.sleep(3 * queue.POLL_SECONDS)
    assert states(place)["b"] == "queued", "the orphan still takes up the device"
    launch.stop(place.open("a"))
    assert second.wait(60) == 0
    assert states(place) == {"a": "stopped", "b": "finished", "c": "stopped"}
    assert [starts(place, name) for name in "ab"] == [1, 1]


def test_what_is_queued_on_another_machine_is_not_picked_up_by_looking(place: Workspace) -> None:
    turns.write(queued(place.path, "a"), turns.Turn(1.0, 1.0, "elsewhere"))
    assert queue.pick_up(place.path) is None
    assert line(place) == ["a"]


def test_many_starters_at_once_make_one_scheduler(place: Workspace, fakes: None) -> None:
    from threading import Thread

    names = [f"r{number}" for number in range(6)]
    for name in names:
        queued(place.path, name)
    found: list[subprocess.Popen[bytes] | None] = []
    threads = [Thread(target=lambda name=name: found.append(queue.start(place.path, [name]))) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (scheduler,) = [one for one in found if one is not None]
    assert scheduler.wait(90) == 0
    assert states(place) == dict.fromkeys(names, "finished")
    assert [starts(place, name) for name in names] == [1] * 6


def test_a_run_that_comes_as_the_scheduler_leaves_is_not_forgotten(
    place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(place, "a")
    started = Starts()
    scheduler = Scheduler(place, started, no_gpus())
    lock = os.open(place.path / queue.LOCK, os.O_RDWR | os.O_CREAT)
    late = iter([True])

    def work() -> None:
        while scheduler.step():
            for name in started.names:
                started.end(name)
        if next(late, False):  # a starter that finds the lock still held leaves its run to us
            queued(place.path, "late")
            assert queue.start(place.path, ["late"]) is None

    monkeypatch.setattr(scheduler, "work", work)
    queue.run(place, lock, scheduler)
    os.close(lock)
    assert started.names == ["a", "late"]


def test_a_scheduler_by_hand_beside_another_does_nothing(place: Workspace, fakes: None) -> None:
    queued(place.path, "a")
    (place.path / "a" / "way").write_text("slowly")
    first = queue.start(place.path, ["a"])
    assert first is not None
    command = [sys.executable, "-m", "tests.unit.queue_of_fakes", str(place.path)]
    assert subprocess.run(command, cwd=ROOT, timeout=30, check=False).returncode == 0
    assert first.poll() is None
    assert first.wait(30) == 0
    assert starts(place, "a") == 1


def test_a_workspace_that_cannot_be_locked_says_so(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    queued(place.path, "a")

    def none(*_: Any) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(queue.fcntl, "flock", none)
    with pytest.raises(WorkspaceError, match=r"The queue cannot be started\. No locks available"):
        queue.start(place.path, ["a"])


# -- one worker a run -----------------------------------------------------------------------------


def test_launchers_that_race_start_one_worker(place: Workspace) -> None:
    """Two at once, twenty times; each pair is let go by one file."""
    names = [f"r{number}" for number in range(20)]
    for name in names:
        queued(place.path, name)
    command = [sys.executable, "-m", "tests.unit.queue_of_fakes", str(place.path), "--race", *names]
    racers = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]

    def said() -> list[str]:
        return sorted(racer.stdout.readline().strip() for racer in racers if racer.stdout is not None)

    for name in names:
        assert said() == ["ready", "ready"]
        (place.path / f".go-{name}").touch()
        first, second = said()
        assert second == "started" and first.startswith(f"refused: The run {name} is already"), (first, second)
    assert [racer.wait(30) for racer in racers] == [0, 0]
    assert [starts(place, name) for name in names] == [1] * 20
    assert set(states(place).values()) == {"finished"}


def test_a_scheduler_and_a_launcher_that_race_start_one_worker(place: Workspace, fakes: None) -> None:
    names = [f"r{number}" for number in range(6)]
    for name in names:
        queued(place.path, name)
    scheduler = queue.start(place.path, names)
    assert scheduler is not None
    for name in names:
        (place.path / f".go-{name}").touch()
    command = [sys.executable, "-m", "tests.unit.queue_of_fakes", str(place.path), "--race", *reversed(names)]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, timeout=90, check=True)
    assert scheduler.wait(60) == 0
    until(lambda: set(states(place).values()) == {"finished"})
    assert [starts(place, name) for name in names] == [1] * 6


def test_the_claim_lasts_as_long_as_the_worker_and_no_longer(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", queue_of_fakes.popen)
    run = queued(place.path, "a")
    (run.path / "way").write_text("deaf")
    worker = launch.start(run)
    until(lambda: run.status().step >= 1)
    run.write_status(replace(run.status(), state="stopped"))  # it has said its last word, but has not left
    monkeypatch.setattr(launch, "LEAVING_SECONDS", 0.3)
    with pytest.raises(WorkspaceError, match="has not left yet"):
        launch.start(run, resume=True)
    assert run.status().state == "stopped"
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(10)
    (run.path / "way").write_text("works")
    assert launch.start(run, resume=True).wait(30) == 0
    assert starts(place, "a") == 2


def test_a_queued_run_that_is_just_being_started_is_asked_to_stop(place: Workspace) -> None:
    from threading import Timer

    run = queued(place.path, "a")
    with launch._claimed(run, "started") as claim:
        assert claim is not None

        def begin() -> None:
            run.write_status(replace(run.status(), state="running", started=time.time()))

        timer = Timer(0.3, begin)
        timer.start()
        launch.stop(run)
        timer.join()
    assert run.status().state == "running"
    assert run.take("stop"), "the worker is asked, and nothing says stopped while it works"


def test_a_worker_sees_its_device(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", queue_of_fakes.popen)
    run = queued(place.path, "a")
    (run.path / "way").write_text("stubborn")
    worker = launch.start(run, environment={"CUDA_VISIBLE_DEVICES": "1"})
    until(lambda: run.status().step >= 1)
    assert queue.devices_seen(run.status()) == ["1"]
    launch.stop(run)
    assert worker.wait(30) == 8
