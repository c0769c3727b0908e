"""Queries kept under a name: one small file a workspace beside its session, so that its models' names fit."""

from __future__ import annotations

import contextlib
from pathlib import Path

from engine.runs.files import read_json, write_json
from tui.session import place_of

LONGEST_NAME = 60


def load(workspace: Path) -> dict[str, str]:
    """Queries by name, in the order in which they were kept; what cannot be read counts as none."""
    values = read_json(_file(workspace)).get("queries")
    pairs = values if isinstance(values, list) else []
    return {
        name: text
        for name, text in (pair for pair in pairs if isinstance(pair, list) and len(pair) == 2)
        if isinstance(name, str) and isinstance(text, str)
    }


def save(workspace: Path, name: str, query: str) -> None:
    """Keep ``query`` as ``name``, in place of another of that name; an empty query takes it away.

    The file is read again first: another terminal may have kept one. A home that cannot be written just forgets it.
    """
    kept = load(workspace)
    kept.pop(name, None)
    if query:
        kept[name] = query
    with contextlib.suppress(OSError):
        _file(workspace).parent.mkdir(parents=True, exist_ok=True)
        write_json(_file(workspace), {"queries": [list(pair) for pair in kept.items()]})


def _file(workspace: Path) -> Path:
    return place_of(workspace).with_suffix(".queries.json")
