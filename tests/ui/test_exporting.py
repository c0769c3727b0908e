"""Writing what a screen shows to a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.widgets import Input

from engine.runs.workspace import Workspace
from tests.ui.fake_runs import HOSTILE
from tests.ui.waiting import drawn, on, told, until
from tui.app import DialtuneApp

Make = Callable[..., DialtuneApp]


async def type_name(pilot: Any, name: str) -> None:
    """Answer the question for a file's name."""
    screen = await on(pilot, "TextScreen")
    screen.query_one(Input).value = name
    await pilot.press("enter")


def whole(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


async def test_the_runs_shown_are_written_as_the_default_says(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("slash", *"finished", "enter")
        await until(pilot, lambda: "3 with" in drawn(app))
        await pilot.press("x")
        screen = await on(pilot, "TextScreen")
        assert screen.query_one(Input).value == "runs.csv"
        assert "Export 3 runs to which file?" in drawn(app) and ".parquet" in drawn(app)
        await pilot.press("enter")
        await until(pilot, lambda: told(app, f"{Path.cwd()}/runs.csv: 3 runs."))
        rows = list(csv.DictReader(io.StringIO(Path("runs.csv").read_text())))
        assert [row["run"] for row in rows] == ["lora-r32-base", "full-base", "zero-shot-base"]


async def test_marked_runs_are_written_alone(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("G", "space", "x")
        await type_name(pilot, "one.md")
        await until(pilot, lambda: whole(Path("one.md")))
        assert Path("one.md").read_text().count("base") > 0
        assert "full-base" not in Path("one.md").read_text()


async def test_a_file_that_is_there_is_asked_about(make: Make) -> None:
    Path("runs.csv").write_text("mine")
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("x")
        await type_name(pilot, "runs.csv")
        await on(pilot, "ConfirmScreen")
        await pilot.press("n")
        screen = await on(pilot, "TextScreen")
        assert screen.query_one(Input).value == "runs.csv", "to be changed"
        assert Path("runs.csv").read_text() == "mine"
        await pilot.press("enter")
        await on(pilot, "ConfirmScreen")
        await pilot.press("y")
        await until(pilot, lambda: Path("runs.csv").read_text().startswith("run,state"))


async def test_a_name_that_will_not_do_is_asked_again(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("x")
        await type_name(pilot, "runs.xlsx")
        await until(pilot, lambda: "does not say in which form" in drawn(app))
        assert app.screen.query_one(Input).value == "runs.xlsx"
        await type_name(pilot, "nowhere/[b]x.csv")
        await until(pilot, lambda: "nowhere/[b]x.csv cannot be written" in drawn(app))
        await type_name(pilot, "~nobody-of-that-name/x.csv")
        await until(pilot, lambda: "home directory" in drawn(app))
        await pilot.press("escape")
        await on(pilot, "RunsScreen")
        assert list(Path.cwd().glob("*.csv")) == []


async def test_dialogues_are_written_in_the_order_shown(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("e")
        screen = await on(pilot, "ExploreScreen")
        await pilot.press("o", "o", "O")
        await until(pilot, lambda: screen.shown.view.query == "sort:turns-")
        order = [screen.rows.ids[place] for place in screen.table.rows]
        assert order != [f"test_{n}" for n in range(12)]
        await pilot.press("x")
        await type_name(pilot, "all.jsonl")
        await until(pilot, lambda: told(app, "all.jsonl: 12 dialogues."))
        lines = [json.loads(line) for line in Path("all.jsonl").read_text().splitlines()]
        assert [line["id"] for line in lines] == order
        hostile = next(line for line in lines if line["id"] == "test_3")
        assert HOSTILE in hostile["full-base.summary"], "data stay as they are"
        assert "\x1b" not in Path("all.jsonl").read_text()
        await pilot.press("slash", *"学校", "enter")
        await until(pilot, lambda: len(screen.table.rows) < 12)
        amount = len(screen.table.rows)
        for name in ("some.parquet", "some.csv", "some.md"):
            await pilot.press("x")
            await type_name(pilot, name)
            await until(pilot, lambda name=name: told(app, f"{name}: {amount} dialogues."))
        assert len(list(csv.DictReader(io.StringIO(Path("some.csv").read_text())))) == amount
