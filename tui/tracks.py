"""The figures of a run's events as curves of bounded size. Knows no Textual.

A :class:`Track` holds rows of figures, at most :data:`ROWS` of them: when it is full, neighbours are averaged in pairs,
so that 200,000 events cost what 2,000 do and every stretch keeps its mean and its extremes. Each row knows the byte of
``events.jsonl`` at which its first event begins, so that :func:`detail` can read the real points of a stretch again
without the rest of the file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Literal

from engine.runs.events import DeviceReading, Evaluation, Event, Resources, Resumed, TrainStep, decode

ROWS = 2048
"""Most rows of a track: more than a terminal has columns, even in braille."""
DETAIL_BYTES = 1 << 24
"""Most bytes of events that are read again for the real points of a stretch."""
DETAIL_ROWS = 1 << 15
"""Most rows that such a stretch may have."""

Row = tuple[float | None, ...]
Axis = Literal["step", "epoch", "time"]
Points = list[tuple[float, float]]

STEP, EPOCH, TIME, OFFSET = 0, 1, 2, 3
"""The first columns of every row: where it stands, and the byte at which its first event begins."""
LOSS, LEARNING_RATE, GRAD_NORM, SAMPLES, TOKENS, LOW, HIGH = range(4, 11)
"""Columns of a training row; LOW and HIGH are the extremes of the losses that LOSS is the mean of."""
VALIDATION, ROUGE1 = 4, 5
"""Columns of an evaluation's row."""
CPU, PROCESS_CPU, PROCESS_MEMORY, HOST_MEMORY, DEVICES = range(4, 9)
"""Columns of a reading of the machine; from DEVICES on, PER_DEVICE columns a GPU: used, of this run, utilisation."""
PER_DEVICE = 3


class Track:
    """Rows in the order of column ``order``. Not for two threads at once."""

    def __init__(self, order: int = STEP, extremes: bool = False, most: int = ROWS) -> None:
        """``extremes``: whether LOW and HIGH are columns of the rows."""
        self.most, self.stride = most, 1
        self._order, self._extremes = order, extremes
        self._rows: list[Row] = []
        self._waiting: list[Row] = []

    def add(self, row: Row) -> None:
        """Append a row. One at or before the last (a resumed run's) drops what it repeats."""
        place = row[self._order] or 0.0
        last = self._waiting or self._rows
        if last and place <= (last[-1][self._order] or 0.0):
            self._waiting = self._before(self._waiting, place)
            self._rows = self._before(self._rows, place)
        if self.stride == 1:
            self._rows.append(row)
        else:
            self._waiting.append(row)
            if len(self._waiting) >= self.stride:
                self._rows.append(self._mean(self._waiting))
                self._waiting = []
        if len(self._rows) >= self.most:
            self._rows = [self._mean(self._rows[i : i + 2]) for i in range(0, len(self._rows), 2)]
            self.stride *= 2

    def back(self, step: int) -> None:
        """Drop the rows after ``step``, which a resumed run does again."""
        self._waiting = [row for row in self._waiting if (row[STEP] or 0.0) <= step]
        self._rows = [row for row in self._rows if (row[STEP] or 0.0) <= step]

    def rows(self) -> tuple[Row, ...]:
        """The rows, the newest one (not yet averaged) included."""
        return (*self._rows, self._mean(self._waiting)) if self._waiting else tuple(self._rows)

    def _before(self, rows: list[Row], place: float) -> list[Row]:
        return [row for row in rows if (row[self._order] or 0.0) < place]

    def _mean(self, rows: list[Row]) -> Row:
        """The mean figures at the place of the last row, from the byte of the first."""
        if len(rows) == 1:
            return rows[0]
        first, last = rows[0], rows[-1]
        means: list[float | None] = []
        for column in list(zip_longest(*rows))[4:]:
            known = [value for value in column if value is not None]
            means.append(math.fsum(known) / len(known) if known else None)
        if self._extremes:
            means[LOW - 4] = min(row[LOW] or 0.0 for row in rows)
            means[HIGH - 4] = max(row[HIGH] or 0.0 for row in rows)
        return (last[STEP], last[EPOCH], last[TIME], first[OFFSET], *means)


@dataclass(frozen=True)
class History:
    """The figures of one run at one moment, oldest first; rows as this module's columns name them."""

    train: tuple[Row, ...] = ()
    evaluations: tuple[Row, ...] = ()
    resources: tuple[Row, ...] = ()
    origin: float = 0.0
    """Time of the first event, in seconds since the epoch."""
    stride: int = 1
    """Events in a row of ``train``; with more than one, :func:`detail` has something to add."""


class Recorder:
    """Makes a :class:`History` of events as they come."""

    def __init__(self, most: int = ROWS) -> None:
        self._train = Track(extremes=True, most=most)
        self._evaluations = Track(most=most)
        self._resources = Track(TIME, most=most)
        self._origin = 0.0
        self._at = (0.0, 0.0)  # step and epoch that a reading of the machine belongs to
        self._history = History()
        self._changed = False

    def take(self, event: Event, offset: int) -> None:
        """Note ``event``, which begins at byte ``offset``."""
        self._origin = self._origin or event.time
        if isinstance(event, TrainStep):
            self._at = (event.step, event.epoch)
            self._train.add(
                (
                    event.step, event.epoch, event.time, offset, event.loss, event.learning_rate, event.grad_norm,
                    event.samples_per_second, event.tokens_per_second, event.loss, event.loss,
                )
            )  # fmt: skip
        elif isinstance(event, Evaluation):
            figures = event.metrics.get("loss"), event.metrics.get("rouge1")
            self._evaluations.add((event.step, event.epoch, event.time, offset, *figures))
        elif isinstance(event, Resources):
            devices = [figure for device in event.devices for figure in _device_row(device)]
            self._resources.add(
                (
                    *self._at, event.time, offset, event.cpu_percent, event.process_cpu_percent,
                    event.process_memory, event.memory_used, *devices,
                )
            )  # fmt: skip
        elif isinstance(event, Resumed):
            self._train.back(event.step)
            self._evaluations.back(event.step)
        else:
            return
        self._changed = True

    def history(self) -> History:
        """The figures now; the same object as last time when there was nothing new."""
        if self._changed:
            self._changed = False
            rows = self._train.rows(), self._evaluations.rows(), self._resources.rows()
            self._history = History(*rows, self._origin, self._train.stride)
        return self._history


def owned(device: DeviceReading) -> int | None:
    """Bytes of the device's memory that this run holds, by the best figure there is."""
    figures = (device.process_memory, device.reserved, device.allocated)
    return next((value for value in figures if value is not None), None)


def _device_row(device: DeviceReading) -> Row:
    return device.memory_used, owned(device), device.utilization


@dataclass(frozen=True)
class Metric:
    """A figure that can be drawn."""

    key: str
    label: str
    track: Literal["train", "evaluations", "resources"]
    column: int
    unit: Literal["", "bytes", "percent", "score"] = ""

    def rows(self, history: History) -> tuple[Row, ...]:
        """The rows it is in."""
        found: tuple[Row, ...] = getattr(history, self.track)
        return found


LOSS_METRIC = Metric("loss", "loss", "train", LOSS)
METRICS = (
    LOSS_METRIC,
    Metric("learning_rate", "learning rate", "train", LEARNING_RATE),
    Metric("grad_norm", "grad norm", "train", GRAD_NORM),
    Metric("samples", "samples/s", "train", SAMPLES),
    Metric("tokens", "tokens/s", "train", TOKENS),
    Metric("rouge1", "validation ROUGE-1", "evaluations", ROUGE1, "score"),
    Metric("process_memory", "memory of the run", "resources", PROCESS_MEMORY, "bytes"),
    Metric("host_memory", "memory of the machine", "resources", HOST_MEMORY, "bytes"),
    Metric("cpu", "CPU", "resources", CPU, "percent"),
)


def metrics(history: History) -> list[Metric]:
    """What of a run can be drawn: the loss always, the rest where there is a figure."""
    found = list(METRICS)
    width = max((len(row) for row in history.resources[-1:]), default=0)
    for place, column in enumerate(range(DEVICES, width, PER_DEVICE)):
        found += [
            Metric(f"gpu{place}", f"GPU {place} utilisation", "resources", column + 2, "percent"),
            Metric(f"gpu{place}_run", f"GPU {place} memory of the run", "resources", column + 1, "bytes"),
            Metric(f"gpu{place}_memory", f"GPU {place} memory", "resources", column, "bytes"),
        ]
    return [m for m in found if m is LOSS_METRIC or any(_figure(row, m.column) is not None for row in m.rows(history))]


def _figure(row: Row, column: int) -> float | None:
    return row[column] if column < len(row) else None


def place(row: Row, axis: Axis, origin: float) -> float:
    """Where a row stands: its step, its epoch, or seconds since the run's first event."""
    if axis == "time":
        return (row[TIME] or 0.0) - origin
    return row[STEP if axis == "step" else EPOCH] or 0.0


def points(rows: Sequence[Row], column: int, axis: Axis, origin: float) -> Points:
    """Place and figure of the rows that have one, places never falling.

    A resumed run's readings of the machine go back in steps: those of steps that were done again are left out.
    """
    found: Points = []
    least = math.inf
    for row in reversed(rows):
        value = _figure(row, column)
        if value is None or not math.isfinite(value):
            continue
        x = place(row, axis, origin)
        if x <= least:
            least = x
            found.append((x, value))
    found.reverse()
    return found


@dataclass(frozen=True)
class Detail:
    """The real rows of a stretch of one track, and the bytes they were read from."""

    track: str
    start: int
    end: int
    rows: tuple[Row, ...]


def detail(path: Path, start: int, end: int | None, track: str, stopped: Callable[[], bool]) -> Detail | None:
    """Every real row of ``track`` in bytes ``start`` to ``end`` (None: the file's) of ``events.jsonl``.

    Both must begin a line. None when the stretch is too long, empty or cannot be read, or when ``stopped()``. Blocks.
    """
    recorder = Recorder(most=DETAIL_ROWS)
    try:
        with path.open("rb") as file:
            until = file.seek(0, 2) if end is None else end
            if not 0 <= until - start <= DETAIL_BYTES:
                return None
            file.seek(start)
            offset = start
            for number, line in enumerate(file.read(until - start).split(b"\n")[:-1]):
                if number % 1024 == 0 and stopped():
                    return None
                if (event := decode(line.decode("utf-8", "replace"))) is not None:
                    recorder.take(event, offset)
                offset += len(line) + 1
    except OSError:
        return None
    found: tuple[Row, ...] = getattr(recorder.history(), track)
    return Detail(track, start, offset, found) if found else None
