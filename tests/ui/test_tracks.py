"""Figures of events as curves: bounded, exact where one looks closely, whole after a resume."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.runs.events import Evaluation, Event, Resources, TrainStep, encode
from engine.runs.files import append_lines
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tui import tracks
from tui.feed import RunFeed
from tui.lines import Line, colours, joined
from tui.overlays import OverlayFeed
from tui.plotting import View, smooth
from tui.tracks import HIGH, LOSS, LOW, ROWS, History, Recorder, Track, metrics, points


def step(number: int, loss: float = 2.0, time: float = 0.0) -> TrainStep:
    return TrainStep(number, number / 100, loss, 1e-3, None, 10.0, 1000.0, time=time or 1000.0 + number)


def row(number: int, loss: float) -> tracks.Row:
    return (number, number / 100, 1000.0 + number, 10 * number, loss, 1e-3, None, 1.0, 1.0, loss, loss)


@given(st.lists(st.floats(-5, 5), max_size=400), st.sampled_from([2, 8, 50]))
def test_a_track_is_bounded_and_ordered_and_keeps_mean_and_extremes(values: list[float], most: int) -> None:
    track = Track(extremes=True, most=most)
    for number, value in enumerate(values):
        track.add(row(number, value))
    rows = track.rows()
    assert len(rows) <= most + 1
    steps = [r[0] for r in rows]
    assert steps == sorted(set(steps))
    if values:
        assert steps[-1] == len(values) - 1
        assert min(r[LOW] for r in rows) == min(values)
        assert max(r[HIGH] for r in rows) == max(values)
        assert all(r[LOW] - 1e-9 <= r[LOSS] <= r[HIGH] + 1e-9 for r in rows)
        assert rows[0][tracks.OFFSET] == 0, "from the byte of its first event"


def test_two_hundred_thousand_steps_cost_a_screenful() -> None:
    recorder = Recorder()
    for number in range(1, 200_001):
        recorder.take(step(number, 9.0 if number == 77_777 else 1.0), number * 200)
    history = recorder.history()
    assert ROWS // 2 <= len(history.train) <= ROWS + 1
    assert history.stride == 128
    assert max(r[HIGH] for r in history.train) == 9.0, "a spike is not averaged away"
    assert recorder.history() is history


def test_what_a_resumed_run_repeats_is_drawn_once() -> None:
    recorder = Recorder()
    for number in [*range(1, 9), *range(5, 12)]:
        recorder.take(step(number, float(number)), 0)
    assert [r[0] for r in recorder.history().train] == list(range(1, 12))


def test_readings_of_the_machine_belong_to_the_step_before_them_and_survive_a_resume() -> None:
    recorder = Recorder()
    for time, number in ((1.0, 10), (3.0, 20), (5.0, 15), (7.0, 16)):
        recorder.take(step(number, time=time), 0)
        recorder.take(fake_reading(time + 1), 0)
    rows = recorder.history().resources
    assert [r[tracks.TIME] for r in rows] == [2.0, 4.0, 6.0, 8.0]
    by_step = points(rows, tracks.PROCESS_MEMORY, "step", 1.0)
    assert [x for x, _ in by_step] == [10, 15, 16], "what was done again is left out"
    by_time = points(rows, tracks.PROCESS_MEMORY, "time", 1.0)
    assert [x for x, _ in by_time] == [1.0, 3.0, 5.0, 7.0]


def fake_reading(time: float) -> Resources:
    return Resources(5.0, 50.0, int(time), 2, 4, fake_runs.gpu_reading().devices, time=time)


def test_the_metrics_are_those_that_have_a_figure() -> None:
    assert [m.key for m in metrics(History())] == ["loss"]
    recorder = Recorder()
    recorder.take(step(1), 0)
    assert [m.key for m in metrics(recorder.history())] == ["loss", "learning_rate", "samples", "tokens"]
    recorder.take(Evaluation(1, 0.1, {"loss": 1.0, "rouge1": 0.3}, time=1.0), 0)
    recorder.take(fake_reading(2.0), 0)
    keys = [m.key for m in metrics(recorder.history())]
    assert keys[4:] == [
        "rouge1", "process_memory", "host_memory", "cpu",
        "gpu0", "gpu0_run", "gpu0_memory", "gpu1", "gpu1_run", "gpu1_memory",
    ]  # fmt: skip


@pytest.fixture
def long_run(tmp_path: Path) -> tuple[RunFolder, dict[int, float]]:
    """Twenty thousand steps, resumed once, with something else between them."""
    run = fake_runs.new(Workspace(tmp_path / "runs"), "lora", "long", fake_runs.NOW)
    chance = random.Random(4)
    losses: dict[int, float] = {}
    events: list[Event] = []
    for number in [*range(1, 12_001), *range(11_500, 20_001)]:
        losses[number] = round(chance.uniform(1, 3), 6)
        events.append(step(number, losses[number]))
        if number % 50 == 0:
            events.append(fake_reading(1000.5 + number))
    append_lines(run.events_path, map(encode, events))
    return run, losses


def history_of(run: RunFolder) -> History:
    feed = RunFeed(run)
    while (snapshot := feed.poll()).catching_up:
        pass
    return snapshot.history


@pytest.mark.parametrize("window", [(5000.0, 5040.0), (11_480.0, 11_530.0), (1.0, 30.0), (19_980.0, 20_000.0)])
def test_the_real_points_are_read_again_where_one_looks_closely(
    long_run: tuple[RunFolder, dict[int, float]], window: tuple[float, float]
) -> None:
    run, losses = long_run
    history = history_of(run)
    assert history.stride > 1
    whole = (1.0, 20_000.0)
    line = Line("long", history)
    wanted = line.wanted(View(window=window), whole, 80)
    assert wanted is not None
    start, end = wanted
    size = run.events_path.stat().st_size
    assert ((end or size) - start) < size / 5, "not the whole file"
    close = Line("long", history, detail=tracks.detail(run.events_path, start, end, "train", lambda: False))
    seen = {int(x): y for x, y in close.raw if window[0] <= x <= window[1]}
    assert {n: seen.get(n) for n in range(int(window[0]), int(window[1]) + 1)} == {
        n: losses[n] for n in range(int(window[0]), int(window[1]) + 1)
    }
    assert close.xs == sorted(set(close.xs))
    assert close.wanted(View(window=window), whole, 80) is None, "there is nothing more to read"


def test_from_far_away_nothing_is_read_again(long_run: tuple[RunFolder, dict[int, float]]) -> None:
    line = Line("long", history_of(long_run[0]))
    assert line.wanted(View(), (1.0, 20_000.0), 80) is None
    assert line.wanted(View(window=(1.0, 15_000.0)), (1.0, 20_000.0), 80) is None


def test_a_stretch_that_cannot_be_read_is_empty(
    long_run: tuple[RunFolder, dict[int, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = long_run
    assert tracks.detail(run.path / "gone", 0, None, "train", lambda: False) is None
    assert tracks.detail(run.events_path, 0, None, "train", lambda: True) is None
    assert tracks.detail(run.events_path, 100, 50, "train", lambda: False) is None
    monkeypatch.setattr(tracks, "DETAIL_BYTES", 1000)
    assert tracks.detail(run.events_path, 0, None, "train", lambda: False) is None


def test_the_smoothed_line_is_the_same_from_near_and_far(long_run: tuple[RunFolder, dict[int, float]]) -> None:
    run, _ = long_run
    history = history_of(run)
    line = Line("long", history, weight=0.9)
    assert [y for _, y in line.smoothed] == smooth([r[LOSS] or 0 for r in history.train], 0.9)
    assert Line("long", history, weight=0.0).smoothed == []


def test_other_runs_are_followed_beside(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "runs")
    runs = [fake_runs.new(workspace, "lora", name, fake_runs.NOW) for name in ("one", "two")]
    feed = OverlayFeed()
    assert feed.poll() is feed.poll()
    feed.runs = runs
    append_lines(runs[0].events_path, [encode(step(1))])
    first = feed.poll()
    assert {name: len(history.train) for name, history in first.histories.items()} == {"one": 1, "two": 0}
    assert feed.poll() is first
    append_lines(runs[1].events_path, [encode(step(n)) for n in (1, 2)])
    assert {name: len(history.train) for name, history in feed.poll().histories.items()} == {"one": 1, "two": 2}
    runs[1].events_path.write_text(encode(step(7)))
    assert [r[0] for r in feed.poll().histories["two"].train] == [7]
    feed.runs = runs[:1]
    assert list(feed.poll().histories) == ["one"]


def test_a_run_keeps_its_colour_whatever_is_beside_it() -> None:
    alone = colours(["lora-r8"], 6)
    assert colours(["lora-r8", "full", "other"], 6)[0] == alone[0]
    assert len(set(colours([f"run-{n}" for n in range(6)], 6))) == 6
    assert len(colours([f"run-{n}" for n in range(9)], 6)) == 9
    assert joined([]) == (0.0, 1.0)
