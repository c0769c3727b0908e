"""What Explore looks like: table, detail, difference, query line, choosers and blind judging."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.results.verdicts import Ledger
from tests.ui.looks import every_look, two_looks
from tests.ui.waiting import drawn, on, until
from tui.app import DialtuneApp
from tui.screens import judging

Make = Callable[..., DialtuneApp]
Size = tuple[int, int]


def themed(app: DialtuneApp, theme: str) -> DialtuneApp:
    app.theme = theme
    return app


async def explored(pilot: Pilot[Any], *keys: str) -> Any:
    """Explore with the fourth dialogue laid out, then ``keys``."""
    await on(pilot, "RunsScreen")
    await pilot.press("e")
    screen = await on(pilot, "ExploreScreen")
    await pilot.press("j", "j", "j")
    await until(pilot, lambda: screen.read_row is not None and screen.read_row.id == "test_3")
    await pilot.press(*keys)
    await until(pilot, lambda: not screen.arranging.busy)
    await pilot.pause(0.3)
    return screen


@every_look
def test_table(snap_compare: Any, make: Make, size: Size, theme: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        screen = await explored(pilot)
        for number, place in enumerate((1, 2, 4)):
            row = screen.rows.detail(place)
            said = {model: row.summaries[model].summary for model in ("zero-shot-base", "full-base")}
            Ledger(screen.terminal.workspace.path).judge(row.key, row.id, said, ("full-base", "", None)[number], False)
        await pilot.press("space", "question_mark", "escape")
        await until(pilot, lambda: "●" in drawn(pilot.app) and "B" in drawn(pilot.app))
        await pilot.pause(0.2)

    assert snap_compare(themed(make(), theme), terminal_size=size, run_before=before)


@every_look
def test_detail(snap_compare: Any, make: Make, size: Size, theme: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await explored(pilot, "j", "v", "enter")

    assert snap_compare(themed(make(), theme), terminal_size=size, run_before=before)


@two_looks
@pytest.mark.parametrize("presses", [2, 4], ids=["bigrams", "novel"])
def test_marks(snap_compare: Any, make: Make, size: Size, theme: str, presses: int) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await explored(pilot, "j", "enter", *"v" * presses)

    assert snap_compare(themed(make(), theme), terminal_size=size, run_before=before)


@every_look
def test_difference(snap_compare: Any, make: Make, size: Size, theme: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await explored(pilot, "j", "w")

    assert snap_compare(themed(make(), theme), terminal_size=size, run_before=before)


@every_look
def test_blind(snap_compare: Any, make: Make, size: Size, theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging.secrets, "token_bytes", lambda size: b"salt")

    async def before(pilot: Pilot[Any]) -> None:
        screen = await explored(pilot, "j", "B", "h")
        await until(pilot, lambda: screen.read_row is not None and screen.read_row.id == "test_5")
        pilot.app._notifications.clear()
        pilot.app._refresh_notifications()
        await pilot.pause(0.3)

    assert snap_compare(themed(make(), theme), terminal_size=size, run_before=before)


@two_looks
def test_query(snap_compare: Any, make: Make, size: Size, theme: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        screen = await explored(pilot, "slash")
        line = screen.query_one("#query")
        line.cursor_blink = False
        line.value, line.cursor_position = "full.rouge1>0.4 ", 16  # at once: what is typed so far may find less
        await until(pilot, lambda: screen.shown.view.query == "full.rouge1>0.4")
        for letter in "le":
            await pilot.press(letter)
            await until(pilot, lambda so_far=letter: screen.shown.view.query.endswith(so_far))
        await until(pilot, lambda: not screen.arranging.busy)
        await pilot.pause(0.3)

    assert snap_compare(themed(make(), theme), terminal_size=size, run_before=before)


@two_looks
def test_bad_query(snap_compare: Any, make: Make, size: Size, theme: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        screen = await explored(pilot, "slash")
        screen.query_one("#query").value = "turns>4 rouge1<"  # at once: what was typed so far may have found less
        await until(pilot, lambda: screen.shown.problem is not None)
        await pilot.press("enter")
        await pilot.pause(0.3)

    assert snap_compare(themed(make(), theme), terminal_size=size, run_before=before)


@two_looks
def test_models(snap_compare: Any, make: Make, size: Size, theme: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await explored(pilot, "c")
        await on(pilot, "ColumnsScreen")
        await pilot.press("space", "j", "p")
        await pilot.pause(0.2)

    assert snap_compare(themed(make(), theme), terminal_size=size, run_before=before)


@two_looks
def test_query_help(snap_compare: Any, make: Make, size: Size, theme: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await explored(pilot, "i")
        await on(pilot, "ExplainScreen")

    assert snap_compare(themed(make(), theme), terminal_size=size, run_before=before)
