"""Finished runs without any training: folders written through engine.runs, for tests that read them."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from engine import spec
from engine.runs.events import Ended, Phase, TrainStep, encode
from engine.runs.files import append_lines, write_json
from engine.runs.folder import Prediction, RunFolder
from engine.runs.workspace import Workspace

ROUGE = ("rouge1", "rouge2", "rougeL", "rougeLsum")
SIGNATURE = {"rouge": "rouge_score 0.1.2, F1", "bleu": "nrefs:var|case:mixed|tok:13a"}


def queued(workspace: Path, name: str, **values: Any) -> RunFolder:
    """A run that nothing has started yet."""
    return Workspace(workspace).create(spec.from_dict({"method": "lora", **values, "name": name}))


def finished(
    workspace: Path,
    name: str,
    rouge1: float = 0.4,
    predictions: list[Prediction] | None = None,
    **values: Any,
) -> RunFolder:
    """A run with everything that the worker leaves behind: manifest, scores, predictions, events, log."""
    run = queued(workspace, name, **values)
    if predictions is None:
        predictions = [prediction(f"test_{at}", rouge1 + at / 10) for at in range(3)]
    metrics = {key: rouge1 / (1 + at) for at, key in enumerate(ROUGE)}
    metrics |= {f"{key}_best": value + 0.1 for key, value in metrics.items()} | {"bleu": 12.345678}
    write_json(
        run.path / "scores.json",
        {"metrics": metrics, "examples": 3, "references": 6, "signature": SIGNATURE, "summary_words": 17.25},
    )
    write_json(
        run.path / "manifest.json",
        {
            "versions": {"dialtune": "0.1.0", "torch": "2.13.0"},
            "device": {"kind": "cpu", "name": "a CPU", "dtype": "float32", "dtype_reason": "no bfloat16"},
            "data": {
                "source": "builtin",
                "fingerprint": "f" * 64,
                "splits": {"test": {"examples": 3, "references": 6, "truncated_sources": 2, "longest_source": 600}},
            },
            "parameters": {"trainable": 3538944, "total": 251116800, "percent": 100 * 3538944 / 251116800},
            "saved_bytes": 14_155_776,
            "seconds": {"training": 61.5, "decoding": 5.25},
            "peak_memory": {"process": 3 << 30, "device": None},
        },
    )
    append_lines(run.predictions_path, [json.dumps(asdict(p)) + "\n" for p in predictions])
    append_lines(
        run.events_path,
        [
            encode(e)
            for e in (Phase("training", 10, "steps"), TrainStep(10, 1.0, 1.5, 1e-3, 1.0, 5.0, 500.0), Ended("finished"))
        ],
    )
    append_lines(run.log_path, ["training\n", "done\n"])
    now = time.time()
    run.write_status(replace(run.status(), state="finished", started=now - 90, ended=now, step=10, total_steps=10))
    return run


def prediction(id: str, rouge1: float, summary: str = "They meet.", dialogue: str = "#Person1#: Hi") -> Prediction:
    """One summarised dialogue with two references."""
    scores = dict.fromkeys(ROUGE, rouge1) | {f"{key}_best": rouge1 + 0.05 for key in ROUGE}
    return Prediction(id, summary, dialogue, "greeting", ("They greet.", "A meeting."), scores, False, 5)


def failed(
    workspace: Path, name: str, code: int, happened: str = "It broke", why: str = "", todo: str = ""
) -> RunFolder:
    """A run that ended in an error."""
    run = queued(workspace, name)
    error = {"happened": happened, "why": why, "todo": todo}
    run.write_status(
        replace(run.status(), state="failed", started=1.0, ended=2.0, exit_code=code, reason=happened, error=error)
    )
    return run
