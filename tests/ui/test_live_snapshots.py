"""The live screen with all it can show; ``--snapshot-update`` after a change that is meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.runs.files import write_json
from engine.runs.workspace import Workspace
from tests.ui import fake_curves
from tests.ui.fake_runs import GIB
from tests.ui.looks import every_look, two_looks
from tests.ui.waiting import drawn, on, until
from tui.app import DialtuneApp
from tui.widgets.curve import Curve

Make = Callable[..., DialtuneApp]


@pytest.fixture
def app(workspace: Workspace, make: Make, theme: str) -> DialtuneApp:
    """The terminal on a run with every kind of figure, beside a shorter one."""
    run = fake_curves.curved(workspace, "curved")
    fake_curves.curved(workspace, "other", steps=100, level=1.2, gpu=False)
    write_json(run.path / "forecast.json", {"memory": {"peak": 66 * GIB}})
    device = {"kind": "cuda", "name": "NVIDIA H100 80GB HBM3", "dtype": "bfloat16"}
    parameters = {"trainable": 3_538_944, "total": 251_116_800, "percent": 1.41}
    write_json(run.path / "manifest.json", {"device": device, "parameters": parameters})
    found = make("curved")
    found.theme = theme
    return found


async def _settled(pilot: Pilot[Any]) -> None:
    await on(pilot, "LiveScreen")
    await pilot.pause(0.3)


@every_look
def test_a_cursor_on_a_zoomed_curve(snap_compare: Any, app: DialtuneApp, size: tuple[int, int], theme: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await _settled(pilot)
        await pilot.press("H", "H", "H", "plus", "h", "h")
        await pilot.pause(0.2)

    assert snap_compare(app, terminal_size=size, run_before=before)


@two_looks
def test_two_runs_over_time(snap_compare: Any, app: DialtuneApp, size: tuple[int, int], theme: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await _settled(pilot)
        await pilot.press("p")
        await until(pilot, lambda: "other" in drawn(pilot.app))
        pilot.app.screen.query_one("#pick").go("other")  # type: ignore[attr-defined]
        await pilot.press("space", "enter")
        screen = await on(pilot, "LiveScreen")
        await until(pilot, lambda: len(screen.query_one(Curve).names) == 2)
        await pilot.press("X", "X", "a", "h")
        await pilot.pause(0.2)

    assert snap_compare(app, terminal_size=size, run_before=before)


@two_looks
def test_picking_runs(snap_compare: Any, app: DialtuneApp, size: tuple[int, int], theme: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await _settled(pilot)
        await pilot.press("p")
        await until(pilot, lambda: "zero-shot-base" in drawn(pilot.app))
        await pilot.press("space", "j")
        await pilot.pause(0.2)

    assert snap_compare(app, terminal_size=size, run_before=before)


@two_looks
def test_samples_with_their_dialogues(snap_compare: Any, app: DialtuneApp, size: tuple[int, int], theme: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await _settled(pilot)
        await pilot.press("comma", "m")
        await pilot.pause(0.2)

    assert snap_compare(app, terminal_size=size, run_before=before)


@two_looks
def test_a_search_in_the_log(snap_compare: Any, app: DialtuneApp, size: tuple[int, int], theme: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await _settled(pilot)
        await pilot.press("slash", *"alarm", "enter", "N")
        await until(pilot, lambda: "hits" in drawn(pilot.app))
        await pilot.pause(0.2)

    assert snap_compare(app, terminal_size=size, run_before=before)


@two_looks
def test_a_machine_without_a_gpu(
    snap_compare: Any, app: DialtuneApp, workspace: Workspace, size: tuple[int, int], theme: str
) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await _settled(pilot)
        app.open_live("other")
        await until(pilot, lambda: pilot.app.screen.run.name == "other")  # type: ignore[attr-defined]
        await _settled(pilot)
        await pilot.press("d")
        await pilot.pause(0.2)

    assert snap_compare(app, terminal_size=size, run_before=before)
