"""The workspace's runs as rows of a table. Knows no Textual."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.runs import turns
from engine.runs.folder import Remarks, RunFolder, Status
from engine.runs.workspace import Workspace
from tui.outline import BROKEN_OFF, Outline, changed_at, elapsed, has_checkpoint, outline, phase_share, size_of

if TYPE_CHECKING:
    from tui.emptied import Emptied

PATIENCE = 0.2
"""Seconds a poll may spend on figures that are slow to read."""
SLOW_EVERY = 5.0
"""Seconds after which they are read again of a run that is at work."""


@dataclass(frozen=True)
class RunRow:
    """One run of the workspace."""

    outline: Outline
    status: Status
    share: float | None
    """Share done of the present phase (0 to 1)."""
    elapsed: float | None
    """Seconds from start to end, or until now."""
    rouge1: float | None
    """Final ROUGE-1 (0 to 1), mean over references."""
    best: tuple[str, float] | None
    """Name and value of the best validation figure so far."""
    has_predictions: bool
    resumable: bool
    remarks: Remarks = field(default_factory=Remarks)
    losses: tuple[float, ...] = ()
    """A few points of the training loss, oldest first."""
    peak_memory: int | None = None
    """Bytes: of the device where there is one, else of the process; None until the run is over."""
    size: int | None = None
    """Bytes on disk; None while not yet measured."""
    cost: tuple[float, str] | None = None
    """What it cost, and the currency; None until it is over, and without a price."""
    place: int | None = None
    """Place in the queue (1 is next) of a run that waits in it."""
    accuracy: float | None = None
    """Final accuracy (0 to 1) of a run that gives labels."""

    @property
    def name(self) -> str:
        """The run's name, raw as the folder has it."""
        return self.outline.name


@dataclass(frozen=True)
class WorkspaceSnapshot:
    """Every run of a workspace, newest first."""

    rows: tuple[RunRow, ...] = ()
    catching_up: bool = False
    """Whether figures that take longer to read (size, losses) are still missing; the next poll brings more."""
    idle: bool = False
    """Whether runs wait in the queue and no scheduler is there to start them."""
    missing: bool = False
    """Whether the workspace was there and is no more."""
    emptied: Emptied | None = None
    """None too in the first snapshot, which does not wait for it."""
    """What is to be done when nothing runs any more."""


@dataclass(frozen=True)
class _Slow:
    """Figures of a run that cost more than a small file, and when they were read."""

    losses: tuple[float, ...] = ()
    peak_memory: int | None = None
    size: int | None = None
    cost: tuple[float, str] | None = None
    stamp: tuple[int, ...] = ()
    """What the run's files looked like."""
    read: float = 0.0
    """By the monotonic clock."""


class WorkspaceFeed:
    """Reads a workspace again and again; of runs that are over only what changed since.

    A poll spends a bounded time on figures that are slow to read; until all are there, its snapshot says that
    it is catching up.
    """

    def __init__(
        self, workspace: Workspace, clock: Callable[[], float] = time.time, patience: float = PATIENCE
    ) -> None:
        """``patience``: about how many seconds a poll may spend on slow figures."""
        self.workspace = workspace
        self._clock, self._patience = clock, patience
        self._slow: dict[str, _Slow] = {}
        self._outlines: dict[str, Outline] = {}
        self._scores: dict[str, tuple[int, dict[str, float | None]]] = {}
        self._places: dict[str, int] = {}
        self._snapshot = WorkspaceSnapshot()
        self._seen = False

    def poll(self) -> WorkspaceSnapshot:
        """The runs now; the same object as last time when nothing changed."""
        runs = self.workspace.runs()
        # The first list is wanted at once; what is slow to read follows.
        until = time.monotonic() + (self._patience if self._seen else 0.0)
        self._behind = False
        self._places = {run.name: place for place, (run, _) in enumerate(turns.waiting(self.workspace), start=1)}
        rows = tuple(self._row(run, until) for run in runs)
        names = {run.name for run in runs}
        for kept in (self._outlines, self._scores, self._slow):
            for gone in [name for name in kept if name not in names]:
                kept.pop(gone)
        emptied = self._emptied() if self._seen else None
        there = bool(runs) or self.workspace.path.is_dir()
        self._seen |= there
        found = WorkspaceSnapshot(rows, self._behind, self._idle(), self._seen and not there, emptied)
        if found != self._snapshot:
            self._snapshot = found
        return self._snapshot

    def _idle(self) -> bool:
        if not self._places:
            return False
        from engine import queue

        return not queue.alive(self.workspace.path)

    def _emptied(self) -> Emptied:
        from tui.emptied import read

        return read(self.workspace.path, self._clock)

    def _row(self, run: RunFolder, until: float) -> RunRow:
        status = run.status()
        slow = self._slow_figures(run, status, until)
        asked = self._outlines.get(run.name)
        if asked is None:
            asked = outline(run)
            if not asked.problem:  # a damaged spec may be mended under our eyes; a sound one never changes
                self._outlines[run.name] = asked
        return RunRow(
            outline=asked,
            status=_without_heartbeat(status),
            share=phase_share(status) if status.state == "running" else None,
            elapsed=elapsed(status, self._clock()),
            rouge1=self._score(run, "rouge1"),
            accuracy=self._score(run, "accuracy"),
            best=best_figure(status.best),
            has_predictions=size_of(run.predictions_path) > 0,
            resumable=status.state in BROKEN_OFF and has_checkpoint(run),
            remarks=run.remarks(),
            losses=slow.losses,
            peak_memory=slow.peak_memory,
            size=slow.size,
            cost=slow.cost,
            place=self._places.get(run.name) if status.state == "queued" else None,
        )

    def _slow_figures(self, run: RunFolder, status: Status, until: float) -> _Slow:
        known, now = self._slow.get(run.name, _Slow()), time.monotonic()
        if not known.stamp and now > until:
            self._behind = True
            return known
        stamp = tuple(changed_at(run.path / name) for name in ("events.jsonl", "manifest.json", "model", "checkpoints"))
        if stamp == known.stamp or (known.stamp and not status.over and now - known.read < SLOW_EVERY):
            return known
        if now > until:
            self._behind = True
            return known
        from engine.results.costs import written  # the first list does not wait for these
        from engine.runs.glimpse import losses

        manifest = run.manifest()
        peak = manifest.get("peak_memory")
        found = [peak.get("device"), peak.get("process")] if isinstance(peak, Mapping) else []
        memory = next((int(value) for value in found if isinstance(value, int | float) and value > 0), None)
        cost = written(manifest)
        self._slow[run.name] = _Slow(losses(run.events_path), memory, run.size(), cost, stamp, now)
        return self._slow[run.name]

    def _score(self, run: RunFolder, name: str) -> float | None:
        written = changed_at(run.path / "scores.json")
        if self._scores.get(run.name, (None, {}))[0] != written:
            metrics = run.scores().get("metrics") if written else None
            self._scores[run.name] = written, {key: _figure(metrics, key) for key in ("rouge1", "accuracy")}
        return self._scores[run.name][1][name]


def best_figure(best: Mapping[str, Any]) -> tuple[str, float] | None:
    """The validation figure to show: ROUGE-1 or accuracy where it was measured, else the loss."""
    for name in ("rouge1", "accuracy", "loss"):
        if (value := _figure(best, name)) is not None:
            return name, value
    return None


def _figure(metrics: Any, name: str) -> float | None:
    value = metrics.get(name) if isinstance(metrics, Mapping) else None
    return float(value) if isinstance(value, int | float) else None


def _without_heartbeat(status: Status) -> Status:
    # The heartbeat moves every second; a row that looks the same should compare equal.
    return replace(status, heartbeat=0.0)
