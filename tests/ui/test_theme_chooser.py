"""Choosing a theme: it shows at once, stays when kept, goes when not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.theme import BUILTIN_THEMES

from engine.runs.folder import RunFolder
from tests.ui.looks import two_looks
from tests.ui.waiting import drawn, on, until
from tui import themes
from tui.app import DialtuneApp
from tui.widgets.table import Table

Make = Callable[..., DialtuneApp]
OURS = ["ansi", "contrast", "dusk", "mono", "paper", "safe"]


def write(name: str, text: str) -> None:
    folder = themes.config_folder() / "themes"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


async def opened(pilot: Any) -> Any:
    await pilot.press("T")
    screen = await on(pilot, "ThemesScreen")
    await until(pilot, lambda: not screen.workers or all(worker.is_finished for worker in screen.workers))
    return screen


def shown(app: DialtuneApp) -> list[str]:
    return list(app.screen.query_one(Table)._shown)


async def test_moving_shows_and_enter_keeps(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        runs = await on(pilot, "RunsScreen")
        assert app.theme == "dusk"
        screen = await opened(pilot)
        assert shown(app)[:6] == OURS
        assert set(shown(app)) >= set(BUILTIN_THEMES)
        table = screen.query_one(Table)
        assert table.cursor_key == "dusk", "where one is"
        await pilot.press("j")
        await until(pilot, lambda: app.theme == "mono")
        await pilot.press("j")
        await until(pilot, lambda: app.theme == "paper")
        assert themes.remembered() == "dusk", "not yet kept"
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is runs and themes.remembered() == "paper")
        assert app.theme == "paper"
    assert make().theme == "paper"


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_leaving_brings_the_old_one_back(make: Make, key: str) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        runs = await on(pilot, "RunsScreen")
        await opened(pilot)
        await pilot.press("G")
        await until(pilot, lambda: app.theme != "dusk")
        await pilot.press("g")
        await pilot.press(key)
        await until(pilot, lambda: app.screen is runs)
        await pilot.pause(0.2)
        assert app.theme == "dusk"
        assert themes.remembered() == "dusk"


async def test_the_users_own_are_there_and_bad_files_say_why(make: Make) -> None:
    write("mine.toml", "name = 'mine'\n[colours]\nprimary = '#123456'")
    write("nord.toml", "name = 'nord'\n[colours]\nprimary = '#654321'")
    write("bad[b].toml", "nonsense")
    app = make()
    async with app.run_test(size=(80, 40)) as pilot:
        await on(pilot, "RunsScreen")
        await opened(pilot)
        rows = {line.split()[-4]: line.split()[-2] for line in drawn(app).splitlines() if " yours " in line}
        assert rows == {"mine": "yours", "nord": "yours"}
        assert "! The theme bad[b].toml is left out" in drawn(app)


async def test_a_file_that_came_meanwhile_is_read(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        write("late.toml", "[colours]\nprimary = '#123456'")
        screen = await opened(pilot)
        await until(pilot, lambda: "late" in shown(app))
        screen.query_one(Table).go("late")
        await until(pilot, lambda: app.theme == "late")


@pytest.mark.parametrize("start", [None, "lora-r8-live"])
@two_looks
def test_how_it_looks(
    snap_compare: Any,
    make: Make,
    size: tuple[int, int],
    theme: str,
    start: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(RunFolder, "size", lambda run: len(run.name) * 1_234_567)
    monkeypatch.setattr(themes, "config_folder", lambda: themes.BUILT_IN / "none")

    async def before(pilot: Pilot[Any]) -> None:
        await on(pilot, "LiveScreen" if start else "RunsScreen")
        await pilot.pause(0.2)
        await opened(pilot)
        pilot.app.screen.query_one(Table).go(theme)
        await until(pilot, lambda: pilot.app.theme == theme)
        await pilot.pause(0.2)

    assert snap_compare(make(start), terminal_size=size, run_before=before)
