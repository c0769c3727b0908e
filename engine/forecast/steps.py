"""Optimizer steps and evaluations of a run, as transformers' Trainer and our own callback count them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.spec import TrainSpec


@dataclass(frozen=True)
class Steps:
    """What a training comes to, unless it stops early."""

    total: int
    per_epoch: int
    examples: int
    """Examples seen in all, those seen again included."""
    evaluate_every: int
    evaluations: int
    """0 without validation examples."""
    at_most: bool
    """Whether ``train.patience`` may end it sooner."""


def count(spec: TrainSpec, examples: int, validation: int | None) -> Steps:
    """Steps of ``spec`` on ``examples`` training examples (at least one). ``validation`` None counts as some."""
    batches = math.ceil(examples / spec.batch_size)
    per_epoch = max(1, math.ceil(batches / spec.accumulation))
    total = spec.max_steps or math.ceil(spec.epochs * per_epoch)
    every = spec.evaluate_every or max(1, math.ceil(examples / (spec.batch_size * spec.accumulation)))
    evaluations = 0 if validation == 0 else math.ceil(total / every)  # the last step is always evaluated
    passes, rest = divmod(total, per_epoch)
    seen = passes * examples + min(rest * spec.batch_size * spec.accumulation, examples)
    return Steps(total, per_epoch, seen, every, evaluations, bool(spec.patience and evaluations > spec.patience))
