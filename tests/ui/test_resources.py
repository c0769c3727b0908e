"""The machine's pane: bars by owner, the past, the forecast, many GPUs in little room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.runs.events import Resources, encode
from engine.runs.files import append_lines, write_json
from engine.runs.workspace import Workspace
from tests.ui import fake_curves, fake_runs
from tests.ui.fake_runs import GIB
from tests.ui.waiting import drawn, on, until
from tui.app import DialtuneApp
from tui.feed import RunSnapshot
from tui.outline import Outline
from tui.widgets.resources import HISTORY_SECONDS, lines, memory_bar, past_line

Make = Callable[..., DialtuneApp]


def snapshot(reading: Resources, forecast: int | None = None, past: int = 60) -> RunSnapshot:
    readings = tuple(replace(reading, time=reading.time - past + n) for n in range(past + 1))
    return RunSnapshot(Outline("x"), resources=reading, readings=readings, forecast=forecast, peak_memory=11 * GIB)


def shown(found: RunSnapshot, width: int = 34, height: int = 30) -> list[str]:
    return [line.plain for line in lines(found, width, height)]


def test_a_bar_tells_whose_memory_it_is() -> None:
    assert memory_bar(20, 50, 100, 20).plain == "████▒▒▒▒▒▒··········"
    assert memory_bar(20, 50, 100, 20, forecast=75).plain == "████▒▒▒▒▒▒·····┃····"
    assert memory_bar(20, 50, 100, 20, forecast=400).plain[-1] == "┃", "beyond the end, at the end"
    assert memory_bar(0.001, 0.001, 100, 10).plain == "█·········", "a little is not nothing"
    assert memory_bar(200, 300, 100, 4).plain == "████"
    assert memory_bar(1, 1, 0, 10).plain == memory_bar(1, 1, 1, 0).plain == ""


def test_the_past_is_drawn_on_the_scale_of_the_whole() -> None:
    assert past_line([(0.0, 0.0), (10.0, 50.0), (20.0, 100.0)], 100, 3) == "▁▄█"
    assert past_line([(0.0, 10.0), (20.0, 100.0)], 100, 4) == "▁  █", "blank where nothing was read"
    assert past_line([], 100, 4) == past_line([(0.0, 1.0)], 0, 4) == ""
    late = 10 * HISTORY_SECONDS
    assert past_line([(0.0, 100.0), (late, 20.0)], 100, 4) == "   ▂", "what is long past is not drawn"


def test_a_gpu_has_its_figures_its_past_and_its_forecast() -> None:
    text = "\n".join(shown(snapshot(fake_runs.gpu_reading(), forecast=70 * GIB)))
    for word in ("GPU 0 NVIDIA H100", "52.0 of 80.0 GiB", "run 41.0  others 11.0 GiB", "97%", "612 W", "64 °C",
                 "1m 00s", "┃ forecast peak 70.0 GiB", "peak 11.0 GiB", "█ run", "RAM ", "CPU 37%"):  # fmt: skip
        assert word in text, word
    bars = [line for line in text.splitlines() if "·" in line and "free" not in line and "RAM" not in line]
    assert ["┃" in bar for bar in bars] == [True, False], "only on the GPU that the run uses"


def test_without_a_gpu_it_is_the_machines_memory() -> None:
    found = shown(snapshot(fake_runs.cpu_reading(), forecast=12 * GIB))
    text = "\n".join(found)
    for word in ("RAM", "6.0 of 15.0 GiB", "run 3.7  others 2.3 GiB", "CPU 93%", "187% of a core", "1m 00s"):
        assert word in text, word
    assert "┃" in found[1]
    assert "GPU" not in text


@pytest.mark.parametrize("width", [12, 20, 28, 40, 90])
@pytest.mark.parametrize("height", [1, 6, 12, 40])
@pytest.mark.parametrize("count", [0, 1, 2, 8])
def test_no_line_is_wider_than_the_pane(width: int, height: int, count: int) -> None:
    reading = fake_runs.gpu_reading()
    devices = tuple(replace(reading.devices[0], index=n) for n in range(count))
    found = lines(snapshot(replace(reading, devices=devices), forecast=70 * GIB), width, height)
    if width >= 28:
        assert all(line.cell_length <= width for line in found), [line.plain for line in found]


def test_eight_gpus_have_a_line_or_two_each() -> None:
    reading = fake_runs.gpu_reading()
    devices = tuple(replace(reading.devices[0], index=n) for n in range(8))
    tall, short = (shown(snapshot(replace(reading, devices=devices)), height=height) for height in (30, 8))
    assert len([line for line in tall if "run 41.0" in line]) == 8
    assert [line[0] for line in short[:8]] == list("01234567") and len(short) >= 10, "the rest scrolls"


async def test_eight_gpus_scroll(workspace: Workspace, make: Make) -> None:
    run = workspace.open("lora-r8-live")
    reading = fake_runs.gpu_reading()
    devices = tuple(replace(reading.devices[0], index=n) for n in range(8))
    append_lines(run.events_path, [encode(replace(reading, devices=devices))])
    app = make("lora-r8-live")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on(pilot, "LiveScreen")
        pane = screen.query_one("#resources")
        await until(pilot, lambda: pane.max_scroll_y > 0)
        assert "CPU 37%" not in drawn(app)
        pane.focus()
        await pilot.press("G")
        await until(pilot, lambda: "CPU 37%" in drawn(app))


async def test_the_forecast_is_marked_on_the_bar(workspace: Workspace, make: Make) -> None:
    run = fake_curves.curved(workspace, "curved")
    app = make("curved")
    async with app.run_test(size=(160, 48)) as pilot:
        await on(pilot, "LiveScreen")
        assert "forecast" not in drawn(app)
        write_json(run.path / "forecast.json", {"memory": {"peak": 66 * GIB}})
        await until(pilot, lambda: "┃ forecast peak 66.0 GiB" in drawn(app))
