"""Taking a run's model out: the form, the place, progress, result; the process stood in for."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from engine.asking import Cancelled
from engine.errors import RunFailed
from engine.exporting import forms, work
from engine.exporting.work import Check, Exported, Pushed
from engine.runs.files import write_json
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.ui.fake_runs import HOSTILE
from tests.ui.looks import every_look, two_looks
from tests.ui.waiting import drawn, on, until
from tui.app import DialtuneApp

Make = Callable[..., DialtuneApp]
WHOLE = Check(8, 8)


@pytest.fixture(autouse=True)
def _models(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The finished runs have a model each; no form lacks its library."""
    for run in workspace.runs():
        if run.name in ("full-base", "lora-r32-base"):
            run.model_path.mkdir(exist_ok=True)
            (run.model_path / "README.md").write_text("# card")
            if run.name.startswith("lora"):
                write_json(run.model_path / "adapter_config.json", {"peft_type": "LORA"})
    monkeypatch.setattr(RunFolder, "size", lambda run: len(run.name) * 1_234_567)  # ids of processes are in it
    monkeypatch.setattr(forms.importlib.util, "find_spec", lambda name: None if name == "onnx" else object())


class Work:
    """Stands in for the process: says how far it is, then waits to be let go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
        self.calls: list[tuple[str, str, str]] = []
        self.go, self._error = threading.Event(), error
        monkeypatch.setattr(work, "export", self._export)
        monkeypatch.setattr(work, "push", self._push)

    def _wait(self, told: Any, progress: Any, cancel: Any) -> None:
        told("phase", "checking")
        progress(3, 8)
        while not self.go.wait(0.02):
            cancel.check()
        if self._error is not None:
            raise self._error

    def _export(self, run: Any, form: Any, to: Path, command: str, progress: Any, told: Any, cancel: Any) -> Exported:
        self.calls.append((run.name, form.name, str(to)))
        assert command.startswith("dialtune train --preset ")
        self._wait(told, progress, cancel)
        return Exported(str(to), form.name, 30 << 20, WHOLE)

    def _push(
        self, run: Any, form: Any, hub_id: str, private: bool, command: str, progress: Any, told: Any, cancel: Any
    ) -> Pushed:
        self.calls.append((run.name, form.name, hub_id))
        assert private
        self._wait(told, progress, cancel)
        return Pushed(f"https://hub.example/{hub_id}", "c0ffee" * 5, 9, 30 << 20, private, WHOLE)


async def opened(pilot: Any, run: str = "lora-r32-base") -> Any:
    screen = await on(pilot, "RunsScreen")
    await until(pilot, lambda: run in drawn(pilot.app))
    screen.query_one("#runs").go(run)
    await pilot.press("M")
    screen = await on(pilot, "ExportScreen")
    await until(pilot, lambda: screen._refused)
    return screen


async def test_a_form_is_written_and_its_place_copied(
    make: Make, monkeypatch: pytest.MonkeyPatch, copied: list[str]
) -> None:
    app, stand_in = make(), Work(monkeypatch)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert screen.form == "merged"
        await pilot.press("j", "enter")
        await until(pilot, lambda: "checking 3 of 8" in drawn(app))
        await pilot.press("enter")  # it is at work already
        place = str(Path.cwd() / "lora-r32-base-adapter")
        assert stand_in.calls == [("lora-r32-base", "adapter", place)]
        stand_in.go.set()
        await until(pilot, lambda: "8 of 8 sample summaries" in drawn(app))
        assert "30.0 MiB" in drawn(app)
        await pilot.press("y")
        await until(pilot, lambda: copied)
        assert copied[-1] == place
        await pilot.press("escape")
        await on(pilot, "RunsScreen")


async def test_a_place_of_ones_own_and_a_hub(make: Make, monkeypatch: pytest.MonkeyPatch, copied: list[str]) -> None:
    app, stand_in = make(), Work(monkeypatch)
    stand_in.go.set()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("o")
        question = await on(pilot, "TextScreen")
        question.query_one(Input).value = "hub:me/calls"
        await pilot.press("enter")
        await on(pilot, "ExportScreen")
        await until(pilot, lambda: "to the hub, private: me/calls" in drawn(app))
        await pilot.press("Y")
        await until(pilot, lambda: copied)
        assert shlex.split(copied[-1])[-6:] == ["push", "lora-r32-base", "--form", "merged", "--to", "me/calls"]
        await pilot.press("enter")
        await until(pilot, lambda: "https://hub.example/me/calls" in drawn(app))
        assert stand_in.calls == [("lora-r32-base", "merged", "me/calls")]
        assert "private repository" in drawn(app)


async def test_escape_gives_up_and_then_closes(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make()
    Work(monkeypatch)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "checking" in drawn(app))
        await pilot.press("escape")
        await until(pilot, lambda: "Given up" in drawn(app))
        await pilot.press("q")
        await on(pilot, "RunsScreen")


async def test_quitting_gives_up(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app, gone = make(), threading.Event()

    class Stubborn(Work):
        def _wait(self, told: Any, progress: Any, cancel: Any) -> None:
            try:
                super()._wait(told, progress, cancel)
            except Cancelled:
                gone.set()
                raise

    Stubborn(monkeypatch)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "checking" in drawn(app))
    assert gone.wait(5)


async def test_why_a_form_is_not_to_be_had(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app, stand_in = make(), Work(monkeypatch)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "full-base")
        await pilot.press("j")
        await until(pilot, lambda: "Take another form" in drawn(app))
        await pilot.press("enter", "G")
        await until(pilot, lambda: "dialtune[onnx]" in drawn(app))
        await pilot.press("enter")
        await pilot.pause()
        assert stand_in.calls == []


async def test_what_went_wrong_is_told_as_it_is(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app, stand_in = make(), Work(monkeypatch, RunFailed(f"It broke {HOSTILE}", "So it was"))
    stand_in.go.set()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "It broke" in drawn(app))
        assert "\x1b" not in drawn(app)


@every_look
def test_forms_look(snap_compare: Any, make: Make, size: tuple[int, int], theme: str) -> None:
    app = make()
    app.theme = theme

    async def before(pilot: Any) -> None:
        screen = await opened(pilot)
        screen._place = "/home/me/models/calls"
        screen._draw_state()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)


@two_looks
@pytest.mark.parametrize("state", ["working", "done", "failed", "refused"])
def test_progress_and_ends_look(
    snap_compare: Any, make: Make, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], theme: str, state: str
) -> None:
    error = RunFailed("The exported model does not say what the run says", "On test_1 it said something else")
    stand_in = Work(monkeypatch, error if state == "failed" else None)
    if state in ("done", "failed"):
        stand_in.go.set()
    app = make()
    app.theme = theme

    async def before(pilot: Any) -> None:
        screen = await opened(pilot, "full-base" if state == "refused" else "lora-r32-base")
        screen._place = "/home/me/models/calls"
        await pilot.press(*(["j"] if state == "refused" else ["enter"]))
        words = {"working": "checking 3", "done": "8 of 8", "failed": "does not say", "refused": "Take another form"}
        await until(pilot, lambda: words[state] in drawn(app))

    assert snap_compare(app, terminal_size=size, run_before=before)
    stand_in.go.set()
