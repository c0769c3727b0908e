"""Models that give labels on the screens: explorer, board, and a workspace that has summaries too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tests.ui.looks import two_looks
from tests.ui.waiting import drawn, on, until
from tests.unit.label_runs import labelled
from tui.app import DialtuneApp
from tui.widgets.pane import Pane

SIZES = [(80, 24), (160, 48)]


@pytest.fixture
def place(_at_home: None) -> Workspace:
    """Two runs that give labels, the newest of a workspace that has three with summaries."""
    found = fake_runs.write(Path("runs"), running=False)
    labelled(found.path, "gpt2-full", 0.85, now=fake_runs.NOW - 60)
    labelled(found.path, "gpt2-lora", 0.6, method="lora", now=fake_runs.NOW - 50)
    return found


def app_of(place: Workspace) -> DialtuneApp:
    return DialtuneApp(place, None, fake_runs.clock)


async def opened(pilot: Pilot[Any], key: str, name: str) -> Any:
    await on(pilot, "RunsScreen")
    await pilot.press(key)
    return await on(pilot, name)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_explore(place: Workspace, size: tuple[int, int]) -> None:
    app = app_of(place)
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot, "e", "ExploreScreen")
        await until(pilot, lambda: screen.read_row is not None)
        text = drawn(app)
        assert set(screen.models) == {"gpt2-full", "gpt2-lora"}
        assert "60 texts" in text and "(empty)" in text and "label" in text
        assert "✓neutral " in text and "✗" in text
        assert "\x1b[31m" not in text
        said = screen.query_one("#summaries", Pane).text
        assert "gold label: neutral" in said and "✓ right" in said and "█" in said
        await pilot.press("slash")
        screen.bar.put("gpt2-lora.correct:no label:neutral")
        await until(pilot, lambda: screen.shown is not None and "neutral" in screen.shown.view.query)
        run = place.open("gpt2-lora").predictions()
        want = sum(p.summary != "neutral" and p.references == ("neutral",) for p in run.values())
        await until(pilot, lambda: len(screen.table.rows) == want)
        assert f"{want} texts of 60" in drawn(app)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_board(place: Workspace, size: tuple[int, int]) -> None:
    app = app_of(place)
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot, "B", "BoardScreen")
        await until(pilot, lambda: screen.look is not None)
        text = drawn(app)
        assert screen.shown_runs == ("gpt2-full", "gpt2-lora")
        assert "2 models, 60 texts" in text and "majority class" in text
        for key in "iuda":
            await pilot.press(key)
            assert "dialogue" not in screen.query_one("#view", Pane).text, key
        await pilot.press("c")
        await until(pilot, lambda: "support" in screen.query_one("#view", Pane).text)
        sheet = screen.query_one("#view", Pane).text
        assert "macro F1" in sheet and "gold ╲ said" in sheet and "always neutral" in sheet
        counts = [line for line in sheet.splitlines() if line.startswith(("negative", "neutral", "positive"))]
        assert len(counts) == 6 and sum(line.count("[") for line in counts) == 3, "right ones stand in brackets"


async def test_both_tasks_marked_are_never_on_one_table(place: Workspace) -> None:
    app = app_of(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await on(pilot, "RunsScreen")
        screen = await opened(pilot, "B", "BoardScreen")
        screen._names = ("full-base", "gpt2-full")
        screen.action_again()
        await until(pilot, lambda: screen.known is not None and screen.shown_runs == ("full-base",))
        await until(pilot, lambda: any("task classification left out" in one.message for one in app._notifications))


# -- what they look like --------------------------------------------------------------------------


@two_looks
@pytest.mark.parametrize("what", ["explore", "sheet"])
def test_looks(place: Workspace, snap_compare: Any, size: tuple[int, int], theme: str, what: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        if what == "explore":
            screen = await opened(pilot, "e", "ExploreScreen")
            await until(pilot, lambda: screen.read_row is not None)
            await pilot.press("j", "j", "j", "j")
            await until(pilot, lambda: screen.read_row is not None and screen.read_row.id == "test_4")
        else:
            screen = await opened(pilot, "B", "BoardScreen")
            await until(pilot, lambda: screen.look is not None)
            await pilot.press("c")
            await until(pilot, lambda: "support" in screen.query_one("#view", Pane).text)
        app.clear_notifications()
        await pilot.pause(0.2)

    app = app_of(place)
    app.theme = theme
    assert snap_compare(app, terminal_size=size, run_before=before)
