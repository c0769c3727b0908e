"""One broken thing and what was seen of it; the table of all of them."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.campaign.ground import Ground


@dataclass
class Trial:
    """A trial as it goes: where it struck, and what did not hold."""

    kind: str
    seed: int
    where: str = "-"
    """The phase, or the file, that was struck."""
    notes: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def that(self, holds: object, otherwise: str) -> bool:
        """Whether ``holds``; what did not is kept."""
        if not holds:
            self.broken.append(otherwise)
        return bool(holds)


Strike = Callable[["Ground", Random, Trial], None]


@dataclass(frozen=True)
class Kind:
    """A way to break things; of ``--trials`` it gets a part by its ``share``."""

    name: str
    share: int
    strike: Strike
    shim: bool = False
    """Whether it needs the compiled shim."""


def attempt(kind: Kind, ground: Ground, seed: int) -> Trial:
    """One trial of ``kind``, which depends on nothing but its ``seed`` (and on how fast the machine is)."""
    trial = Trial(kind.name, seed)
    began = time.monotonic()
    try:
        kind.strike(ground, Random(f"{kind.name} {seed}"), trial)
    except Exception as error:  # what breaks the campaign itself counts as not held, too
        place = traceback.extract_tb(error.__traceback__)[-1]
        trial.broken.append(f"{type(error).__name__}: {error} ({place.filename.rpartition('/')[2]}:{place.lineno})")
    finally:
        ground.clear()
    trial.seconds = time.monotonic() - began
    return trial


def shared_out(kinds: Iterable[Kind], trials: int) -> list[tuple[Kind, int]]:
    """How many of ``trials`` each kind gets: by its share, at least one."""
    kinds = list(kinds)
    total = sum(kind.share for kind in kinds)
    return [(kind, max(1, round(trials * kind.share / total))) for kind in kinds]


def table(trials: Iterable[Trial]) -> str:
    """Kind by phase: trials, passed, failed, and seconds of the longest."""
    cells: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        cells.setdefault((trial.kind, trial.where), []).append(trial)
    lines = [("kind", "struck", "trials", "held", "failed", "longest s")]
    for (kind, where), found in sorted(cells.items()):
        failed = sum(bool(trial.broken) for trial in found)
        longest = max(trial.seconds for trial in found)
        lines.append((kind, where, str(len(found)), str(len(found) - failed), str(failed), f"{longest:.1f}"))
    every = [trial for found in cells.values() for trial in found]
    failed = sum(bool(trial.broken) for trial in every)
    lines.append(("all", "", str(len(every)), str(len(every) - failed), str(failed), ""))
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
