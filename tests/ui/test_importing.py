"""Importing summaries on the screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from engine.asking import Cancel
from engine.importing import apart, making
from engine.runs.workspace import Workspace
from engine.spec import DataSpec
from tests.ui.looks import every_look, two_looks
from tests.ui.waiting import drawn, on, told, until
from tests.unit import importing_material as made_up
from tests.unit.importing_material import course, summary, write_csv
from tui import importing
from tui.app import DialtuneApp
from tui.widgets.table import Table

Make = Callable[..., DialtuneApp]
Size = tuple[int, int]


@pytest.fixture(autouse=True)
def _files(workspace: Workspace) -> None:
    made_up.data(Path("data"))
    course(Path("out.csv"))


async def answer(pilot: Pilot[Any], text: str) -> None:
    screen = await on(pilot, "TextScreen")
    screen.query_one(Input).value = text
    await pilot.press("enter")


async def opened(pilot: Pilot[Any], file: str = "out.csv", source: str = "data") -> Any:
    """The import screen, once it shows the match."""
    await on(pilot, "RunsScreen")
    await pilot.press("I")
    await on(pilot, "TextScreen")
    await pilot.press("escape")
    screen = await on(pilot, "ImportScreen")
    screen.importing.source = source
    await pilot.press("o")
    await answer(pilot, file)
    await on(pilot, "ImportScreen")
    await until(pilot, lambda: not screen.importing.doing and (screen.importing.plan or screen.importing.problem))
    return screen


async def test_the_match_is_shown_and_then_taken(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        shown = drawn(app)
        for words in (
            "All 36 rows matched by reference",
            "12 test dialogues",
            "Row 1 is test_0",
            "full_model_summaries",
        ):
            assert words in shown
        assert screen.importing.marked == ["full_model_summaries", "lora_model_summaries"]
        await pilot.press("s")
        runs = await on(pilot, "RunsScreen")
        await until(pilot, lambda: {"out-full", "out-lora"} <= {row.name for row in runs.rows})
        assert told(app, "Imported 2 models")
        row = next(row for row in runs.rows if row.name == "out-full")
        assert row.outline.method == "imported" and row.rouge1 is not None and row.status.state == "finished"
        await pilot.press("slash", *"out-", "enter")
        await until(pilot, lambda: "imported summaries of" in drawn(app))


async def test_columns_are_marked_and_named_and_the_way_is_changed(
    make: Make, workspace: Workspace, copied: list[str]
) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        table = screen.query_one(Table)
        table.go("lora_model_summaries")
        await pilot.press("space")
        await until(pilot, lambda: not screen.importing.doing)
        assert [model.name for model in screen.importing.plan.models] == ["out-full"]
        table.go("full_model_summaries")
        await pilot.press("N")
        await answer(pilot, "a/b")
        await until(pilot, lambda: told(app, "cannot be called"))
        await pilot.press("N")
        await answer(pilot, "best")
        await until(pilot, lambda: not screen.importing.doing and "best" in drawn(app))
        ways = []
        for _ in range(3):
            await pilot.press("v")
            await until(pilot, lambda: not screen.importing.doing)
            ways.append(screen.importing.by)
        assert ways == ["reference", "order", None]
        await pilot.press("v", "Y")
        await until(pilot, lambda: bool(copied))
        assert copied == ["dialtune import out.csv --data data --column full_model_summaries=best --by reference"]
        await until(pilot, lambda: not screen.importing.doing)
        await pilot.press("y")
        await until(pilot, lambda: len(copied) == 2)
        assert "All 36 rows matched" in copied[1] and "Row 7 is test_2" in copied[1]
        await pilot.press("s")
        await on(pilot, "RunsScreen")
        assert workspace.open("best").imported


async def test_what_cannot_be_matched_is_said_and_mended(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, source="builtin")
        assert "cannot be matched with the dialogues" in screen.importing.problem
        assert "i other data" in drawn(app)
        await pilot.press("s")
        await until(pilot, lambda: told(app, "cannot be matched"))
        await pilot.press("i")
        await answer(pilot, "data")
        await until(pilot, lambda: "All 36 rows matched" in drawn(app))
        await pilot.press("o")
        await answer(pilot, "nowhere.csv")
        await until(pilot, lambda: "There is no file" in drawn(app))


async def test_scoring_is_stopped_and_leaves_nothing(
    make: Make, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Cancel] = []

    def slow(pairs: Any, progress: Any, cancel: Cancel, processes: Any = None) -> Any:
        begun.append(cancel)
        progress(7, len(pairs))
        while not cancel.asked:
            pass
        cancel.check()

    monkeypatch.setattr(apart, "score", slow)
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("s")
        await until(pilot, lambda: "scoring 7/24" in drawn(app))
        await pilot.press("space", "v", "o", "i", "s")
        assert told(app, "being scored"), "nothing is changed under its hands"
        await pilot.press("q")
        await until(pilot, lambda: told(app, "Stopped"))
        assert begun[0].asked
        await pilot.press("q")
        await on(pilot, "RunsScreen")
    assert not any(name.startswith(("out-", ".out-")) for name in (path.name for path in workspace.path.iterdir()))


async def test_a_problem_of_the_import_is_told_and_can_be_mended(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        screen.importing.rename("full_model_summaries", "full-base")
        await until(pilot, lambda: not screen.importing.doing)
        await pilot.press("s")
        await until(pilot, lambda: "already a run called full-base" in drawn(app))
        screen.importing.rename("full_model_summaries", "other")
        await until(pilot, lambda: "All 36 rows" in drawn(app))


async def test_hostile_columns_and_texts_are_harmless(make: Make) -> None:
    evil = "\x1b[2Jevil\u202e[bold]x[/bold]"
    write_csv(Path("evil.csv"), ("id", evil), [(f"test_{at}", f"{summary(at)} {evil}") for at in range(12)])
    app = make()
    async with app.run_test(size=(160, 48)) as pilot:
        screen = await opened(pilot, "evil.csv")
        shown = drawn(app)
        assert "evil[bold]x[/bold]" in shown and "\x1b" not in shown and "\u202e" not in shown
        await pilot.press("enter")
        assert not screen.query_one(Table).display
        await pilot.press("J", "K", "q")
        assert screen.query_one(Table).display
        await pilot.resize_terminal(60, 16)
        await pilot.pause()
        await pilot.resize_terminal(200, 60)
        await until(pilot, lambda: "All 12 rows matched by id" in drawn(app))


async def test_imported_models_are_refused_where_a_model_is_needed(make: Make, workspace: Workspace) -> None:
    from engine.importing import plan

    material = plan.read(Path("out.csv"), DataSpec(source="data"))
    making.make(plan.plan(material, {"full_model_summaries": "mine"}), workspace)
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        runs = await on(pilot, "RunsScreen")
        runs.query_one(Table).go("mine")
        await pilot.press("p")
        await until(pilot, lambda: told(app, "there is no model to ask"))
        await pilot.press("c")
        await until(pilot, lambda: told(app, "cannot be the start of a new run"))
        await pilot.press("r")
        await until(pilot, lambda: told(app, "cannot be resumed"))
        await pilot.press("enter")
        await on(pilot, "LiveScreen")
        await until(pilot, lambda: "imported summaries of" in drawn(app) and "ROUGE-1" in drawn(app))
        await pilot.press("q")
        await on(pilot, "RunsScreen")
        await pilot.press("i")
        await on(pilot, "DataScreen")
        await until(pilot, lambda: "1 + 12" in drawn(app))
        await pilot.press("q")
        await on(pilot, "RunsScreen")
        await pilot.press("space", "e")
        await on(pilot, "ExploreScreen")
        await until(pilot, lambda: "Ana and Bo talk" in drawn(app))


def test_what_is_under_way_can_be_given_up() -> None:
    work: list[Callable[[], None]] = []
    known = importing.Importing(Workspace(Path("none")), "data", work.append, lambda do: do(), lambda: None)
    assert "No column" in known.start() and not known.cancel()
    known.take_file("out.csv")
    assert known.doing == importing.READING and known.cancel()
    work.pop()()
    assert known.material is None, "what was given up tells nothing more"


async def _matched(pilot: Pilot[Any]) -> None:
    await opened(pilot)
    await pilot.pause(0.2)


@every_look
def test_import(snap_compare: Any, make: Make, size: Size, theme: str) -> None:
    app = make()
    app.theme = theme
    assert snap_compare(app, terminal_size=size, run_before=_matched)


async def _doubtful(pilot: Pilot[Any]) -> None:
    rows = [(f"test_{at}", summary((at + 3) % 12), "" if at == 2 else summary(at)) for at in range(11)]
    write_csv(Path("gpt.csv"), ("id", "shifted", "said"), [*rows, ("test_77", "Nobody.", "Nobody.")])
    await opened(pilot, "gpt.csv")
    await pilot.press("enter")
    await pilot.pause(0.2)


@two_looks
def test_doubts(snap_compare: Any, make: Make, size: Size, theme: str) -> None:
    app = make()
    app.theme = theme
    assert snap_compare(app, terminal_size=size, run_before=_doubtful)


async def test_an_import_that_ends_under_the_help_is_left_behind(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("question_mark")
        await on(pilot, "HelpScreen")
        assert not screen.importing.start()  # after the help, or it might end before the help is there
        await until(pilot, lambda: bool(screen.importing.made), seconds=90)
        await pilot.press("q")
        await on(pilot, "RunsScreen")


async def test_a_file_without_text_is_said_to_have_none(make: Make) -> None:
    write_csv(Path("figures.csv"), ("id", "score"), [(at, at / 7) for at in range(12)])
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, "figures.csv")
        assert "has no column of summaries" in screen.importing.problem
