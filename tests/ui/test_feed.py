"""Following run folders that grow, tear, shrink and lie. No Textual here."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from engine.data.examples import Example
from engine.runs.events import HEADER, Evaluation, Event, Notice, Resumed, Sample, TrainStep, encode
from engine.runs.files import append_lines, write_json
from engine.runs.folder import RunFolder, Status
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tui.feed import EVALUATIONS, LINE, LOG_LINES, LogTail, RunFeed
from tui.listing import WorkspaceFeed


def step(number: int, loss: float = 2.0) -> TrainStep:
    return TrainStep(number, number / 100, loss, 1e-3, 0.5, 10.0, 1000.0, time=1.0)


def append(run: RunFolder, *events: Event) -> None:
    append_lines(run.events_path, map(encode, events))


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return fake_runs.new(Workspace(tmp_path / "runs"), "lora", "fresh", fake_runs.NOW)


def test_an_empty_run_reads_as_queued(run: RunFolder) -> None:
    snapshot = RunFeed(run).poll()
    assert (snapshot.status.state, snapshot.outline.method, snapshot.train, snapshot.log) == ("queued", "lora", (), ())
    assert snapshot.progress is None


def test_nothing_new_is_the_same_object(run: RunFolder) -> None:
    feed = RunFeed(run, fake_runs.clock)
    append(run, step(1))
    first = feed.poll()
    assert feed.poll() is first
    append(run, step(2))
    second = feed.poll()
    assert second is not first
    assert [point[0] for point in second.train] == [1, 2]
    assert [point[0] for point in first.train] == [1], "a snapshot never changes"


def test_a_torn_last_line_is_read_when_it_is_whole(run: RunFolder) -> None:
    feed = RunFeed(run)
    line = encode(step(2))
    append(run, step(1))
    with run.events_path.open("a", encoding="utf-8") as file:
        file.write(line[:20])
        file.flush()
        assert [point[0] for point in feed.poll().train] == [1]
        file.write(line[20:])
    assert [point[0] for point in feed.poll().train] == [1, 2]


def test_damaged_lines_are_skipped(run: RunFolder) -> None:
    append(run, step(1))
    append_lines(
        run.events_path, ["{not json\n", '{"kind": "train", "step": "x"}\n', '{"kind": "from-the-future"}\n', "[]\n"]
    )
    append(run, step(2))
    assert [point[0] for point in RunFeed(run).poll().train] == [1, 2]


def test_a_replaced_file_is_read_anew(run: RunFolder) -> None:
    feed = RunFeed(run)
    append(run, *(step(n) for n in range(1, 50)), Notice("warning", "x", "old", time=1.0))
    assert feed.poll().notices
    run.events_path.unlink()
    append(run, step(7))
    snapshot = feed.poll()
    assert [point[0] for point in snapshot.train] == [7]
    assert snapshot.notices == ()
    assert snapshot.outline.method == "lora"


def test_a_resumed_run_draws_no_step_twice(run: RunFolder) -> None:
    append(run, *(step(n, 3.0) for n in range(1, 9)), *(step(n, 2.0) for n in range(5, 12)))
    train = RunFeed(run).poll().train
    assert [point[0] for point in train] == list(range(1, 12))
    assert dict(train)[5] == 2.0


def test_samples_are_those_of_the_latest_evaluation(run: RunFolder) -> None:
    feed = RunFeed(run)
    append(run, Sample(10, "a", "old", time=1.0), Sample(10, "b", "old", time=1.0), Sample(20, "a", "new", time=1.0))
    assert [(s.example, s.summary) for s in feed.poll().samples] == [("a", "new")]
    append(run, Sample(20, "b", "new", time=1.0))
    assert [(s.example, s.summary) for s in feed.poll().samples] == [("a", "new"), ("b", "new")]


def test_a_long_file_comes_in_parts(run: RunFolder) -> None:
    append(run, *(step(n) for n in range(1, 2001)))
    feed = RunFeed(run, patience=0.0)
    first = feed.poll()
    assert first.catching_up
    assert len(first.train) == 256
    while (last := feed.poll()).catching_up:
        pass
    assert last.step is not None
    assert last.step.step == 2000


def test_silence_and_elapsed_time(run: RunFolder) -> None:
    now = itertools.count(1000.0, 50.0)
    running = Status(state="running", started=900.0, heartbeat=990.0, worker=fake_runs.process.identity())
    run.write_status(running)
    feed = RunFeed(run, lambda: next(now))
    assert (feed.poll().elapsed, feed.poll().silent) == (100.0, 60.0)
    run.write_status(replace(running, state="finished", ended=1300.0))
    assert (feed.poll().elapsed, feed.poll().silent) == (400.0, None)


def test_scores_and_peak_are_read_when_they_come(run: RunFolder) -> None:
    feed = RunFeed(run)
    assert feed.poll().scores == {}
    write_json(run.path / "scores.json", {"metrics": {"rouge1": 0.4}})
    write_json(run.path / "manifest.json", {"peak_memory": {"process": 5, "device": None}})
    snapshot = feed.poll()
    assert snapshot.scores["metrics"]["rouge1"] == 0.4
    assert snapshot.peak_memory == 5


def test_a_damaged_spec_is_said(run: RunFolder) -> None:
    (run.path / "spec.toml").write_text("not [ toml", encoding="utf-8")
    assert "not valid TOML" in RunFeed(run).poll().outline.problem


def test_the_log_keeps_its_end(tmp_path: Path) -> None:
    path = tmp_path / "worker.log"
    path.write_text("cut line\n" + "".join(f"line {n}\n" for n in range(2 * LOG_LINES)), encoding="utf-8")
    tail = LogTail(path, start=path.stat().st_size - 4)
    assert tail.read()
    assert "cut line" not in tail.lines
    assert len(tail.lines) == LOG_LINES
    assert tail.lines[-1] == f"line {2 * LOG_LINES - 1}"
    with path.open("a", encoding="utf-8") as file:
        file.write("10%\r20%\r30%\r\ntorn")
    assert tail.read()
    assert tail.lines[-1] == "30%"
    assert not tail.read()


def test_a_line_without_end_and_a_flood_cost_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.feed.FLOOD", 5_000)
    path = tmp_path / "worker.log"
    path.write_bytes(b"first\n" + b"x" * 3000 + b"\n" + bytes(range(256)) + b"\n")
    tail = LogTail(path, start=4_000)
    assert tail.read()
    assert tail.lines[1] == "x" * LINE + " … (3,000 characters)"
    with path.open("ab") as file:
        file.write(b"y" * 100_000)
        file.flush()
        assert not tail.read(), "torn, and too long to be read again and again"
        file.write(b"\nafter\n")
    assert tail.read()
    assert tail.lines[-1] == "after"
    assert all(len(line) < LINE + 50 for line in tail.lines)


def test_every_evaluations_samples_are_kept(run: RunFolder) -> None:
    feed = RunFeed(run)
    append(run, *(Sample(step, id, f"{id} at {step}", time=1.0) for step in (10, 20, 30) for id in "ab"))
    assert [[s.summary for s in said] for said in feed.poll().spoken] == [
        [f"{id} at {step}" for id in "ab"] for step in (10, 20, 30)
    ]
    append(run, Sample(20, "a", "again", time=1.0))  # resumed before step 20
    assert [[(s.step, s.summary) for s in said] for said in feed.poll().spoken][1:] == [
        [(20, "again"), (20, "b at 20")]
    ]
    append(run, *(Sample(step, "a", "x", time=1.0) for step in range(100, 100 + 2 * EVALUATIONS)))
    spoken = feed.poll().spoken
    assert len(spoken) == EVALUATIONS and spoken[-1][0].step == 99 + 2 * EVALUATIONS


def test_the_samples_examples_are_read_leniently(run: RunFolder) -> None:
    feed = RunFeed(run)
    assert feed.poll().examples == {}
    good = {"id": "dev_1", "dialogue": "Ana: Hi", "references": ["They greet."], "topic": "x", "new": 1}
    write_json(run.samples_path, [good, {"id": 3}, "x"])
    assert feed.poll().examples == {"dev_1": Example("dev_1", "Ana: Hi", ("They greet.",), "x")}
    write_json(run.samples_path, {"not": "a list"})
    assert feed.poll().examples == {}


@pytest.mark.parametrize(
    ("forecast", "peak"),
    [
        ({"memory": {"peak": 5_000, "weights": 1}}, 5_000),
        ({"memory": {"peak": "much"}}, None),
        ({"memory": [1]}, None),
        ({"memory": {"peak": True}}, None),
        ({}, None),
    ],
)
def test_the_forecast_is_read_leniently(run: RunFolder, forecast: dict[str, object], peak: int | None) -> None:
    feed = RunFeed(run)
    assert feed.poll().forecast is None
    write_json(run.path / "forecast.json", forecast)
    assert feed.poll().forecast == peak


def test_notices_are_counted_beyond_those_that_are_kept(run: RunFolder) -> None:
    append(run, *(Notice("warning", "x", str(n), time=1.0) for n in range(150)), Notice("info", "y", "z", time=1.0))
    snapshot = RunFeed(run).poll()
    assert snapshot.notice_counts == {"warning": 150, "info": 1}
    assert len(snapshot.notices) == 100


def test_the_share_of_the_peak(run: RunFolder) -> None:
    append(run, step(1))
    feed = RunFeed(run)
    assert feed.poll().utilisation is None
    device = {"kind": "cuda", "name": "NVIDIA H100 80GB HBM3", "dtype": "bfloat16"}
    write_json(run.path / "manifest.json", {"parameters": {"total": 2e8, "trainable": 2e8}, "device": device})
    assert feed.poll().utilisation == pytest.approx(3 * 2e8 * 1000 / 989e12)
    busy = {"kind": "cpu", "name": "", "dtype": "float32", "matmul_flops": 3 * 2e8 * 999}
    write_json(run.path / "manifest.json", {"parameters": {"total": 2e8, "trainable": 2e8}, "device": busy})
    assert feed.poll().utilisation is None, "nothing reaches more than its peak"


def test_the_listing(tmp_path: Path) -> None:
    workspace = fake_runs.write(tmp_path / "runs")
    feed = WorkspaceFeed(workspace, fake_runs.clock)
    quick = feed.poll()
    assert quick.catching_up, "the first list waits for nothing slow"
    while (first := feed.poll()).catching_up:
        pass
    assert [row.name for row in quick.rows] == [row.name for row in first.rows]
    rows = {row.name: row for row in first.rows}
    assert [row.name for row in first.rows][:2] == ["queued-next", "lora-r8-live"], "newest first"
    assert rows["lora-r8-live"].share == pytest.approx(0.4)
    assert rows["lora-r8-live"].best == ("loss", 1.71)
    assert rows["full-too-big"].resumable
    assert not rows["full-base"].resumable
    assert rows["full-base"].rouge1 is not None
    assert feed.poll() is first
    workspace.open("queued-next").write_status(Status(state="stopped", created=fake_runs.NOW - 100))
    assert feed.poll() is not first


def test_slow_figures_come_in_time_and_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = fake_runs.write(tmp_path / "runs")
    read: list[str] = []
    size = RunFolder.size
    monkeypatch.setattr(RunFolder, "size", lambda run: read.append(run.name) or size(run))
    hurried = WorkspaceFeed(workspace, fake_runs.clock, patience=-1.0)
    snapshot = hurried.poll()
    assert snapshot.catching_up and len(snapshot.rows) == 6
    assert all(row.size is None and row.losses == () for row in snapshot.rows)
    assert read == []
    feed = WorkspaceFeed(workspace, fake_runs.clock)
    rows = {row.name: row for row in feed.poll().rows}
    while feed.poll().catching_up:
        rows = {row.name: row for row in feed.poll().rows}
    rows = {row.name: row for row in feed.poll().rows}
    full = rows["full-base"]
    assert full.size == size(workspace.open("full-base"))
    assert full.peak_memory == 11 * fake_runs.GIB
    assert len(full.losses) == 12 and full.losses[0] > full.losses[-1]
    assert rows["zero-shot-base"].losses == ()
    assert sorted(read) == sorted(rows), "once each: nothing changed"
    append(workspace.open("full-base"), step(700))
    feed.poll()
    assert read[-1] == "full-base"


def test_no_workspace_is_an_empty_one(tmp_path: Path) -> None:
    assert WorkspaceFeed(Workspace(tmp_path / "nowhere")).poll().rows == ()


def test_what_a_resumed_run_does_again_is_void_at_once(run: RunFolder) -> None:
    feed = RunFeed(run)
    first, second = Evaluation(2, 0.2, {"loss": 2.0}, True), Evaluation(4, 0.4, {"loss": 1.0}, True)
    append(run, step(1), step(2), first, Sample(2, "a", "x"), step(3), step(4), second, Sample(4, "a", "y"))
    before = feed.poll()
    assert (before.best_step, len(before.train), len(before.validation), len(before.spoken)) == (4, 4, 2, 2)
    append(run, Resumed(3))
    after = feed.poll()
    assert [point[0] for point in after.train] == [1, 2, 3]
    assert [point[0] for point in after.validation] == [2]
    assert after.evaluation == first and after.best_step == 2
    assert [sample.step for said in after.spoken for sample in said] == [2]


def test_kinds_that_a_newer_dialtune_has_are_counted_and_told(run: RunFolder) -> None:
    feed = RunFeed(run)
    append_lines(run.events_path, [HEADER, '{"kind": "weather", "time": 1.0}\n', "damaged\n", '{"kind": "tide"}\n'])
    (told,) = feed.poll().notices
    assert told.code == "unknown-events" and told.text.startswith("2 lines")
    append(run, Notice("info", "x", "another"))
    assert [notice.code for notice in feed.poll().notices] == ["x", "unknown-events"]
