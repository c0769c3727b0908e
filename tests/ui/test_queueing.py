"""The queue on the table of runs: places, and the keys that start it and move runs in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import queue
from engine.errors import WorkspaceError
from engine.runs import process, turns
from engine.runs.files import write_json
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tests.ui.waiting import drawn, on, told, until
from tui.app import DialtuneApp
from tui.widgets.table import Table

Make = Callable[..., DialtuneApp]


@pytest.fixture
def line(workspace: Workspace) -> Callable[[], list[str]]:
    """Three runs wait, asked for on another machine, so that looking at them starts nothing; the queue as it is."""
    for number, name in enumerate(("second", "third", "first")):
        run = fake_runs.new(workspace, "lora", name, fake_runs.NOW - 90 + number)
        turns.write(run, turns.Turn(1.0, {"first": 1.0, "second": 2.0, "third": 3.0}[name], "elsewhere"))
    return lambda: [run.name for run, _ in turns.waiting(workspace)]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, list[str]]]:
    found: list[tuple[Path, list[str]]] = []
    monkeypatch.setattr(queue, "start", lambda path, names=(): found.append((path, list(names))))
    return found


async def at(pilot: Any, name: str) -> None:
    """The cursor on the run ``name``."""
    pilot.app.screen.query_one(Table).go(name)
    await until(pilot, lambda: pilot.app.screen.current.name == name)


async def test_a_runs_place_stands_beside_its_state(make: Make, line: Callable[[], list[str]]) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        for words in ("○ queued 1st   first", "○ queued 2nd   second", "○ queued 3rd   third"):
            assert " ".join(words.split()) in " ".join(drawn(app).split())
        await at(pilot, "queued-next")
        assert "queued 4th" not in drawn(app), "it was never asked for"
        await at(pilot, "second")
        await until(pilot, lambda: "2nd in the queue, which stands still: S starts it" in drawn(app))


async def test_moving_up_and_down(make: Make, line: Callable[[], list[str]]) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await at(pilot, "second")
        await pilot.press("plus")
        await until(pilot, lambda: line() == ["second", "first", "third"])
        await pilot.press("plus")
        await pilot.press("minus")
        await until(pilot, lambda: line() == ["first", "second", "third"])
        await pilot.press("minus")
        await until(pilot, lambda: line() == ["first", "third", "second"])
        await until(pilot, lambda: app.screen.current.place == 3)  # type: ignore[attr-defined]
        assert app.screen.current.name == "second", "the cursor stays on the run"  # type: ignore[attr-defined]
        await at(pilot, "full-base")
        await pilot.press("plus")
        await until(pilot, lambda: told(app, "full-base does not wait in the queue."))


async def test_starting_a_queue_that_stands_still(
    make: Make, line: Callable[[], list[str]], started: list[tuple[Path, list[str]]], workspace: Workspace
) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on(pilot, "RunsScreen")
        assert screen.snapshot.idle
        await at(pilot, "second")
        await pilot.press("S")
        await until(pilot, lambda: started == [(workspace.path, [])])
        await until(pilot, lambda: told(app, "The queue is worked off"))
        await at(pilot, "queued-next")
        await pilot.press("S")
        await until(pilot, lambda: started[1:] == [(workspace.path, ["queued-next"])])
        write_json(workspace.path / queue.LOCK, vars(process.identity()))  # as if we were the scheduler
        screen.read_again()
        await until(pilot, lambda: not screen.snapshot.idle)
        await at(pilot, "first")
        await pilot.press("S")
        await until(pilot, lambda: told(app, "is being worked off"))
        assert len(started) == 2
        assert "stands still" not in drawn(app)


async def test_nothing_to_start(make: Make, started: list[tuple[Path, list[str]]]) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await at(pilot, "full-base")
        await pilot.press("S")
        await until(pilot, lambda: told(app, "No run waits in the queue."))
        assert started == []


async def test_a_queued_run_is_taken_out(make: Make, line: Callable[[], list[str]], workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await at(pilot, "first")
        await pilot.press("s")
        await on(pilot, "StopScreen")
        await pilot.press("s")
        await until(pilot, lambda: line() == ["second", "third"])
        assert workspace.open("first").status().state == "stopped"
        await until(pilot, lambda: "○ queued 1st second" in " ".join(drawn(app).split()))


async def test_opening_the_terminal_picks_up_what_a_dead_scheduler_left(
    make: Make, line: Callable[[], list[str]], started: list[tuple[Path, list[str]]], workspace: Workspace
) -> None:
    async with make().run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.pause(0.3)
        assert started == [], "they were queued on another machine"
    turns.add(workspace, ["queued-next"])
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: started == [(workspace.path, [])])


async def test_a_queue_that_cannot_be_started_says_why(
    make: Make, line: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch, workspace: Workspace
) -> None:
    def refuse(path: Path, names: Any = ()) -> None:
        raise WorkspaceError("The queue cannot be started", "No locks \x1b[2Javailable")

    monkeypatch.setattr(queue, "start", refuse)
    turns.add(workspace, ["queued-next"])
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await until(pilot, lambda: told(app, "The queue cannot be started. No locks available."))


async def test_queued_runs_are_sorted_by_place(make: Make, line: Callable[[], list[str]]) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on(pilot, "RunsScreen")
        await pilot.press("o")
        names = [row.name for row in screen._shown]
        assert [name for name in names if name in line()] == ["first", "second", "third"]


async def test_all_shown_are_marked_and_none(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on(pilot, "RunsScreen")
        await pilot.press("asterisk")
        assert len(screen.marked) == 6
        await pilot.press("asterisk")
        assert screen.marked == []
        await pilot.press("slash", *"lora", "enter")
        await until(pilot, lambda: 0 < len(screen._shown) < 6)
        await pilot.press("asterisk")
        assert sorted(screen.marked) == sorted(row.name for row in screen._shown)


async def test_digits_go_to_the_runs_and_to_explore(make: Make) -> None:
    app = make("lora-r8-live")
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "LiveScreen")
        await pilot.press("1")
        screen = await on(pilot, "RunsScreen")
        screen.query_one(Table).go("full-base")
        await pilot.press("space", "5")
        explore = await on(pilot, "ExploreScreen")
        assert explore.models == ("full-base",)
        await pilot.press("5")
        await pilot.pause(0.2)
        assert app.screen is explore
        await pilot.press("colon")
        await until(pilot, lambda: type(app.screen).__name__ == "CommandPalette")
        await pilot.press(*"run full-too")
        await pilot.pause(0.6)
        await pilot.press("enter")
        await on(pilot, "LiveScreen")
        await pilot.press("5")
        await until(pilot, lambda: app.screen is explore)
        await pilot.press("slash", "1", "5")
        assert explore.query_one("#query").value == "15", "typed, not obeyed"
        await pilot.press("escape", "1")
        await on(pilot, "RunsScreen")


async def test_a_run_that_was_resumed_by_hand_waits_no_more(
    make: Make, line: Callable[[], list[str]], workspace: Workspace
) -> None:
    run = workspace.open("first")
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on(pilot, "RunsScreen")
        run.write_status(replace(run.status(), state="running", phase="loading", worker=process.identity()))
        screen.read_again()
        await until(pilot, lambda: "○ queued 1st second" in " ".join(drawn(app).split()))
