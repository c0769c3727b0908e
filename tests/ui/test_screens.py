"""The real application over fake runs, driven by keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Footer, Input, Static

from engine import launch
from engine.errors import WorkspaceError
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tests.ui.waiting import drawn, on, until
from tui import keys
from tui.app import DialtuneApp, run
from tui.widgets.pane import Pane
from tui.widgets.table import Table

Make = Callable[..., DialtuneApp]
SIZES = [(80, 24), (200, 50)]


# -- runs -----------------------------------------------------------------------------------------


async def test_the_runs_are_listed_newest_first(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        text = drawn(app)
        names = ["queued-next", "lora-r8-live", "full-too-big", "lora-r32-base", "full-base", "zero-shot-base"]
        places = [text.index(f" {name} ") for name in names[1:]]
        assert places == sorted(places)
        for word in ("○ queued", "▶ training 40% 3m 07s", "✗ failed", "✓ finished", "6 runs, 1 running"):
            assert word in text


async def test_the_cursor_stays_on_its_run(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test() as pilot:
        screen = await on(pilot, "RunsScreen")
        await pilot.press("j", "j")
        table = screen.query_one(Table)
        assert table.cursor_key == "full-too-big"
        fake_runs.new(workspace, "lora", "brand-new", fake_runs.NOW)
        screen.read_again()
        await until(pilot, lambda: len(screen.rows) == 7)
        assert table.cursor_key == "full-too-big"
        await pilot.press("G")
        assert table.cursor_key == "zero-shot-base"
        await pilot.press("g")
        assert table.cursor_key == "brand-new"


async def test_an_empty_workspace_says_what_to_do(tmp_path: Path) -> None:
    app = DialtuneApp(Workspace(tmp_path / "none"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.2)
        text = drawn(app)
        assert "dialtune demo" in text
        assert "dialtune train --preset lora-r32" in text
        await pilot.press("enter", "e", "s", "r", "space")
        await pilot.press("q")
    assert app.return_code == 0


async def test_stopping_asks_first(make: Make, workspace: Workspace) -> None:
    folder = workspace.open("lora-r8-live")
    app = make()
    async with app.run_test() as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("j", "s")
        await on(pilot, "StopScreen")
        await pilot.press("escape")
        await on(pilot, "RunsScreen")
        assert not (folder.path / "control" / "stop").exists()
        await pilot.press("s")
        await on(pilot, "StopScreen")
        await pilot.press("s")
        await until(pilot, (folder.path / "control" / "stop").exists)
        await pilot.press("s")
        await on(pilot, "StopScreen")
        await pilot.press("d")
        await until(pilot, (folder.path / "control" / "discard").exists)


async def test_only_what_can_be_resumed_is(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool]] = []
    monkeypatch.setattr(launch, "start", lambda folder, resume=False: asked.append((folder.name, resume)))
    app = make()
    async with app.run_test() as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("r")
        assert asked == []
        await pilot.press("j", "j", "r")
        await until(pilot, lambda: asked == [("full-too-big", True)])


async def test_an_error_is_told_not_raised(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: RunFolder, resume: bool = False) -> None:
        raise WorkspaceError("The disk [is] full\x1b[2J", "really", "make room")

    monkeypatch.setattr(launch, "start", refuse)
    app = make()
    async with app.run_test() as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("j", "j", "r")
        await until(
            pilot, lambda: any(n.message == "The disk [is] full. really. make room." for n in app._notifications)
        )


# -- explore --------------------------------------------------------------------------------------


async def test_explore_joins_all_models(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("e")
        screen = await on(pilot, "ExploreScreen")
        assert screen.comparison.runs == ("zero-shot-base", "full-base", "lora-r32-base")
        assert screen.query_one(Table).row_count == 12
        text = drawn(app)
        for word in ("12 dialogues", "n=12", "▲", "[b]repair[/b]", "reference 1:", "#Person2#:", "R1 "):
            assert word in text, word
        await pilot.press("j", "j", "j")
        await until(pilot, lambda: "test_3" in str(screen.query_one("#dialogue", Pane).border_title))
        assert "客服" in drawn(app) or "#Person1#" in drawn(app)


async def test_marked_runs_only(make: Make) -> None:
    app = make()
    async with app.run_test() as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("G", "space", "k", "space", "e")
        screen = await on(pilot, "ExploreScreen")
        assert screen.comparison.runs == ("zero-shot-base", "full-base")


async def test_sorting_and_filtering(make: Make) -> None:
    app = make()
    async with app.run_test() as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("e")
        screen = await on(pilot, "ExploreScreen")
        table = screen.query_one(Table)
        await pilot.press("o", "o", "o")
        figures = [row.rouge1("zero-shot-base") for row in screen._shown.values()]
        assert figures == sorted(figures)
        await pilot.press("O")
        assert [row.rouge1("zero-shot-base") for row in screen._shown.values()] == figures[::-1]
        await pilot.press("slash", *"PARCEL")
        await until(pilot, lambda: table.row_count == 2)
        assert screen.query_one(Input).value == "PARCEL"
        await pilot.press("enter")
        await until(pilot, lambda: table.has_focus)
        await pilot.press("escape")
        await until(pilot, lambda: table.row_count == 12)
        await pilot.press("escape")
        await on(pilot, "RunsScreen")


async def test_the_dialogue_scrolls_from_the_table(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("e")
        screen = await on(pilot, "ExploreScreen")
        pane = screen.query_one("#summaries", Pane)
        await until(pilot, lambda: pane.max_scroll_y > 0)
        await pilot.press("J")
        await until(pilot, lambda: pane.scroll_y == 3)
        await pilot.press("K")
        await until(pilot, lambda: pane.scroll_y == 0)
        await pilot.press("enter")
        await until(pilot, lambda: pane.size.height > 15)
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "test_1" in str(screen.query_one("#dialogue", Pane).border_title))
        await pilot.press("escape")
        await until(pilot, lambda: screen.query_one(Table).has_focus)


async def test_no_summaries_yet(_at_home: None) -> None:
    place = Workspace(Path("runs"))
    fake_runs.new(place, "lora", "queued", fake_runs.NOW)
    app = DialtuneApp(place)
    async with app.run_test() as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("e")
        await until(pilot, lambda: any("No run has summaries" in n.message for n in app._notifications))


# -- everywhere -----------------------------------------------------------------------------------


async def test_help_lists_every_key(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 100)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("question_mark")
        screen = await on(pilot, "HelpScreen")
        text = str(screen.query_one(Static).content)
        for scope in keys.KEYS.values():
            for key in scope:
                assert key.help in text
                assert key.written in text
        await pilot.press("escape")
        await on(pilot, "RunsScreen")


def test_every_action_has_a_plain_key_an_id_and_words() -> None:
    ids = [key.id for scope in keys.KEYS.values() for key in scope]
    assert len(ids) == len(set(ids))
    for key in (key for scope in keys.KEYS.values() for key in scope):
        assert key.help
        assert key.label
        assert any("+" not in one for one in key.keys.split(","))
        assert all(binding.tooltip and binding.id for binding in keys.bindings(key.id.partition(".")[0]))


@pytest.mark.parametrize("scope", list(keys.TITLES))
def test_no_key_has_two_meanings_on_one_screen(scope: str) -> None:
    seen: dict[str, str] = {}
    for part in {scope, "app", *(["table"] if scope in ("runs", "live", "explore", "help") else [])}:
        for key in keys.KEYS[part]:
            for one in key.keys.split(","):
                if scope in ("stop", "help") and part == "app":
                    continue  # a modal's keys come first
                assert one not in seen, f"{one}: {seen.get(one)} and {key.id}"
                seen[one] = key.id


async def test_the_palette_goes_to_runs(make: Make) -> None:
    app = make()
    async with app.run_test() as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("colon")
        await until(pilot, lambda: type(app.screen).__name__ == "CommandPalette")
        await pilot.press(*"full-too")
        await pilot.pause(0.5)
        await pilot.press("enter")
        screen = await on(pilot, "LiveScreen")
        assert screen.run.name == "full-too-big"


@pytest.mark.parametrize("start", [None, "lora-r8-live"])
async def test_quitting_leaves_the_runs_alone(make: Make, workspace: Workspace, start: str | None) -> None:
    def everything() -> dict[str, tuple[int, bytes]]:
        files = (file for file in workspace.path.rglob("*") if file.is_file())
        return {str(file): (file.stat().st_mtime_ns, file.read_bytes()) for file in files}

    before = everything()
    app = make(start)
    async with app.run_test() as pilot:
        await on(pilot, "LiveScreen" if start else "RunsScreen")
        assert "runs go on" in drawn(app) or start
        await pilot.press("Q")
    assert app.return_code == 0
    assert everything() == before
    assert workspace.open("lora-r8-live").status().state == "running"


def test_a_run_that_is_not_there_is_refused_before_the_screen_is_taken(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="There is no run 'lora-r8-lve'"):
        run(workspace.path, "lora-r8-lve")


@pytest.mark.parametrize("name", [None, "lora-r8-live", "full-too-big"])
async def test_the_footer_fits_80_columns(make: Make, name: str | None) -> None:
    app = make(name)
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "LiveScreen" if name else "RunsScreen")
        assert "? Help" in drawn(app).splitlines()[-1]
        assert app.screen.query_one(Footer).region.height == 1


async def test_hostile_text_stays_text(make: Make) -> None:
    app = make("lora-r8-live")
    async with app.run_test(size=(120, 40)) as pilot:
        await on(pilot, "LiveScreen")
        await pilot.press("e")
        await on(pilot, "ExploreScreen")
        await pilot.press("j", "j", "j")
        await pilot.pause(0.3)
        for screen in app.screen_stack:
            text = "".join(s.text for strip in screen._compositor.render_strips() for s in strip)
            assert not any(ch in text for ch in "\x1b\x9b\u202e\u200b\x07")
        assert "[bold]not bold[/bold]" in drawn(app)
