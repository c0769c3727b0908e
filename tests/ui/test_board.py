"""The board on the screen: every view and key, hostile names, sizes, and nothing that holds up the terminal."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from engine.results import verdicts
from engine.runs.files import append_lines, write_json
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.ui.test_exporting import told, type_name
from tests.ui.waiting import drawn, on, until
from tui import boarding, session
from tui.app import DialtuneApp
from tui.screens.board import LABELS
from tui.widgets.pane import Pane

Make = Callable[..., DialtuneApp]
VIEWS = {"c": "sheet", "p": "pairs", "i": "intervals", "u": "spread", "d": "lengths", "a": "against"}


async def board(pilot: Pilot[Any], key: str = "B") -> Any:
    """The board, with all it shows read."""
    await on(pilot, "RunsScreen")
    await pilot.press(key)
    screen = await on(pilot, "BoardScreen")
    await until(pilot, lambda: screen.look is not None)
    return screen


def seen(screen: Any) -> str:
    """What the view shows."""
    return screen.query_one("#view", Pane).text  # type: ignore[no-any-return]


async def test_the_board_has_every_scored_run_against_the_base(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await board(pilot)
        text = drawn(app)
        assert screen.shown_runs == ("zero-shot-base", "full-base", "lora-r32-base"), "oldest first"
        assert "3 models, 12 dialogues" in text and "ROUGE-1, mean over references ×100" in text
        rows = [line for line in text.splitlines() if line[:2] in ("A ", "B ", "C ")]
        assert "baseline" in rows[0] and "Δ to A" in text
        assert "▲" in rows[1] and "12·0·0" in rows[1]
        assert sum("★" in row for row in rows) == 1
        assert "BCa bootstrap over dialogues" in seen(screen) and "n = 12" in seen(screen)


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (40, 12)])
async def test_every_view_is_drawn_at_every_size(make: Make, size: tuple[int, int]) -> None:
    app = make()
    async with app.run_test(size=size) as pilot:
        screen = await board(pilot)
        for key, title in VIEWS.items():
            await pilot.press(key)
            await pilot.pause(0.05)
            pane = screen.query_one("#view", Pane)
            assert str(pane.border_title).startswith(title)
            assert ("A" in pane.text and "B" in pane.text) or title == "sheet"
        for other in ((100, 30), (80, 24), (60, 20)):
            await pilot.resize_terminal(*other)
            await pilot.pause(0.05)
            assert "Board" in drawn(app)


async def test_views_go_round(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await board(pilot)
        found = []
        for _ in VIEWS:
            await pilot.press("v")
            await pilot.pause(0.05)
            found.append(screen.view)
            line = screen.query_one("#views", Static).content
            here = [line.plain[span.start : span.end].strip() for span in line.spans if "reverse" in str(span.style)]
            assert here == [LABELS[screen.view]]
        assert sorted(found) == sorted(["sheet", "pairs", "intervals", "spread", "lengths", "scatter"])


async def test_figures_and_readings(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await board(pilot)
        await pilot.press("o")
        await until(pilot, lambda: screen.look.key == "rouge2")
        assert "ROUGE-2, mean over references" in drawn(app)
        await pilot.press("O", "O")
        await until(pilot, lambda: screen.look.key == "length_ratio")
        assert "★" not in drawn(app), "of a length ratio more is not better"
        await pilot.press("r")
        await until(pilot, lambda: told(app, "one reading only"))


async def test_best_of_references_where_runs_have_it(make: Make, workspace: Workspace) -> None:
    for run in workspace.runs():
        lines = [asdict(prediction) for prediction in run.predictions().values()]
        for line in lines:
            line["scores"]["rouge1_best"] = line["scores"]["rouge1"] + 0.05
        if lines:
            append_lines(run.predictions_path, [json.dumps(line) + "\n" for line in lines])  # the later line counts
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await board(pilot)
        before = screen.look.mean(1)
        await pilot.press("r")
        await until(pilot, lambda: screen.look.key == "rouge1_best")
        assert "best of references" in drawn(app)
        assert screen.look.mean(1) == pytest.approx(before + 5)
        await pilot.press("r")
        await until(pilot, lambda: screen.look.key == "rouge1")


async def test_another_baseline_and_order(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await board(pilot)
        await pilot.press("j", "B")
        await pilot.pause(0.05)
        assert "Δ to B" in drawn(app)
        zero = next(line for line in drawn(app).splitlines() if line.startswith("A "))
        assert "▼" in zero and "0·0·12" in zero
        await pilot.press("s")
        await pilot.pause(0.05)
        means = [screen.look.mean(model) for model in screen.table.rows]
        assert means == sorted(means, reverse=True)
        assert screen.table.model == 1, "the cursor stays on its model"


async def test_a_dialogue_of_the_plot_opens_in_explore(make: Make) -> None:
    app = make()
    async with app.run_test(size=(160, 48)) as pilot:
        screen = await board(pilot)
        await pilot.press("j", "a")
        assert "h l" in seen(screen)
        await pilot.press("dollar_sign")
        await pilot.pause(0.05)
        assert "12th of 12 by difference" in seen(screen) and "◉" in seen(screen)
        await pilot.press("h", "H")
        await pilot.pause(0.05)
        assert "1st of 12" in seen(screen)
        await pilot.press("l")
        await pilot.pause(0.05)
        gaps = [screen.look.scores[at, 1] - screen.look.scores[at, 0] for at in screen._order]
        assert gaps == sorted(gaps)
        wanted = screen.known.standing.scores.ids[screen._order[1]]
        assert wanted in seen(screen)
        await pilot.press("enter")
        explore = await on(pilot, "ExploreScreen")
        await until(pilot, lambda: explore.current is not None and explore.rows.ids[explore.current] == wanted)
        assert explore.shown_runs == ("zero-shot-base", "full-base")
        await pilot.press("6")
        assert await on(pilot, "BoardScreen") is screen, "as it was left"


async def test_marked_runs_alone_and_choosing_models(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("G", "space", "k", "space")
        await until(pilot, lambda: len(app.runs_screen.marked) == 2)
        screen = await board(pilot)
        assert screen.shown_runs == ("zero-shot-base", "full-base")
        await pilot.press("m")
        await on(pilot, "PickScreen")
        await pilot.press("space", "enter")
        await on(pilot, "BoardScreen")
        await until(pilot, lambda: screen.shown_runs == ("zero-shot-base", "full-base", "lora-r32-base"))


async def test_one_model_has_nobody_to_be_compared_with(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        app.open_board(["full-base"])
        screen = await on(pilot, "BoardScreen")
        await until(pilot, lambda: screen.look is not None)
        for key in ("p", "a"):
            await pilot.press(key)
            await pilot.pause(0.05)
            assert "nobody to be compared with" in seen(screen)
        await pilot.press("c", "i", "u", "d", "l", "B", "enter")
        await on(pilot, "ExploreScreen")


async def test_a_board_of_nothing(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        app.open_board(["queued-next"])
        screen = await on(pilot, "BoardScreen")
        await until(pilot, lambda: "No run has scores yet" in seen(screen))
        assert told(app, "Without scores, so not on the board: queued-next.")
        await pilot.press(*VIEWS, "o", "r", "B", "l", "enter", "x", "y", "Y", "s", "z", "z", "R")
        await pilot.pause(0.2)
        assert app.screen is screen


async def test_blind_verdicts_on_the_board(make: Make, workspace: Workspace) -> None:
    ledger = verdicts.Ledger(workspace.path)
    ledger.judge("k", "test_1", {"full-base": "a", "zero-shot-base": "b"}, "full-base", True)
    app = make()
    async with app.run_test(size=(160, 48)) as pilot:
        screen = await board(pilot)
        await pilot.press("p")
        await pilot.pause(0.05)
        assert "blind" in seen(screen) and "1·0·0" in seen(screen)


@pytest.mark.parametrize(
    ("view", "name", "words"),
    [("i", "b.html", "<svg"), ("i", "b.tex", r"\begin{tabular}"), ("p", "p.csv", "first,"), ("p", "p.jsonl", "holm")],
)
async def test_taking_it_along(make: Make, view: str, name: str, words: str) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await board(pilot)
        await pilot.press(view, "x")
        await on(pilot, "TextScreen")
        assert ".html" in drawn(app)
        await type_name(pilot, name)
        await until(pilot, lambda: Path(name).is_file())
        text = Path(name).read_text(encoding="utf-8")
        assert words in text
        assert "\x1b" not in text and ("<script" not in text)


async def test_copying(make: Make, copied: list[str]) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await board(pilot)
        await pilot.press("y", "Y", "p", "Y")
        await until(pilot, lambda: len(copied) == 3)
        assert copied[0].startswith("| model | figure") and "full-base" in copied[0]
        names = "zero-shot-base full-base lora-r32-base --baseline zero-shot-base"
        assert copied[1] == f"dialtune board {names}"
        assert copied[2] == f"dialtune board {names} --pairs --metric rouge1"


async def test_it_comes_back_where_it_was(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await board(pilot)
    session.save(workspace.path, app.session)
    again = make()
    async with again.run_test(size=(80, 24)) as pilot:
        screen = await on(pilot, "BoardScreen")
        await until(pilot, lambda: screen.look is not None)
        assert screen.shown_runs == ("zero-shot-base", "full-base", "lora-r32-base")
        await pilot.press("q")
        await on(pilot, "RunsScreen")


async def test_scores_that_do_not_agree_are_told(make: Make, workspace: Workspace) -> None:
    run = RunFolder(workspace.path / "full-base")
    write_json(run.path / "scores.json", {"metrics": {"rouge1": 0.9}, "examples": 12, "references": 36})
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await board(pilot)
        await until(pilot, lambda: told(app, "No intervals for full-base"))


async def test_figures_are_worked_out_beside_the_terminal(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are answered while a figure is computed, and what was there stays until it is."""
    app, go = make(), threading.Event()
    look, threads = boarding.look, set()

    def slow(known: Any, key: str) -> Any:
        threads.add(threading.get_ident())
        if key != "rouge1":
            go.wait(20)
        return look(known, key)

    monkeypatch.setattr(boarding, "look", slow)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await board(pilot)
        await pilot.press("o", "j", "p")
        await asyncio.sleep(0.1)
        assert screen.look.key == "rouge1" and screen.table.cursor == 1 and screen.view == "pairs"
        go.set()
        await until(pilot, lambda: screen.look.key == "rouge2")
        assert threading.get_ident() not in threads


def test_numpy_comes_with_the_board_and_not_before() -> None:
    code = (
        "import sys, tui.app, tui.screens.board, engine.results.board\n"
        "found = {'numpy', 'scipy'} & set(sys.modules)\n"
        "sys.exit(f'imported: {sorted(found)}' if found else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
