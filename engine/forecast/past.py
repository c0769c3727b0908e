"""What earlier runs of a workspace tell: how many examples, how fast, on which device. Read leniently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.results.facts import asked, at, figure, word
from engine.runs.events import Phase, TrainStep, decode
from engine.runs.folder import RunFolder

READ = 1 << 21
"""Bytes of an event file that are read for the pace: several thousand steps."""


@dataclass(frozen=True)
class Past:
    """One earlier run."""

    name: str
    spec: Mapping[str, Any]
    """As plain tables, not validated."""
    splits: Mapping[str, int] = field(default_factory=dict)
    """Examples of each split it read."""
    kind: str = ""
    """``cuda``, ``mps`` or ``cpu``."""
    device: str = ""
    dtype: str = ""
    parameters: int = 0
    steps: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    """By phase; empty for a run that was resumed, whose record has the last part only."""
    examples_per_second: float | None = None
    tokens_per_example: float | None = None

    @property
    def method(self) -> str:
        """As in a spec: zero-shot, full, lora, ..."""
        return word(self.spec, "method")

    @property
    def base(self) -> str:
        """The base's name."""
        return word(self.spec, "base", "name")

    @property
    def source(self) -> str:
        """The data's name."""
        return word(self.spec, "data", "source")


def read(run: RunFolder) -> Past | None:
    """What ``run`` tells; None where it has no manifest yet, or was never at work here."""
    manifest = run.manifest()
    if not manifest or run.imported:
        return None
    pace, each, again = _pace(run.events_path)
    splits = at(manifest, "data", "splits")
    seconds = at(manifest, "seconds")
    return Past(
        name=run.name,
        spec=asked(run),
        splits={
            name: int(count) for name in (splits if isinstance(splits, Mapping) else ())
            if (count := figure(splits, name, "examples")) is not None
        },
        kind=word(manifest, "device", "kind"),
        device=word(manifest, "device", "name"),
        dtype=word(manifest, "device", "dtype"),
        parameters=int(figure(manifest, "parameters", "total") or 0),
        steps=int(figure(manifest, "steps") or 0),
        seconds={
            name: float(value) for name in (seconds if isinstance(seconds, Mapping) else ())
            if (value := figure(seconds, name)) is not None
        } if not again else {},
        examples_per_second=pace,
        tokens_per_example=each,
    )  # fmt: skip


def read_all(runs: Iterable[RunFolder]) -> tuple[Past, ...]:
    """What each of ``runs`` tells, in their order."""
    return tuple(past for run in runs if (past := read(run)) is not None)


def _pace(path: Path) -> tuple[float | None, float | None, bool]:
    """Examples a second, tokens an example, and whether the run was begun more than once."""
    try:
        with path.open("rb") as file:
            lines = file.read(READ).split(b"\n")[:-1]
    except OSError:
        return None, None, False
    slowness, tokens, begun = [], [], 0
    for line in lines:
        if b'"train"' not in line and b'"loading"' not in line:
            continue
        event = decode(line.decode("utf-8", "replace"))
        if isinstance(event, Phase):
            begun += event.name == "loading"
        elif isinstance(event, TrainStep) and event.samples_per_second > 0:
            slowness.append(1 / event.samples_per_second)
            tokens.append(event.tokens_per_second / event.samples_per_second)
    if not slowness:
        return None, None, begun > 2
    # Each event stands for about as many examples, so seconds add up and tokens do too.
    return len(slowness) / sum(slowness), sum(tokens) / len(tokens), begun > 2
