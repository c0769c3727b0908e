"""What trackers have of a run is what its events say; the trackers are real, where they are installed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import launch, trackers
from engine.runs.events import Evaluation, Notice, Scored, TrainStep
from engine.runs.files import read_json
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from engine.spec import from_dict, nested
from tests.worker import tracking_records as records
from tests.worker.conftest import work

THERE = [name for name in trackers.LABELS if trackers.installed(name)]
SECRET = "0123456789abcdef0123456789abcdef01234567"


def needs(name: str) -> Any:
    return pytest.mark.skipif(name not in THERE, reason=f"needs the extra {name}: pip install 'dialtune[{name}]'")


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Iterator[RunFolder]:
    """One real run that every tracker which is there has followed."""
    if not THERE:
        pytest.skip("no tracker is installed: pip install 'dialtune[tensorboard]' brings one")
    place = tmp_path_factory.mktemp("tracked")
    values = {
        "method": "lora", "base.name": str(tiny_base), "data.train": 32, "data.validation": 8, "data.test": 6,
        "train.max_steps": 6, "train.batch_size": 8, "train.evaluate_every": 3, "train.samples": 2,
        "train.save_every": 3, "decode.max_new_tokens": 8, "track.to": THERE, "track.offline": True, "name": "followed",
    }  # fmt: skip
    run = Workspace(place / "runs").create(from_dict(nested(values)))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MLFLOW_TRACKING_URI", "TRACKIO_SPACE_ID", "TRACKIO_SERVER_URL", "WANDB_MODE"):
            patch.delenv(name, raising=False)
        patch.setenv("TRACKIO_DIR", str(place / "trackio"))
        patch.setenv("WANDB_API_KEY", SECRET)
        work(run)
    yield run
    launch.kill(run)


def expected(run: RunFolder) -> records.Curves:
    """The curves that the run's events draw, under the names that the integrations give them."""
    curves: records.Curves = defaultdict(list)
    step = 0
    for event in run.events():
        if isinstance(event, TrainStep | Evaluation):
            step = event.step
        if isinstance(event, TrainStep):
            names = ("loss", "learning_rate", "grad_norm", "samples_per_second", "tokens_per_second", "epoch")
            figures = {f"train/{name}": getattr(event, name) for name in names}
        elif isinstance(event, Evaluation):
            figures = {**{f"eval/{name}": value for name, value in event.metrics.items()}, "train/epoch": event.epoch}
        elif isinstance(event, Scored):
            figures = {f"test/{name}": value for name, value in event.metrics.items()}
        else:
            continue
        for name, value in figures.items():
            if value is not None:
                curves[name].append((step, value))
    return curves


def test_every_tracker_closed_and_said_where_its_record_is(tracked: RunFolder) -> None:
    assert {r.tracker: (r.state, r.error) for r in trackers.records(tracked)} == dict.fromkeys(THERE, ("closed", ""))
    told = [e.text for e in tracked.events() if isinstance(e, Notice) and e.code == "tracker"]
    assert len(told) == len(THERE) and all("records this run" in text for text in told)
    assert tracked.status().state == "finished" and tracked.scores()["metrics"]


def test_no_key_stands_in_the_run(tracked: RunFolder) -> None:
    for path in tracked.path.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path


@needs("wandb")
def test_wandb_offline_reads_back_as_the_events(tracked: RunFolder) -> None:
    curves, config, tables = records.wandb_curves(tracked.path / trackers.FOLDER / "wandb")
    assert curves == expected(tracked), "exactly: W&B keeps figures as JSON"
    assert config["train.learning_rate"] == tracked.spec().train.learning_rate
    assert_tables(tracked, [[table["columns"], *table["data"]] for table in tables])


@needs("trackio")
def test_trackio_reads_back_as_the_events(tracked: RunFolder) -> None:
    name = read_json(tracked.path / trackers.FILE)["trackio"]["id"]
    curves, config, tables = records.trackio_curves(tracked.path.parents[1] / "trackio", name)
    assert curves == expected(tracked), "exactly: Trackio keeps figures as JSON"
    assert config["train.learning_rate"] == tracked.spec().train.learning_rate
    assert_tables(tracked, [[list(t["_value"][0]), *(list(row.values()) for row in t["_value"])] for t in tables])


@needs("tensorboard")
def test_tensorboard_reads_back_as_the_events(tracked: RunFolder) -> None:
    curves, texts = records.tensorboard_curves(tracked.path / trackers.FOLDER / "tensorboard")
    assert_close(curves, expected(tracked), 1e-6)  # it keeps 32-bit numbers
    assert any('"train.learning_rate": 0.0001' in text for text in texts)
    assert any("| followed | lora |" in text for text in texts), "the board"
    (first, *_) = tracked.sample_examples().values()
    assert any(f"| {first.id.replace('_', chr(92) + '_')} |" in text for text in texts), "the samples"


@needs("mlflow")
def test_mlflow_reads_back_as_the_events(tracked: RunFolder) -> None:
    key = read_json(tracked.path / trackers.FILE)["mlflow"]["id"]
    local = tracked.path.parent / ".mlflow"
    found = records.mlflow_curves(local, key)
    assert {name: sorted(points) for name, points in found.items()} == {
        name: sorted(points) for name, points in expected(tracked).items()
    }, "exactly, in no order: it writes them in threads"
    assert (next(local.glob(f"*/{key}/params/train.learning_rate"))).read_text() == "0.0001"
    assert (
        list(local.glob(f"*/{key}/artifacts/board/*.md")) and len(list(local.glob(f"*/{key}/artifacts/samples/*"))) == 2
    )


def assert_close(found: records.Curves, wanted: records.Curves, share: float) -> None:
    assert found.keys() == wanted.keys()
    for name, points in wanted.items():
        assert [step for step, _ in found[name]] == [step for step, _ in points], name
        assert [value for _, value in found[name]] == pytest.approx([value for _, value in points], rel=share), name


def assert_tables(run: RunFolder, tables: list[list[list[Any]]]) -> None:
    """A table for each of two evaluations, and the board with the run's final figures."""
    (board,) = [table for table in tables if table[0][0] == "run"]
    assert dict(zip(board[0], board[1], strict=True))["rouge1"] == run.scores()["metrics"]["rouge1"]
    samples = [table for table in tables if table[0][0] == "step"]
    assert sorted(table[1][0] for table in samples) == [3, 6]
    said = {(e.step, e.example, e.summary) for e in run.events() if e.kind == "sample"}  # type: ignore[attr-defined]
    assert {tuple(row[:3]) for table in samples for row in table[1:]} == said and len(said) == 4
