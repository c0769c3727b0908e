"""The workspace's runs as rows of a table. Knows no Textual."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.runs.folder import RunFolder, Status
from engine.runs.workspace import Workspace
from tui.feed import Outline, changed_at, elapsed, outline, phase_share, size_of


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

    @property
    def name(self) -> str:
        """The run's name, raw as the folder has it."""
        return self.outline.name


@dataclass(frozen=True)
class WorkspaceSnapshot:
    """Every run of a workspace, newest first."""

    rows: tuple[RunRow, ...] = ()


class WorkspaceFeed:
    """Reads a workspace again and again; of runs that are over only what changed since."""

    def __init__(self, workspace: Workspace, clock: Callable[[], float] = time.time) -> None:
        self.workspace = workspace
        self._clock = clock
        self._outlines: dict[str, Outline] = {}
        self._scores: dict[str, tuple[int, float | None]] = {}
        self._snapshot = WorkspaceSnapshot()

    def poll(self) -> WorkspaceSnapshot:
        """The runs now; the same object as last time when nothing changed."""
        runs = self.workspace.runs()
        rows = tuple(self._row(run) for run in runs)
        names = {run.name for run in runs}
        for kept in (self._outlines, self._scores):
            for gone in [name for name in kept if name not in names]:
                kept.pop(gone)
        if rows != self._snapshot.rows:
            self._snapshot = WorkspaceSnapshot(rows)
        return self._snapshot

    def _row(self, run: RunFolder) -> RunRow:
        status = run.status()
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
            rouge1=self._rouge1(run),
            best=best_figure(status.best),
            has_predictions=size_of(run.predictions_path) > 0,
            resumable=status.state in ("stopped", "failed", "lost") and has_checkpoint(run),
        )

    def _rouge1(self, run: RunFolder) -> float | None:
        written = changed_at(run.path / "scores.json")
        if self._scores.get(run.name, (None, None))[0] != written:
            metrics = run.scores().get("metrics") if written else None
            self._scores[run.name] = written, _figure(metrics, "rouge1")
        return self._scores[run.name][1]


def best_figure(best: Mapping[str, Any]) -> tuple[str, float] | None:
    """The validation figure to show: ROUGE-1 where it was measured, else the loss."""
    for name in ("rouge1", "loss"):
        if (value := _figure(best, name)) is not None:
            return name, value
    return None


def _figure(metrics: Any, name: str) -> float | None:
    value = metrics.get(name) if isinstance(metrics, Mapping) else None
    return float(value) if isinstance(value, int | float) else None


def _without_heartbeat(status: Status) -> Status:
    # The heartbeat moves every second; a row that looks the same should compare equal.
    return replace(status, heartbeat=0.0)


def has_checkpoint(run: RunFolder) -> bool:
    """Whether there is a state to resume from."""
    try:
        return any(entry.is_dir() for entry in run.checkpoints_path.iterdir())
    except OSError:
        return False
