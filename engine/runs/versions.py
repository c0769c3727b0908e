"""The version of the files' form, which every file says: older ones are read, newer ones refused in a sentence.

JSON files, specs and the lines of predictions and verdicts have a ``version`` key; ``events.jsonl`` has a line of its
own. What says nothing is of version 1. New fields and new kinds of events need no new version: readers skip what they
do not know. The number rises when an old reader would misunderstand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import WorkspaceError
from engine.runs.files import VERSION, LineCursor, parse_json, read_json

if TYPE_CHECKING:
    from engine.runs.folder import RunFolder

JSON_FILES = (
    "status.json",
    "manifest.json",
    "scores.json",
    "import.json",
    "remarks.json",
    "queue.json",
    "forecast.json",
)
LINES = ("events.jsonl", "predictions.jsonl")


def of(values: Any) -> int:
    """The version that ``values``, read from a file, are of."""
    found = values.get("version", 1) if isinstance(values, dict) else 1
    return found if isinstance(found, int) and not isinstance(found, bool) else 1


def newer(run: RunFolder) -> dict[str, int]:
    """The files of ``run`` that are of a newer version than ours, with it."""
    found = {name: of(read_json(run.path / name)) for name in JSON_FILES}
    found |= {name: of(_first(run, name)) for name in LINES}
    found["spec.toml"] = _spec(run)
    return {name: version for name, version in found.items() if version > VERSION}


def refuse(run: RunFolder) -> None:
    """Raise WorkspaceError where ``run`` was written by a dialtune whose files we would misunderstand."""
    if found := newer(run):
        name, version = max(found.items(), key=lambda pair: pair[1])
        raise WorkspaceError(
            f"The run {run.name} was made by a newer dialtune",
            f"Its {name} is of version {version}, and this dialtune reads up to version {VERSION}",
            "Update dialtune to open it; nothing in it was changed",
        )


def _first(run: RunFolder, name: str) -> Any:
    for line in LineCursor(run.path / name, chunk=1 << 16).read():
        try:
            return parse_json(line)
        except ValueError:
            return None
    return None


def _spec(run: RunFolder) -> int:
    """The version in the lines of ``spec.toml`` before its first table."""
    try:
        with (run.path / "spec.toml").open(encoding="utf-8", errors="replace") as file:
            for line in file:
                key, _, value = line.partition("=")
                if line.startswith("["):
                    break
                if key.strip() == "version":
                    return int(value.strip())
    except (OSError, ValueError):
        pass
    return 1
