"""Looking at a data set from outside the worker: loading it, finding its duplicates, counting its tokens.

What takes seconds happens in a process of its own, so that whoever asks stays free to do something else; the functions
here block and belong in a thread. What the hub gave and what was counted is kept under ``$XDG_CACHE_HOME/dialtune``.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from engine import builtin, preflight
from engine.data import audit, kept, sources
from engine.data.columns import SPLITS, SplitName
from engine.data.duplicates import Duplicates
from engine.data.examples import Splits
from engine.data.quoting import plain
from engine.data.sources import Loaded
from engine.errors import BY_EXIT_CODE, DataError, DialtuneError, RunFailed
from engine.home import cache_folder
from engine.launch import worker_environment
from engine.runs.files import read_json, write_atomic
from engine.spec import BaseSpec, DataSpec

Progress = Callable[[int, int], None]
_ROOT = Path(__file__).parent.parent
_KEPT_FILES = 32
"""Files of token lengths that stay, the newest ones; a few hundred KB each."""
_KEPT_SETS = 4
"""Hub data sets that stay."""


class Cancelled(Exception):  # noqa: N818 - nothing went wrong
    """The work was given up, as asked."""


class Cancel:
    """Gives up the work it is handed to, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self.asked = False

    def __call__(self) -> None:
        """End the process that works, and let none begin."""
        with self._lock:
            self.asked = True
            if self._process is not None:
                self._process.kill()

    def holds(self, process: subprocess.Popen[str]) -> None:
        """Take charge of ``process``."""
        with self._lock:
            self._process = process
            if self.asked:
                process.kill()


@dataclass(frozen=True)
class Lengths:
    """Tokens, before anything is cut, end marks included."""

    source: Mapping[SplitName, tuple[int, ...]]
    """Of each prompt."""
    target: Mapping[SplitName, tuple[int, ...]]
    """Of each reference."""


# -- loading --------------------------------------------------------------------------------------


def load(spec: DataSpec, fresh: bool = False, cancel: Cancel | None = None) -> Loaded:
    """The dialogues of any source. A hub data set is kept after it was read once; ``fresh`` asks the hub again.

    A missing test split is told, not refused. Raises DataError or HubError in the words of a run that would read the
    same; Cancelled.
    """
    if spec.source == builtin.NAME or not sources.is_hub_id(spec.source):
        return sources.load(spec, need_test=False)
    name = hashlib.sha256(spec.model_dump_json().encode()).hexdigest()[:24]
    path = cache_folder() / "data" / f"{name}.jsonl"
    if fresh or not path.is_file():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(f"{path.parent} cannot be written", error.strerror or "", "Set XDG_CACHE_HOME") from None
        _ask(("engine.worker.data", spec.model_dump_json(), str(path)), (), "done", None, cancel)
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
    found = _ask(("engine.data.audit",), kept.lines(loaded), "duplicates", progress, cancel)
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
        values = _ask(("engine.worker.lengths",), given, "lengths", progress, cancel)
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


# -- asking another process -----------------------------------------------------------------------


def _ask(
    request: tuple[str, ...], given: Iterable[str], answer: str, progress: Progress | None, cancel: Cancel | None
) -> Any:
    """What ``python -m request...`` says under the key ``answer`` when it reads ``given``; None if it says nothing.

    Raises the DialtuneError it ended with, RunFailed for an end without one, Cancelled.
    """
    found: Any = None
    error: DialtuneError | None = None
    environment = {**worker_environment(), "PYTHONIOENCODING": "utf-8"}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", *request],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, encoding="utf-8", errors="replace",
                env=environment, cwd=_ROOT,
            )  # fmt: skip
        except OSError as problem:
            raise RunFailed("No other process can be started", problem.strerror or str(problem)) from None
        with process:
            try:
                if cancel is not None:
                    cancel.holds(process)
                with contextlib.suppress(OSError):  # who waits at the keyboard, and runs that train, come first
                    os.setpriority(os.PRIO_PROCESS, process.pid, 5)
                assert process.stdin is not None and process.stdout is not None
                _give(process.stdin, given)  # it reads all before it says much, so neither waits for the other
                for line in process.stdout:
                    values = _object(line)
                    if isinstance(values.get("error"), dict):
                        error = _error(values["error"])
                    elif "progress" in values and progress is not None:
                        progress(*values["progress"])
                    found = values.get(answer, found)
            except BaseException:
                process.kill()
                raise
        if cancel is not None and cancel.asked:
            raise Cancelled
        if error is not None:
            raise error
        if process.returncode:
            said.seek(0)
            last = (said.read().strip().splitlines() or [f"It left with exit code {process.returncode}"])[-1]
            raise RunFailed(f"{request[0]} broke off", plain(last), "`dialtune doctor` shows what works here")
    return found


def _give(stream: IO[str], given: Iterable[str]) -> None:
    try:
        for line in given:
            stream.write(line)
        stream.close()
    except BrokenPipeError:  # it has ended early, and will have said why
        with contextlib.suppress(BrokenPipeError):
            stream.close()


def _object(line: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except ValueError:
        return {}  # a library's chatter
    return values if isinstance(values, dict) else {}


def _error(told: Mapping[str, Any]) -> DialtuneError:
    code = told.get("exit_code")
    kind: type[DialtuneError] = BY_EXIT_CODE.get(code, RunFailed) if isinstance(code, int) else RunFailed
    happened, why, todo = (str(told.get(part) or "") for part in ("happened", "why", "todo"))
    return kind(happened, why, todo)
