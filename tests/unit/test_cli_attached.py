"""Commands that stay with a run: train, demo, stop, resume, Ctrl-C. The worker is a fake one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine import launch
from engine.errors import BY_EXIT_CODE
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.unit import fake_worker
from tests.unit.run_factory import queued
from tui.cli import main

ROOT = Path(__file__).parent.parent.parent


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


def workers(monkeypatch: pytest.MonkeyPatch, **ways: str) -> list[str]:
    """Let launch.start start fake workers, each run in its way; gives the names in the order of their start."""
    started: list[str] = []

    def start(run: RunFolder, resume: bool = False) -> subprocess.Popen[bytes]:
        started.append(run.name)
        return fake_worker.start(run, ways.get(run.name.replace("-", "_"), "works"))

    monkeypatch.setattr(launch, "start", start)
    return started


def until(condition: object, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


# -- train ----------------------------------------------------------------------------------------


def test_train_follows_and_prints_the_boards_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workers(monkeypatch, mine="slowly")
    result = run("train", "--preset", "demo-lora", "--name", "mine", "--set", "lora.rank=4", "--workspace", tmp_path)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[1].startswith("mine  lora")
    assert "50.00" in result.stdout
    assert "mine: training (4 steps)" in result.stderr
    assert "warning: two cut" in result.stderr
    assert re.search(r"mine: training \d/4 steps \(\d+%\), loss \d\.\d{4}", result.stderr)
    assert "\x1b" not in result.stderr
    spec = Workspace(tmp_path).open("mine").spec()
    assert (spec.preset, spec.lora.rank) == ("demo-lora", 4)


@pytest.mark.parametrize("code", sorted(BY_EXIT_CODE))
def test_train_ends_as_its_worker_ended(code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workers(monkeypatch, mine=str(code))
    result = run("train", "--preset", "demo-lora", "--name", "mine", "--workspace", tmp_path)
    assert (result.exit_code, result.stdout) == (code, "")
    assert "dialtune: The fake broke. It was told to. Tell it otherwise." in result.stderr
    assert Workspace(tmp_path).open("mine").status().state == "failed"


def test_a_worker_that_dies_without_a_word_is_noticed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workers(monkeypatch, mine="dies")
    result = run("train", "--preset", "demo-lora", "--name", "mine", "--workspace", tmp_path)
    assert result.exit_code == 7
    assert "ended without a word. It left with exit code 3. `dialtune logs mine`" in result.stderr
    assert Workspace(tmp_path).open("mine").status().state == "failed"


def test_a_detached_run_goes_on_and_only_its_name_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workers(monkeypatch)
    result = run("train", "--preset", "demo-lora", "--name", "mine", "--detach", "--workspace", tmp_path)
    assert (result.exit_code, result.stdout) == (0, "mine\n")
    until(lambda: Workspace(tmp_path).open("mine").status().state == "finished")


def test_paths_in_a_spec_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workers(monkeypatch)
    monkeypatch.chdir(tmp_path)
    rows = [f'{{"dialogue": "A: {number}", "summary": "y"}}\n' for number in range(40)]
    (tmp_path / "my.jsonl").write_text("".join(rows))
    (tmp_path / "my.toml").write_text('name = "mine"\n[data]\nsource = "my.jsonl"\n')
    assert run("train", "my.toml").exit_code == 0
    assert Workspace(tmp_path / "runs").open("mine").spec().data.source == str(tmp_path / "my.jsonl")


# -- Ctrl-C ---------------------------------------------------------------------------------------

DRIVER = """
import sys
sys.path.insert(0, {root!r})
from tests.unit import fake_worker
from engine import launch
launch.start = lambda run, resume=False: fake_worker.start(run, {way!r})
from tui.cli import main
main()
"""


def attached(tmp_path: Path, way: str) -> subprocess.Popen[str]:
    """`dialtune train` in a process of its own, its fake worker at work."""
    code = DRIVER.format(root=str(ROOT), way=way)
    command = [
        sys.executable,
        "-c",
        code,
        "train",
        "--preset",
        "demo-lora",
        "--name",
        "mine",
        "--workspace",
        str(tmp_path),
    ]
    found = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    until(lambda: RunFolder(tmp_path / "mine").status().step >= 1)
    return found


def test_ctrl_c_asks_the_run_to_stop_and_keeps_following(tmp_path: Path) -> None:
    found = attached(tmp_path, "stubborn")
    found.send_signal(signal.SIGINT)
    out, err = found.communicate(timeout=30)
    assert found.returncode == 8, err
    assert out == ""
    assert "was asked to stop" in err
    assert "goes on saving" in err
    assert "mine is stopped. As asked." in err
    assert "Traceback" not in err


def test_a_second_ctrl_c_leaves_the_run_running(tmp_path: Path) -> None:
    found = attached(tmp_path, "deaf")
    one = RunFolder(tmp_path / "mine")
    try:
        found.send_signal(signal.SIGINT)
        until(lambda: (one.path / "control" / "stop").exists())
        found.send_signal(signal.SIGINT)
        _, err = found.communicate(timeout=30)
        assert found.returncode == 130
        assert "goes on without this terminal" in err
        assert "Traceback" not in err
        assert one.status().state == "running"
    finally:
        assert launch.kill(one)
    assert one.status().state == "stopped"


# -- stop and resume ------------------------------------------------------------------------------


def test_stop_waits_until_the_run_has_stopped(tmp_path: Path) -> None:
    one = queued(tmp_path, "mine")
    worker = fake_worker.start(one, "stubborn")
    until(lambda: one.status().step >= 1)
    result = run("stop", "mine", "--workspace", tmp_path)
    assert result.exit_code == 0
    assert "mine is stopped. As asked." in result.stderr
    worker.wait(10)


def test_stop_succeeds_once_the_worker_has_taken_notice(tmp_path: Path) -> None:
    one = queued(tmp_path, "mine")
    worker = fake_worker.start(one, "stubborn")
    until(lambda: one.status().step >= 1)
    result = run("stop", "mine", "--timeout", "0.5", "--workspace", tmp_path)
    assert result.exit_code == 0
    assert "is stopping; it is still training" in result.stderr
    worker.wait(10)


def test_stop_of_a_deaf_worker_fails_and_force_ends_it(tmp_path: Path) -> None:
    one = queued(tmp_path, "mine")
    worker = fake_worker.start(one, "deaf")
    until(lambda: one.status().step >= 1)
    deaf = run("stop", "mine", "--timeout", "0.2", "--workspace", tmp_path)
    assert deaf.exit_code == 5
    assert "--force" in deaf.stderr
    assert run("stop", "mine", "--force", "--workspace", tmp_path).exit_code == 0
    assert worker.wait(10) == -signal.SIGKILL
    assert one.status().state == "stopped"
    assert run("stop", "mine", "--force", "--workspace", tmp_path).exit_code == 5
    assert run("stop", "mine", "--workspace", tmp_path).exit_code == 5


def test_stop_before_the_start(tmp_path: Path) -> None:
    one = queued(tmp_path, "mine")
    assert run("stop", "mine", "--workspace", tmp_path).exit_code == 0
    assert one.status().state == "stopped"


def test_resume_of_a_stopped_and_of_a_finished_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = workers(monkeypatch)
    one = queued(tmp_path, "mine")
    one.write_status(replace(one.status(), state="stopped"))
    result = run("resume", "mine", "--workspace", tmp_path)
    assert (result.exit_code, started) == (0, ["mine"])
    again = run("resume", "mine", "--workspace", tmp_path)
    assert again.exit_code == 5
    assert "nothing left to do" in again.stderr


# -- demo -----------------------------------------------------------------------------------------


def test_demo_runs_all_three_and_prints_the_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = workers(monkeypatch)
    result = run("demo", "--workspace", tmp_path, "--format", "json")
    assert result.exit_code == 0, result.stderr
    rows = json.loads(result.stdout)
    assert [row["run"] for row in rows] == started == ["demo-zero-shot", "demo-full", "demo-lora"]
    assert [row["rouge1_delta"] for row in rows] == [0, 0, 0]
    again = run("demo", "--workspace", tmp_path)
    assert started[3:] == ["demo-zero-shot-2", "demo-full-2", "demo-lora-2"]
    assert "The demo took" in again.stderr
    assert again.stdout.count("demo-full") == 1


def test_demo_goes_on_after_a_failure_and_ends_with_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = workers(monkeypatch, demo_full="7", demo_zero_shot="3")
    result = run("demo", "--workspace", tmp_path)
    assert result.exit_code == 3
    assert len(started) == 3
    assert "demo-lora" in result.stdout
    assert "demo-full" not in result.stdout


def test_demo_on_a_terminal_queues_the_runs_and_opens_the_application(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues: list[list[str]] = []
    opened: list[str | None] = []

    def show(workspace: Path, start: str | None = None) -> int:
        opened.append(start)
        one = Workspace(workspace).open("demo-full")
        one.write_status(replace(one.status(), state="failed", exit_code=7, error={"happened": "The fake broke"}))
        return 0

    monkeypatch.setattr("tui.terminal.interactive", lambda: True)
    monkeypatch.setattr("tui.app.run", show)
    monkeypatch.setattr("engine.queue.start", lambda workspace, names: queues.append(names))
    result = run("demo", "--workspace", tmp_path)
    assert queues == [["demo-zero-shot", "demo-full", "demo-lora"]]
    assert opened == ["demo-zero-shot"]
    assert result.exit_code == 7
    assert "The fake broke" in result.stderr
    assert "Still to finish: demo-zero-shot, demo-lora" in result.stderr
