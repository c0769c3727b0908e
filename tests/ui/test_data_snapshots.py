"""What the data screen looks like; ``--snapshot-update`` after a change that is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.runs.workspace import Workspace
from tests.ui import fake_data
from tests.ui.looks import two_looks
from tests.ui.test_data import opened
from tests.ui.waiting import drawn, until
from tui import session
from tui.app import DialtuneApp
from tui.widgets.pane import Pane


@two_looks
@pytest.mark.parametrize("view", ["overview", "lengths", "duplicates", "dialogues"])
def test_data(
    snap_compare: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, view: str, size: tuple[int, int], theme: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fake_data.write(Path("talks"))
    app = DialtuneApp(Workspace(Path("none")))
    app.session = session.Session(source="talks")
    app.theme = theme

    async def before(pilot: Pilot[Any]) -> None:
        screen = await opened(pilot)
        if view == "duplicates":
            await pilot.press("u")
            await until(pilot, lambda: "zebra" in screen.query_one("#one", Pane).text)
        elif view == "dialogues":
            await pilot.press("d", "j", "j", "j", "j", "j")
            await until(pilot, lambda: "The same dialogue is in" in screen.query_one("#two", Pane).text)
        elif view == "lengths":
            await pilot.press("h")
            await until(pilot, lambda: "Tokens of prompts" in drawn(app))
        await pilot.pause(0.3)

    assert snap_compare(app, terminal_size=size, run_before=before)
