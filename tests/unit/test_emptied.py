"""What is armed for the empty queue happens once, when nothing runs or waits, and not after it was called off."""

from __future__ import annotations

import json
import os
import pty
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from engine import config, emptied, queue
from engine.config import WhenEmpty
from engine.emptied import Armed, acts
from engine.emptied.watching import Watch
from engine.errors import SpecError
from engine.runs.workspace import Workspace
from tests.unit import test_queue as real
from tests.unit.queue_helpers import Starts, no_gpus, waiting
from tests.unit.run_factory import failed, finished, queued
from tui.cli import main
from tui.emptied import read, sentences

place = real.place  # kills what a test leaves behind
fakes = real.fakes


class Scene:
    """A watch with a clock and deeds of its own."""

    def __init__(self, place: Workspace, countdown: float = 60.0, **given: Any) -> None:
        self.place, self.now = place, 0.0
        self.active: set[str] = set()
        self.done: list[tuple[str, ...]] = []
        self.said: list[str] = []
        self.armed = emptied.arm(place.path, ["command"], WhenEmpty(command="true", countdown=countdown), **given)
        self.watch = self.another()

    def another(self) -> Watch:
        return Watch(self.place.path, self.said.append, self._do, lambda: self.now)

    def _do(self, armed: Armed, usual: WhenEmpty, workspace: Path, runs: Iterable[str]) -> tuple[str, ...]:
        assert emptied.armed(workspace) is None or emptied.armed(workspace) != armed, "disarmed before it is done"
        self.done.append(tuple(runs))
        return ("command: ended with exit code 0",)

    def step(self, *active: str, after: float = 0.0) -> bool:
        self.now += after
        return self.watch.step(lambda: set(active))

    @property
    def short(self) -> str:
        found = read(self.place.path, time.time)
        return replace(found, watched=True).short


@pytest.fixture
def ended(place: Workspace) -> Workspace:
    finished(place.path, "a")
    finished(place.path, "b")
    return place


def test_it_fires_once_after_the_countdown_and_is_disarmed(ended: Workspace) -> None:
    scene = Scene(ended)
    assert scene.step("a", "b") and scene.step("b", after=1000)
    assert scene.short == "armed: command"
    assert scene.step(after=1) and not scene.done, "the countdown begins when nothing is left"
    assert scene.short == "command in 60 s: W cancels"
    assert scene.step(after=59.5) and not scene.done
    assert not scene.step(after=0.5)
    assert scene.done == [("a", "b")] and emptied.armed(ended.path) is None
    assert not scene.step(after=1000) and not scene.another().step(set) and len(scene.done) == 1
    assert sentences(read(ended.path))[1:] == ["  command: ended with exit code 0"]


def test_nothing_happens_before_a_run_was_at_work(ended: Workspace) -> None:
    scene = Scene(ended, countdown=0)
    assert scene.step() and scene.step(after=1000) and not scene.done
    assert "No run has been at work since it was armed." in sentences(read(ended.path))


def test_it_is_called_off_in_the_countdown(ended: Workspace) -> None:
    scene = Scene(ended)
    scene.step("a")
    scene.step()
    assert emptied.disarm(ended.path) == scene.armed and emptied.disarm(ended.path) is None
    assert not scene.step(after=1000) and not scene.done and scene.short == ""
    assert scene.said[-1] == "when empty: called off"
    assert sentences(read(ended.path)) == []


def test_a_run_that_begins_in_the_countdown_stops_it(ended: Workspace) -> None:
    scene = Scene(ended)
    scene.step("a")
    scene.step()
    assert scene.step("b", after=59) and scene.short == "armed: command"
    assert scene.step(after=1000) and not scene.done, "it counts down anew"
    assert not scene.step(after=60) and scene.done == [("a", "b")]


@pytest.mark.parametrize("after_failure", [False, True])
def test_after_a_failed_run_it_waits_for_a_better_end(ended: Workspace, after_failure: bool) -> None:
    run = failed(ended.path, "bad", 7)
    scene = Scene(ended, countdown=0, after_failure=after_failure)
    scene.step("a", "bad")
    assert scene.step() is not after_failure
    assert len(scene.done) == after_failure
    if not after_failure:
        assert scene.short == "held back (command): a run failed" and scene.said[-1].endswith("bad failed")
        run.write_status(replace(run.status(), state="finished"))  # it was resumed
        scene.step("bad")
        assert not scene.step() and len(scene.done) == 1


def test_a_run_that_was_stopped_or_deleted_is_no_failure(ended: Workspace) -> None:
    run = failed(ended.path, "stopped", 8)
    run.write_status(replace(run.status(), state="stopped"))
    scene = Scene(ended, countdown=0)
    scene.step("stopped", "deleted")
    assert not scene.step() and scene.done == [("deleted", "stopped")]


def test_what_was_armed_before_the_machine_started_is_not_done(ended: Workspace, monkeypatch: Any) -> None:
    scene = Scene(ended, countdown=0)
    scene.step("a")
    monkeypatch.setattr("engine.runs.process.boot_id", lambda: "another boot")
    assert not scene.another().step(set) and not scene.done
    assert queue.start(ended.path) is None and queue.pick_up(ended.path) is None
    assert "before this machine started" in sentences(read(ended.path))[0]


def test_armed_anew_it_begins_anew(ended: Workspace) -> None:
    scene = Scene(ended, countdown=0)
    scene.step("a")
    emptied.arm(ended.path, ["command"], WhenEmpty(command="true", countdown=0))
    assert scene.step() and not scene.done, "nothing has been at work since"


def test_of_many_that_want_it_one_gets_it(ended: Workspace) -> None:
    for _ in range(20):
        emptied.arm(ended.path, ["command"], WhenEmpty(command="true"))
        found: list[Armed | None] = []

        def take(into: list[Armed | None]) -> None:
            into.append(emptied.disarm(ended.path))

        threads = [threading.Thread(target=take, args=(found,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(armed is not None for armed in found) == 1


@pytest.mark.parametrize(
    ("wanted", "usual", "words"),
    [
        ([], WhenEmpty(), "Nothing was asked for"),
        (["shout"], WhenEmpty(), "'shout' cannot be done"),
        (["command"], WhenEmpty(), "no command"),
        (["webhook"], WhenEmpty(), "no webhook"),
    ],
)
def test_what_cannot_be_done_is_refused(place: Workspace, wanted: list[str], usual: WhenEmpty, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        emptied.arm(place.path, wanted, usual)
    assert emptied.armed(place.path) is None


def test_damaged_files_read_as_nothing_and_can_be_disarmed(place: Workspace) -> None:
    place.path.mkdir(parents=True)
    (place.path / emptied.FILE).write_text('{"id": 7')
    (place.path / emptied.STATE).write_text("[]")
    assert read(place.path).short == "" and sentences(read(place.path)) == []
    assert emptied.disarm(place.path) is None and not (place.path / emptied.FILE).exists()


# -- deeds ----------------------------------------------------------------------------------------


class Hook(BaseHTTPRequestHandler):
    """Remembers what it is sent; the path says what to answer."""

    got: list[dict[str, Any]] = []  # noqa: RUF012 - one test at a time

    def do_POST(self) -> None:
        Hook.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(int(self.path.strip("/").split("/")[0]))
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def hook() -> Iterator[Callable[[int], str]]:
    Hook.got = []
    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield lambda code: f"http://127.0.0.1:{server.server_port}/{code}/secret-key"
    server.shutdown()
    server.server_close()


def armed_for(*wanted: str, **values: Any) -> Armed:
    return Armed("x", wanted, **values)


def test_a_webhook_gets_a_line_and_the_runs(ended: Workspace, hook: Callable[[int], str], monkeypatch: Any) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    failed(ended.path, "bad", 7)
    found = acts.do(armed_for("webhook"), WhenEmpty(webhook=hook(200)), ended.path, ["a", "bad", "gone"])
    assert found == ("webhook: answered 200",)
    (got,) = Hook.got
    assert "nothing runs any more (1 finished, 1 failed)" in got["text"] and got["content"] == got["text"]
    assert [(run["run"], run["state"], run["rouge1"]) for run in got["runs"]] == [
        ("a", "finished", 0.4), ("bad", "failed", None),
    ]  # fmt: skip
    assert got["runs"][0]["seconds"] == pytest.approx(90, abs=1)


@pytest.mark.parametrize(("code", "times"), [(404, 1), (500, 2)])
def test_a_webhook_that_refuses_is_told_without_its_address(
    ended: Workspace, hook: Callable[[int], str], monkeypatch: Any, code: int, times: int
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    (found,) = acts.do(armed_for("webhook"), WhenEmpty(webhook=hook(code)), ended.path, [])
    assert found == f"webhook: failed: answered {code}" and len(Hook.got) == times
    (found,) = acts.do(armed_for("webhook"), WhenEmpty(webhook="http://127.0.0.1:9/secret-key"), ended.path, [])
    assert found == "webhook: failed: ConnectionRefusedError"


def test_a_command_runs_in_the_workspace_and_tells_no_secret(ended: Workspace, monkeypatch: Any) -> None:
    monkeypatch.setenv("CLOUD_TOKEN", "very-secret-token")
    failed(ended.path, "bad", 7)
    command = 'echo "$PWD|$DIALTUNE_RUNS|$DIALTUNE_FAILED|$CLOUD_TOKEN"; sleep 30 & exit 3'
    (found,) = acts.do(armed_for("command", command=command), WhenEmpty(command="false"), ended.path, ["a", "bad"])
    assert found == f"command: ended with exit code 3\n{ended.path}|a bad|bad|***"
    (found,) = acts.do(armed_for("command"), WhenEmpty(command="exit 4"), ended.path, [])
    assert found == "command: ended with exit code 4", "that of config.toml"


def test_bell_and_notification_go_to_the_terminal_it_was_armed_at(ended: Workspace) -> None:
    ours, theirs = pty.openpty()
    try:
        found = acts.do(armed_for("bell", "osc9", tty=os.ttyname(theirs)), WhenEmpty(), ended.path, ["a"])
        assert found == ("bell: done", "osc9: done")
        data = b""
        while not data.endswith(b"\\"):
            data += os.read(ours, 1000)
        assert data.startswith(b"\a\x1b]9;dialtune on ") and data.endswith(b"(1 finished).\x1b\\")
    finally:
        os.close(ours)
        os.close(theirs)
    assert acts.do(armed_for("bell"), WhenEmpty(), ended.path, []) == ("bell: no terminal was there when it was armed",)
    plain = ended.path / "a" / "spec.toml"
    before = plain.read_text()
    (found,) = acts.do(armed_for("bell", tty=str(plain)), WhenEmpty(), ended.path, [])
    assert found == "bell: the terminal it was armed at is gone" and plain.read_text() == before


def test_settings_are_read_and_their_mistakes_told(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "dialtune").mkdir()
    (tmp_path / "dialtune" / "config.toml").write_text(
        'price_per_hour = 2\n[when_empty]\ncommand = "poweroff"\nwebhook = "ftp://key@x"\ncountdown = "soon"\nx = 1\n'
    )
    found, notices = config.load()
    assert found.when_empty == WhenEmpty(command="poweroff") and found.price_per_hour == 2
    assert len(notices) == 3 and not any("key@x" in notice for notice in notices)


# -- the queue's process --------------------------------------------------------------------------


def test_the_scheduler_stays_until_it_is_done(place: Workspace) -> None:
    waiting(place, "a", "b")
    emptied.arm(place.path, ["command"], WhenEmpty(countdown=0), command="echo fired >> fired")
    started = Starts()
    scheduler = queue.Scheduler(place, started, no_gpus())
    watch = Watch(place.path, lambda _: None)
    looks = []

    def look(active: Callable[[], set[str]]) -> bool:
        looks.append(active())
        for name, worker in list(started.workers.items()):
            if worker.code is None:
                started.end(name)
                break
        return watch.step(active)

    scheduler.watch = look
    scheduler.work(0.0)
    assert looks[0] == {"a", "b"} and {"b"} in looks
    assert (place.path / "fired").read_text() == "fired\n"


def test_without_a_terminal_it_happens_after_the_last_run(place: Workspace, fakes: None) -> None:
    for name in ("a", "b"):
        queued(place.path, name)
    emptied.arm(place.path, ["command"], WhenEmpty(), command="echo fired >> fired", countdown=0.1)
    scheduler = queue.start(place.path, ["a", "b"])
    assert scheduler is not None and scheduler.wait(60) == 0
    assert real.states(place) == {"a": "finished", "b": "finished"}
    assert (place.path / "fired").read_text() == "fired\n" and not queue.alive(place.path)
    said = real.log(place)
    assert said.index("b: finished") < said.index("when empty: in 0.1 s") < said.index("ended with exit code 0")
    assert "echo fired" not in said


def test_a_run_outside_the_queue_counts_and_disarm_ends_the_watch(place: Workspace, fakes: None) -> None:
    runner = CliRunner()
    run = queued(place.path, "by-hand")
    run.write_status(replace(run.status(), state="running", started=time.time(), worker=_me()))
    words = ["--workspace", str(place.path), "queue"]
    asked = runner.invoke(main, [*words, "arm", "--command", "touch fired", "--countdown", "0"])
    assert asked.exit_code == 0 and "When nothing runs any more" in asked.stderr and "touch fired" in asked.stderr
    real.until(lambda: emptied.seen(place.path).runs == ("by-hand",))
    assert "touch fired" in runner.invoke(main, words).stderr
    asked = runner.invoke(main, [*words, "disarm"])
    assert asked.exit_code == 0 and "Called off" in asked.stderr
    assert "Nothing was armed" in runner.invoke(main, [*words, "disarm"]).stderr
    real.until(lambda: not queue.alive(place.path))
    run.write_status(replace(run.status(), state="finished"))
    assert not (place.path / "fired").exists()
    asked = runner.invoke(main, [*words, "arm", "webhook"])
    assert asked.exit_code == 2 and "There is no webhook" in asked.stderr


def _me() -> Any:
    from engine.runs import process

    return process.identity()
