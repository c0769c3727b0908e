"""What of a run's events still holds: a resumed run does the steps after its checkpoint again."""

from __future__ import annotations

from collections.abc import Iterable

from engine.runs.events import Checkpoint, Evaluation, Event, Notice, Resumed, Sample, TrainStep
from engine.runs.trends import LossTrend

Stepped = TrainStep | Evaluation | Sample | Checkpoint


def holding(events: Iterable[Event]) -> list[Stepped]:
    """The training's events without those of steps that were done again.

    A run that was resumed before :class:`Resumed` was told is understood too: its steps went back.
    """
    kept: list[Stepped] = []
    last = 0
    for event in events:
        if isinstance(event, Resumed):
            last = event.step
        elif isinstance(event, TrainStep) and event.step <= last:
            last = event.step - 1
        else:
            if isinstance(event, Stepped):
                if isinstance(event, Evaluation | Sample):  # few; to look back at every step would take for ever
                    kept = [old for old in kept if not _same(old, event)]
                kept.append(event)
                last = max(last, event.step)
            continue
        kept = [old for old in kept if old.step <= last]
        if isinstance(event, TrainStep):
            kept.append(event)
            last = event.step
    return kept


def _same(old: Stepped, new: Stepped) -> bool:
    """Whether ``new`` says ``old`` again: an evaluation is made up for after every break at the same checkpoint."""
    if old.step != new.step or type(old) is not type(new) or isinstance(new, TrainStep):
        return False
    return not isinstance(old, Sample) or not isinstance(new, Sample) or old.example == new.example


def caught_up(trend: LossTrend, events: Iterable[Event], step: int) -> None:
    """Let ``trend`` see what it would have seen by ``step``; what it finds has been told already."""
    for event in holding(events):
        if event.step > step:
            continue
        if isinstance(event, TrainStep):
            trend.train(event.step, event.loss)
            trend.gradient(event.step, event.grad_norm)
        elif isinstance(event, Evaluation) and "loss" in event.metrics:
            trend.validation(event.step, event.metrics["loss"])


def told(events: Iterable[Event]) -> set[tuple[str, str]]:
    """Code and text of the notices so far, errors aside: a resumed run need not say them again."""
    return {(event.code, event.text) for event in events if isinstance(event, Notice) and event.level != "error"}
