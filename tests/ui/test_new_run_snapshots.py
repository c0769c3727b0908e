"""What the New run screen looks like; see test_snapshots.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from engine.runs.workspace import Workspace
from tests.ui.looks import every_look, two_looks
from tests.ui.test_new_run import _machine, new, settled, timed, to  # noqa: F401 - fixtures
from tests.ui.waiting import drawn, on, until
from tui.app import DialtuneApp

Make = Callable[..., DialtuneApp]


async def _changed(pilot: Pilot[Any]) -> None:
    await new(pilot)
    await to(pilot, "train.epochs")
    await pilot.press("enter", "5", "enter")
    await settled(pilot)
    await pilot.pause(0.2)


async def _wrong(pilot: Pilot[Any]) -> None:
    await new(pilot)
    await to(pilot, "train.schedule")
    await pilot.press("enter")
    entry = pilot.app.screen.query_one("#entry", Input)
    entry.cursor_blink = False
    entry.value = "lineal [b]"
    await until(pilot, lambda: "cannot be used" in drawn(pilot.app))
    await pilot.pause(0.3)


async def _forecast(pilot: Pilot[Any]) -> None:
    await new(pilot)
    await pilot.press("v")
    await pilot.pause(0.3)


async def _too_big(pilot: Pilot[Any]) -> None:
    await on(pilot, "RunsScreen")
    await pilot.press("j", "j", "c")
    screen = await on(pilot, "NewScreen")
    await pilot.pause(0.1)
    await settled(pilot)
    assert screen.forecast is not None
    await pilot.pause(0.2)


async def _choose(pilot: Pilot[Any]) -> None:
    await new(pilot)
    await pilot.press("o")
    await on(pilot, "ChooseScreen")
    await pilot.pause(0.2)


STATES = {"changed": _changed, "wrong": _wrong, "too-big": _too_big, "choose": _choose}


@two_looks
@pytest.mark.parametrize("state", list(STATES))
def test_new_run(
    snap_compare: Any, make: Make, timed: Workspace, size: tuple[int, int], theme: str, state: str  # noqa: F811
) -> None:  # fmt: skip
    app = make()
    app.theme = theme
    assert snap_compare(app, terminal_size=size, run_before=STATES[state])


@every_look
def test_forecast(snap_compare: Any, make: Make, timed: Workspace, size: tuple[int, int], theme: str) -> None:  # noqa: F811
    app = make()
    app.theme = theme
    assert snap_compare(app, terminal_size=size, run_before=_forecast)
