"""What is armed for the empty queue, in plain sight on the runs screen, and called off there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from engine import config, emptied, queue
from engine.config import Config, WhenEmpty
from engine.runs.files import write_json
from engine.runs.workspace import Workspace
from tests.ui.waiting import drawn, on, told, until
from tui.app import DialtuneApp

Make = Callable[..., DialtuneApp]


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Nothing watches; the workspaces for which somebody wanted it."""
    found: list[Path] = []
    monkeypatch.setattr(queue, "start", lambda path, names=(): found.append(path))
    monkeypatch.setattr(queue, "alive", lambda path: True)
    settings = Config(when_empty=WhenEmpty(command="cloud stop [b]me[/b]", countdown=90))
    monkeypatch.setattr(config, "load", lambda: (settings, []))
    return found


async def test_arming_and_calling_off(make: Make, workspace: Workspace, started: list[Path]) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("W")
        await on(pilot, "ChooseScreen")
        assert "What is done 90 s after the last run has ended?" in drawn(app)
        await until(pilot, lambda: "run the command cloud stop [b]me[/b]" in drawn(app))
        await pilot.press("j", "enter")
        await until(pilot, lambda: emptied.armed(workspace.path) is not None and bool(started))
        found: Any = emptied.armed(workspace.path)
        assert found.acts == ("bell", "osc9", "command") and found.countdown == 90 and not found.after_failure
        await until(pilot, lambda: "! armed: bell, osc9, command" in drawn(app))
        assert told(app, "W calls it off. A run that fails holds it back.")
        await pilot.press("W")
        await until(pilot, lambda: emptied.armed(workspace.path) is None and "! armed" not in drawn(app))
        assert told(app, "Called off")


async def test_the_countdown_stands_in_the_title(make: Make, workspace: Workspace) -> None:
    armed = emptied.arm(workspace.path, ["bell"], WhenEmpty())
    app = make()
    now = app.clock()  # type: ignore[attr-defined]
    write_json(workspace.path / emptied.STATE, asdict(emptied.Seen(armed.id, ("a",), now + 42)))
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await until(pilot, lambda: "! bell in 42 s: W cancels" in drawn(app))
        write_json(workspace.path / emptied.STATE, asdict(emptied.Seen(armed.id, ("a",), 0.0, "a failed")))
        await until(pilot, lambda: "! held back (bell): a run failed" in drawn(app))
        await pilot.press("W")
        await until(pilot, lambda: emptied.armed(workspace.path) is None)
