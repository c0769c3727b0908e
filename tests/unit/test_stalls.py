"""What hangs is told from what is slow, stopped or waiting; what the kernel killed from what is just gone."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine.runs import fate, process
from engine.runs.events import DeviceReading, Resources
from engine.runs.folder import RunFolder, Status
from engine.runs.workspace import Workspace
from engine.spec import RunSpec


class Clock:
    """Time as a test wants it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Watched:
    """A worker's pace, looked at every second as its watch does."""

    def __init__(self) -> None:
        stalls = pytest.importorskip("engine.worker.stalls")
        self.clock = Clock()
        self.pace = stalls.Pace(self.clock)
        self.pace.phase("training")

    def steps(self, count: int, seconds: float) -> None:
        for _ in range(count):
            self.wait(seconds)
            self.pace.sign()

    def wait(self, seconds: float) -> object:
        """The last look after so many seconds."""
        whole, part = divmod(seconds, 1.0)
        found = None
        for _ in range(int(whole)):
            self.clock.now += 1
            found = self.pace.look()
        self.clock.now += part
        return found


def test_no_step_for_many_times_the_usual_is_a_stall() -> None:
    watched = Watched()
    watched.steps(20, 0.5)
    assert watched.wait(60) is None, "a minute is the least"
    stall = watched.wait(5)
    assert stall is not None
    assert (stall.phase, stall.usual) == ("training", 0.5)
    assert stall.idle == pytest.approx(65, abs=2)
    watched.pace.sign()
    assert watched.wait(30) is None, "it moves again"
    slow = Watched()
    slow.steps(6, 20)
    assert slow.wait(390) is None and slow.wait(20) is not None, "twenty times twenty seconds"


def test_what_took_long_before_may_take_long_again_and_the_first_may_take_longest() -> None:
    watched = Watched()
    assert watched.wait(890) is None and watched.wait(20) is not None, "nothing known yet: a quarter of an hour"
    watched = Watched()
    watched.steps(1, 200)
    watched.steps(20, 1)
    assert watched.wait(595) is None and watched.wait(10) is not None


def test_each_phase_has_its_own_clock() -> None:
    watched = Watched()
    watched.steps(20, 0.5)
    watched.pace.phase("evaluating")
    assert watched.wait(300) is None
    watched.pace.phase("training")
    assert watched.wait(30) is None and watched.wait(40) is not None
    watched.pace.phase("loading")
    assert watched.wait(5000) is None, "a download"
    watched.pace.phase("training")
    with watched.pace.apart("saving"):
        assert watched.wait(300) is None
    assert watched.wait(50) is None


def test_a_process_that_was_stopped_and_goes_on_has_not_hung() -> None:
    watched = Watched()
    watched.steps(20, 0.5)
    watched.clock.now += 3600  # SIGSTOP; SIGCONT: nothing looked meanwhile
    assert watched.pace.look() is None
    assert watched.wait(50) is None
    watched.clock.now += 3600
    watched.pace.sign()
    watched.steps(20, 0.5)
    assert watched.wait(170) is not None, "nor has the hour become what is usual, or the longest"


def test_waiting_for_a_disk_is_no_stall() -> None:
    watched = Watched()
    watched.steps(20, 0.5)
    watched.pace.hold(True)
    assert watched.wait(1000) is None
    watched.pace.hold(False)
    assert watched.wait(50) is None and watched.wait(30) is not None


def test_a_gpu_that_the_driver_no_longer_shows_is_told_once() -> None:
    devices = pytest.importorskip("engine.worker.stalls").Devices()
    there = Resources(1.0, 1.0, 1, 1, 2, (DeviceReading(0, "H100", 80, 1), DeviceReading(1, "H100", 80, 1)))
    gone = replace(there, devices=there.devices[:1])
    assert [devices.reading(r) for r in (there, gone, there, gone)] == [[], [], [], []], "one failed query is none"
    (text,) = devices.reading(gone)
    assert "GPU 1 (H100)" in text and "Xid" in text
    assert devices.reading(gone) == []


# -- killed by the kernel ---------------------------------------------------------------------------

GIB = 1 << 30


@pytest.fixture
def gone() -> process.Identity:
    """A process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    who = process.identity(child.pid)
    child.communicate()
    return who


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return Workspace(tmp_path / "runs").create(RunSpec(name="one"))


def status(worker: process.Identity, **memory: int) -> Status:
    return Status(state="running", phase="training", started=time.time(), worker=worker, memory=memory)


@pytest.fixture(autouse=True)
def _no_kernel_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fate._verdict.cache_clear()
    monkeypatch.setattr(fate, "_LOG", tmp_path / "no-kmsg")


def test_a_kill_that_the_kernel_has_counted_is_told_with_what_was_held(
    run: RunFolder, gone: process.Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.write_status(status(gone, held=9 * GIB, used=15 * GIB, total=16 * GIB, kills=3))
    monkeypatch.setattr(fate, "oom_kills", lambda: 4)
    found = run.status()
    assert found.state == "lost"
    assert "most probably by the kernel for want of memory: it held 9.0 GiB, and 15.0 GiB of 16.0 GiB" in found.reason


def test_less_evidence_is_told_as_less(run: RunFolder, gone: process.Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fate, "oom_kills", lambda: 3)
    run.write_status(status(gone, held=9 * GIB, used=15 * GIB, total=16 * GIB, kills=3))
    assert run.status().reason == fate.WITHOUT_A_WORD
    fate._verdict.cache_clear()
    run.write_status(status(gone, held=9 * GIB, used=int(15.9 * GIB), total=16 * GIB, kills=3))
    assert "perhaps for want of memory" in run.status().reason
    fate._verdict.cache_clear()
    run.write_status(status(gone))
    assert run.status().reason == fate.WITHOUT_A_WORD, "an older worker said nothing of memory"
    other_boot = replace(gone, boot="another")
    run.write_status(status(other_boot, held=9 * GIB, used=16 * GIB, total=16 * GIB, kills=0))
    assert run.status().reason == fate.WITHOUT_A_WORD


def test_the_kernels_log_names_the_process(gone: process.Identity, tmp_path: Path) -> None:
    log = tmp_path / "kmsg"
    text = "3,%d,%d,-;Out of memory: Killed process %d (python) total-vm:1kB"
    log.write_text(text % (7, int((gone.started + 1) * 1e6), gone.pid))
    assert fate._named(gone, log)
    log.write_text(text % (7, int((gone.started - 100) * 1e6), gone.pid))
    assert not fate._named(gone, log), "another process with that pid, before"
    log.write_text(text % (7, int((gone.started + 1) * 1e6), gone.pid + 1))
    assert not fate._named(gone, log) and not fate._named(gone, tmp_path / "none")


def test_the_kernels_count_is_read(tmp_path: Path) -> None:
    (tmp_path / "vmstat").write_text("pgfault 12\noom_kill 5\nswap_ra 0\n")
    assert fate.oom_kills(tmp_path / "vmstat") == 5
    assert fate.oom_kills(tmp_path / "none") is None
