"""A run in a few words, from its small files: what a list of hundreds can afford. Knows no Textual."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path

from engine.errors import DialtuneError
from engine.runs import versions
from engine.runs.files import VERSION
from engine.runs.folder import RunFolder, Status

BROKEN_OFF = ("stopped", "failed", "lost")
"""States of a run that may be resumed."""


@dataclass(frozen=True)
class Outline:
    """What a run was asked, in the words of its spec."""

    name: str
    method: str = ""
    base: str = ""
    data: str = ""
    problem: str = ""
    """Why the spec cannot be read; empty when it can."""

    @property
    def words(self) -> str:
        """``lora of flan-t5-base on dialogsum``; empty where nothing is known."""
        if self.method == "imported":
            return f"imported summaries of {self.data}"
        return f"{self.method} of {self.base} on {self.data}" if self.method else ""


def outline(run: RunFolder, check: bool = False) -> Outline:
    """What ``run`` was asked; of a spec that cannot be read, why.

    Without ``check`` only the lines that are shown are parsed: a workspace of 300 runs is listed at once, and before
    pydantic is loaded.
    """
    if (not check or run.imported) and (quick := _glance(run)) is not None:
        return quick
    try:
        spec = run.spec()
    except DialtuneError as error:
        return Outline(run.name, problem=str(error))
    return Outline(run.name, spec.method, spec.base.name, spec.data.source)


_SHOWN = {"": ("method", "version"), "[base]": ("name",), "[data]": ("source",)}
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
        if versions.of(values) > VERSION:
            return None  # the whole of it says why it cannot be read
    except (ValueError, KeyError, TypeError):
        return None
    return Outline(run.name, *found) if all(isinstance(value, str) for value in found) else None


def elapsed(status: Status, now: float) -> float | None:
    """Whole seconds, see :meth:`engine.runs.folder.Status.elapsed`; None too where they cannot be told."""
    seconds = status.elapsed(now)
    return float(int(seconds)) if seconds is not None and math.isfinite(seconds) else None


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


def phase_share(status: Status) -> float | None:
    """Share of the present phase that is done (0 to 1), None where it cannot be counted."""
    done, total = status.done, status.total
    if status.phase == "training" and status.total_steps:
        done, total = status.step, status.total_steps
    return min(done / total, 1.0) if total > 0 else None


def doing(status: Status) -> str:
    """What a running run is at, in a word; that it does not move goes first."""
    return "paused" if status.paused else "stalled" if status.idle is not None else status.phase or "starting"


def has_checkpoint(run: RunFolder) -> bool:
    """Whether there is a state to resume from: of its training, or summaries that it has decoded."""
    try:
        if run.predictions_path.stat().st_size:
            return True
    except OSError:
        pass  # it has decoded nothing yet
    try:
        return any(entry.is_dir() for entry in run.checkpoints_path.iterdir())
    except OSError:
        return False
