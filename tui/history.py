"""Prompts asked in the playground, kept for the next time: newest last, in ``$XDG_STATE_HOME/dialtune``."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.home import state_folder
from engine.runs import shapes
from engine.runs.files import LineCursor, parse_json, write_atomic

MOST = 100
"""Prompts kept."""
LONGEST = 50_000
"""Characters of a dialogue up to which it is kept."""


@dataclass(frozen=True)
class Kept:
    """One prompt."""

    dialogue: str
    references: tuple[str, ...] = ()
    origin: str = ""


def file() -> Path:
    """Where they are."""
    return state_folder() / "playground.jsonl"


def load() -> list[Kept]:
    """Those kept, oldest first; damaged lines are skipped. Blocks."""
    found = []
    for line in LineCursor(file()).read():
        with contextlib.suppress(ValueError):
            found.append(shapes.read(Kept, parse_json(line)))
    return found[-MOST:]


def add(prompt: Kept) -> list[Kept]:
    """Those kept with ``prompt`` as the newest; a home that cannot be written forgets it. Blocks."""
    before = [kept for kept in load() if kept.dialogue != prompt.dialogue]
    after = [*before, *([prompt] if len(prompt.dialogue) <= LONGEST else [])][-MOST:]
    with contextlib.suppress(OSError):
        file().parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file(), "".join(json.dumps(asdict(kept)) + "\n" for kept in after))
        file().chmod(0o600)  # dialogues may be nobody else's business
    return after
