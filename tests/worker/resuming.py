"""A run that is broken off again and again beside one that is left alone: are they the same, bit for bit?

``python -m tests.worker.resuming --method lora --breaks 10`` does it by hand, on the built-in base.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine import builtin, launch, spec
from engine.runs import history
from engine.runs.events import Evaluation, Notice, Sample, TrainStep
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests import warm

OF_A_LIFE = ("best", "dtype")
"""Notices of each worker: which weights it kept when it was stopped, and how it timed the CPU."""
SIGNALS = (signal.SIGKILL, signal.SIGTERM)


def fingerprint(run: RunFolder) -> dict[str, Any]:
    """All of a finished run that must not depend on how often it was broken off."""
    steps = history.holding(run.events())
    weights = sorted(run.model_path.glob("*.safetensors"))
    return {
        "weights": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in weights},
        "predictions": hashlib.sha256(run.predictions_path.read_bytes()).hexdigest(),
        "scores": run.scores()["metrics"],
        "steps": [(e.step, e.epoch, e.loss, e.learning_rate, e.grad_norm) for e in steps if isinstance(e, TrainStep)],
        "evaluations": [(e.step, e.epoch, e.metrics, e.best) for e in steps if isinstance(e, Evaluation)],
        "samples": [(e.step, e.example, e.summary) for e in steps if isinstance(e, Sample)],
        "best": run.status().best,
        "parameters": run.manifest()["parameters"],
        "notices": sorted(
            {(e.code, e.text) for e in run.events() if isinstance(e, Notice) and e.code not in OF_A_LIFE}
        ),
    }


def unbroken(run: RunFolder) -> dict[str, Any]:
    """Let the run work to its end. Raises RuntimeError when it fails."""
    return _ended(run, launch.start(run).wait())


def broken(run: RunFolder, breaks: list[tuple[int, signal.Signals]]) -> dict[str, Any]:
    """Break the run off at each of these steps (never falling) with a signal, resume it, and let it end."""
    worker = launch.start(run)
    for step, how in breaks:
        while worker.poll() is None and run.status().step < step:
            time.sleep(0.01)
        if worker.poll() is None:
            (os.killpg if how == signal.SIGKILL else os.kill)(worker.pid, how)
        worker.wait()
        if run.status().state == "finished":
            break
        worker = launch.start(run, resume=True)
    return _ended(run, worker.wait())


def differences(first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    """The parts that differ."""
    return [key for key in first if first[key] != second[key]]


def _ended(run: RunFolder, code: int) -> dict[str, Any]:
    if code:
        raise RuntimeError(f"{run.status()}\n{run.log_path.read_text(errors='replace')[-3000:]}")
    return fingerprint(run)


def main() -> int:
    """Compare by hand."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--method", default="full")
    parser.add_argument("--breaks", type=int, default=10)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set", action="append", default=[])
    asked = parser.parse_args()
    values: dict[str, Any] = {
        "method": asked.method, "base.name": builtin.NAME, "data.train": 96, "data.validation": 8, "data.test": 12,
        "train.max_steps": asked.steps, "train.batch_size": 8, "train.learning_rate": 1e-3, "train.samples": 2,
        "train.evaluate_every": 7, "train.save_every": 5, "train.accumulation": 2, "train.warmup": 5,
        **dict(spec.parse_override(text) for text in asked.set),
    }  # fmt: skip
    dice = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.Popen = warm.Starter(Path(folder), os.getpid())  # type: ignore[assignment,misc]
        place = Workspace(Path(folder) / "runs")
        whole, other = (
            place.create(spec.from_dict(spec.nested({**values, "name": name}))) for name in ("whole", "broken")
        )
        first = unbroken(whole)
        steps = sorted(dice.sample(range(1, asked.steps), asked.breaks))
        breaks = [(step, dice.choice(SIGNALS)) for step in steps]
        second = broken(other, breaks)
        print(f"{asked.method}: broken at {', '.join(f'{step} ({how.name})' for step, how in breaks)}")
        for name, digest in first["weights"].items():
            print(f"  {name}: {digest[:16]} unbroken, {second['weights'][name][:16]} broken")
        print(f"  predictions: {first['predictions'][:16]} unbroken, {second['predictions'][:16]} broken")
        wrong = differences(first, second)
        print(
            f"  {len(first['steps'])} steps, {len(first['evaluations'])} evaluations; differing: {wrong or 'nothing'}"
        )
        for key in wrong:
            print(f"    {key}: {first[key]}\n    {key}: {second[key]}")
        spent = [round(sum(run.status().seconds.values()), 1) for run in (whole, other)]
        print(f"  seconds at work: {spent}; {asdict(other.status())['best']}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
