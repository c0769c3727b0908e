"""The curve of the live screen, and what hangs on it, driven by keys."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from engine.runs.events import encode
from engine.runs.files import append_lines
from engine.runs.workspace import Workspace
from tests.ui import fake_curves
from tests.ui.fake_runs import HOSTILE
from tests.ui.waiting import drawn, on, until
from tui import curves
from tui.app import DialtuneApp
from tui.screens.pick import PickScreen
from tui.widgets.curve import Curve
from tui.widgets.log import Log
from tui.widgets.words import Samples

Make = Callable[..., DialtuneApp]
SMALL = (80, 24)


@pytest.fixture
def curved(workspace: Workspace) -> Workspace:
    """The workspace with a run of 200 steps, and a shorter one."""
    fake_curves.curved(workspace, "curved")
    fake_curves.curved(workspace, "other", steps=100, level=1.2)
    return workspace


def text(app: DialtuneApp) -> str:
    return drawn(app).replace("\xa0", " ")


def title(curve: Curve) -> str:
    return f"{curve.border_title} | {curve.border_subtitle}"


@pytest.mark.parametrize("size", [SMALL, (200, 60)])
@pytest.mark.parametrize(("left", "right"), [("h", "l"), ("left", "right")])
async def test_the_cursor_reads_every_point(
    curved: Workspace, make: Make, size: tuple[int, int], left: str, right: str
) -> None:
    app = make("curved")
    async with app.run_test(size=size) as pilot:
        screen = await on(pilot, "LiveScreen")
        curve = screen.query_one(Curve)
        await pilot.press(left)
        await until(pilot, lambda: "step 200" in text(app))
        await pilot.press(left, left)
        await until(pilot, lambda: "step 198" in text(app))
        line = " ".join(line.strip() for line in text(app).splitlines() if "step 198" in line or "at 200" in line)
        loss = dict(screen.snapshot.train)[198]
        for word in ("epoch 2.97", "at 33m 00s", f"raw {loss:.3f}", "smoothed ", "validation ", "at 200"):
            assert word in line, word
        await pilot.press(right)
        await until(pilot, lambda: "step 199" in text(app))
        await pilot.press("0")
        await until(pilot, lambda: curve.view.cursor is None and "step 199" not in text(app))


async def test_the_curve_is_zoomed_and_moved(curved: Workspace, make: Make) -> None:
    app = make("curved")
    async with app.run_test(size=SMALL) as pilot:
        curve = (await on(pilot, "LiveScreen")).query_one(Curve)
        await pilot.press("plus", "equals_sign")
        assert curve.view.seen(curve.whole) == pytest.approx((150.25, 200))
        assert "150 to 200" in title(curve)
        await pilot.press("H")
        assert curve.view.seen(curve.whole) == pytest.approx((125.375, 175.125))
        await pilot.press("L", "L", "L")
        assert curve.view.follows
        await pilot.press("minus", "minus")
        assert curve.view.window is None
        await pilot.press("H", "H")
        assert curve.view.cursor == 180, "unzoomed, a tenth of the points at once"
        await pilot.press("plus", "plus", "plus", "plus")
        left, right = curve.view.seen(curve.whole)
        assert left < 180 < right and right - left == pytest.approx(199 / 16)
        for _ in range(20):
            await pilot.press("h")
        assert curve.view.cursor == 160 and curve.view.seen(curve.whole)[0] == 160
        await pilot.press("g")
        assert curve.view.cursor == 1
        await pilot.press("G", "f", "b", "k", "j", "0")
        assert curve.view.cursor is None and curve.view.window is None


async def test_a_zoomed_end_follows_what_is_new(curved: Workspace, make: Make) -> None:
    run = curved.open("curved")
    app = make("curved")
    async with app.run_test(size=SMALL) as pilot:
        curve = (await on(pilot, "LiveScreen")).query_one(Curve)
        await pilot.press("plus")
        append_lines(run.events_path, map(encode, fake_curves.events(260)[2 * 205 :]))
        await until(pilot, lambda: curve.whole[1] == 260)
        assert curve.view.seen(curve.whole)[1] == 260


async def test_every_figure_can_be_drawn(curved: Workspace, make: Make) -> None:
    app = make("curved")
    async with app.run_test(size=(120, 40)) as pilot:
        curve = (await on(pilot, "LiveScreen")).query_one(Curve)
        seen = []
        for _ in range(15):
            seen.append(curve.metric.label)
            assert curve.text.strip() and "Waiting" not in curve.text
            await pilot.press("o")
        for label in ("loss", "learning rate", "grad norm", "samples/s", "tokens/s", "validation ROUGE-1",
                      "memory of the run", "CPU", "GPU 0 utilisation", "GPU 0 memory"):  # fmt: skip
            assert label in seen, label
        assert curve.metric.label == "loss", "round again"
        await pilot.press("O")
        assert curve.metric.label == seen[-1]
        while curve.metric.label != "memory of the run":
            await pilot.press("O")
        await pilot.press("h")
        await until(pilot, lambda: "3.0 GiB" in text(app) and "GiB" in curve.text)


async def test_smoothing_scale_and_axis(curved: Workspace, make: Make) -> None:
    app = make("curved")
    async with app.run_test(size=(120, 40)) as pilot:
        curve = (await on(pilot, "LiveScreen")).query_one(Curve)
        words = []
        for _ in range(4):
            words.append(title(curve).rpartition("|")[2].strip())
            await pilot.press("a")
        assert words == ["step, smoothed 0.6", "step, smoothed 0.9", "step, smoothed 0.97", "step"]
        linear = curve.text
        await pilot.press("d")
        assert "log scale" in title(curve) and curve.text != linear
        await pilot.press("d", "plus", "h", "h")
        before = curve.cursor_step
        await pilot.press("X")
        assert title(curve).rpartition("|")[2].startswith(" epoch") and curve.cursor_step == before == 199
        await pilot.press("X")
        assert "time" in title(curve) and curve.cursor_step == before
        assert "m 00s" in curve.text
        await pilot.press("X")
        assert curve.view.axis == "step" and curve.view.cursor == 199


async def test_runs_are_laid_over_each_other(curved: Workspace, make: Make) -> None:
    app = make("curved")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await on(pilot, "LiveScreen")
        curve = screen.query_one(Curve)
        await pilot.press("p")
        await on(pilot, "PickScreen")
        await until(pilot, lambda: "other" in drawn(app))
        assert "✓ finished" in drawn(app) and not any(name == "curved" for name, _ in app.screen._runs)
        app.screen.query_one("#pick").go("other")  # type: ignore[attr-defined]
        await pilot.press("space", "enter")
        await until(pilot, lambda: curve.names == ["curved", "other"] and curve.lines[1].mean)
        words = title(curve)
        assert "A◆ curved" in words and "B▲ other" in words
        inks = curve._inks()
        assert len(set(inks)) == 2
        await until(pilot, lambda: "A" in curve.text and "B" in curve.text and "▲" in curve.text)
        await pilot.press("h")
        await until(pilot, lambda: any("step 200" in line and " B " in line for line in text(app).splitlines()))
        await pilot.press("p")
        await on(pilot, "PickScreen")
        await pilot.press("escape")
        await on(pilot, "LiveScreen")
        assert curve.names == ["curved", "other"], "nothing has changed"
        await pilot.press("p")
        screen = await on(pilot, "PickScreen")
        app.screen.query_one("#pick").go("other")  # type: ignore[attr-defined]
        await pilot.press("space", "enter")
        await until(pilot, lambda: curve.names == ["curved"])


async def test_marked_runs_are_the_first_choice_and_there_is_room_for_five(workspace: Workspace, make: Make) -> None:
    for number in range(7):
        fake_curves.curved(workspace, f"run-{number}", steps=60)
    app = make()
    async with app.run_test(size=SMALL) as pilot:
        await on(pilot, "RunsScreen")
        table = app.screen.query_one("#runs")
        table.go("run-3")  # type: ignore[attr-defined]
        await pilot.press("space")
        table.go("run-5")  # type: ignore[attr-defined]
        await pilot.press("enter")
        screen = await on(pilot, "LiveScreen")
        await pilot.press("p")
        await on(pilot, "PickScreen")
        pick: Any = app.screen
        assert pick._marked == ["run-3"]
        for number in (0, 1, 2, 4, 6):
            app.screen.query_one("#pick").go(f"run-{number}")  # type: ignore[attr-defined]
            await pilot.press("space")
        assert len(pick._marked) == 5
        await until(pilot, lambda: any("At most 5 runs" in n.message for n in app._notifications))
        await pilot.press("enter")
        await on(pilot, "LiveScreen")
        curve = screen.query_one(Curve)
        await until(pilot, lambda: len(curve.names) == 6 and all(line.mean for line in curve.lines))
        assert len(set(curve._inks())) == 6
        assert "F★" in title(curve)


async def test_hostile_names_stay_text(curved: Workspace, make: Make) -> None:
    name = "[b]x \x1b[31m\u202eevil\x07"
    app = make("curved")
    async with app.run_test(size=(120, 40)) as pilot:
        curve = (await on(pilot, "LiveScreen")).query_one(Curve)
        app.push_screen(PickScreen(f"Over {name}?", [(name, "[b]odd")], [], 5))
        await on(pilot, "PickScreen")
        await until(pilot, lambda: "Over [b]x evil?" in drawn(app) and "[b]odd" in drawn(app))
        await pilot.press("escape")
        curve.overlay({name: curve.lines[0].history})
        await until(pilot, lambda: "B▲ [b]x evil" in drawn(app))
        await pilot.press("h", "w", "slash", *"evil[/b]", "enter")
        await pilot.pause(0.2)
        everything = "".join(s.text for strip in app.screen._compositor.render_strips() for s in strip)
        assert not any(character in everything for character in "\x1b\x9b\u202e\u200b\x07")
    assert curves._plain(name) == "_b_x_31m_evil_"


async def test_points_and_plot_are_written_and_nothing_is_overwritten(
    curved: Workspace, make: Make, tmp_path: Path
) -> None:
    (tmp_path / "curved-loss.txt").write_text("mine")
    app = make("curved")
    async with app.run_test(size=(120, 40)) as pilot:
        await on(pilot, "LiveScreen")
        await pilot.press("x")
        await until(pilot, lambda: any("204 points in curved-loss-2.csv" in n.message for n in app._notifications))
        await pilot.press("x")
        await until(pilot, lambda: (tmp_path / "curved-loss-3.txt").is_file())
    assert (tmp_path / "curved-loss.txt").read_text() == "mine"
    rows = list(csv.DictReader((tmp_path / "curved-loss-2.csv").open(encoding="utf-8")))
    train = [row for row in rows if row["figure"] == "loss"]
    assert [int(row["step"]) for row in train] == list(range(1, 201))
    assert (
        float(train[0]["smoothed"]) == pytest.approx(float(train[0]["value"])) and float(train[9]["seconds"]) == 100.0
    )
    assert [int(row["step"]) for row in rows if row["figure"] == "validation loss"] == [50, 100, 150, 200]
    plot = (tmp_path / "curved-loss-2.txt").read_text(encoding="utf-8")
    assert "◆" in plot and "\x1b" not in plot and "┤" in plot


async def test_a_folder_that_cannot_be_written_is_said(
    curved: Workspace, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.live.Path.cwd", lambda: Path("/proc"))
    app = make("curved")
    async with app.run_test(size=(120, 40)) as pilot:
        await on(pilot, "LiveScreen")
        await pilot.press("x")
        await until(pilot, lambda: any("cannot be written to /proc" in n.message for n in app._notifications))


async def test_the_real_points_appear_where_one_looks_closely(workspace: Workspace, make: Make) -> None:
    fake_curves.curved(workspace, "long", steps=20_000)
    app = make("long")
    async with app.run_test(size=SMALL) as pilot:
        screen = await on(pilot, "LiveScreen")
        curve = screen.query_one(Curve)
        await until(pilot, lambda: not screen.snapshot.catching_up)
        await until(pilot, lambda: curve.whole[1] == 20_000)
        stride = curve.lines[0].history.stride
        assert stride > 1
        await pilot.press("H", "H", "H", "h")
        at = curve.view.cursor
        await pilot.press("h")
        assert at - curve.view.cursor == stride, "from afar, an average at a time"
        for _ in range(9):
            await pilot.press("plus")
        await until(pilot, lambda: curve.lines[0].detail is not None)
        at = curve.view.cursor
        await pilot.press("h")
        assert at - curve.view.cursor == 1, "closely, a step at a time"
        await until(pilot, lambda: f"step {at - 1:,.0f}" in text(app))
        await pilot.press("0")
        assert curve.view.window is None


async def test_the_evaluations_are_stepped_through(curved: Workspace, make: Make) -> None:
    app = make("curved")
    async with app.run_test(size=SMALL) as pilot:
        screen = await on(pilot, "LiveScreen")
        samples, curve = screen.query_one(Samples), screen.query_one(Curve)
        assert samples.step == 200
        await pilot.press("comma", "comma")
        assert (samples.step, curve.cursor_step) == (100, 100)
        await pilot.press("comma", "comma", "comma")
        assert samples.step == 50
        await pilot.press("full_stop", "m")
        await until(pilot, lambda: "They speak at step 100." in drawn(app))
        words = drawn(app)
        for word in ("samples at step 100, loss", "Ana: When does the bus leave?", "reference Ana asks about the bus.",
                     "2 of 4", "[bold]not bold[/bold]"):  # fmt: skip
            assert word in words, word
        await pilot.press("full_stop", "full_stop", "full_stop")
        assert samples.step == 200
        run = curved.open("curved")
        append_lines(run.events_path, map(encode, fake_curves.events(250)[-5:]))
        await until(pilot, lambda: samples.step == 250)


async def test_a_point_says_what_the_model_said_there(curved: Workspace, make: Make) -> None:
    app = make("curved")
    async with app.run_test(size=SMALL) as pilot:
        screen = await on(pilot, "LiveScreen")
        await pilot.press("h", *["h"] * 52, "enter")
        await until(pilot, lambda: "They speak at step 150." in drawn(app))
        await pilot.press("escape")
        assert not screen.enlarged
        await pilot.press("0", "enter")
        await until(pilot, lambda: "samples at step 150" in drawn(app))


async def test_an_older_run_without_dialogues_still_shows_its_summaries(curved: Workspace, make: Make) -> None:
    curved.open("curved").samples_path.unlink()
    app = make("curved")
    async with app.run_test(size=SMALL) as pilot:
        await on(pilot, "LiveScreen")
        await pilot.press("m")
        await until(pilot, lambda: "They speak at step 200." in drawn(app))
        assert "reference" not in drawn(app)


async def test_a_run_without_evaluations_says_so(make: Make) -> None:
    app = make("queued-next")
    async with app.run_test(size=SMALL) as pilot:
        screen = await on(pilot, "LiveScreen")
        await pilot.press("comma", "enter")
        await until(pilot, lambda: any("No evaluation" in n.message for n in app._notifications))
        for key in ("h", "l", "H", "L", "plus", "minus", "0", "o", "O", "a", "d", "X", "g", "G", "z", "z", "u", "u"):
            await pilot.press(key)
        assert "Waiting for the first step" in screen.query_one(Curve).text


async def test_the_log_is_searched(curved: Workspace, make: Make) -> None:
    app = make("curved")
    run = curved.open("curved")
    append_lines(run.log_path, [f"a line {'x' * (1 << 20)} alarm\n"])
    with run.log_path.open("ab") as file:
        file.write(bytes(range(256)) + b"\n")
    async with app.run_test(size=SMALL) as pilot:
        screen = await on(pilot, "LiveScreen")
        log = screen.query_one(Log)
        await until(pilot, lambda: len(log.lines) == 2, seconds=5)
        append_lines(run.log_path, [f"step {n} {'ALARM' * (n % 7 == 0)} {HOSTILE}\n" for n in range(60)])
        await until(pilot, lambda: len(log.lines) == 62)
        await pilot.press("slash", *"alarmh", "backspace")
        assert isinstance(screen.focused, Input) and screen.query_one(Curve).view.cursor is None, "typed, not obeyed"
        await pilot.press("enter")
        await until(pilot, lambda: "9 of 9 hits for “alarm”" in drawn(app))
        assert screen.enlarged == "log" and log.has_focus
        assert "▶ step 56" in drawn(app) and "● step 49" in drawn(app)
        await pilot.press("n")
        await until(pilot, lambda: "1 of 9 hits" in drawn(app) and "▶ step 0" in drawn(app))
        await pilot.press("N", "N")
        await until(pilot, lambda: "8 of 9 hits" in drawn(app) and "▶ step 49" in drawn(app))
        append_lines(run.log_path, ["the alarm again\n"])
        await until(pilot, lambda: "8 of 10 hits" in drawn(app))
        await pilot.press("escape")
        await until(pilot, lambda: "hits" not in drawn(app) and "the alarm again" in drawn(app))
        assert screen.enlarged == "log"
        await pilot.press("n")
        assert screen.enlarged == "notices", "the key is the screen's again"
        await pilot.press("slash", *"[b]no[/b]", "enter")
        await until(pilot, lambda: "no line has “[b]no[/b]”" in drawn(app))


async def test_notices_are_counted_by_level(curved: Workspace, make: Make) -> None:
    app = make("curved")
    async with app.run_test(size=SMALL) as pilot:
        await on(pilot, "LiveScreen")
        assert "! warning +1 The training loss has levelled out." in drawn(app)
        await pilot.press("n")
        await until(pilot, lambda: "notices  ! 1  · 1" in drawn(app))


async def test_the_curve_and_the_machine_take_the_screen(curved: Workspace, make: Make) -> None:
    app = make("curved")
    async with app.run_test(size=SMALL) as pilot:
        screen = await on(pilot, "LiveScreen")
        curve, machine = screen.query_one(Curve), screen.query_one("#resources")
        small = curve.size
        await pilot.press("z")
        await pilot.pause()
        assert curve.size.width > small.width and curve.size.height > small.height and not machine.display
        await pilot.press("h")
        await until(pilot, lambda: "step 200" in text(app))
        await pilot.press("u")
        await pilot.pause()
        assert machine.size.width > 70 and not curve.display
        await pilot.press("escape")
        await pilot.pause()
        assert curve.size == small or curve.size.height < small.height + 1


async def test_the_plot_is_copied(curved: Workspace, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(DialtuneApp, "copy_to_clipboard", lambda app, text: copied.append(text))
    monkeypatch.delenv("TMUX", raising=False)
    app = make("curved")
    async with app.run_test(size=(120, 40)) as pilot:
        await on(pilot, "LiveScreen")
        await pilot.press("h", "y")
    assert "curved" in copied[0] and "step 200  epoch" in copied[0] and "◆" in copied[0] and "\x1b" not in copied[0]


def test_the_pick_screen_keeps_the_lists_order() -> None:
    screen = PickScreen("?", [("a", "finished"), ("b", "queued"), ("c", "lost")], {"c", "a", "gone"}, 2)
    assert screen._marked == ["a", "c"]
