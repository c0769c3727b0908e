"""A run's health on the live screen and on the board: found by key, grave things named, hostile text tamed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.runs.folder import RunFolder
from engine.runs.health import forgetting, record
from engine.runs.health.change import Change
from engine.runs.health.finding import Finding
from engine.runs.health.leaks import Leaks, Shared
from engine.runs.workspace import Workspace
from tests.ui.fake_runs import HOSTILE
from tests.ui.looks import two_looks
from tests.ui.waiting import drawn, on, until
from tui.app import DialtuneApp
from tui.widgets.pane import Pane

Make = Callable[..., DialtuneApp]
TASKS = ["question answering"] * 4 + ["sentiment"] * 4 + [f"evil {HOSTILE}"] * 4


def ail(run: RunFolder) -> None:
    """Give a fake run a leak, an overfit and all the looks."""
    shared = (Shared("test", "train", 1, 1), Shared("validation", "train", 0, 0), Shared("test", "validation", 0, 0))
    sizes = {"train": 12_460, "validation": 500, "test": 12}
    before = [2.0, 2.2, 1.9, 2.4, 6.6, 6.8, 6.2, 6.9, 3.0, 3.1, 3.2, 3.3]
    after = [2.4, 2.5, 2.4, 2.6, 8.5, 8.4, 8.9, 8.1, 3.4, 3.3, 3.6, 3.5]
    record.note(
        run, leaks=Leaks("f", sizes, True, 4.3, shared, ("test_1", "test_4")), curves=True,
        change=Change(4, 11.25, 41.5, 0.0213, 61_440, 61, 61),
        forgetting=forgetting.compare("builtin", TASKS, before, after, 2.4),
    )  # fmt: skip
    heart = Finding(
        "warning", "overfitting",
        "The validation loss rises (1.900 at step 200, 1.950 at 300, 2.050 at 400; its best was 1.900 at step 200) "
        "while the training loss falls (1.800 to 1.400): the model begins to learn its training dialogues by heart. "
        f"{HOSTILE}",
        "Lower train.epochs, or set train.patience to stop by itself.",
        {"step": 400, "validation": 2.05, "best": 1.9, "best_step": 200}, time=1.0,
    )  # fmt: skip
    leak = Finding(
        "warning", "leak", "2 of 12 test dialogues are in the train split too.", "Set data.exclude_leaked=near.",
        {"exact": 1, "near": 1, "of": 12}, time=2.0,
    )  # fmt: skip
    for finding in (heart, leak):
        record.add(run, finding)


@pytest.fixture
def app(workspace: Workspace, make: Make, theme: str) -> DialtuneApp:
    """The terminal on a finished run that is not well."""
    ail(workspace.open("full-base"))
    found = make("full-base")
    found.theme = theme
    return found


@two_looks
def test_the_health_of_a_run(snap_compare: Any, app: DialtuneApp, size: tuple[int, int], theme: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await on(pilot, "LiveScreen")
        await pilot.press("i")
        await until(pilot, lambda: "question answering" in pilot.app.screen.query_one("#health", Pane).text)
        await pilot.pause(0.2)

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (40, 12)])
async def test_findings_are_named_in_the_title_and_read_by_key(
    make: Make, workspace: Workspace, size: tuple[int, int], copied: list[str]
) -> None:
    ail(workspace.open("full-base"))
    app = make("full-base")
    async with app.run_test(size=size) as pilot:
        screen = await on(pilot, "LiveScreen")
        await until(pilot, lambda: len(screen.snapshot.health.findings) == 2)
        if size[0] >= 80:
            assert "! overfitting, leak" in drawn(app)
        await pilot.press("i")
        await pilot.pause()
        pane = screen.query_one("#health", Pane)
        assert pane.has_focus and pane.size.height >= size[1] - 8
        assert pane.text.index("overfitting") < pane.text.index("2 of 12 test")
        assert "What to do: Set data.exclude_leaked=near." in pane.text
        assert "step 400  validation 2.050  best 1.900  best_step 200" in pane.text
        assert "sentiment" in pane.text and "not known before" in pane.text
        assert "\x1b" not in pane.text and "\u202e" not in pane.text
        await pilot.press("y", "Y")
        await pilot.pause()
        assert copied[0] == pane.text and copied[1].endswith("health full-base")
        await pilot.press("escape")
        await pilot.pause()
        assert not pane.display


async def test_a_run_that_is_well_says_so_and_new_findings_arrive(make: Make, workspace: Workspace) -> None:
    run = workspace.open("lora-r8-live")
    app = make("lora-r8-live")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on(pilot, "LiveScreen")
        await pilot.press("i")
        pane = screen.query_one("#health", Pane)
        await until(pilot, lambda: "Nothing was found wrong so far." in pane.text)
        record.add(run, Finding("error", "unchanged", "The training changed nothing.", "Raise it.", time=1.0))
        await until(pilot, lambda: "changed nothing" in pane.text and "✗ changed nothing" in drawn(app))


async def test_the_board_has_a_line_for_each_model_that_is_not_well(make: Make, workspace: Workspace) -> None:
    ail(workspace.open("full-base"))
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("B")
        screen = await on(pilot, "BoardScreen")
        await until(pilot, lambda: screen.look is not None)
        rows = [line for line in drawn(app).splitlines() if line[:2] in ("A ", "B!", "C ")]
        assert len(rows) == 3, "the sick one is marked in the table"
        for view in ("i", "c", "p"):
            await pilot.press(view)
            await pilot.pause(0.05)
            text = " ".join(screen.query_one("#view", Pane).text.split())
            assert "full-base overfitting, leak: 2 of 12 test dialogues were trained on; ROUGE-1 without them" in text
