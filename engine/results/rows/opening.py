"""Opening the table: caches that can be believed are used, others made, several at a time, then all are joined."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path

from engine.results.rows import Progress, keeping
from engine.results.rows.keeping import Source
from engine.results.rows.packs import Pack
from engine.results.rows.store import Part, Rows
from engine.runs.folder import RunFolder

SMALL = 8 << 20
"""Bytes of predictions read in this process: a fifth of a second, less than another process needs to start."""
_ROOT = Path(__file__).parents[3]


def open_rows(runs: Sequence[RunFolder], progress: Progress | None = None) -> Rows:
    """See :func:`engine.results.rows.open_rows`."""
    sources: list[Source] = []
    for run in dict.fromkeys(runs):
        with contextlib.suppress(OSError):  # not there: no summaries yet
            sources.append(Source(run))
    sources = [source for source in sources if source.size]
    columns: dict[Source, Pack | None] = {source: keeping.kept(source, "columns") for source in sources}
    words: dict[Source, Pack | None] = {}
    missing: dict[Source, tuple[str, ...]] = {s: ("columns",) for s, pack in columns.items() if pack is None}
    if missing and sources[0] in missing:  # its dialogues will be needed: one reading for both
        missing[sources[0]] = ("columns", "words")
    for source, found in _make(missing, columns, progress).items():
        columns[source] = found["columns"]
        words[source] = found.get("words")
    have = [source for source in sources if (pack := columns[source]) is not None and pack.facts["rows"]]
    parts = [
        Part(name, source, pack) for name, source in zip(_names(have), have, strict=True) if (pack := columns[source])
    ]
    rows = Rows(parts)
    needed = [part for part in parts if rows.needs_words(part)]
    for part in needed:
        part.words = words.get(part.source) or keeping.kept(part.source, "words", part.columns)
    unread: dict[Source, tuple[str, ...]] = {part.source: ("words",) for part in needed if part.words is None}
    made = _make(unread, columns, progress)
    for part in needed:
        part.words = part.words or made[part.source]["words"]
    return rows


def _names(sources: Sequence[Source]) -> list[str]:
    """The runs' names; runs of several workspaces that are called the same are numbered."""
    names: list[str] = []
    for source in sources:
        name, number = source.run.name, 1
        while name in names:
            number += 1
            name = f"{source.run.name} ({number})"
        names.append(name)
    return names


def _make(
    wanted: dict[Source, tuple[str, ...]], columns: dict[Source, Pack | None], progress: Progress | None
) -> dict[Source, dict[str, Pack]]:
    """Make the packs ``wanted``, as many at once as there are processors. Raises what ``progress`` raises, OSError."""
    if not wanted:
        return {}
    total, lock, stop = sum(source.size for source in wanted), threading.Lock(), threading.Event()
    done = dict.fromkeys(wanted, 0)

    def told(source: Source) -> Callable[[int], None]:
        def tell(amount: int) -> None:
            if stop.is_set():
                raise _Ended
            with lock:
                done[source] = amount
                if progress is not None:
                    progress(sum(done.values()), total)

        return tell

    with ThreadPoolExecutor(min(len(wanted), os.cpu_count() or 1)) as pool:
        futures = {
            source: pool.submit(_made, source, kinds, columns[source], told(source)) for source, kinds in wanted.items()
        }
        try:
            over, _ = wait(futures.values(), return_when=FIRST_EXCEPTION)
            failed = [error for future in over if (error := future.exception()) is not None]
            if failed:
                raise next((error for error in failed if not isinstance(error, _Ended)), failed[0])
        except BaseException:
            stop.set()
            for future in futures.values():
                future.cancel()
            raise
    return {source: future.result() for source, future in futures.items()}


class _Ended(Exception):  # noqa: N818 - another one failed, or nobody wants it any more
    pass


def _made(source: Source, kinds: tuple[str, ...], columns: Pack | None, tell: Callable[[int], None]) -> dict[str, Pack]:
    if source.size > SMALL and keeping.writable(source.run) and _elsewhere(source, kinds, tell):
        found: dict[str, Pack] = {}
        for kind in kinds:
            pack = keeping.kept(source, kind, found.get("columns") or columns)
            if pack is not None:
                found[kind] = pack
        if len(found) == len(kinds):
            return found
    return keeping.make(source, kinds, tell)


def _elsewhere(source: Source, kinds: tuple[str, ...], tell: Callable[[int], None]) -> bool:
    """Let another process make the packs; whether it did."""
    command = [sys.executable, "-m", "engine.results.rows", str(source.run.path.resolve()), *kinds]
    try:
        process = subprocess.Popen(
            command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return False
    with process:
        try:
            with contextlib.suppress(OSError):  # runs that train come first
                os.setpriority(os.PRIO_PROCESS, process.pid, 5)
            assert process.stdout is not None
            for line in process.stdout:
                if line.strip().isdigit():
                    tell(int(line))
        except BaseException:
            process.kill()
            raise
    return process.returncode == 0
