"""The command palette: everything by name, quickly, and nothing in it obeyed."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from textual.command import CommandList
from textual.widgets import Input

from engine.runs.files import append_lines
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tests.ui.waiting import drawn, on, until
from tui import fuzzy
from tui.app import DialtuneApp
from tui.palette import MOST_FOUND, MOST_RUNS

Make = Callable[..., DialtuneApp]


def listed(app: DialtuneApp) -> list[str]:
    found = app.screen.query_one(CommandList)
    return [str(found.get_option_at_index(at).hit.text) for at in range(found.option_count)]  # type: ignore[attr-defined]


async def opened(pilot: Any) -> None:
    await pilot.press("colon")
    await until(pilot, lambda: type(pilot.app.screen).__name__ == "CommandPalette")
    await until(pilot, lambda: listed(pilot.app))


async def ask(pilot: Any, words: str, first: str) -> None:
    """Type ``words`` until ``first`` stands first."""
    pilot.app.screen.query_one(Input).value = words
    await until(pilot, lambda: listed(pilot.app)[:1] == [first] if listed(pilot.app) else False)


async def test_everything_that_can_be_done_here_is_listed_with_its_key(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await opened(pilot)
        await until(pilot, lambda: len(listed(app)) > 30)
        found = listed(app)
        for words in ("Open  Enter", "Mark  Space", "Export  x", "Sooner  +", "Themes  T", "Runs  1", "Explore  5"):
            assert words in found
        assert "Demo  d" not in found, "not where there are runs"
        assert "Down  j ↓" not in found
        assert "Run full-base" in found and "Theme dusk" in found


async def test_an_action_is_done_on_the_screen_one_came_from(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on(pilot, "RunsScreen")
        await opened(pilot)
        await ask(pilot, "mark all", "Mark all  *")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen and len(screen.marked) == 6)
        await opened(pilot)
        await ask(pilot, "note", "Note  n")
        await pilot.press("enter")
        await on(pilot, "TextScreen")


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("full-too", "Run full-too-big"),
        ("lr32", "Run lora-r32-base"),
        ("theme pap", "Theme paper"),
        ("zero shot fin", "Run zero-shot-base"),
        ("new lora-r32", "New run from lora-r32"),
    ],
)
async def test_fuzzy_words_find(make: Make, words: str, first: str) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await opened(pilot)
        await ask(pilot, words, first)


async def test_a_dialogue_is_gone_to_also_where_a_filter_hides_it(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("e")
        screen = await on(pilot, "ExploreScreen")
        await pilot.press("slash", *"parcel", "enter")
        await until(pilot, lambda: 0 < len(screen.table.rows) < 12)
        await opened(pilot)
        await until(pilot, lambda: "Runs  1" in listed(app))
        assert not any(name.startswith("test_") for name in listed(app)), "dialogues only when asked for"
        app.screen.query_one(Input).value = "学校"
        await until(pilot, lambda: listed(app) and all("学校" in name for name in listed(app)))
        wanted = listed(app)[0].split()[0]
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen and len(screen.table.rows) == 12)
        await until(pilot, lambda: screen.rows.ids[screen.current] == wanted)


async def test_hostile_words_are_shown_and_not_obeyed(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("e")
        await on(pilot, "ExploreScreen")
        await opened(pilot)
        app.screen.query_one(Input).value = "evil topic"
        await until(pilot, lambda: any("evil topic" in name for name in listed(app)))
        app.screen.query_one(Input).value = "repair"
        await until(pilot, lambda: "[b]repair[/b]" in drawn(app))
        text = drawn(app)
        assert not any(character in text for character in "\x1b\x9b\u202e\u200b\x07")


async def test_a_run_with_a_damaged_spec_is_still_found(make: Make, workspace: Workspace) -> None:
    (workspace.path / "full-base" / "spec.toml").write_text('method = "[/]\x1b[2J')
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await opened(pilot)
        await ask(pilot, "full-base", "Run full-base")
        await pilot.press("enter")
        await on(pilot, "LiveScreen")


async def test_a_preset_starts_a_new_run(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await opened(pilot)
        await ask(pilot, "new lora-r8", "New run from lora-r8")
        await pilot.press("enter")
        await on(pilot, "NewScreen")
        assert app.drafting.now.origin == "preset lora-r8"


async def test_many_runs_and_dialogues_are_searched_off_the_terminals_thread(
    make: Make, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three hundred runs and fifteen hundred dialogues; a search as slow as can be leaves the terminal awake."""
    for number in range(294):
        fake_runs.new(workspace, "lora", f"many-{number:03}", fake_runs.NOW - 10_000 - number)
    chance = random.Random(1)
    more = [asdict(fake_runs.prediction(number, "full", 0.4, chance)) for number in range(12, 1500)]
    append_lines(workspace.open("full-base").predictions_path, [json.dumps(one) + "\n" for one in more])
    app = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await on(pilot, "RunsScreen")
        await opened(pilot)
        await until(pilot, lambda: "Theme dusk" in listed(app))
        assert sum(name.startswith("Run ") for name in listed(app)) == MOST_RUNS
        await ask(pilot, "many-293", "Run many-293")
        await pilot.press("escape")
        await pilot.press("e")
        screen = await on(pilot, "ExploreScreen")
        assert len(screen.table.rows) == 1500
        await opened(pilot)
        real = fuzzy.search

        def slow(*arguments: Any) -> Any:
            time.sleep(1.0)
            return real(*arguments)

        monkeypatch.setattr(fuzzy, "search", slow)
        app.screen.query_one(Input).value = "lost parcel"
        beats = 0
        while not any(name.startswith("test_") for name in listed(app)):
            await pilot.pause(0.01)
            beats += 1
        assert beats > 10, "the terminal's thread went on meanwhile"
        assert len(listed(app)) <= MOST_FOUND
