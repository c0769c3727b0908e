"""Following a run: what its folder says, turned into one frozen snapshot at a time. Knows no Textual.

``RunFeed(run).poll()`` reads what is new since the last poll (byte cursors, never the whole file again) and
gives the snapshot to draw; where nothing changed it is the very object of the last poll. A poll works for
a bounded time, so that the first one of a run with a million events comes back with ``catching_up`` set
and is followed by another.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.data.examples import Example
from engine.runs.events import (
    Checkpoint,
    Evaluation,
    Event,
    Notice,
    Resources,
    Resumed,
    Sample,
    TrainStep,
    decode,
    unknown,
)
from engine.runs.files import LineCursor
from engine.runs.folder import RunFolder, Status
from engine.runs.state import quiet
from engine.utilisation import Work, work
from tui.outline import Outline, changed_at, elapsed, outline, phase_share, size_of
from tui.tracks import LOSS, VALIDATION, History, Recorder, points

CHUNK = 1 << 18
"""Bytes of events read at once: what a poll leaves of them when its time is up is read again by the next."""
LOG_LINES = 500
"""Lines of worker.log that are kept."""
LOG_BYTES = 1 << 17
"""Bytes of worker.log that the first poll looks at, from its end."""
FLOOD = 1 << 23
"""When this much is new at once (or is one line without an end), again only its end is looked at."""
NOTICES = 100
"""Notices that are kept; the oldest go first."""
EVALUATIONS = 200
"""Evaluations whose samples are kept; the oldest go first."""
READINGS = 600
"""Readings of the machine that are kept whole: ten minutes at one a second."""
LINE = 2000
"""Characters of a line of worker.log that are kept: a line of a megabyte must not fill the screen's memory."""
RECORD = ("scores.json", "manifest.json", "samples.json", "forecast.json")
"""Small files that are read again when they change."""
SILENCE = 15.0
"""Seconds without a heartbeat after which a running worker is called silent."""

GONE = "Its folder is gone: deleted, renamed or moved. What is shown here is what was read before."
"""Why a run whose folder has vanished is lost."""


@dataclass(frozen=True)
class RunSnapshot:
    """A run at one moment. Figures are the latest ones."""

    outline: Outline
    status: Status = field(default_factory=Status)
    history: History = field(default_factory=History)
    """Its figures as curves."""
    best_step: int | None = None
    """Step of the best evaluation so far."""
    step: TrainStep | None = None
    evaluation: Evaluation | None = None
    resources: Resources | None = None
    readings: tuple[Resources, ...] = ()
    """The last ones, oldest first."""
    notices: tuple[Notice, ...] = ()
    notice_counts: Mapping[str, int] = field(default_factory=dict)
    """Notices by level, also of those no longer in ``notices``."""
    spoken: tuple[tuple[Sample, ...], ...] = ()
    """The samples of each evaluation, oldest first; those of one evaluation in order."""
    examples: Mapping[str, Example] = field(default_factory=dict)
    """The samples' dialogues and references by id, where the run has kept them."""
    work: Work | None = None
    """What a token costs and what the device could do, where both are known."""
    forecast: int | None = None
    """Bytes that the run was forecast to need at its peak."""
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
    def train(self) -> tuple[tuple[float, float], ...]:
        """Step and training loss, oldest first."""
        return tuple(points(self.history.train, LOSS, "step", 0.0))

    @property
    def validation(self) -> tuple[tuple[float, float], ...]:
        """Step and validation loss, oldest first."""
        return tuple(points(self.history.evaluations, VALIDATION, "step", 0.0))

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Those of the latest evaluation, in order."""
        return self.spoken[-1] if self.spoken else ()

    @property
    def utilisation(self) -> float | None:
        """Model FLOPs utilisation of the latest step (0 to 1), None where it is not known.

        Nor is it where more than the whole peak would be used: that peak was measured while others worked.
        """
        share = self.work.share(self.step.tokens_per_second) if self.work and self.step else None
        return share if share is None or share <= 1 else None

    @property
    def progress(self) -> float | None:
        """Share of the present phase that is done (0 to 1), None where it cannot be counted."""
        return phase_share(self.status)


class RunFeed:
    """Follows one run folder. Not for two threads at once."""

    def __init__(self, run: RunFolder, clock: Callable[[], float] = time.time, patience: float = 0.25) -> None:
        """``patience``: about how many seconds of reading one poll may take."""
        self.run = run
        self._clock = clock
        self._patience = patience
        self._log = LogTail(run.log_path)
        self._record: tuple[int, ...] = ()
        self._snapshot = RunSnapshot(Outline(run.name))
        self._begin()

    def _begin(self) -> None:
        self._events = LineCursor(self.run.events_path, chunk=CHUNK)
        self._recorder = Recorder()
        self._notices: deque[Notice] = deque(maxlen=NOTICES)
        self._counts: Counter[str] = Counter()
        self._readings: deque[Resources] = deque(maxlen=READINGS)
        self._spoken: dict[int, dict[str, Sample]] = {}
        self._evaluations: deque[Evaluation] = deque(maxlen=EVALUATIONS)
        self._unknown = 0

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
        silence = quiet(status, now) if status.state == "running" and status.heartbeat else 0.0
        changes["silent"] = float(int(silence)) if silence > SILENCE else None
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
        offset = self._events.offset
        for number, line in enumerate(self._events.read(), start=1):
            if (event := decode(line)) is not None:
                self._recorder.take(event, offset)
                self._take(event, changes)
            elif unknown(line):
                self._unknown += 1
                changes["notices"] = True
            offset = self._events.offset
            if number % 256 == 0 and time.monotonic() > until:
                changes["catching_up"] = True
                break
        changes["history"] = self._recorder.history()
        if "resources" in changes:
            changes["readings"] = tuple(self._readings)
        if "notices" in changes:
            changes["notices"], changes["notice_counts"] = self._told(), dict(self._counts)
        if "spoken" in changes:
            changes["spoken"] = tuple(tuple(samples.values()) for samples in self._spoken.values())
        return changes

    def _take(self, event: Event, changes: dict[str, Any]) -> None:
        if isinstance(event, TrainStep):
            changes["step"] = event
        elif isinstance(event, Evaluation):
            self._evaluations.append(event)
            changes["evaluation"] = event
            if event.best:
                changes["best_step"] = event.step
        elif isinstance(event, Resumed):
            self._go_back(event.step, changes)
        elif isinstance(event, Sample):
            self._hear(event)
            changes["spoken"] = True
        elif isinstance(event, Notice):
            self._notices.append(event)
            self._counts[event.level] += 1
            changes["notices"] = True
        elif isinstance(event, Resources):
            self._readings.append(event)
            changes["resources"] = event
        elif isinstance(event, Checkpoint):
            changes["checkpoint"] = event

    def _go_back(self, step: int, changes: dict[str, Any]) -> None:
        """Forget what was said of later steps: the run does them again."""
        kept = [one for one in self._evaluations if one.step <= step]
        self._evaluations = deque(kept, maxlen=EVALUATIONS)
        changes["evaluation"] = kept[-1] if kept else None
        changes["best_step"] = next((one.step for one in reversed(kept) if one.best), None)
        self._spoken = {at: said for at, said in self._spoken.items() if at <= step}
        changes["spoken"] = True

    def _told(self) -> tuple[Notice, ...]:
        """The notices, and one of ours where the run says what we do not understand."""
        if not self._unknown:
            return tuple(self._notices)
        text = (
            f"{self._unknown} lines of its events are of kinds that this dialtune does not know, and are left out: "
            "the run is worked on by a newer one."
        )
        return (*self._notices, Notice("info", "unknown-events", text, time=0.0))

    def _hear(self, sample: Sample) -> None:
        if self._spoken and sample.step <= next(reversed(self._spoken)):  # a resumed run repeats evaluations
            self._spoken = {step: said for step, said in self._spoken.items() if step <= sample.step}
        self._spoken.setdefault(sample.step, {})[sample.example] = sample
        if len(self._spoken) > EVALUATIONS:
            del self._spoken[next(iter(self._spoken))]

    def _read_record(self) -> dict[str, Any]:
        seen = tuple(changed_at(self.run.path / name) for name in RECORD)
        if seen == self._record:
            return {}
        self._record = seen
        manifest = self.run.manifest()
        peak = manifest.get("peak_memory")
        found = [peak.get("device"), peak.get("process")] if isinstance(peak, dict) else []
        return {
            "scores": self.run.scores(),
            "examples": self.run.sample_examples(),
            "forecast": self.run.forecast_peak(),
            "work": work(manifest),
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
        skip, size = False, size_of(self._path)
        if self._cursor is None or not 0 <= size - self._cursor.offset <= FLOOD:
            offset = max(size - self._start, 0)
            self._cursor, skip = LineCursor(self._path, offset), offset > 0  # the first line is likely cut
        before = self.end
        for line in self._cursor.read():
            if skip:
                skip = False
                continue
            line = line.rstrip("\r").rpartition("\r")[2]
            self.lines.append(line if len(line) <= LINE else f"{line[:LINE]} … ({len(line):,} characters)")
            self.end += 1
        return self.end > before
