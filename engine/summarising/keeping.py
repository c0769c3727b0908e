"""Summaries kept in a file of JSON lines, so that the same command goes on where it was interrupted.

Beside ``OUT.jsonl`` lies ``OUT.jsonl.resume``: what it was begun with. With another model, other settings or other
dialogues it is not continued; dialogues that have come behind the old ones are.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.data.quoting import plain
from engine.errors import WorkspaceError
from engine.results.facts import asked, word
from engine.runs.files import LineCursor, append_lines, parse_json, read_json, write_json
from engine.runs.folder import RunFolder
from engine.summarising.inputs import Item

_FORM = 1
"""Of the file beside; another number is another program's."""


class Kept:
    """The file that summaries go to. Use it as a context: it is locked meanwhile."""

    def __init__(self, path: Path, model: str, settings: Sequence[str], items: Sequence[Item]) -> None:
        """``model`` and ``settings``: what must be the same; ``items``: all there is to do."""
        self.path, self.beside = path, path.with_name(f"{path.name}.resume")
        self._model, self._settings, self._items = model, " ".join(settings), items
        self._lock = -1
        self.done = 0
        """Dialogues, from the first on, that have their summaries."""

    def __enter__(self) -> Kept:
        """Raises WorkspaceError where the file cannot be continued or written, or another process is at it."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._claim()
            self._begin()
        except OSError as error:
            self.__exit__()
            why = error.strerror or str(error)
            raise WorkspaceError(f"{plain(str(self.path))} cannot be written", why, "Choose another --to") from None
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def add(self, item: Item, summary: str) -> None:
        """Append one. Raises WorkspaceError."""
        line = json.dumps({"id": item.id, "summary": summary}, ensure_ascii=False) + "\n"
        try:
            append_lines(self.path, [line])
        except OSError as error:
            raise WorkspaceError(
                f"{plain(str(self.path))} cannot be written", error.strerror or str(error),
                "Free some space, then give the same command again",
            ) from None  # fmt: skip
        self.done += 1

    def _claim(self) -> None:
        """Hold the file against others."""
        self._lock = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkspaceError(f"Another process is writing {plain(str(self.path))}", "", "Wait for it") from None

    def _begin(self) -> None:
        if os.fstat(self._lock).st_size:
            known = read_json(self.beside)
            if not known:
                raise self._other("it was not begun by `dialtune summarize --to`")
            self._compare(known)
            self.done = self._whole()
        facts = {"form": _FORM, "model": self._model, "settings": self._settings}
        write_json(self.beside, {**facts, "dialogues": len(self._items), "input": digest(self._items)})

    def _compare(self, known: dict[str, Any]) -> None:
        if known.get("form") != _FORM:
            raise self._other("another version of dialtune began it")
        if known.get("model") != self._model:
            raise self._other("it was begun with another model, or the run was trained anew")
        if known.get("settings") != self._settings:
            raise self._other(f"it was begun with other settings: {plain(str(known.get('settings')) or 'none')}")
        amount = known.get("dialogues")
        before = self._items[:amount] if isinstance(amount, int) and 0 <= amount <= len(self._items) else None
        if before is None or digest(before) != known.get("input"):
            raise self._other("the dialogues have changed since it was begun")

    def _whole(self) -> int:
        """How many whole lines there are, each the answer to its dialogue; a torn last one is taken away."""
        cursor = LineCursor(self.path)
        count = 0
        for line in cursor.read():
            try:
                values = parse_json(line)
            except ValueError:
                values = None
            right = isinstance(values, dict) and isinstance(values.get("summary"), str)
            if not right or count >= len(self._items) or values["id"] != self._items[count].id:  # type: ignore[index]
                raise self._other(f"its line {count + 1} is not what was written")
            count += 1
        with contextlib.suppress(FileNotFoundError):
            os.truncate(self.path, cursor.offset)
        return count

    def _other(self, why: str) -> WorkspaceError:
        return WorkspaceError(
            f"{plain(str(self.path))} cannot be continued", why[:1].upper() + why[1:],
            "Choose another --to, or delete it",
        )  # fmt: skip


def digest(items: Sequence[Item]) -> str:
    """SHA-256 of ids and dialogues in their order."""
    found = hashlib.sha256()
    for item in items:
        for text in (item.id, item.dialogue):
            data = text.encode("utf-8", "surrogatepass")
            found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()


def of_run(run: RunFolder) -> str:
    """What a run's model is: the digest of its weights, with what its prompts and its decoding come from. Blocks."""
    spec = asked(run)
    parts = {name: spec.get(name) for name in ("method", "base", "prompt", "decode", "data")}
    found = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode())
    for file in sorted(run.model_path.glob("*.safetensors")):
        with file.open("rb") as stream:
            found.update(hashlib.file_digest(stream, "sha256").digest())
    return f"{word(spec, 'method')} {found.hexdigest()}"


def of_base(name: str) -> str:
    """What a base is: its name, with sizes and times of the files in its folder."""
    files = sorted(Path(name).glob("*.safetensors")) if Path(name).is_dir() else []
    return json.dumps([name, *((file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files)])
