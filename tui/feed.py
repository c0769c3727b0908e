"""Following a run: what its folder says, turned into one frozen snapshot at a time. Knows no Textual.

``RunFeed(run).poll()`` reads what is new since the last poll (byte cursors, never the whole file again) and
gives the snapshot to draw; where nothing changed it is the very object of the last poll. A poll works for
a bounded time, so that the first one of a run with a million events comes back with ``catching_up`` set
and is followed by another.
"""

from __future__ import annotations

import math
import time
import tomllib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.errors import DialtuneError
from engine.runs.events import (
    Checkpoint,
    Evaluation,
    Event,
    Notice,
    Resources,
    Sample,
    TrainStep,
    decode,
)
from engine.runs.files import LineCursor
from engine.runs.folder import RunFolder, Status

LOG_LINES = 500
"""Lines of worker.log that are kept."""
LOG_BYTES = 1 << 17
"""Bytes of worker.log that the first poll looks at, from its end."""
NOTICES = 100
"""Notices that are kept; the oldest go first."""
POINTS = 2048
"""Most points of a curve that are kept: more than a terminal has columns, even in braille."""
SILENCE = 15.0
"""Seconds without a heartbeat after which a running worker is called silent."""

GONE = "Its folder is gone: deleted, renamed or moved. What is shown here is what was read before."
"""Why a run whose folder has vanished is lost."""


@dataclass(frozen=True)
class Outline:
    """What a run was asked, in the words of its spec."""

    name: str
    method: str = ""
    base: str = ""
    data: str = ""
    problem: str = ""
    """Why the spec cannot be read; empty when it can."""


@dataclass(frozen=True)
class RunSnapshot:
    """A run at one moment. Figures are the latest ones; curves are ``(step, loss)`` from oldest to newest."""

    outline: Outline
    status: Status = field(default_factory=Status)
    train: tuple[tuple[float, float], ...] = ()
    validation: tuple[tuple[float, float], ...] = ()
    best_step: int | None = None
    """Step of the best evaluation so far."""
    step: TrainStep | None = None
    evaluation: Evaluation | None = None
    resources: Resources | None = None
    notices: tuple[Notice, ...] = ()
    samples: tuple[Sample, ...] = ()
    """Those of the latest evaluation, in order."""
    checkpoint: Checkpoint | None = None
    scores: dict[str, Any] = field(default_factory=dict)
    """As in scores.json: ``metrics``, ``examples``, ``references``, ..."""
    peak_memory: int | None = None
    """Bytes: of the device where there is one, else of the process."""
    log: tuple[str, ...] = ()
    log_end: int = 0
    """Lines of the log up to and with the last of ``log``, so that a view can append only what is new."""
    elapsed: float | None = None
    """Seconds from start to end, or until now."""
    silent: float | None = None
    """Seconds since the last sign of life, when that is worth a word."""
    catching_up: bool = False

    @property
    def progress(self) -> float | None:
        """Share of the present phase that is done (0 to 1), None where it cannot be counted."""
        return phase_share(self.status)


def phase_share(status: Status) -> float | None:
    """Share of the present phase that is done (0 to 1), None where it cannot be counted."""
    done, total = status.done, status.total
    if status.phase == "training" and status.total_steps:
        done, total = status.step, status.total_steps
    return min(done / total, 1.0) if total > 0 else None


class Curve:
    """Points of a growing curve, at most ``most`` of them: when full, neighbours are averaged in pairs.

    So a long run costs constant memory, and every stretch keeps its mean.
    """

    def __init__(self, most: int = POINTS) -> None:
        self.most = most
        self.points: list[tuple[float, float]] = []
        self._stride = 1
        self._waiting: list[tuple[float, float]] = []

    def add(self, step: float, value: float) -> None:
        """Append a point. A step at or before the last one (a resumed run) drops what it repeats."""
        if not (math.isfinite(step) and math.isfinite(value)):
            return
        if (self._waiting and step <= self._waiting[-1][0]) or (self.points and step <= self.points[-1][0]):
            self._waiting = [point for point in self._waiting if point[0] < step]
            self.points = [point for point in self.points if point[0] < step]
        self._waiting.append((step, value))
        if len(self._waiting) >= self._stride:
            self.points.append(_mean(self._waiting))
            self._waiting = []
        if len(self.points) >= self.most:
            self.points = [_mean(self.points[i : i + 2]) for i in range(0, len(self.points), 2)]
            self._stride *= 2

    def drawn(self) -> tuple[tuple[float, float], ...]:
        """The points, the newest one (not yet averaged) included."""
        return (*self.points, _mean(self._waiting)) if self._waiting else tuple(self.points)


def _mean(points: list[tuple[float, float]]) -> tuple[float, float]:
    """The mean value, at the last of the steps."""
    return points[-1][0], sum(value for _, value in points) / len(points)


class RunFeed:
    """Follows one run folder. Not for two threads at once."""

    def __init__(self, run: RunFolder, clock: Callable[[], float] = time.time, patience: float = 0.25) -> None:
        """``patience``: about how many seconds of reading one poll may take."""
        self.run = run
        self._clock = clock
        self._patience = patience
        self._log = LogTail(run.log_path)
        self._record: tuple[int, int] = (0, 0)
        self._snapshot = RunSnapshot(Outline(run.name))
        self._begin()

    def _begin(self) -> None:
        self._events = LineCursor(self.run.events_path)
        self._train, self._validation = Curve(), Curve()
        self._notices: deque[Notice] = deque(maxlen=NOTICES)

    def poll(self) -> RunSnapshot:
        """The run now; the same object as last time when nothing changed."""
        if (
            self.run.path.is_dir() and size_of(self._events.path) < self._events.offset
        ):  # replaced by a shorter file: what it said is void
            self._begin()
            self._snapshot = RunSnapshot(self._snapshot.outline)
        changes = self._read_events()
        status = changes["status"] = self._status()
        if not self._snapshot.outline.method:
            changes["outline"] = outline(self.run, check=True)
        if self._log.read():
            changes["log"], changes["log_end"] = tuple(self._log.lines), self._log.end
        changes.update(self._read_record())
        now = self._clock()
        changes["elapsed"] = elapsed(status, now)
        quiet = now - status.heartbeat if status.state == "running" and status.heartbeat else 0.0
        changes["silent"] = float(int(quiet)) if quiet > SILENCE else None
        changed = {name: value for name, value in changes.items() if getattr(self._snapshot, name) != value}
        if changed:
            self._snapshot = replace(self._snapshot, **changed)
        return self._snapshot

    def _status(self) -> Status:
        """The run's status; of a run whose folder has gone since the last poll, that."""
        status, last = self.run.status(), self._snapshot.status
        if (last.created or last.started) and not self.run.path.is_dir():
            return replace(last, state="lost", eta=None, ended=last.ended or last.heartbeat, reason=GONE, error={})
        return status

    def _read_events(self) -> dict[str, Any]:
        changes: dict[str, Any] = {"catching_up": False}
        until = time.monotonic() + self._patience
        for number, line in enumerate(self._events.read(), start=1):
            if (event := decode(line)) is not None:
                self._take(event, changes)
            if number % 256 == 0 and time.monotonic() > until:
                changes["catching_up"] = True
                break
        if "step" in changes:
            changes["train"] = self._train.drawn()
        if "evaluation" in changes:
            changes["validation"] = self._validation.drawn()
        return changes

    def _take(self, event: Event, changes: dict[str, Any]) -> None:
        if isinstance(event, TrainStep):
            self._train.add(event.step, event.loss)
            changes["step"] = event
        elif isinstance(event, Evaluation):
            if "loss" in event.metrics:
                self._validation.add(event.step, event.metrics["loss"])
            changes["evaluation"] = event
            if event.best:
                changes["best_step"] = event.step
        elif isinstance(event, Sample):
            earlier: tuple[Sample, ...] = changes.get("samples", self._snapshot.samples)
            others = (s for s in earlier if s.step == event.step and s.example != event.example)
            changes["samples"] = (*others, event)
        elif isinstance(event, Notice):
            self._notices.append(event)
            changes["notices"] = tuple(self._notices)
        elif isinstance(event, Resources):
            changes["resources"] = event
        elif isinstance(event, Checkpoint):
            changes["checkpoint"] = event

    def _read_record(self) -> dict[str, Any]:
        seen = (changed_at(self.run.path / "scores.json"), changed_at(self.run.path / "manifest.json"))
        if seen == self._record:
            return {}
        self._record = seen
        peak = self.run.manifest().get("peak_memory")
        found = [peak.get("device"), peak.get("process")] if isinstance(peak, dict) else []
        return {
            "scores": self.run.scores(),
            "peak_memory": next((int(value) for value in found if isinstance(value, int | float) and value > 0), None),
        }


class LogTail:
    """The last lines of a growing log. What a progress bar overwrote with carriage returns is left out."""

    def __init__(self, path: Path, lines: int = LOG_LINES, start: int = LOG_BYTES) -> None:
        """``start``: how many bytes from the end the first read begins."""
        self.lines: deque[str] = deque(maxlen=lines)
        self.end = 0
        """How many lines were read in all."""
        self._path, self._start = path, start
        self._cursor: LineCursor | None = None

    def read(self) -> bool:
        """Read what is new; whether there was anything."""
        skip = False
        if self._cursor is None or size_of(self._path) < self._cursor.offset:
            offset = max(size_of(self._path) - self._start, 0)
            self._cursor, skip = LineCursor(self._path, offset), offset > 0  # the first line is likely cut
        before = self.end
        for line in self._cursor.read():
            if skip:
                skip = False
                continue
            self.lines.append(line.rstrip("\r").rpartition("\r")[2])
            self.end += 1
        return self.end > before


def outline(run: RunFolder, check: bool = False) -> Outline:
    """What ``run`` was asked; of a spec that cannot be read, why.

    Without ``check`` only the lines that are shown are parsed: a workspace of 300 runs is listed at once, and before
    pydantic is loaded.
    """
    if not check and (quick := _glance(run)) is not None:
        return quick
    try:
        spec = run.spec()
    except DialtuneError as error:
        return Outline(run.name, problem=str(error))
    return Outline(run.name, spec.method, spec.base.name, spec.data.source)


_SHOWN = {"": ("method",), "[base]": ("name",), "[data]": ("source",)}
"""The keys of a spec that an outline has, by table."""


def _glance(run: RunFolder) -> Outline | None:
    """The outline from the lines that matter; None where they are not as dialtune writes them."""
    try:
        text = (run.path / "spec.toml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    if '"""' in text or "'''" in text:  # what looks like a line may be part of a text
        return None
    kept, table = [], ""
    for line in text.splitlines():
        if line.startswith("["):
            table = line.strip()
            kept.append(table if table in _SHOWN else "")
        elif line.partition("=")[0].strip() in _SHOWN.get(table, ()):
            kept.append(line)
    try:
        values = tomllib.loads("\n".join(kept))
        found = values["method"], values["base"]["name"], values["data"]["source"]
    except (ValueError, KeyError, TypeError):
        return None
    return Outline(run.name, *found) if all(isinstance(value, str) for value in found) else None


def elapsed(status: Status, now: float) -> float | None:
    """Whole seconds from the run's start to its end, or to ``now``; None before it started."""
    last = status.ended or (status.heartbeat if status.state == "lost" else 0.0)
    until = last if status.over and last else now
    seconds = until - status.started
    return float(int(max(seconds, 0))) if status.started and math.isfinite(seconds) else None


def size_of(path: Path) -> int:
    """Bytes of a file, 0 when there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def changed_at(path: Path) -> int:
    """When a file was last written (nanoseconds), 0 when there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
