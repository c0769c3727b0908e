"""What each screen looks like; ``pytest tests/ui/test_snapshots.py --snapshot-update`` after a change that is meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.runs.folder import RunFolder
from tests.ui.waiting import drawn, on, until
from tui.app import DialtuneApp

Make = Callable[..., DialtuneApp]

pytestmark = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])


@pytest.fixture(autouse=True)
def _sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The running run's folder has this process's id in it, whose digits would show in its size."""
    monkeypatch.setattr(RunFolder, "size", lambda run: len(run.name) * 1_234_567)


async def _runs(pilot: Pilot[Any]) -> None:
    await on(pilot, "RunsScreen")
    await pilot.press("j")
    await pilot.pause(0.2)


async def _live(pilot: Pilot[Any]) -> None:
    await on(pilot, "LiveScreen")
    await pilot.pause(0.2)


async def _explore(pilot: Pilot[Any]) -> None:
    await on(pilot, "RunsScreen")
    await pilot.press("e")
    await on(pilot, "ExploreScreen")
    await pilot.press("j", "j", "j")
    await until(pilot, lambda: "学校" in drawn(pilot.app))  # type: ignore[arg-type]
    await pilot.pause(0.2)


def test_runs(snap_compare: Any, make: Make, size: tuple[int, int]) -> None:
    assert snap_compare(make(), terminal_size=size, run_before=_runs)


@pytest.mark.parametrize("name", ["lora-r8-live", "full-base", "full-too-big", "queued-next", "zero-shot-base"])
def test_live(snap_compare: Any, make: Make, size: tuple[int, int], name: str) -> None:
    assert snap_compare(make(name), terminal_size=size, run_before=_live)


def test_explore(snap_compare: Any, make: Make, size: tuple[int, int]) -> None:
    assert snap_compare(make(), terminal_size=size, run_before=_explore)


def test_help(snap_compare: Any, make: Make, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await _runs(pilot)
        await pilot.press("question_mark")
        await on(pilot, "HelpScreen")

    assert snap_compare(make(), terminal_size=size, run_before=before)


def test_stop(snap_compare: Any, make: Make, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await _runs(pilot)
        await pilot.press("s")
        await on(pilot, "StopScreen")

    assert snap_compare(make(), terminal_size=size, run_before=before)


def test_deleting(snap_compare: Any, make: Make, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await _runs(pilot)
        await pilot.press("G", "space", "k", "space", "D")
        await on(pilot, "ConfirmScreen")

    assert snap_compare(make(), terminal_size=size, run_before=before)


@pytest.mark.parametrize("theme", ["paper", "contrast"])
def test_themes(snap_compare: Any, make: Make, size: tuple[int, int], theme: str) -> None:
    app = make("lora-r8-live")
    app.theme = theme
    assert snap_compare(app, terminal_size=size, run_before=_live)
