"""``dialtune gc``: what takes up space in a workspace and is needed by nothing, as a plan; then the plan, carried out.

Nothing of a run that waits or works is touched, and nothing that a resume, a comparison or the playground would need;
``archived`` gives up the checkpoints of archived runs too, which then cannot be resumed.
"""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import DialtuneError
from engine.home import cache_folder
from engine.runs import checksums, state, versions
from engine.runs.checkpoints import DAMAGED
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from engine.upkeep.checking import leftovers
from engine.upkeep.repairing import remove, resting

LEFT_SECONDS = 3600.0
"""A draft of a run that is older than this is nobody's any more."""
OLD_CACHE_SECONDS = 30 * 86400.0
"""What the user's own cache has not been asked for so long goes; it is made again when it is wanted."""


@dataclass(frozen=True)
class Item:
    """Something that can go."""

    path: Path
    bytes: int
    why: str
    run: str = ""
    """The run it belongs to; empty for the workspace's own or the user's cache."""


def plan(workspace: Workspace, archived: bool = False) -> list[Item]:
    """All that can go, the largest first. Reads sizes and, of finished runs, the models' checksums. Blocks."""
    found = [*_drafts(workspace.path), *_cached()]
    for run in workspace.runs():
        found += _of(run, archived)
    return sorted(found, key=lambda item: (-item.bytes, str(item.path)))


def carry_out(workspace: Workspace, items: Sequence[Item], archived: bool = False) -> tuple[int, list[str]]:
    """Remove ``items``, each only if it still can go; the bytes that are free again, and why others stayed."""
    freed, stayed = 0, []
    for item in items:
        try:
            if item.run:
                run = workspace.open(item.run)
                with resting(run, "cleared"):
                    if item.path not in {other.path for other in _of(run, archived)}:
                        stayed.append(f"{item.path} is needed again")
                        continue
                    _go(workspace.path, item.path)
            else:
                _go(workspace.path, item.path)
            freed += item.bytes
        except (DialtuneError, OSError) as error:
            stayed.append(str(error))
    return freed, stayed


def _of(run: RunFolder, archived: bool) -> Iterator[Item]:
    """What can go of one run."""
    now = state.settled(run).state
    if now in ("queued", "running") or versions.newer(run):
        return
    for path in leftovers(run):
        yield Item(path, size(path), "a worker was writing it when it ended", run.name)
    for folder in (run.path, run.checkpoints_path):
        for path in sorted(folder.glob(f"{DAMAGED}*")):
            yield Item(path, size(path), "damaged, and set aside", run.name)
    if (run.path / ".cache").is_dir():
        path = run.path / ".cache"
        yield Item(path, size(path), "made again when the run is compared", run.name)
    if not run.checkpoints_path.is_dir():
        return
    if now == "finished" and (run.model_path / "README.md").is_file() and not checksums.problems(run.model_path):
        yield Item(run.checkpoints_path, size(run.checkpoints_path), "finished: its model is whole", run.name)
    elif archived and run.remarks().archived:
        why = f"archived, {now}: it cannot be resumed afterwards"
        yield Item(run.checkpoints_path, size(run.checkpoints_path), why, run.name)


def _drafts(workspace: Path) -> Iterator[Item]:
    with contextlib.suppress(OSError):
        for path in sorted(workspace.glob(".*")):
            if not path.is_dir() or path.is_symlink():
                continue
            stem, _, mark = path.name.rpartition(".")
            if not stem or len(mark) != 32 or not set(mark) <= set("0123456789abcdef"):
                continue
            if path.name.startswith(".deleted."):
                yield Item(path, size(path), "of a run that was deleted")
            elif time.time() - path.stat().st_mtime > LEFT_SECONDS:
                yield Item(path, size(path), "a run that was being made and never was")


def _cached() -> Iterator[Item]:
    with contextlib.suppress(OSError):
        for folder in ("rows", "data", "lengths"):
            for path in sorted((cache_folder() / folder).glob("*")):
                status = path.stat()
                if max(status.st_atime, status.st_mtime) < time.time() - OLD_CACHE_SECONDS:
                    yield Item(path, size(path), "not asked for in 30 days; made again when it is")


def _go(workspace: Path, path: Path) -> None:
    """Out of sight first, whole; then gone."""
    if path.is_dir() and not path.is_symlink() and path.is_relative_to(workspace):
        hidden = workspace / f".deleted.{uuid.uuid4().hex}"
        path.rename(hidden)
        path = hidden
    remove(path)


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; links are not followed."""
    if not path.is_dir() or path.is_symlink():
        with contextlib.suppress(OSError):
            return path.lstat().st_size
        return 0
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(folder, name).lstat().st_size
    return total
