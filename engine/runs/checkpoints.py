"""Which checkpoints a run has, read without the training stack; :mod:`engine.worker.checkpoints` writes them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from engine.runs.files import read_json

COMPLETE = "complete"
"""Empty file that marks a checkpoint as wholly written."""
STATE = "dialtune.json"
"""What a checkpoint has of ours."""
DAMAGED = "damaged-"
"""How the name of what was set aside begins."""
BEST = "best"
DRAFT, OLD = ".draft", ".old-"
"""What is being written, and how the name of what it replaces begins."""
_NAME = re.compile(r"checkpoint-(\d{1,12})")


def whole(folder: Path) -> list[Path]:
    """The checkpoints in ``folder`` that were wholly written, oldest step first; they may be damaged since."""
    found = [path for path in folder.glob("checkpoint-*") if _NAME.fullmatch(path.name)]
    return sorted((path for path in found if (path / COMPLETE).is_file()), key=number)


def number(path: Path) -> int:
    """The step of a checkpoint."""
    return int(path.name.rpartition("-")[2])


def state(path: Path) -> dict[str, Any]:
    """What a checkpoint has of ours; empty for one of an older version."""
    return read_json(path / STATE)


def best_of(state: dict[str, Any]) -> dict[str, Any]:
    """What a checkpoint knows of the evaluations before it."""
    found = state.get("best")
    return found if isinstance(found, dict) else {}
