"""``dialtune check --repair``: mends what can be mended without losing anything that can still be read.

What is damaged is set aside under a name that begins with ``damaged-`` and stays until ``dialtune gc``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from engine.errors import WorkspaceError
from engine.runs import claims, shapes, state
from engine.runs.checkpoints import DAMAGED
from engine.runs.events import decode, unknown
from engine.runs.files import parse_json, replacing
from engine.runs.folder import Prediction, RunFolder
from engine.upkeep.checking import Finding, Report, status_from_events


def repair(run: RunFolder, report: Report) -> list[Finding]:
    """Mend what ``report`` says can be mended; what was. Raises WorkspaceError while the run is at work, or OSError."""
    wanted = {(finding.file, finding.repair): finding for finding in report.findings if finding.repair}
    with resting(run, "mended"):
        for name, how in wanted:
            path = run.path / name
            if how == "remove":
                remove(path)
            elif how == "aside":
                path.rename(_aside(path))
            elif how == "status":
                if path.exists():
                    path.rename(_aside(path))
                run.write_status(status_from_events(run))
            elif how == "lines":
                _sift(path)
    return list(wanted.values())


@contextlib.contextmanager
def resting(run: RunFolder, what: str) -> Iterator[None]:
    """While entered, no worker can be started on ``run``. Raises WorkspaceError while it is queued or at work."""
    now = state.settled(run).state
    if now in ("queued", "running") and (run.path / "status.json").is_file() and run.written_status().created:
        raise WorkspaceError(f"The run {run.name} cannot be {what} while it is {now}", "", "Stop it first")
    try:
        descriptor = claims.opened(run)
    except OSError as error:
        raise WorkspaceError(f"The run {run.name} cannot be {what}", error.strerror or str(error)) from None
    try:
        if not claims.locked(descriptor):
            raise WorkspaceError(f"The run {run.name} cannot be {what}", "A worker of it is still there", "Try again")
        yield
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    """Remove a file or a folder; of a link, the link. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _aside(path: Path) -> Path:
    aside = path.with_name(f"{DAMAGED}{path.name}")
    return aside if not os.path.lexists(aside) else path.with_name(f"{DAMAGED}{path.name}-{time.time_ns()}")


def _sift(path: Path) -> None:
    """Keep the lines of a file that can be read; the file as it was is set aside."""
    aside = _aside(path)
    with path.open("rb") as old, replacing(aside) as copy:
        shutil.copyfileobj(old, copy)
    with aside.open("rb") as old, replacing(path) as new:
        for line in old:
            if line.endswith(b"\n") and _readable(path.name, line[:-1].decode("utf-8", "replace")):
                new.write(line)


def _readable(name: str, line: str) -> bool:
    if name == "events.jsonl":
        return decode(line) is not None or unknown(line) or '"format"' in line[:40]
    try:
        shapes.read(Prediction, parse_json(line))
    except ValueError:
        return False
    return True
