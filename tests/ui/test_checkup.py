"""The check of a run's folder and the plan that frees disk space, by keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from engine.upkeep import reclaiming
from tests.ui.waiting import drawn, on, until
from tui.app import DialtuneApp
from tui.widgets.table import Table

Make = Callable[..., DialtuneApp]


@pytest.fixture
def torn(workspace: Workspace) -> Workspace:
    """A workspace one of whose runs has a torn line and the draft of a model."""
    run = workspace.open("full-too-big")
    with run.events_path.open("ab") as file:
        file.write(b'{"kind": "tra')
    (run.path / ".model").mkdir()
    return workspace


async def _checked(pilot: Pilot[Any]) -> None:
    screen = await on(pilot, "RunsScreen")
    await until(pilot, lambda: screen.query_one(Table).row_count > 3)
    screen.query_one(Table).go("full-too-big")
    await pilot.press("V")
    await on(pilot, "CheckScreen")
    await until(pilot, lambda: "damaged" in drawn(pilot.app))


async def test_damage_is_shown_and_mended(make: Make, torn: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await _checked(pilot)
        assert "Its last line is torn." in drawn(app)
        await pilot.press("r")
        await until(pilot, lambda: "2 things mended" in drawn(app) and "nothing is damaged" in drawn(app))
        assert torn.open("full-too-big").events_path.read_bytes().endswith(b"\n")
        await pilot.press("escape")
        await on(pilot, "RunsScreen")


async def test_the_plan_is_shown_before_anything_goes(make: Make, torn: Workspace) -> None:
    draft = torn.open("full-too-big").path / ".model"
    (draft / "weights").write_bytes(b"x" * 3000)
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("Z")
        await on(pilot, "ConfirmScreen")
        assert "a worker was writing it" in drawn(app)
        await pilot.press("n")
        await on(pilot, "RunsScreen")
        assert draft.exists()
        await pilot.press("Z")
        await on(pilot, "ConfirmScreen")
        await pilot.press("y")
        await until(pilot, lambda: any("free again" in one.message for one in app._notifications))
        assert not draft.exists() and not reclaiming.plan(torn)


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])
def test_how_it_looks(
    snap_compare: Any, make: Make, torn: Workspace, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Process ids and the machine's name are in the folders, and so in their sizes.
    monkeypatch.setattr(RunFolder, "size", lambda run: len(run.name) * 1_234_567)
    assert snap_compare(make(), terminal_size=size, run_before=_checked)
