"""What each screen looks like; ``pytest tests/ui/test_snapshots.py --snapshot-update`` after a change that is meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.runs.folder import RunFolder
from tests.ui.looks import every_look
from tests.ui.waiting import on
from tui.app import DialtuneApp

Make = Callable[..., DialtuneApp]

Size = tuple[int, int]

small_and_large = pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])


def themed(app: DialtuneApp, theme: str) -> DialtuneApp:
    app.theme = theme
    return app


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


@every_look
def test_runs(snap_compare: Any, make: Make, size: Size, theme: str) -> None:
    assert snap_compare(themed(make(), theme), terminal_size=size, run_before=_runs)


@small_and_large
@pytest.mark.parametrize("name", ["lora-r8-live", "full-base", "full-too-big", "queued-next", "zero-shot-base"])
def test_live(snap_compare: Any, make: Make, size: Size, name: str) -> None:
    assert snap_compare(make(name), terminal_size=size, run_before=_live)


@small_and_large
def test_help(snap_compare: Any, make: Make, size: Size) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await _runs(pilot)
        await pilot.press("question_mark")
        await on(pilot, "HelpScreen")

    assert snap_compare(make(), terminal_size=size, run_before=before)


@small_and_large
def test_stop(snap_compare: Any, make: Make, size: Size) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await _runs(pilot)
        await pilot.press("s")
        await on(pilot, "StopScreen")

    assert snap_compare(make(), terminal_size=size, run_before=before)


@small_and_large
def test_deleting(snap_compare: Any, make: Make, size: Size) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await _runs(pilot)
        await pilot.press("G", "space", "k", "space", "D")
        await on(pilot, "ConfirmScreen")

    assert snap_compare(make(), terminal_size=size, run_before=before)


@small_and_large
@pytest.mark.parametrize("theme", ["paper", "contrast"])
def test_themes(snap_compare: Any, make: Make, size: Size, theme: str) -> None:
    assert snap_compare(themed(make("lora-r8-live"), theme), terminal_size=size, run_before=_live)
