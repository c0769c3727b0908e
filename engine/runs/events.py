"""The events of a run: one typed value a line of ``events.jsonl``, appended by the worker, read by everyone.

Readers skip kinds they do not know and fields they do not know, so that a newer worker can be watched by
an older terminal. Times are seconds since the epoch (``time.time()``).
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from typing import ClassVar, Literal

from engine.runs import shapes
from engine.runs.files import VERSION, parse_json

FORMAT = "format"
"""Kind of the line that says the version; the first one of a file."""
HEADER = f'{{"kind": "{FORMAT}", "version": {VERSION}}}\n'

PhaseName = Literal["loading", "tokenising", "training", "evaluating", "decoding", "scoring", "saving"]
WORK: dict[str, str] = {
    "training": "step", "evaluating": "batch", "decoding": "token", "scoring": "dialogue", "saving": "file",
}  # fmt: skip
"""What a worker does one after another in a phase: when none comes, it has stalled."""
Level = Literal["info", "warning", "error"]


@dataclass(frozen=True)
class Event:
    """What every event has."""

    kind: ClassVar[str] = ""
    time: float = field(default_factory=time.time, kw_only=True)


@dataclass(frozen=True)
class Phase(Event):
    """The worker begins a phase of ``total`` units (0: not countable) named by ``unit``."""

    kind = "phase"
    name: PhaseName
    total: int = 0
    unit: str = ""


@dataclass(frozen=True)
class Progress(Event):
    """``done`` of ``total`` units of a phase; ``eta`` is the seconds it still needs, None until known."""

    kind = "progress"
    phase: PhaseName
    done: int
    total: int
    eta: float | None = None


@dataclass(frozen=True)
class TrainStep(Event):
    """Figures of the optimizer steps since the last such event. ``loss`` is their mean cross-entropy per token."""

    kind = "train"
    step: int
    epoch: float
    loss: float
    learning_rate: float
    grad_norm: float | None
    """Norm before clipping; None when the trainer does not measure it."""
    samples_per_second: float
    tokens_per_second: float
    """Source and target tokens, padding not counted."""


@dataclass(frozen=True)
class Evaluation(Event):
    """Validation figures at ``step``: ``loss`` always; ``rouge1``... (0 to 1) when the metric asks for them."""

    kind = "evaluation"
    step: int
    epoch: float
    metrics: dict[str, float]
    best: bool = False
    """Whether this is the best evaluation so far by ``train.metric``."""


@dataclass(frozen=True)
class Sample(Event):
    """What the model at ``step`` says about one of the fixed validation dialogues."""

    kind = "sample"
    step: int
    example: str
    """The example's id."""
    summary: str


@dataclass(frozen=True)
class Notice(Event):
    """Something a person should know: truncation, a fallback, a loss that is not finite."""

    kind = "notice"
    level: Level
    code: str
    """Short and stable, for counting: ``truncated``, ``not-finite``, ``plateau``, ``memory-limit``, ..."""
    text: str


@dataclass(frozen=True)
class Checkpoint(Event):
    """A resumable state was written to ``path`` (relative to the run folder)."""

    kind = "checkpoint"
    step: int
    path: str


@dataclass(frozen=True)
class Resumed(Event):
    """The training goes on from ``step``: what was said of later steps is void, since they are done again."""

    kind = "resumed"
    step: int


@dataclass(frozen=True)
class Resources(Event):
    """What the machine does, about once a second. Bytes, percent (0 to 100), watts, degrees Celsius."""

    kind = "resources"
    cpu_percent: float
    """Of all cores of the machine together."""
    process_cpu_percent: float
    """Of one core; two busy cores are 200."""
    process_memory: int
    """Resident memory of the worker and its children."""
    memory_used: int
    memory_total: int
    devices: tuple[DeviceReading, ...] = ()


@dataclass(frozen=True)
class DeviceReading:
    """One GPU. A figure the driver does not give is None."""

    index: int
    name: str
    memory_total: int
    memory_used: int
    """By everybody."""
    process_memory: int | None = None
    """By this run's process, as the driver sees it."""
    allocated: int | None = None
    """By torch's tensors (``torch.cuda.memory_allocated``)."""
    reserved: int | None = None
    """Held by torch's allocator (``torch.cuda.memory_reserved``)."""
    utilization: float | None = None
    power: float | None = None
    temperature: float | None = None


@dataclass(frozen=True)
class Scored(Event):
    """The test split's aggregate figures, as in ``scores.json``."""

    kind = "scored"
    metrics: dict[str, float]


@dataclass(frozen=True)
class Ended(Event):
    """The last event of a run (until it is resumed)."""

    kind = "ended"
    state: str
    reason: str = ""


KINDS: dict[str, type[Event]] = {
    kind.kind: kind
    for kind in (Phase, Progress, TrainStep, Evaluation, Sample, Notice, Checkpoint, Resumed, Resources, Scored, Ended)
}


def encode(event: Event) -> str:
    """``event`` as one line of JSON, newline included. Raises ValueError for NaN or infinity."""
    return json.dumps({"kind": event.kind, **asdict(event)}, ensure_ascii=False, allow_nan=False) + "\n"


def decode(line: str) -> Event | None:
    """The event of one line, or None for a line that is damaged (wrong types included) or of an unknown kind."""
    try:
        values = parse_json(line)
        return shapes.read(KINDS[values["kind"]], values)
    except (ValueError, TypeError, KeyError):
        return None


def unknown(line: str) -> bool:
    """Whether a line that :func:`decode` gives nothing for is whole, but of a kind that a newer version has."""
    try:
        kind = parse_json(line)["kind"]
    except (ValueError, TypeError, KeyError):
        return False
    return isinstance(kind, str) and kind not in KINDS and kind != FORMAT
