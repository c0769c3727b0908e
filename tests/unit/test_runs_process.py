"""Whether a worker lives, and what it leaves when it is killed."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.runs import process, state
from engine.runs.folder import RunFolder, Status
from engine.runs.workspace import Workspace
from engine.spec import RunSpec

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return Workspace(tmp_path / "runs").create(RunSpec(name="one"))


class TestLiveness:
    def test_this_process(self, run: RunFolder) -> None:
        run.write_status(Status(state="running", worker=process.identity()))
        assert run.status().state == "running"

    @pytest.mark.parametrize("change", [{"started": 1.0}, {"boot": "another"}, {"pid": 2**30}, {"pid": -1}])
    def test_another_process_boot_or_machine(self, run: RunFolder, change: dict[str, Any]) -> None:
        run.write_status(Status(state="running", worker=replace(process.identity(), **change)))
        assert run.status().state == "lost"
        assert run.status().reason

    def test_a_zombie_and_a_reaped_process(self) -> None:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        who = process.identity(child.pid)
        assert process.alive(who)
        child.kill()
        until = time.monotonic() + 5
        while process.alive(who) and time.monotonic() < until:
            time.sleep(0.01)
        assert child.returncode is None, "not waited for, so a zombie"
        assert not process.alive(who)
        child.communicate()
        assert not process.alive(who)

    def test_the_clock_may_be_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """psutil's start time is the boot time, which moves with the clock, plus the kernel's ticks."""
        who = process.identity()
        monkeypatch.setattr(psutil.Process, "create_time", lambda self: 12345.0)
        assert process.alive(who) is (sys.platform == "linux")

    def test_other_systems_have_no_proc(self, monkeypatch: pytest.MonkeyPatch) -> None:
        read = Path.read_bytes

        def missing(path: Path) -> bytes:
            if path.parts[:2] == ("/", "proc"):
                raise FileNotFoundError(path)
            return read(path)

        monkeypatch.setattr(Path, "read_bytes", missing)
        who = process.identity()
        assert abs(who.started - psutil.Process().create_time()) < 1e-6
        assert process.alive(who)
        assert not process.alive(replace(who, started=who.started - 60))

    def test_a_worker_that_never_came_up(self, run: RunFolder) -> None:
        run.write_status(Status(state="running", started=time.time()))
        assert run.status().state == "running"
        run.write_status(Status(state="running", started=time.time() - state.STARTING_SECONDS - 1))
        assert run.status().state == "lost"

    def test_a_worker_that_ends_while_it_is_looked_for_is_not_lost(
        self, run: RunFolder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run.write_status(Status(state="running", worker=process.identity()))

        def ends(who: process.Identity) -> bool:
            run.write_status(Status(state="finished", worker=who))
            return False

        monkeypatch.setattr(process, "sighted", ends)
        assert run.status().state == "finished"


def test_a_worker_killed_at_any_moment_leaves_whole_files(run: RunFolder) -> None:
    code = f"""
from pathlib import Path
from engine.runs import process
from engine.runs.events import Sample, encode
from engine.runs.files import append_lines
from engine.runs.folder import RunFolder, Status
run = RunFolder(Path({str(run.path)!r}))
me, step = process.identity(), 0
while True:
    step += 1
    append_lines(run.events_path, [encode(Sample(step, str(me.pid), "é" * 3000))])
    run.write_status(Status(state="running", step=step, reason="r" * 5000, worker=me))
    if step == 1:
        print(flush=True)
"""
    dice = random.Random(7)
    until = time.monotonic() + 3
    kills = 0
    while time.monotonic() < until:
        worker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline() == b"\n"
            assert run.status().state == "running"
            time.sleep(dice.random() * 0.02)
        finally:
            worker.kill()
            worker.communicate()
        kills += 1
        status = run.status()
        assert status.state == "lost"
        assert len((run.path / "status.json").read_text()) > 5000
        steps = [event.step for event in run.events() if event.example == str(worker.pid)]  # type: ignore[attr-defined]
        assert steps == list(range(1, len(steps) + 1))
        assert len(steps) - status.step in (0, 1)
        assert run.spec().name == "one"
    assert kills >= 3
