"""Whose turn it is, and on which device. Nothing is started but processes that wait."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import launch
from engine.errors import WorkspaceError
from engine.hardware import Devices
from engine.queue import Scheduler
from engine.runs import process, turns
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.unit.queue_helpers import Starts, line, no_gpus, waiting
from tests.unit.run_factory import finished, queued
from tests.unit.test_hardware import FakeNvml


@pytest.fixture(autouse=True)
def _no_visible_devices_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "runs")


# -- turns ----------------------------------------------------------------------------------------


def test_the_queue_is_in_the_order_of_asking(place: Workspace) -> None:
    for name in ("b", "a", "c", "alone"):
        queued(place.path, name)
    assert line(place) == [], "a run that is queued, but was not asked for, waits for whoever made it"
    turns.add(place, ["b", "a"])
    turns.add(place, ["c", "b"])
    assert line(place) == ["b", "a", "c"]


def test_what_is_no_longer_queued_does_not_wait(place: Workspace) -> None:
    runs = [queued(place.path, name) for name in ("a", "b", "c", "d")]
    turns.add(place, [run.name for run in runs])
    launch.stop(runs[0])
    runs[1].write_status(replace(runs[1].status(), state="running", worker=process.identity()))
    runs[2].path.rename(place.path / "moved")
    assert line(place) == ["moved", "d"]
    assert not (runs[0].path / turns.FILE).exists()


@pytest.mark.parametrize("text", ["", "[]", '{"asked": 1}', '{"asked": "x", "order": 1}', '{"asked": 1, "order": NaN}'])
def test_a_damaged_turn_is_none(place: Workspace, text: str) -> None:
    run = queued(place.path, "a")
    (run.path / turns.FILE).write_text(text)
    assert turns.turn(run) is None
    assert line(place) == []
    turns.add(place, ["a"])
    assert line(place) == ["a"], "asking again mends it"


def test_only_queued_runs_can_be_added_and_all_or_none(place: Workspace) -> None:
    queued(place.path, "a")
    finished(place.path, "done")
    for names, word in ((["a", "done"], "It is finished"), (["a", "non"], "There is no run 'non'")):
        with pytest.raises(WorkspaceError, match=word):
            turns.add(place, names)
        assert line(place) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 8)), max_size=12))
def test_moving_is_as_in_a_list(tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[int, int]]) -> None:
    place = Workspace(tmp_path_factory.mktemp("moves"))
    expected = list("abcde")
    for name in expected:
        (place.path / name).mkdir()
        (place.path / name / "spec.toml").touch()
    turns.add(place, expected)
    for which, to in moves:
        name = expected[which]
        expected.remove(name)
        to = min(max(to, 1), 5)
        expected.insert(to - 1, name)
        assert turns.move(place, name, to) == to
        assert line(place) == expected


def test_a_place_between_two_that_stand_close(place: Workspace) -> None:
    for at, name in enumerate("abc"):
        turns.write(queued(place.path, name), turns.Turn(float(at), 5.0 if at < 2 else 6.0))
    assert turns.move(place, "c", 2) == 2
    assert line(place) == ["a", "c", "b"]


def test_moving_what_does_not_wait(place: Workspace) -> None:
    finished(place.path, "done")
    with pytest.raises(WorkspaceError, match=r"does not wait in the queue\. It is finished"):
        turns.move(place, "done", 1)


# -- devices --------------------------------------------------------------------------------------


def test_without_a_gpu_one_after_another(place: Workspace) -> None:
    waiting(place, "a", "b", "c")
    started = Starts()
    scheduler = Scheduler(place, started, no_gpus())
    for name in ("a", "b", "c"):
        for _ in range(3):
            assert scheduler.step()
        assert started.given[-1] == (name, {}), "on the machine's one device, whose worker sees what we see"
        started.end(name)
    assert not scheduler.step()
    assert started.names == ["a", "b", "c"]


def test_one_run_a_gpu(place: Workspace) -> None:
    waiting(place, "a", "b", "c", "d")
    started = Starts()
    scheduler = Scheduler(place, started, Devices(FakeNvml()))
    scheduler.step()
    first = {"CUDA_VISIBLE_DEVICES": "0", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    second = {**first, "CUDA_VISIBLE_DEVICES": "1"}
    assert started.given == [("a", first), ("b", second)]
    scheduler.step()
    assert len(started.given) == 2, "both are taken"
    started.end("b")
    scheduler.step()
    assert started.given[2:] == [("c", second)]


def test_the_users_choice_of_gpus_holds(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-abbb, MIG-1234")
    waiting(place, "a", "b", "c")
    started = Starts()
    Scheduler(place, started, Devices(FakeNvml())).step()
    assert started.given == [
        ("a", {"CUDA_VISIBLE_DEVICES": "GPU-abbb"}),
        ("b", {"CUDA_VISIBLE_DEVICES": "MIG-1234"}),
    ]


def by_hand(place: Workspace, name: str, **environment: str) -> subprocess.Popen[bytes]:
    """A running run that no scheduler started, with a real process for a worker."""
    run = queued(place.path, name)
    command = [sys.executable, "-c", "print(flush=True); input()"]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **environment})
    assert worker.stdout is not None
    worker.stdout.readline()  # it is up, its environment its own
    run.write_status(replace(run.status(), state="running", started=time.time(), worker=process.identity(worker.pid)))
    return worker


@pytest.mark.parametrize(
    ("environment", "gpus", "device"),
    [
        ({}, True, "1"),  # it works on the first
        ({"CUDA_VISIBLE_DEVICES": "1"}, True, "0"),
        ({"CUDA_VISIBLE_DEVICES": "1,0"}, True, "0"),
        ({"CUDA_VISIBLE_DEVICES": ""}, True, "0"),  # on the CPU: b gets the other
        ({"CUDA_VISIBLE_DEVICES": ""}, False, None),
        ({}, False, None),
    ],
)
def test_a_run_started_by_hand_takes_up_its_device(
    place: Workspace, environment: dict[str, str], gpus: bool, device: str | None
) -> None:
    worker = by_hand(place, "mine", **environment)
    try:
        waiting(place, "a", "b")
        started = Starts()
        scheduler = Scheduler(place, started, Devices(FakeNvml()) if gpus else no_gpus())
        assert scheduler.step()
        assert [given[1].get("CUDA_VISIBLE_DEVICES") for given in started.given[:1]] == ([device] if device else [])
    finally:
        worker.communicate(b"\n")
    scheduler.step()
    assert started.names[0] == "a", "its device is free"


def test_a_run_that_is_just_starting_may_take_any_device(place: Workspace) -> None:
    run = queued(place.path, "mine")
    run.write_status(replace(run.status(), state="running", started=time.time()))
    waiting(place, "a")
    started = Starts()
    scheduler = Scheduler(place, started, Devices(FakeNvml()))
    assert scheduler.step()
    assert started.given == []
    run.write_status(replace(run.status(), state="failed"))
    scheduler.step()
    assert started.names == ["a"]


def test_a_run_that_cannot_be_started_is_left_and_the_others_go_on(
    place: Workspace, capfd: pytest.CaptureFixture[str]
) -> None:
    waiting(place, "a", "b")
    started = Starts()

    def start(run: RunFolder, environment: Mapping[str, str]) -> Any:
        if run.name == "a":
            raise WorkspaceError("No room")
        return started(run, environment)

    scheduler = Scheduler(place, start, no_gpus())
    scheduler.step()
    assert started.names == ["b"]
    started.end("b")
    assert not scheduler.step(), "what cannot be started keeps nobody waiting"
    assert line(place) == ["a"]
    assert "a: skipped. No room." in capfd.readouterr().out


def test_a_worker_that_dies_without_a_word_frees_its_device_at_once(place: Workspace) -> None:
    waiting(place, "a", "b")
    started = Starts()
    scheduler = Scheduler(place, started, no_gpus())
    scheduler.step()
    started.workers["a"].code = -9
    scheduler.step()
    assert started.names == ["a", "b"]
    status = place.open("a").status()
    assert (status.state, status.exit_code) == ("failed", 7)
    assert "signal 9" in status.error["why"]
