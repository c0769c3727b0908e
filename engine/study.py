"""Looking at a data set from outside the worker: loading it, finding its duplicates, counting its tokens.

What takes seconds happens in a process of its own, so that whoever asks stays free to do something else; the functions
here block and belong in a thread. What the hub gave and what was counted is kept under ``$XDG_CACHE_HOME/dialtune``.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine import builtin, preflight, tasks
from engine.asking import Cancel, Progress, ask
from engine.data import audit, kept, sources
from engine.data.columns import SPLITS, SplitName
from engine.data.duplicates import Duplicates
from engine.data.examples import Splits
from engine.data.quoting import plain
from engine.data.sources import Loaded
from engine.errors import DataError, RunFailed
from engine.home import cache_folder
from engine.runs.files import read_json, write_atomic
from engine.spec import BaseSpec, DataSpec

_KEPT_FILES = 32
"""Files of token lengths that stay, the newest ones; a few hundred KB each."""
_KEPT_SETS = 4
"""Hub data sets that stay."""


@dataclass(frozen=True)
class Lengths:
    """Tokens, before anything is cut, end marks included."""

    source: Mapping[SplitName, tuple[int, ...]]
    """Of each prompt."""
    target: Mapping[SplitName, tuple[int, ...]]
    """Of each reference."""


# -- loading --------------------------------------------------------------------------------------


def load(spec: DataSpec, fresh: bool = False, cancel: Cancel | None = None, task: str = tasks.USUAL) -> Loaded:
    """The dialogues of any source. A hub data set is kept after it was read once; ``fresh`` asks the hub again.

    A missing test split is told, not refused. Raises DataError or HubError in the words of a run that would read the
    same; Cancelled.
    """
    if spec.source == builtin.NAME or not sources.is_hub_id(spec.source):
        return sources.load(spec, need_test=False, task=tasks.named(task))
    asked = spec.model_dump_json() + ("" if task == tasks.USUAL else task)
    name = hashlib.sha256(asked.encode()).hexdigest()[:24]
    path = cache_folder() / "data" / f"{name}.jsonl"
    if fresh or not path.is_file():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(f"{path.parent} cannot be written", error.strerror or "", "Set XDG_CACHE_HOME") from None
        ask(("engine.worker.data", spec.model_dump_json(), str(path), task), (), "done", None, cancel)
        _prune(path.parent, _KEPT_SETS)
    try:
        with path.open(encoding="utf-8") as file:
            loaded = kept.read(file)
            read = time.strftime("%Y-%m-%d %H:%M", time.localtime(path.stat().st_mtime))
    except DataError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The kept copy of {plain(spec.source)} cannot be read", plain(str(error))) from None
    return replace(loaded, notices=(*loaded.notices, f"Read from the hub on {read}."))


# -- what takes its time --------------------------------------------------------------------------


def duplicates(loaded: Loaded, progress: Progress | None = None, cancel: Cancel | None = None) -> Duplicates:
    """What occurs twice in ``loaded``. Raises RunFailed when the process that looks for it breaks off; Cancelled."""
    found = ask(("engine.data.audit",), kept.lines(loaded), "duplicates", progress, cancel)
    try:
        return audit.from_dict(found)
    except (KeyError, TypeError, ValueError):
        raise RunFailed("The search for duplicates gave nothing that can be read") from None


def lengths(
    loaded: Loaded, base: BaseSpec, template: str, progress: Progress | None = None, cancel: Cancel | None = None
) -> Lengths:
    """Tokens of every prompt and reference of ``loaded``, by the tokenizer of ``base``.

    Kept for the next time by the data's fingerprint, the tokenizer and the template. Raises BaseError, HubError,
    RunFailed, Cancelled.
    """
    base = base.model_copy(update={"name": preflight.location(base)})
    path = cache_folder() / "lengths" / f"{_identity(loaded.splits, base, template)}.json"
    found = _lengths(read_json(path), loaded.splits)
    if found is None:
        request = json.dumps({"base": base.model_dump(), "template": template}) + "\n"
        given = itertools.chain([request], kept.lines(loaded))
        values = ask(("engine.worker.lengths",), given, "lengths", progress, cancel)
        found = _lengths(values, loaded.splits)
        if found is None:
            raise RunFailed(f"The tokenizer of {plain(base.name)} gave nothing that can be read")
        with contextlib.suppress(OSError):  # a cache that cannot be written is only slower
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, json.dumps(values))
            _prune(path.parent, _KEPT_FILES)
    return found


def _identity(splits: Splits, base: BaseSpec, template: str) -> str:
    folder = builtin.BASE if base.name == builtin.NAME else Path(base.name)
    files = []
    for name in ("tokenizer.json", "tokenizer_config.json", "spiece.model"):
        with contextlib.suppress(OSError):
            known = (folder / name).stat()
            files.append(f"{name} {known.st_size} {known.st_mtime_ns}")
    parts = (splits.fingerprint(), base.name, base.revision or "", *files, template)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def _lengths(values: Any, splits: Splits) -> Lengths | None:
    """``values`` if they are lengths of ``splits``."""
    try:
        parts = [{s: tuple(map(int, values[of][s])) for s in SPLITS} for of in ("source", "target")]
    except (KeyError, TypeError, ValueError):
        return None
    for split in SPLITS:
        examples = getattr(splits, split)
        if len(parts[0][split]) != len(examples) or len(parts[1][split]) != sum(len(e.references) for e in examples):
            return None
    return Lengths(*parts)


def _prune(folder: Path, most: int) -> None:
    """Remove all but the newest files of ``folder``."""
    with contextlib.suppress(OSError):  # another process may be at the same
        files = sorted(folder.iterdir(), key=lambda file: -file.stat().st_mtime)
        for file in files[most:]:
            file.unlink()
