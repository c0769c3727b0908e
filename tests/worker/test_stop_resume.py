"""Runs that are stopped, killed and resumed."""

from __future__ import annotations

import os
import signal
from itertools import pairwise

import pytest

from engine import launch
from engine.errors import STOPPED, WorkspaceError
from engine.runs import events
from engine.runs.folder import RunFolder
from tests.worker.conftest import Make, wait, work

LONG = {"train.max_steps": 400, "train.evaluate_every": 400, "train.save_every": 5, "data.train": 64}


def steps(run: RunFolder) -> list[int]:
    return [e.step for e in run.events() if isinstance(e, events.TrainStep)]


def test_stop_keeps_what_was_learnt_and_resume_goes_on(make: Make) -> None:
    run = make("lora", **LONG)
    process = launch.start(run)
    wait(run, lambda status: status.step >= 8)
    launch.stop(run)
    assert process.wait(timeout=60) == STOPPED
    status = run.status()
    assert status.state == "stopped" and (run.model_path / "adapter_model.safetensors").is_file()
    reached = status.step
    assert 8 <= reached < 400

    run_spec = (run.path / "spec.toml").read_text().replace("max_steps = 400", f"max_steps = {reached + 3}")
    (run.path / "spec.toml").write_text(run_spec)
    work(run, resume=True)
    assert steps(run)[-3:] == [reached + 1, reached + 2, reached + 3]
    assert len(run.predictions()) == 6 and run.scores()["examples"] == 6


def test_discard_ends_at_once_and_keeps_no_model(make: Make) -> None:
    run = make("lora", **LONG)
    process = launch.start(run)
    wait(run, lambda status: status.step >= 2)
    launch.stop(run, discard=True)
    assert process.wait(timeout=60) == STOPPED
    assert run.status().state == "stopped" and not run.model_path.exists()


@pytest.mark.usefixtures("cold")
def test_a_killed_worker_is_lost_and_resumes_from_its_checkpoint(make: Make) -> None:
    run = make("full", **LONG)
    process = launch.start(run)
    wait(run, lambda status: status.step >= 12)
    with pytest.raises(WorkspaceError, match="already running"):
        launch.start(run)
    os.killpg(process.pid, signal.SIGKILL)  # as the kernel does when memory runs out
    process.wait(timeout=20)
    assert run.status().state == "lost"
    killed_at = max(steps(run))

    spec = (run.path / "spec.toml").read_text().replace("max_steps = 400", f"max_steps = {killed_at + 6}")
    (run.path / "spec.toml").write_text(spec)
    work(run, resume=True)
    seen = steps(run)
    again = seen[len(seen) - seen[::-1].index(max(seen)) - 1 :]
    assert again == [killed_at + 6]
    resumed_from = [b for a, b in pairwise(seen) if b <= a] or [killed_at + 1]
    assert resumed_from[0] > 5, "it began anew instead of at its checkpoint"
    assert run.scores()["examples"] == 6


def test_sigterm_stops_as_a_request_does(make: Make) -> None:
    run = make("full", **LONG)
    process = launch.start(run)
    wait(run, lambda status: status.step >= 2)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(timeout=60) == STOPPED
    assert run.status().state == "stopped" and run.model_path.is_dir()


def test_checkpoint_and_evaluation_on_request(make: Make) -> None:
    run = make("lora", **{**LONG, "train.save_every": 400, "train.max_steps": 4000})
    process = launch.start(run)
    wait(run, lambda status: status.step >= 2)
    run.ask("checkpoint")
    run.ask("evaluate")
    wait(run, lambda _: {"checkpoint", "evaluation"} <= {e.kind for e in run.events()})
    launch.stop(run, discard=True)
    process.wait(timeout=60)
    written = [e for e in run.events() if isinstance(e, events.Checkpoint)]
    assert (run.path / written[0].path / "complete").is_file()


def test_stopped_while_decoding_resumes_with_the_missing_dialogues_only(make: Make) -> None:
    run = make("zero-shot", **{"data.test": 40, "decode.max_new_tokens": 64, "decode.batch_tokens": 300})
    process = launch.start(run)
    wait(run, lambda status: status.phase == "decoding" and status.done >= 3)
    launch.stop(run)
    assert process.wait(timeout=60) == STOPPED
    kept = {id: p.summary for id, p in run.predictions().items()}
    assert 3 <= len(kept) < 40
    work(run, resume=True)
    after = run.predictions()
    assert len(after) == 40 and all(after[id].summary == summary for id, summary in kept.items())


def test_a_resumed_run_learns_what_an_unbroken_one_does(make: Make) -> None:
    plan = {
        "train.max_steps": 12,
        "train.evaluate_every": 12,
        "train.save_every": 6,
        "data.train": 64,
        "data.validation": 0,
    }
    whole, broken = make("full", **plan), make("full", **plan)
    work(whole)
    process = launch.start(broken)
    wait(broken, lambda status: status.step >= 7)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=20)
    if broken.status().over and broken.manifest().get("trained"):
        pytest.skip("it was done before it could be killed")
    work(broken, resume=True)
    losses = [{e.step: e.loss for e in run.events() if isinstance(e, events.TrainStep)} for run in (whole, broken)]
    assert losses[1][12] == pytest.approx(losses[0][12], rel=1e-4)
    assert [p.summary for p in whole.predictions().values()] == [p.summary for p in broken.predictions().values()]
