"""The real application over fake runs, driven by keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Static

from engine import launch, queue
from engine.errors import WorkspaceError
from engine.runs.folder import Remarks, RunFolder
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tests.ui.waiting import drawn, on, until
from tui import keys
from tui.app import DialtuneApp, run
from tui.columns import ORDERS
from tui.widgets.footer import Footer
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
        await until(pilot, lambda: "Press d to see it work" in drawn(app))
        text = drawn(app)
        assert "dialtune train --preset lora-r32" in text
        assert "d Demo" in text
        await pilot.press("enter", "e", "s", "r", "space")
        await pilot.press("q")
    assert app.return_code == 0


async def test_what_is_finished_is_not_resumed_and_what_broke_off_is(
    make: Make, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setattr(launch, "start", lambda run, resume: started.append(run.name))
    (workspace.open("full-too-big").checkpoints_path / "step-100").rmdir()
    app = make()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await on(pilot, "RunsScreen")
        for name, words in (("zero-shot-base", "it is finished"), ("full-too-big", "it had no checkpoint yet")):
            screen.query_one(Table).go(name)
            await pilot.press("r")
            await until(pilot, lambda words=words: any(words in one.message for one in app._notifications))
        assert started == ["full-too-big"], "without a checkpoint it begins anew"
        (workspace.open("full-too-big").checkpoints_path / "step-100").mkdir()
        await pilot.press("r")
        await until(pilot, lambda: len(started) == 2)
        await until(pilot, lambda: any("from its last checkpoint" in one.message for one in app._notifications))


async def test_the_demo_starts_from_an_empty_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[Path, list[str]]] = []
    monkeypatch.setattr(queue, "start", lambda path, names: started.append((path, list(names))))
    app = DialtuneApp(Workspace(tmp_path / "new"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.2)
        await pilot.press("d")
        await until(pilot, lambda: len(names(app)) == 3)
        assert started == [(tmp_path / "new", ["demo-zero-shot", "demo-full", "demo-lora"])]
        await until(pilot, lambda: "d Demo" not in drawn(app))
        await pilot.press("d")
        await pilot.pause(0.2)
        assert len(names(app)) == 3 and len(started) == 1


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


def names(app: DialtuneApp) -> list[str]:
    """The runs shown, in their order."""
    return [row.name for row in app.screen._shown]  # type: ignore[attr-defined]


async def test_runs_are_filtered_by_any_words(make: Make, workspace: Workspace) -> None:
    workspace.open("full-base").write_remarks(Remarks(note="the Tuesday attempt"))
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on(pilot, "RunsScreen")
        await pilot.press("slash", *"LORA", "space", *"fin")
        await until(pilot, lambda: names(app) == ["lora-r32-base"])
        await pilot.press("enter")
        await until(pilot, lambda: screen.query_one(Table).has_focus)
        assert "1 with “lora fin”" in drawn(app)
        await pilot.press("escape")
        await until(pilot, lambda: len(names(app)) == 6)
        await pilot.press("slash", *"tuesday")
        await until(pilot, lambda: names(app) == ["full-base"])
        await pilot.press(*"x")
        await until(pilot, lambda: names(app) == [])
        await until(pilot, lambda: "No run has all these words." in drawn(app))


async def test_runs_are_sorted_by_every_column_and_gaps_stay_below(make: Make) -> None:
    app = make()
    async with app.run_test(size=(160, 48)) as pilot:
        await on(pilot, "RunsScreen")
        seen = {}
        for column in ORDERS[1:]:
            await pilot.press("o")
            for mark in ("↑", "↓"):
                assert f"by {column.label} {mark}" in drawn(app)
                rows = [column.order(row) for row in app.screen._shown]  # type: ignore[attr-defined]
                known = [key for missing, key in rows if not missing]
                assert known == sorted(known, reverse=mark == "↓")
                assert [missing for missing, _ in rows] == sorted(missing for missing, _ in rows)
                seen[column.key, mark] = names(app)
                await pilot.press("O")
        assert seen["score", "↓"][:3] == ["full-base", "lora-r32-base", "zero-shot-base"]
        assert seen["name", "↑"] == sorted(seen["name", "↑"])
        await pilot.press("o")
        assert names(app)[0] == "queued-next", "and round again, newest first"


async def test_a_note_is_kept_shown_and_removed(make: Make, workspace: Workspace) -> None:
    run = workspace.open("queued-next")
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("n")
        await on(pilot, "TextScreen")
        await pilot.press(*"try [b]more[/b]", "enter")
        await until(pilot, lambda: run.remarks().note == "try [b]more[/b]")
        await on(pilot, "RunsScreen")
        await until(pilot, lambda: "note try [b]more[/b]" in drawn(app))
        await pilot.press("n")
        await on(pilot, "TextScreen")
        await pilot.press("escape")
        await on(pilot, "RunsScreen")
        assert run.remarks().note == "try [b]more[/b]"
        await pilot.press("n")
        await on(pilot, "TextScreen")
        await pilot.press("ctrl+u", "enter")
        await until(pilot, lambda: run.remarks().note == "")


async def test_a_run_is_renamed_and_a_taken_name_refused(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("G", "N")
        await on(pilot, "TextScreen")
        await pilot.press("ctrl+u", *"baseline", "enter")
        await until(pilot, lambda: "baseline" in names(app))
        assert workspace.open("baseline").spec().name == "baseline"
        await on(pilot, "RunsScreen")
        await pilot.press("G", "N")
        await on(pilot, "TextScreen")
        await pilot.press("ctrl+u", *"full-base", "enter")
        await until(pilot, lambda: any("already a run called full-base" in n.message for n in app._notifications))
        assert "baseline" in names(app)


async def test_archived_runs_are_out_of_sight_and_come_back(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("G", "space", "k", "space", "a")
        await until(pilot, lambda: len(names(app)) == 4)
        assert workspace.open("zero-shot-base").remarks().archived
        await until(pilot, lambda: "4 runs, 1 running, 2 archived" in drawn(app))
        await pilot.press("e")
        screen = await on(pilot, "ExploreScreen")
        assert screen.models == ("lora-r32-base",)
        await pilot.press("q")
        await on(pilot, "RunsScreen")
        await pilot.press("A", "G")
        await until(pilot, lambda: "(zero-shot-base)" in drawn(app))
        await pilot.press("a", "A")
        await until(pilot, lambda: len(names(app)) == 5)


async def test_deleting_asks_and_spares_what_runs(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("G", "space", "k", "space", "D")
        await on(pilot, "ConfirmScreen")
        text = drawn(app)
        assert "Delete 2 runs for good?" in text and "zero-shot-base" in text and "full-base" in text
        await pilot.press("n")
        await on(pilot, "RunsScreen")
        assert len(names(app)) == 6
        await pilot.press("D")
        await on(pilot, "ConfirmScreen")
        await pilot.press("y")
        await until(pilot, lambda: len(names(app)) == 4)
        assert not (workspace.path / "full-base").exists()
        assert not [entry for entry in workspace.path.iterdir() if entry.name.startswith(".deleted")]
        await pilot.press("g", "j", "D")
        await on(pilot, "ConfirmScreen")
        await pilot.press("y")
        await until(
            pilot, lambda: any("cannot be deleted while it is running" in n.message for n in app._notifications)
        )
        assert "lora-r8-live" in names(app)


@pytest.mark.parametrize("width", [80, 100, 120, 160, 200])
async def test_columns_come_with_the_width_and_none_is_cut(make: Make, width: int) -> None:
    app = make()
    async with app.run_test(size=(width, 24)) as pilot:
        screen = await on(pilot, "RunsScreen")
        await pilot.pause(0.3)
        table = screen.query_one(Table)
        assert table.max_scroll_x == 0
        labels = [str(column.label) for column in table.columns.values()]
        assert ("train loss" in labels) == (width >= 100)
        assert ("note" in labels) == (width >= 200)


# -- everywhere -----------------------------------------------------------------------------------


async def test_help_lists_every_key(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 100)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("question_mark")
        screen = await on(pilot, "HelpScreen")
        text = " ".join(str(screen.query_one(Static).content).split())
        for scope in keys.KEYS.values():
            for key in scope:
                assert key.help in text
                assert key.written in text
        await pilot.press("escape")
        await on(pilot, "RunsScreen")


async def test_help_stands_in_columns_at_any_width_and_quits_too(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("question_mark")
        screen = await on(pilot, "HelpScreen")
        for width in (80, 60, 120):
            await pilot.resize_terminal(width, 24)
            await until(pilot, lambda width=width: screen.size.width == width)
            await pilot.pause(0.1)
            lines = str(screen.query_one(Static).content).splitlines()
            long = next(at for at, line in enumerate(lines) if "Think up a" in line)
            assert max(map(len, lines[: lines.index("States")])) <= screen.query_one(Static).size.width
            assert width == 120 or lines[long + 1].startswith(" " * 32), "its second line stands below its first"
        await pilot.press("Q")
    assert app.return_code == 0


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
    lists = ("runs", "live", "explore", "help", "columns", "explain")
    for part in {scope, "app", *(["table"] if scope in lists else [])}:
        for key in keys.KEYS[part]:
            for one in key.keys.split(","):
                if scope in ("stop", "help", "query") and part == "app":
                    continue  # a modal's keys come first, and those of the line one types into
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


def test_leaving_says_what_goes_on_and_how_to_come_back(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(DialtuneApp, "run", lambda app: 0)
    assert run(workspace.path) == 0
    assert "lora-r8-live goes on without the terminal" in capsys.readouterr().err
    folder = workspace.open("lora-r8-live")
    folder.write_status(replace(folder.status(), state="finished"))
    run(workspace.path)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("start", [None, "lora-r8-live"])
async def test_quitting_leaves_the_runs_alone(make: Make, workspace: Workspace, start: str | None) -> None:
    def everything() -> dict[str, tuple[int, bytes]]:
        files = (file for file in workspace.path.rglob("*") if file.is_file())
        return {str(file): (file.stat().st_mtime_ns, file.read_bytes()) for file in files}

    before = everything()
    app = make(start)
    async with app.run_test() as pilot:
        await on(pilot, "LiveScreen" if start else "RunsScreen")
        assert "q Quit" in drawn(app) or start
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
