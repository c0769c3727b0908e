"""The live screen over fake runs, driven by keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.runs.events import encode
from engine.runs.files import append_lines
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tests.ui.waiting import drawn, on, until
from tui.app import DialtuneApp
from tui.widgets.log import Log
from tui.widgets.pane import Pane

Make = Callable[..., DialtuneApp]
SIZES = [(80, 24), (200, 50)]


@pytest.mark.parametrize("size", SIZES)
async def test_a_running_run_shows_the_essentials(make: Make, size: tuple[int, int]) -> None:
    app = make("lora-r8-live")
    async with app.run_test(size=size) as pilot:
        await on(pilot, "LiveScreen")
        await until(pilot, lambda: "step 20: all well" in drawn(app))
        text = drawn(app)
        text = text.replace("\xa0", " ")
        for word in ("▶ running", "lora-r8-live", "40%", "240/600 steps", "3m 07s left"):
            assert word in text, word
        for word in (
            "epoch",
            "loss 1.976",
            "learning rate",
            "grad norm",
            "samples/s 31.4",
            "tokens/s 6,120",
            "◆ validation",
        ):
            assert word in text, word
        for word in ("52.0", "run 41.0", "97%", "CPU 37%", "are cut to 512 tokens"):
            assert word in text, word
        shown = [w for w in app.screen.query("#title, #phase, #figures, #curve, #resources, #log, Footer") if w.display]
        assert len(shown) == 7
        for number, one in enumerate(shown):
            assert one.region.area and app.screen.region.contains_region(one.region), one
            assert not any(one.region.overlaps(other.region) for other in shown[number + 1 :]), one


async def test_new_events_arrive(make: Make, workspace: Workspace) -> None:
    folder = workspace.open("lora-r8-live")
    app = make("lora-r8-live")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await on(pilot, "LiveScreen")
        before = len(screen.snapshot.train)
        append_lines(folder.events_path, map(encode, fake_runs.training(600, 600, fake_runs.random.Random(1))[-12:]))
        append_lines(folder.log_path, ["the newest line\n"])
        await until(pilot, lambda: "the newest line" in drawn(app))
        assert len(screen.snapshot.train) > before


async def test_requests_reach_the_worker(make: Make, workspace: Workspace) -> None:
    control = workspace.open("lora-r8-live").path / "control"
    app = make("lora-r8-live")
    async with app.run_test() as pilot:
        await on(pilot, "LiveScreen")
        await pilot.press("c", "v")
        await until(pilot, lambda: {file.name for file in control.iterdir()} == {"checkpoint", "evaluate"})


async def test_a_finished_run_takes_no_requests(make: Make, workspace: Workspace) -> None:
    app = make("full-base")
    async with app.run_test(size=(120, 40)) as pilot:
        await on(pilot, "LiveScreen")
        await pilot.press("c", "v", "s")
        assert type(app.screen).__name__ == "LiveScreen"
        assert not list((workspace.open("full-base").path / "control").iterdir())
        text = drawn(app)
        assert "✓ finished" in text
        assert "Test ROUGE-1" in text
        assert "mean over references, 12 dialogues, 36 references" in text


@pytest.mark.parametrize("size", SIZES)
async def test_a_failed_run_says_what_why_and_what_to_do(make: Make, size: tuple[int, int]) -> None:
    app = make("full-too-big")
    async with app.run_test(size=size) as pilot:
        await on(pilot, "LiveScreen")
        text = " ".join(drawn(app).split())
        assert "What happened: The GPU ran out of memory in step 101" in text
        assert "Why: A batch of 8 needs about 92 GiB, and the GPU has 80 GiB [of which 79 free]" in text
        assert "What to do: Halve train.batch_size" in text


async def test_panes_enlarge_and_go_back(make: Make) -> None:
    app = make("lora-r8-live")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on(pilot, "LiveScreen")
        log = screen.query_one(Log)
        small = log.size.height
        await pilot.press("w")
        await pilot.pause()
        assert log.size.height > 2 * small
        assert log.has_focus
        await pilot.press("n")
        await pilot.pause()
        assert not log.display
        assert screen.query_one("#notices", Pane).size.height > 2 * small
        await pilot.press("escape")
        await pilot.pause()
        assert log.size.height == small
        await pilot.press("escape")
        await on(pilot, "RunsScreen")


async def test_the_log_follows_its_end_until_one_scrolls(make: Make, workspace: Workspace) -> None:
    folder = workspace.open("lora-r8-live")
    app = make("lora-r8-live")
    async with app.run_test(size=(120, 50)) as pilot:
        await on(pilot, "LiveScreen")
        log = app.screen.query_one(Log)
        append_lines(folder.log_path, [f"more {n}\n" for n in range(30)])
        await until(pilot, lambda: len(log.lines) == 50)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: log.max_scroll_y > 0 and log.scroll_y == log.max_scroll_y)
        await pilot.press("w", "k", "k")
        await until(pilot, lambda: log.scroll_y == log.max_scroll_y - 2)
        before = log.scroll_y
        append_lines(folder.log_path, ["one more\n"])
        await until(pilot, lambda: len(log.lines) == 51)
        assert log.scroll_y == before
        await pilot.press("G")
        append_lines(folder.log_path, ["and more\n"])
        await until(pilot, lambda: "and more" in drawn(app))


async def test_the_neighbours_are_one_key_away(make: Make) -> None:
    app = make("lora-r32-base")
    async with app.run_test() as pilot:
        await on(pilot, "LiveScreen")
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: app.screen.run.name == "full-base")
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: app.screen.run.name == "lora-r32-base")
        assert len(app.screen_stack) == 2
