"""Whose turn it is: each run that waits in the queue says so in its own folder, in ``queue.json``.

One small file a run, replaced as a whole, so that no two processes ever write the same list. A run waits while its
state is queued and it has that file, which goes when the run is started or stopped.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from engine.errors import WorkspaceError
from engine.runs import shapes
from engine.runs.files import read_json, write_json
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace

FILE = "queue.json"


@dataclass(frozen=True)
class Turn:
    """``queue.json``: when a run was asked for, and where in the queue it stands."""

    asked: float
    """Seconds since the epoch."""
    order: float
    """Lower goes first. Seconds too, as long as nobody moved the run."""
    host: str = ""
    """The machine that it was asked for on."""


def turn(run: RunFolder) -> Turn | None:
    """The run's turn; None where it has none, or none that can be read."""
    try:
        return shapes.read(Turn, read_json(run.path / FILE))
    except ValueError:
        return None


def waiting(place: Workspace) -> list[tuple[RunFolder, Turn]]:
    """The runs that wait in the queue, the next one first. A workspace that cannot be read has none."""
    found = []
    for name in _asked(place.path):
        run = RunFolder(place.path / name)
        has = turn(run)
        if has is not None and run.status().state == "queued":
            found.append((run, has))
    return sorted(found, key=lambda one: (one[1].order, one[1].asked, one[0].name))  # never two ways about a tie


def add(place: Workspace, names: list[str]) -> None:
    """Put the queued runs ``names`` at the end of the queue, in that order; those in it keep their places.

    Raises WorkspaceError when one of them is not there or not queued, before any is put; or cannot be written.
    """
    runs = [place.open(name) for name in names]
    for run in runs:
        if (state := run.status().state) != "queued":
            raise WorkspaceError(f"The run {run.name} cannot be queued", f"It is {state}", "Start a new run, or resume")
    now = time.time()
    line = waiting(place)
    there = {run.name for run, _ in line}
    last = max([now, *(has.order + 1e-3 for _, has in line)])
    for number, run in enumerate(run for run in runs if run.name not in there):
        # A millisecond apart: ties would be broken by name, not by what was asked for first.
        write(run, Turn(now, last + number * 1e-3, os.uname().nodename))


def move(place: Workspace, name: str, to: int) -> int:
    """Give the waiting run ``name`` the place ``to`` (1 is next; too high is last); the place it has then.

    Only that run's file is written, unless its neighbours stand too close for a place between them. Raises
    WorkspaceError when it does not wait, or cannot be written.
    """
    line = waiting(place)
    at = next((at for at, (run, _) in enumerate(line) if run.name == name), None)
    if at is None:
        run = place.open(name)
        raise WorkspaceError(f"The run {name} does not wait in the queue", f"It is {run.status().state}")
    run, has = line.pop(at)
    to = min(max(to, 1), len(line) + 1) - 1
    if to != at:
        before = line[to - 1][1].order if to > 0 else None
        after = line[to][1].order if to < len(line) else None
        order = _between(before, after)
        if order is None:
            line.insert(to, (run, has))
            first = min(other.order for _, other in line)
            for number, (other, its) in enumerate(line):
                write(other, replace(its, order=first + number))
        else:
            write(run, replace(has, order=order))
    return to + 1


def write(run: RunFolder, turn: Turn) -> None:
    """Replace ``queue.json``. Raises WorkspaceError."""
    try:
        write_json(run.path / FILE, asdict(turn))
    except OSError as error:
        raise WorkspaceError(f"The run {run.name} cannot be queued", error.strerror or str(error)) from None


def drop(run: RunFolder) -> None:
    """Take the run out of the queue, if it is in it; a folder that cannot be written keeps a file of no meaning."""
    with contextlib.suppress(OSError):
        (run.path / FILE).unlink()


def _between(before: float | None, after: float | None) -> float | None:
    """A number between the two, an absent one being endless; None when there is none."""
    if before is None:
        return after - 1 if after is not None else 0.0
    if after is None:
        return before + 1
    middle = (before + after) / 2
    return middle if before < middle < after else None


def _asked(path: Path) -> list[str]:
    """The folders in ``path`` with a turn in them; hidden ones are drafts and what is being deleted."""
    with contextlib.suppress(OSError), os.scandir(path) as entries:
        return [
            entry.name for entry in entries
            if not entry.name.startswith(".") and os.path.exists(os.path.join(entry.path, FILE))  # noqa: PTH110, PTH118
        ]  # fmt: skip
    return []
