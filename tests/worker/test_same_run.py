"""A run that is broken off and resumed is the run that it would have been."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from engine import launch
from engine.errors import STOPPED
from engine.runs import checkpoints, checksums
from engine.runs.events import Notice, Resumed
from engine.runs.folder import RunFolder
from engine.upkeep.checking import check
from tests.worker import resuming
from tests.worker.conftest import Make, wait, work

PLAN = {
    "train.max_steps": 40, "train.evaluate_every": 8, "train.save_every": 6, "data.train": 56, "data.validation": 4,
    "train.accumulation": 2, "train.batch_size": 4, "train.warmup": 4, "train.samples": 1, "decode.max_new_tokens": 4,
    "data.test": 8,
}  # fmt: skip


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def notices(run: RunFolder, code: str) -> list[str]:
    return [event.text for event in run.events() if isinstance(event, Notice) and event.code == code]


@pytest.mark.parametrize("method", ["full", "lora"])
def test_broken_off_thrice_it_is_the_same_bit_for_bit(make: Make, method: str) -> None:
    whole, other = make(method, **PLAN), make(method, **PLAN)
    first = resuming.unbroken(whole)

    def between(at: int) -> None:
        newest = checkpoints.whole(other.checkpoints_path)
        if at == 1 and newest:  # what it would go on from was damaged on the disk meanwhile
            flip(next(newest[-1].glob("*.safetensors")))

    breaks = [(8, signal.SIGKILL), (16, signal.SIGKILL), (24, signal.SIGTERM)]
    second = resuming.broken(other, breaks, between)
    resumed = [event.step for event in other.events() if isinstance(event, Resumed)]
    assert resumed, "it was never broken off"
    if len(resumed) > 1:
        assert notices(other, "damaged-checkpoint")
        assert list(other.checkpoints_path.glob("damaged-*"))
    assert resuming.differences(first, second) == []
    assert len(checkpoints.whole(other.checkpoints_path)) == 2, "as many as the spec keeps"
    assert not check(other).damaged
    assert all(checksums.problems(path) == [] for path in checkpoints.whole(other.checkpoints_path))


def test_stopped_at_an_evaluation_it_is_made_up_for(make: Make) -> None:
    """A stop that falls on an evaluation skips it; a resumed run evaluates those very weights before it goes on."""
    plan = {**PLAN, "train.evaluate_every": 1, "train.save_every": 0, "train.max_steps": 8, "train.metric": "loss"}
    whole, other = make("lora", **plan), make("lora", **plan)
    first = resuming.unbroken(whole)
    second = resuming.broken(other, [(3, signal.SIGTERM)])
    assert resuming.differences(first, second) == []


def test_patience_counts_as_if_nothing_had_happened(make: Make) -> None:
    plan = {
        **PLAN, "train.learning_rate": 0.5, "train.patience": 3, "train.evaluate_every": 2, "train.save_every": 5,
        "train.max_steps": 60,
    }  # fmt: skip
    whole, other = make("lora", **plan), make("lora", **plan)
    first = resuming.unbroken(whole)
    last = first["steps"][-1][0]
    assert last < 60, "it is to end early"
    second = resuming.broken(other, [(max(last - 3, 1), signal.SIGKILL)])
    assert resuming.differences(first, second) == []


def test_summaries_that_are_there_are_kept_and_the_rest_are_the_same(make: Make) -> None:
    run = make("zero-shot", **{"data.test": 24, "decode.max_new_tokens": 6, "decode.batch_tokens": 2000})
    work(run)
    before = run.predictions_path.read_text().splitlines(keepends=True)
    scores = run.scores()
    kept = [json.loads(line) for line in before[:5]]
    for line in kept:
        line["summary"] = "kept as it was"
    text = "".join(json.dumps(line) + "\n" for line in kept) + before[5][:40]
    run.predictions_path.write_text(text)
    (run.path / "scores.json").unlink()
    run.write_status(replace(run.status(), state="failed"))
    work(run, resume=True)
    after = [json.loads(line) for line in run.predictions_path.read_text().splitlines()]
    assert [line["summary"] for line in after[:5]] == ["kept as it was"] * 5, "not decoded twice"
    assert [json.loads(line) for line in before[5:]] == after[5:], "bit for bit, scores included"
    assert run.scores()["examples"] == scores["examples"] == 24
    (run.path / "scores.json").unlink()
    run.write_status(replace(run.status(), state="failed"))
    written = run.predictions_path.read_bytes()
    work(run, resume=True)
    assert run.predictions_path.read_bytes() == written
    assert "metrics" in run.scores()


def test_secrets_of_the_environment_stay_out_of_the_folder(make: Make, tmp_path: Path) -> None:
    secret = "s3cr3t-0123456789"
    run = make("zero-shot", **{"data.source": str(tmp_path / f"{secret}.jsonl")})
    process = launch.start(run, environment={"WANDB_API_KEY": secret, "SOME_TOKEN": secret})
    assert process.wait(timeout=120) not in (0, STOPPED)
    assert wait(run).state == "failed"
    told = [path for path in run.path.rglob("*") if path.is_file() and path.name != "spec.toml"]
    assert told and not [path.name for path in told if secret.encode() in path.read_bytes()]
    assert "[secret]" in run.status().reason


class _Planted:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(Path(tempfile.gettempdir()) / f"dialtune-planted-{os.getpid()}"),)


def test_a_pickle_in_a_checkpoint_is_never_run(make: Make) -> None:
    import torch

    run = make("lora", **{**PLAN, "train.max_steps": 4000})
    process = launch.start(run)
    wait(run, lambda _: bool(checkpoints.whole(run.checkpoints_path)))
    process.kill()
    process.wait()
    newest = checkpoints.whole(run.checkpoints_path)[-1]
    torch.save(_Planted(), newest / "optimizer.pt")
    checksums.write(newest)  # whoever plants it can sum up as well
    work(run, resume=True, expect="failed")
    assert "not loaded" in run.status().reason and "Traceback" not in run.status().reason
    assert not Path(_Planted().__reduce__()[1][0]).exists()
