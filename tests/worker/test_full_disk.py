"""A disk that fills under a run: it waits, says so, goes on where there is room, and ends when asked to."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from engine import launch
from engine.errors import RunFailed
from engine.runs import files
from engine.runs.events import Notice, Progress, TrainStep
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from engine.spec import from_dict, nested
from engine.worker import disk
from engine.worker.pipeline import as_failure
from engine.worker.reporting import Reporter, Stopped
from tests.worker.conftest import wait

MIB = 1 << 20


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system of 32 MiB."""
    place = tmp_path_factory.mktemp("disk")
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=32m", "none", str(place)], capture_output=True, check=False
        )
    except OSError:
        pytest.skip("no mount here")
    if done.returncode:
        pytest.skip("a small file system needs the right to mount one")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=False)


def fill(place: Path, leave: int) -> Path:
    """A file that takes all but ``leave`` bytes."""
    filler = place / "filler"
    filler.write_bytes(bytes(max(disk.free(place) - leave, 0)))
    return filler


def create(place: Path, base: Path, name: str) -> RunFolder:
    values = {
        "name": name, "method": "full", "base.name": str(base), "data.train": 32, "data.validation": 8, "data.test": 4,
        "train.max_steps": 4, "train.batch_size": 8, "train.learning_rate": 1e-3, "train.samples": 1,
        "train.evaluate_every": 2, "train.keep_checkpoints": 1, "decode.max_new_tokens": 4,
    }  # fmt: skip
    return Workspace(place).create(from_dict(nested(values)))


@pytest.fixture
def reporter(tmp_path: Path) -> Reporter:
    """What writes to a run without a worker."""
    return Reporter(create(tmp_path / "runs", Path("builtin"), "one"))


def losses(run: RunFolder) -> list[tuple[int, float]]:
    return [(event.step, event.loss) for event in run.events() if isinstance(event, TrainStep)]


def test_a_run_waits_for_room_and_loses_nothing(small_disk: Path, tiny_base: Path, tmp_path: Path) -> None:
    calm = create(tmp_path / "roomy", tiny_base, "calm")
    launch.start(calm)
    run = create(small_disk / "runs", tiny_base, "pressed")
    filler = fill(small_disk, 3 * MIB)
    launch.start(run)
    try:
        status = wait(run, lambda status: bool(status.paused) or status.over)
        assert status.state == "running" and status.step == 2, status
        assert status.paused.startswith("disk full: ") and "are free" in status.paused
        wait(run, lambda status: status.heartbeat > run.status().started + 2)
        assert not [p for p in run.checkpoints_path.iterdir() if p.name != "best"], "nothing half-written is left"
        filler.unlink()
        done, undisturbed = wait(run), wait(calm)
    finally:
        filler.unlink(missing_ok=True)
        launch.kill(run)
    assert (done.state, undisturbed.state) == ("finished", "finished"), done.error
    assert not done.paused and not (run.path / disk.BALLAST).exists()
    assert [e.code for e in run.events() if isinstance(e, Notice) and e.code == "disk-full"] == ["disk-full"]
    assert losses(run) == losses(calm) and len(losses(run)) == 4
    for name, value in load_file(calm.model_path / "model.safetensors").items():
        assert torch.equal(value, load_file(run.model_path / "model.safetensors")[name])
    assert run.predictions().keys() == calm.predictions().keys()


def test_a_run_that_waits_for_room_can_be_stopped(small_disk: Path, tiny_base: Path) -> None:
    run = create(small_disk / "stopped", tiny_base, "stopped")
    filler = fill(small_disk, 3 * MIB)
    launch.start(run)
    try:
        wait(run, lambda status: bool(status.paused) or status.over)
        launch.stop(run)
        status = wait(run)
    finally:
        filler.unlink()
        launch.kill(run)
    assert status.state == "stopped" and "The disk is full" in status.reason and "could not be written" in status.reason


def test_events_that_did_not_fit_are_written_in_order(reporter: Reporter, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, room = files._append, [False]

    def append(path: Path, data: bytes) -> None:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        plain(path, data)

    tries: list[int] = []

    def wait_for_room(needs: int, check: Any, sleep: Any = None) -> None:
        tries.append(needs)
        room[0] = len(tries) == 3

    monkeypatch.setattr(files, "_append", append)
    monkeypatch.setattr(reporter.disk, "wait", wait_for_room)
    reporter.event(Progress("training", 1, 4))
    reporter.event(Progress("training", 2, 4))
    assert len(tries) == 3
    found = list(reporter.run.events())
    assert [type(event).__name__ for event in found] == ["Progress", "Notice", "Progress"]
    assert isinstance(found[1], Notice) and found[1].text.startswith("The run waits, disk full: ")
    assert reporter.run.status().paused == ""

    monkeypatch.setattr(files, "on_failure", reporter._on_failure)
    room[0] = False
    tries.clear()
    files.append_lines(reporter.run.predictions_path, ["{}\n"])
    assert len(tries) == 3 and reporter.run.predictions_path.read_text() == "{}\n"


def test_what_was_begun_is_removed_before_it_is_tried_again(
    reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = reporter.run.checkpoints_path
    (folder / "checkpoint-1").mkdir(parents=True)
    left: list[list[str]] = []
    monkeypatch.setattr(reporter.disk, "wait", lambda needs, check: left.append([p.name for p in folder.iterdir()]))
    attempts = iter((RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 0"), None))
    monkeypatch.setattr(disk, "free", lambda path: 1000)

    def write() -> str:
        (folder / "checkpoint-2").mkdir()
        (folder / "checkpoint-2" / "optimizer.pt").write_bytes(bytes(100))
        if (problem := next(attempts)) is not None:
            raise problem
        return "written"

    assert reporter.persevere("a checkpoint", write, disk.fresh(folder)) == "written"
    assert left == [["checkpoint-1"]]
    assert (folder / "checkpoint-2" / "optimizer.pt").is_file()
    with pytest.raises(ValueError, match="other"):
        reporter.persevere("x", lambda: (_ for _ in ()).throw(ValueError("other")))
    reporter.stopping = True
    monkeypatch.undo()
    with pytest.raises(Stopped):
        reporter.persevere("x", lambda: os.write(os.open("/dev/full", os.O_WRONLY), b"x"))
    assert "x could not be written" in reporter.unkept


@pytest.mark.parametrize(("number", "words"), [(errno.EIO, "fault"), (errno.EACCES, "opened"), (errno.ENOSPC, "full")])
def test_a_broken_disk_ends_the_run_with_a_sentence(number: int, words: str) -> None:
    failed = as_failure(OSError(number, os.strerror(number), "runs/x/events.jsonl"))
    assert isinstance(failed, RunFailed) and words in failed.happened and failed.todo


def test_a_write_that_torch_gave_up_is_the_disks_fault_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "[enforce fail at inline_container.cc:672] . unexpected pos 2077888 vs 2077780"
    monkeypatch.setattr(disk, "free", lambda folder: 1 << 40)
    with pytest.raises(OSError, match="torch could not write") as caught, disk.named(tmp_path):
        raise RuntimeError(words)
    failed = as_failure(caught.value)
    assert isinstance(failed, RunFailed) and str(tmp_path) in failed.why and "fault of its own" not in failed.happened
    monkeypatch.setattr(disk, "free", lambda folder: 100)
    with pytest.raises(OSError, match="No space") as caught, disk.named(tmp_path):
        raise RuntimeError(words)
    with pytest.raises(RuntimeError, match="shapes"), disk.named(tmp_path):
        raise RuntimeError("shapes differ")
