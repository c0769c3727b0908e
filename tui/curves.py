"""Curves as files: every point as CSV, and the plot as text. Blocks; never overwrites."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.errors import WorkspaceError
from engine.results.table import exact_csv
from engine.runs.events import decode
from engine.runs.files import LineCursor, write_new
from engine.runs.folder import RunFolder
from tui.plotting import smooth
from tui.tracks import EPOCH, LOSS_METRIC, STEP, TIME, VALIDATION, Metric, Recorder

MOST_POINTS = 1 << 22
"""Points of a run that are written; a run of years has fewer."""
HEADER = ("run", "figure", "step", "epoch", "seconds", "value", "smoothed")


def write(folder: Path, runs: Sequence[RunFolder], metric: Metric, weight: float, plot: str) -> tuple[Path, Path, int]:
    """Write every point of ``metric`` of ``runs`` and the ``plot`` into ``folder``: both paths and how many points.

    The points are read from the events, not from what the screen keeps of them. Raises WorkspaceError.
    """
    rows: list[list[Any]] = []
    for run in runs:
        rows += _rows(run, metric, weight)
    stem = f"{_plain(runs[0].name)}-{metric.key}"
    text = exact_csv(HEADER, rows)
    try:
        for number in range(1, 10_000):
            name = stem if number == 1 else f"{stem}-{number}"
            table, picture = folder / f"{name}.csv", folder / f"{name}.txt"
            if picture.exists():
                continue
            try:
                write_new(table, text)
                write_new(picture, "\n".join(line.rstrip() for line in plot.splitlines()) + "\n")
            except FileExistsError:
                continue
            return table, picture, len(rows)
    except OSError as error:
        raise WorkspaceError(f"The curve cannot be written to {folder}", error.strerror or str(error)) from None
    raise WorkspaceError(f"{folder} is full of files called {stem}", "", "Move some of them away")


def _rows(run: RunFolder, metric: Metric, weight: float) -> list[list[Any]]:
    recorder, cursor = Recorder(most=MOST_POINTS), LineCursor(run.events_path)
    for line in cursor.read():
        if (event := decode(line)) is not None:
            recorder.take(event, 0)
    history = recorder.history()
    wanted = [(metric.label, metric.column, metric.rows(history), weight if metric.track != "evaluations" else 0.0)]
    if metric is LOSS_METRIC:
        wanted.append(("validation loss", VALIDATION, history.evaluations, 0.0))
    found: list[list[Any]] = []
    for label, column, rows, strength in wanted:
        known = [(row, value) for row in rows if column < len(row) and (value := row[column]) is not None]
        smoothed = smooth([value for _, value in known], strength) if strength else [None] * len(known)
        found += [
            [run.name, label, row[STEP], row[EPOCH], (row[TIME] or 0.0) - history.origin, value, average]
            for (row, value), average in zip(known, smoothed, strict=True)
        ]
    return found


def _plain(name: str) -> str:
    """``name`` as part of a file name."""
    return re.sub(r"[^\w.-]+", "_", name).strip(".")[:80] or "run"
