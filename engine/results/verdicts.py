"""What a person says about dialogues: bookmarks, notes, and which of two models' summaries is better.

Kept in ``verdicts.jsonl`` in the workspace: a line for everything said, the last word on a matter counts. Lines are
appended whole, so that several terminals can write at once and a crash costs at most the line being written. A verdict
knows its models by the moment their runs were created too: it follows a run that is renamed, and is not taken for
one on another run that got the old name. It also knows what it judged: summaries that were written anew since are
not what it speaks of.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from engine.errors import WorkspaceError
from engine.runs import versions
from engine.runs.files import VERSION, LineCursor, append_lines, parse_json, read_json

FILE = "verdicts.jsonl"
LONGEST_NOTE = 2000
"""Characters of a note that are kept."""

Pair = tuple[str, str]
"""Two models, by name in alphabetical order."""


@dataclass(frozen=True)
class Verdict:
    """Which of two summaries of a dialogue is better."""

    key: str
    """The dialogue's."""
    id: str
    """The dialogue's id, for a person."""
    pair: Pair
    winner: str
    """The better model; empty for a tie."""
    blind: bool
    """Whether the names were hidden."""
    said: tuple[str, str] = ("", "")
    """:func:`digest` of what each of the pair had said."""
    time: float = 0.0
    """Seconds since the epoch."""


@dataclass(frozen=True)
class Count:
    """Verdicts on a pair, seen from its first model."""

    wins: int = 0
    ties: int = 0
    losses: int = 0

    @property
    def all(self) -> int:
        """How many there are."""
        return self.wins + self.ties + self.losses


@dataclass(frozen=True)
class Tally:
    """Verdicts on a pair: with the names hidden, and with them shown."""

    blind: Count = Count()
    open: Count = Count()


@dataclass(frozen=True)
class Said:
    """All that was said and still holds. Dialogues are known by their keys."""

    bookmarks: Mapping[str, str] = field(default_factory=dict)
    """Id of each dialogue that is marked."""
    notes: Mapping[str, str] = field(default_factory=dict)
    verdicts: Mapping[tuple[str, Pair, bool], Verdict] = field(default_factory=dict)
    """By dialogue, pair, and whether the names were hidden."""

    def verdict(self, key: str, first: str, second: str, blind: bool) -> Verdict | None:
        """The verdict on two models' summaries of a dialogue, whichever of them is named first."""
        return self.verdicts.get((key, pair_of(first, second), blind))

    def tally(self) -> dict[Pair, Tally]:
        """Wins, ties and losses of each pair's first model."""
        found: dict[tuple[Pair, bool], list[int]] = {}
        for verdict in self.verdicts.values():
            count = found.setdefault((verdict.pair, verdict.blind), [0, 0, 0])
            count[("", *verdict.pair).index(verdict.winner)] += 1
        made = {key: Count(wins=won, ties=tied, losses=lost) for key, (tied, won, lost) in found.items()}
        pairs = sorted({pair for pair, _ in found})
        return {pair: Tally(made.get((pair, True), Count()), made.get((pair, False), Count())) for pair in pairs}


def tally(workspace: Path) -> dict[Pair, Tally]:
    """The verdicts of a workspace, by pair. A model that was deleted, and what was said of it, is left out."""
    return Ledger(workspace).read().tally()


def pair_of(first: str, second: str) -> Pair:
    """Both in alphabetical order."""
    return (first, second) if first <= second else (second, first)


def digest(summary: str) -> str:
    """Sixteen hexadecimal digits that stand for a summary."""
    return hashlib.sha256(summary.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Ledger:
    """The file of one workspace: read on from where one was, and written to. Safe to use from several threads."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._cursor = LineCursor(workspace / FILE)
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._bookmarks: dict[str, str] = {}
        self._notes: dict[str, str] = {}
        self._verdicts: dict[tuple[str, frozenset[tuple[str, float]], bool], dict[str, Any]] = {}

    def read(self) -> Said:
        """What holds now, other terminals' words included. Blocks; lines that cannot be understood are skipped."""
        with self._lock:
            before = self._cursor.offset
            for line in self._cursor.read():
                if self._cursor.offset < before:  # somebody wrote the file anew
                    self._clear()
                    before = 0
                self._take(line)
            made = self._made()
            verdicts: dict[tuple[str, Pair, bool], Verdict] = {}
            for record in sorted(self._verdicts.values(), key=lambda record: record["time"]):
                if (verdict := _verdict(record, made)) is not None:
                    verdicts[verdict.key, verdict.pair, verdict.blind] = verdict
            return Said(dict(self._bookmarks), dict(self._notes), verdicts)

    def bookmark(self, key: str, id: str, on: bool) -> None:
        """Mark a dialogue, or take its mark away. Raises WorkspaceError."""
        self._write({"what": "bookmark", "key": key, "id": id, "on": on})

    def note(self, key: str, id: str, text: str) -> None:
        """Write a line about a dialogue; an empty one takes it away. Raises WorkspaceError."""
        self._write({"what": "note", "key": key, "id": id, "text": text[:LONGEST_NOTE]})

    def judge(self, key: str, id: str, said: Mapping[str, str], winner: str | None, blind: bool) -> None:
        """Say which of two models is better; an empty winner is a tie, None takes the verdict back.

        ``said``: the two models' summaries of the dialogue. Raises WorkspaceError; ValueError for other than two
        models, or a winner that is none of them.
        """
        if len(said) != 2 or (winner and winner not in said):
            raise ValueError(f"{winner!r} is none of two models: {sorted(said)}")
        made = self._made()
        models = [{"name": name, "made": made.get(name, 0.0), "said": digest(said[name])} for name in sorted(said)]
        record = {"what": "verdict", "key": key, "id": id, "models": models, "winner": winner, "blind": blind}
        self._write(record)

    def _write(self, record: dict[str, Any]) -> None:
        line = json.dumps({**record, "time": time.time(), "version": VERSION}, ensure_ascii=False) + "\n"
        try:
            self._workspace.mkdir(parents=True, exist_ok=True)
            append_lines(self._workspace / FILE, [line])
        except OSError as error:
            place = self._workspace / FILE
            raise WorkspaceError(
                f"{place} cannot be written", error.strerror or str(error), "What you said was not kept"
            ) from None

    def _made(self) -> dict[str, float]:
        """When each run of the workspace was created, by its name."""
        found: dict[str, float] = {}
        try:
            entries = [entry for entry in self._workspace.iterdir() if not entry.name.startswith(".")]
        except OSError:
            return found
        for entry in entries:
            if (entry / "spec.toml").is_file():
                created = read_json(entry / "status.json").get("created")
                found[entry.name] = float(created) if _is_number(created) else 0.0
        return found

    def _take(self, line: str) -> None:
        try:
            record = parse_json(line)
        except ValueError:
            return
        if not isinstance(record, dict) or not all(isinstance(record.get(name), str) for name in ("key", "id")):
            return
        if versions.of(record) > VERSION:
            return  # a newer dialtune's
        key, what = record["key"], record.get("what")
        if what == "bookmark" and isinstance(record.get("on"), bool):
            self._bookmarks.pop(key, None)
            if record["on"]:
                self._bookmarks[key] = record["id"]
        elif what == "note" and isinstance(record.get("text"), str):
            self._notes.pop(key, None)
            if record["text"].strip():
                self._notes[key] = record["text"]
        elif what == "verdict" and _is_verdict(record):
            models = frozenset((model["name"], float(model["made"])) for model in record["models"])
            matter = (key, models, record["blind"])
            self._verdicts.pop(matter, None)
            if record["winner"] is not None:
                self._verdicts[matter] = record


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e18


def _is_verdict(record: Mapping[str, Any]) -> bool:
    models, winner = record.get("models"), record.get("winner")
    if not isinstance(models, list) or len(models) != 2 or not all(isinstance(model, dict) for model in models):
        return False
    if not all(isinstance(m.get("name"), str) and isinstance(m.get("said"), str) for m in models):
        return False
    if not all(_is_number(model.get("made")) for model in models) or models[0]["name"] == models[1]["name"]:
        return False
    named = "winner" in record and (winner is None or winner in ("", models[0]["name"], models[1]["name"]))
    return named and isinstance(record.get("blind"), bool) and _is_number(record.get("time"))


def _verdict(record: Mapping[str, Any], made: Mapping[str, float]) -> Verdict | None:
    """With the names the models have now; None where one of them is gone."""
    now = {model["name"]: _name_now(model["name"], model["made"], made) for model in record["models"]}
    said = {now[model["name"]]: model["said"] for model in record["models"]}
    names = sorted(name for name in now.values() if name is not None)
    if len(set(names)) != 2:
        return None
    winner = now[record["winner"]] or "" if record["winner"] else ""
    pair = (names[0], names[1])
    return Verdict(
        record["key"], record["id"], pair, winner, record["blind"], (said[pair[0]], said[pair[1]]), record["time"]
    )


def _name_now(name: str, created: float, made: Mapping[str, float]) -> str | None:
    if made.get(name) == created:
        return name
    others = [other for other, moment in made.items() if moment == created]
    return others[0] if len(others) == 1 and created else None
