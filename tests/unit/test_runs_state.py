"""What state a run is in, whatever clocks, machines and pids say; and one worker a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine import launch
from engine.errors import WorkspaceError
from engine.runs import claims, process, state
from engine.runs.folder import RunFolder, Status
from engine.runs.workspace import Workspace
from engine.spec import RunSpec

ELSEWHERE = replace(process.identity(), boot="another boot", host="another-host")


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return Workspace(tmp_path / "runs").create(RunSpec(name="one"))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def seen(run: RunFolder, watch: state.Watch) -> str:
    return state.judged(run, run.written_status(), watch).state


class TestFromAnotherMachine:
    """The worker cannot be seen: only its heartbeat tells."""

    @pytest.mark.parametrize("skew", [0.0, -7200.0, 7200.0])
    def test_a_heartbeat_that_moves_is_life_whatever_its_clock_says(self, run: RunFolder, skew: float) -> None:
        clock = Clock()
        watch = state.Watch(clock)
        for beat in range(5):
            moment = time.time() + skew + beat
            run.write_status(Status(state="running", started=moment, heartbeat=moment, worker=ELSEWHERE))
            now = seen(run, watch)
            assert now == "running" or (beat == 0 and skew), "only the first look may err"
            clock.now += 1

    def test_one_that_stands_still_is_lost_even_with_a_clock_ahead(self, run: RunFolder) -> None:
        clock = Clock()
        watch = state.Watch(clock)
        moment = time.time()
        run.write_status(Status(state="running", started=moment, heartbeat=moment, worker=ELSEWHERE))
        assert seen(run, watch) == "running"
        clock.now += state.SILENT_SECONDS + 1
        assert seen(run, watch) == "lost"
        lost = state.judged(run, run.written_status(), watch)
        assert "another-host" in lost.reason
        run.write_status(replace(run.written_status(), heartbeat=moment + 60))
        assert seen(run, watch) == "running", "it was only slow"

    def test_an_old_one_is_lost_at_the_first_look(self, run: RunFolder) -> None:
        run.write_status(Status(state="running", started=5.0, heartbeat=time.time() - 3600, worker=ELSEWHERE))
        assert run.status().state == "lost"

    def test_acting_waits_for_a_beat(self, run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
        run.write_status(Status(state="running", started=5.0, heartbeat=5.0, worker=ELSEWHERE))

        def beats(_seconds: float) -> None:
            written = run.written_status()
            run.write_status(replace(written, heartbeat=written.heartbeat + 1))

        monkeypatch.setattr(state, "_WATCH", state.Watch())
        monkeypatch.setattr(time, "sleep", beats)
        assert run.status().state == "lost"
        assert state.settled(run).state == "running", "its clock is years behind, but it lives"

    def test_it_cannot_be_killed_from_here(self, run: RunFolder) -> None:
        run.write_status(Status(state="running", started=5.0, heartbeat=time.time(), worker=ELSEWHERE))
        with pytest.raises(WorkspaceError, match="another-host"):
            launch.kill(run)


class TestOnThisMachine:
    def test_a_restart_of_the_machine(self, run: RunFolder) -> None:
        before = replace(process.identity(), boot="the boot before")
        run.write_status(Status(state="running", started=time.time(), heartbeat=time.time(), worker=before))
        assert run.status().state == "lost", "however fresh its heartbeat looks"

    def test_a_pid_of_another_container_is_not_looked_up_here(self) -> None:
        if not (me := process.identity()).space:
            pytest.skip("no pid namespaces here")
        assert process.sighted(me)
        assert process.sighted(replace(me, space="pid:[1]")) is None

    def test_a_process_that_is_hidden_is_not_lost(self, monkeypatch: pytest.MonkeyPatch) -> None:
        me = process.identity()
        ours = process._stat
        monkeypatch.setattr(process, "_stat", lambda pid: None if pid == 1 else ours(pid))

        def kill(pid: int, number: int) -> None:
            raise PermissionError if pid == 1 else ProcessLookupError

        monkeypatch.setattr(os, "kill", kill)
        assert process.sighted(replace(me, pid=1)) is None

    def test_a_start_is_timed_by_a_clock_that_nobody_sets(
        self, run: RunFolder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        up = process.uptime()
        if not up:
            pytest.skip("this system does not say how long it is up")
        starting = Status(state="running", started=time.time(), uptime=up, boot=process.boot_id())
        run.write_status(starting)
        for jump in (-86400.0, 86400.0):
            monkeypatch.setattr(time, "time", lambda jump=jump: starting.started + jump)
            assert run.status().state == "running"
        monkeypatch.undo()
        run.write_status(replace(starting, uptime=up - state.STARTING_SECONDS - 1))
        assert run.status().state == "lost"

    def test_silence_is_measured_by_it_too(self) -> None:
        up = process.uptime()
        if not up:
            pytest.skip("this system does not say how long it is up")
        status = Status(state="running", heartbeat=5.0, uptime=up - 20, worker=process.identity())
        assert 19 < state.quiet(status, now=1e9) < 60
        assert state.quiet(replace(status, worker=ELSEWHERE), now=65.0) == 60


class TestOneWorker:
    def test_starts_are_numbered_and_each_number_is_given_once(self, run: RunFolder) -> None:
        assert claims.claimed(run, 0) == 1
        assert claims.claimed(run, 0) is None, "we live, and have claimed it"
        dead = {"pid": 2**30, "boot": process.boot_id(), "started": 1.0}
        (run.path / "control" / "start-1").write_text(json.dumps(dead))
        assert claims.claimed(run, 0) == 2, "its maker died before the start"
        assert claims.claimed(run, 2) == 3
        assert sorted(path.name for path in (run.path / "control").glob("start-*")) == ["start-3"]

    def test_many_at_once(self, run: RunFolder) -> None:
        code = (
            "import sys; from pathlib import Path; from engine.runs import claims; from engine.runs.folder import "
            "RunFolder; sys.stdin.read(1); print(claims.claimed(RunFolder(Path(sys.argv[1])), 0)); sys.stdout.flush();"
            "sys.stdin.read()"
        )
        racers = [
            subprocess.Popen(
                [sys.executable, "-c", code, str(run.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(4)
        ]
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("x")
            racer.stdin.flush()
        said = [racer.stdout.readline().strip() for racer in racers if racer.stdout is not None]
        for racer in racers:
            racer.communicate()
        assert sorted(said) == ["1", "None", "None", "None"]

    def test_a_second_worker_by_hand_leaves(self, run: RunFolder) -> None:
        holder = claims.opened(run)
        try:
            assert claims.locked(holder)
            code = (
                "import sys; from pathlib import Path; from engine.runs import claims; from engine.runs.folder import "
                "RunFolder; print(claims.kept(RunFolder(Path(sys.argv[1]))))"
            )
            command = [sys.executable, "-c", code, str(run.path)]
            stranger = subprocess.run(command, capture_output=True, text=True, check=True)
            assert stranger.stdout.strip() == "False"
            heir = subprocess.run(command, capture_output=True, text=True, check=True, pass_fds=(holder,))
            assert heir.stdout.strip() == "True"
        finally:
            os.close(holder)


def test_a_runs_folder_is_private_and_can_be_opened_to_others(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        run = Workspace(tmp_path / "deep" / "runs").create(RunSpec(name="one"))
    finally:
        os.umask(before)
    assert run.path.stat().st_mode & 0o777 == 0o700
    run.path.chmod(0o750)
    run.write_status(Status())
    assert (run.path / "status.json").stat().st_mode & 0o044 == 0o044, "who may enter may read"
    run.ask("stop")
    assert run.path.stat().st_mode & 0o777 == 0o750


def test_another_user_is_turned_away_until_the_folder_is_opened(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    run = Workspace(tmp_path / "runs").create(RunSpec(name="one"))
    for folder in (*tmp_path.parents, tmp_path, tmp_path / "runs"):
        if str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    code = (
        "import os, sys; from pathlib import Path; os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(65534);"
        "path = Path(sys.argv[1]);"
        "print(os.access(path / 'status.json', os.R_OK), os.access(path / 'control', os.W_OK | os.X_OK))"
    )

    def tried(group: int) -> str:
        command = [sys.executable, "-c", code, str(run.path), str(group)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    if not os.access(tmp_path, os.X_OK):
        pytest.skip("the test's own folder is private")
    assert tried(65534) == "False False"
    for folder in (run.path, run.path / "control"):
        os.chown(folder, -1, 65534)
        folder.chmod(0o770)
    if tried(65534) == "False False":
        pytest.skip("a folder above the test's is private")
    assert tried(65534) == "True True"


class TestElapsedTime:
    """How long a run took, whoever set the clock meanwhile."""

    @pytest.mark.parametrize("ended", [1000.0, 3.2e8, 20.0], ids=["unset", "ten years later", "years before"])
    def test_of_a_run_that_is_over_the_clock_says_nothing(self, ended: float) -> None:
        status = Status(state="finished", started=900.0, ended=ended, heartbeat=ended, took=42.5)
        assert status.elapsed(5e8) == 42.5

    @pytest.mark.parametrize(("now", "seconds"), [(1000.0, 60.0), (1001.5, 61.5), (9e8, 70.0), (0.0, 60.0)])
    def test_of_a_run_at_work_it_goes_on_between_two_heartbeats(self, now: float, seconds: float) -> None:
        assert Status(state="running", started=900.0, heartbeat=1000.0, took=60.0).elapsed(now) == seconds

    def test_of_an_older_version_the_clock_is_all_there_is(self) -> None:
        assert Status().elapsed(5.0) is None
        assert Status(state="finished", started=10.0, ended=15.0).elapsed(90.0) == 5.0
        assert Status(state="lost", started=10.0, heartbeat=12.0).elapsed(90.0) == 2.0
        assert Status(state="running", started=10.0).elapsed(90.0) == 80.0
