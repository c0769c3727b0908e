"""``queue`` and ``train --queue``: names on standard output, sentences on standard error."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine import launch, queue
from engine.runs import process, turns
from engine.runs.workspace import Workspace
from tests.unit.run_factory import finished, queued
from tui.cli import main


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Queues that were started, without a process; as the real one does, each leaves its runs waiting."""
    found: list[list[str]] = []

    def start(path: Path, names: object = ()) -> object:
        assert isinstance(names, list | tuple)
        turns.add(Workspace(path), list(names))
        found.append(list(names))
        return object() if turns.waiting(Workspace(path)) else None

    monkeypatch.setattr(queue, "start", start)
    return found


def line(path: Path) -> list[str]:
    return [one.name for one, _ in turns.waiting(Workspace(path))]


def test_train_queues_and_returns(tmp_path: Path, begun: list[list[str]]) -> None:
    for number, name in enumerate(("a", "b")):
        result = run("train", "--preset", "demo-lora", "--name", name, "--queue", "--workspace", tmp_path)
        assert (result.exit_code, result.stdout) == (0, f"{name}\n")
        assert f"{name} is {('1st', '2nd')[number]} in the queue. `dialtune queue` lists it" in result.stderr
    assert begun == [["a"], ["b"]]
    assert line(tmp_path) == ["a", "b"]


def test_a_queue_that_moved_on_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(path: Path, names: list[str]) -> None:
        one = Workspace(path).open(names[0])
        one.write_status(replace(one.status(), state="running", worker=process.identity()))

    monkeypatch.setattr(queue, "start", start)
    result = run("train", "--preset", "demo-lora", "--name", "a", "--queue", "--workspace", tmp_path)
    assert "a is running. `dialtune logs a -f` follows it." in result.stderr


def test_a_wrong_spec_queues_nothing(tmp_path: Path, begun: list[list[str]]) -> None:
    result = run("train", "--preset", "full", "--set", "train.epochs=-1", "--queue", "--workspace", tmp_path)
    assert result.exit_code == 2
    assert begun == []


def test_the_list(tmp_path: Path) -> None:
    finished(tmp_path, "done")
    one = queued(tmp_path, "busy")
    one.write_status(replace(one.status(), state="running", started=5.0, worker=process.identity()))
    for name in ("b", "a", "alone"):
        queued(tmp_path, name)
    turns.add(Workspace(tmp_path), ["b", "a"])
    result = run("queue", "--workspace", tmp_path, "--format", "json")
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    assert [(row["place"], row["run"], row["state"]) for row in rows] == [
        (None, "busy", "running"),
        (1, "b", "queued"),
        (2, "a", "queued"),
    ]
    assert rows[0]["since"] == 5.0 and rows[1]["since"] > 1e9 and rows[1]["device"] == "any"
    assert "Nothing works on the queue; `dialtune queue start` does." in result.stderr
    (tmp_path / queue.LOCK).write_text(json.dumps(vars(process.identity())))
    assert run("queue", "--workspace", tmp_path).stderr == ""
    for form in ("csv", "md", "table"):
        assert "busy" in run("queue", "--format", form, "--workspace", tmp_path).stdout


def test_an_empty_queue(tmp_path: Path) -> None:
    for args in (["queue"], ["queue", "start"]):
        result = run("--workspace", tmp_path / "none", *args)
        assert (result.exit_code, result.stdout) == (0, "")
        assert "No run waits in the queue." in result.stderr
    assert run("queue", "--format", "json", "--workspace", tmp_path).stdout == "[]\n"
    assert not (tmp_path / "none").exists()


def test_start(tmp_path: Path, begun: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    queued(tmp_path, "a")
    queued(tmp_path, "b")
    turns.add(Workspace(tmp_path), ["a"])
    result = run("queue", "--workspace", tmp_path, "start", "b")
    assert result.exit_code == 0
    assert "is worked off in the background" in result.stderr
    assert begun == [["b"]]
    assert line(tmp_path) == ["a", "b"]
    monkeypatch.setattr(queue, "start", lambda path, names: None)
    assert "worked off already" in run("queue", "start", "--workspace", tmp_path).stderr


def test_move_and_taking_out(tmp_path: Path) -> None:
    for name in "abc":
        queued(tmp_path, name)
    turns.add(Workspace(tmp_path), list("abc"))
    result = run("queue", "move", "c", "1", "--workspace", tmp_path)
    assert (result.exit_code, result.stderr) == (0, "c is 1st in the queue.\n")
    assert run("queue", "move", "c", "9", "--workspace", tmp_path).stderr == "c is 3rd in the queue.\n"
    assert line(tmp_path) == ["a", "b", "c"]
    assert run("stop", "a", "--workspace", tmp_path).exit_code == 0
    assert line(tmp_path) == ["b", "c"]


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (["move", "a", "0"], 2, "--help"),
        (["move", "a"], 2, "PLACE"),
        (["move", "done", "1"], 5, "does not wait in the queue. It is finished"),
        (["move", "dona", "1"], 5, "Did you mean done?"),
        (["start", "done"], 5, "It is finished"),
        (["begin"], 2, "No such command"),
        (["--format", "xml"], 2, "json"),
    ],
)
def test_a_wrong_command_line(tmp_path: Path, args: list[str], code: int, word: str) -> None:
    finished(tmp_path, "done")
    result = run("--workspace", tmp_path, "queue", *args)
    assert (result.exit_code, result.stdout) == (code, "")
    assert word in result.stderr and result.stderr.startswith("dialtune: ")


def test_help_of_the_commands_below() -> None:
    for name in ("start", "move"):
        result = run("queue", name, "--help")
        assert result.exit_code == 0
        assert f"Usage: dialtune queue {name}" in result.stdout


def test_resume_starts_a_queued_run_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.unit import queue_of_fakes

    monkeypatch.setattr(launch.subprocess, "Popen", queue_of_fakes.popen)
    queued(tmp_path, "a")
    turns.add(Workspace(tmp_path), ["a"])
    result = run("resume", "a", "--workspace", tmp_path)
    assert result.exit_code == 0, result.stderr
    assert Workspace(tmp_path).open("a").status().state == "finished"
    assert line(tmp_path) == []
