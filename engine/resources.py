"""Disk, memory and device against a run's need, before it starts: what is too small is refused, what may be is said.

Refused is only what cannot go well: files that do not fit the disk, and a model that does not fit the whole device even
with one example at a time. The rest is a forecast, which can be wrong, and much of it mends itself: a batch that does
not fit is halved, a disk that fills makes the run wait.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.amounts import size
from engine.errors import ResourceError
from engine.forecast import TIGHT, Forecast
from engine.hardware import disk_free

FLOAT32 = 4
MOMENTS = 8
"""Bytes of AdamW's state for each weight that is trained."""
RECORDS = 32 << 20
"""Bytes for events, log, tokenizer and small files."""
PREDICTION = 4 << 10
"""Bytes of one line of predictions: a dialogue, its references and scores."""


@dataclass(frozen=True)
class Concern:
    """Something of which there is, or may be, too little."""

    level: Literal["refuse", "warn"]
    text: str
    """What is needed and what is there, in figures."""
    todo: str


def disk_need(made: Forecast) -> dict[str, int]:
    """Bytes that the run's files take at most at once, by part; empty where the parameters are not known.

    A checkpoint is written before the oldest is deleted, and the best weights beside the last best.
    """
    found, spec = made.parameters, made.spec
    if found is None:
        return {}
    parts = {"records": RECORDS + PREDICTION * made.material.counts.get("test", 0)}
    if not found.trainable:
        return parts
    weights = FLOAT32 * (found.total if spec.method == "full" else found.trainable)
    parts["model"] = weights
    steps = made.steps
    kept = spec.train.keep_checkpoints + 1
    if steps is not None:
        every = spec.train.save_every or steps.evaluate_every
        kept = min(kept, (steps.total - 1) // every)  # the last step is in model/
    parts["checkpoints"] = kept * (weights + MOMENTS * found.trainable)
    if spec.train.keep_best and (steps is None or steps.evaluations):
        parts["best"] = 2 * FLOAT32 * found.trainable
    return {name: needed for name, needed in parts.items() if needed}


def concerns(made: Forecast, workspace: Path, environment: Mapping[str, str] | None = None) -> list[Concern]:
    """All that is or may be too little for ``made`` to be started with its files in ``workspace``."""
    return [*_disk(made, workspace), *_memory(made), *_device(made, os.environ if environment is None else environment)]


def refuse(found: Sequence[Concern], way: str = "") -> None:
    """Raise ResourceError for the first concern that is no mere warning; ``way``: how to start all the same."""
    for concern in found:
        if concern.level == "refuse":
            todo = f"{concern.todo}; {way}" if way else concern.todo
            raise ResourceError("The run is not started", concern.text, todo)


def _disk(made: Forecast, workspace: Path) -> list[Concern]:
    parts, free = disk_need(made), disk_free(workspace)
    need = sum(parts.values())
    if not need or free is None or need <= TIGHT * free:
        return []
    told = ", ".join(f"{name} {size(bytes_)}" for name, bytes_ in sorted(parts.items(), key=lambda part: -part[1]))
    text = f"Its files need up to {size(need)} ({told}), and {size(free)} are free in {workspace}"
    todo = "Lower train.keep_checkpoints, free some space (`dialtune gc`), or choose another --workspace"
    return [Concern("refuse" if need > free else "warn", text, todo)]


def _memory(made: Forecast) -> list[Concern]:
    place, needed, peak = made.place, made.memory, made.peak
    if peak is None:
        return []
    least = 0
    if needed is not None:
        batch = needed.parts.get("activations", 0) + needed.parts.get("logits", 0)
        phases = {**needed.phases, "training": needed.phases.get("training", 0) - batch}
        least = max(phases[name] for name in ("loading", "training", "update") if name in phases)
    todo = made.fit.advice[0] if made.fit.advice else "Choose a smaller base or the method lora"
    where = place.words
    if least > place.total:
        text = f"Whatever the batch, it needs {size(least)}, and {where} has {size(place.total)} in all"
        return [Concern("refuse", text, "Choose a smaller base, or the method lora")]
    if least > place.free:
        text = f"Whatever the batch, it needs {size(least)}, and {size(place.free)} of {where} are free"
        return [Concern("warn", text, "End what else holds that memory")]
    if peak > place.free:
        text = f"It may need {size(peak)}, and {size(place.free)} of {where} are free"
        if made.spec.train.auto_batch and needed is not None and needed.peak_phase == "training":
            text += "; should a batch not fit, it is halved and the effective batch kept"
        return [Concern("warn", text, todo)]
    return []


def _device(made: Forecast, environment: Mapping[str, str]) -> list[Concern]:
    asked = environment.get("CUDA_VISIBLE_DEVICES", "").strip()
    if not asked or asked == "-1" or made.place.kind == "cuda":
        return []
    return [
        Concern(
            "warn", f"CUDA_VISIBLE_DEVICES is {asked!r}, but no such GPU is there: it computes on {made.place.words}",
            "nvidia-smi shows the GPUs there are",
        )
    ]  # fmt: skip
