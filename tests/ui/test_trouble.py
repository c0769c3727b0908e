"""A run that waits, hangs or is being stopped says so; the stop question climbs with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from engine import launch
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tests.ui.waiting import drawn, on, until
from tui.app import DialtuneApp

Make = Callable[..., DialtuneApp]
NAME = "lora-r8-live"
SIZES = pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])


@pytest.fixture
def run(workspace: Workspace) -> RunFolder:
    """The running one."""
    return workspace.open(NAME)


def change(run: RunFolder, **what: Any) -> None:
    run.write_status(replace(run.status(), **what))


async def test_the_list_says_who_does_not_move(make: Make, run: RunFolder) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on(pilot, "RunsScreen")
        for word, what in (
            ("stalled", {"idle": 190.0, "usual": 0.8}),
            ("paused", {"paused": "disk full: x", "idle": None}),
        ):
            change(run, **what)
            screen.read_again()
            await until(pilot, lambda word=word: f"▶ {word}" in drawn(app))


@SIZES
def test_live_says_what_a_run_waits_for(snap_compare: Any, make: Make, run: RunFolder, size: tuple[int, int]) -> None:
    change(
        run, idle=190.0, usual=0.8, stopping=fake_runs.NOW - 20,
        paused="disk full: a checkpoint needs 120 MiB, 3.1 MiB are free",
    )  # fmt: skip

    async def before(pilot: Pilot[Any]) -> None:
        await on(pilot, "LiveScreen")
        await until(pilot, lambda: "No step for 3m 10s, usually 0.8 s" in drawn(pilot.app))
        assert "Paused, disk full: a checkpoint needs 120 MiB" in drawn(pilot.app)
        assert "Asked to stop" in drawn(pilot.app)

    assert snap_compare(make(NAME), terminal_size=size, run_before=before)


async def test_each_rung_comes_when_the_one_below_has_had_its_time(
    make: Make, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[str] = []
    monkeypatch.setattr(launch, "kill", lambda folder: killed.append(folder.name) or True)
    app = make(NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "LiveScreen")
        await pilot.press("s")
        await on(pilot, "StopScreen")
        assert "Insist" not in drawn(app) and "Force" not in drawn(app)
        await pilot.press("i", "k")
        await on(pilot, "StopScreen")
        change(run, stopping=fake_runs.NOW - 17)
        await until(pilot, lambda: "Asked to stop 17s ago: it is on its way" in drawn(app))
        assert "In 43s: End wherever it is" in drawn(app) and "Force" not in drawn(app)
        await pilot.press("i")
        await on(pilot, "StopScreen")
        change(run, stopping=fake_runs.NOW - 70)
        await until(pilot, lambda: "Asked to stop 1m 10s ago" in drawn(app))
        await pilot.press("i")
        await on(pilot, "LiveScreen")
        await until(pilot, (run.path / "control" / "insist").exists)
        change(run, insisted=fake_runs.NOW - 5)
        await pilot.press("s")
        await on(pilot, "StopScreen")
        await until(pilot, lambda: "In 10s: End by force" in drawn(app))
        change(run, insisted=fake_runs.NOW - 30)
        await until(pilot, lambda: "Told to end at once 30s ago" in drawn(app))
        assert not killed
        await pilot.press("k")
        await until(pilot, lambda: killed == [NAME])


@SIZES
def test_the_question_of_one_that_was_asked(
    snap_compare: Any, make: Make, run: RunFolder, size: tuple[int, int]
) -> None:
    change(run, stopping=fake_runs.NOW - 17)

    async def before(pilot: Pilot[Any]) -> None:
        await on(pilot, "LiveScreen")
        await pilot.press("s")
        await on(pilot, "StopScreen")
        await until(pilot, lambda: "In 43s" in drawn(pilot.app))

    assert snap_compare(make(NAME), terminal_size=size, run_before=before)


async def test_a_run_for_which_the_disk_is_too_small_is_asked_about(
    make: Make, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine import queue, resources

    monkeypatch.setattr(resources, "disk_free", lambda path: 500)
    started: list[str] = []
    monkeypatch.setattr(queue, "start", lambda path, names: started.extend(names))
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        app.open_new(preset="demo-lora")
        screen = await on(pilot, "NewScreen")
        await until(pilot, lambda: screen.draft is not None)
        screen.action_start(True)
        await on(pilot, "ConfirmScreen")
        assert "500 B are free" in drawn(app) and "Start it all the same?" in drawn(app)
        assert not started
        await pilot.press("y")
        await until(pilot, lambda: len(started) == 1)
