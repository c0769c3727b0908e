"""Scoring in processes of their own: the terminal stays free, and many summaries are scored on every core.

``python -m engine.importing.apart`` reads JSON lines ``[summary, [reference, ...], dialogue]`` on standard input and
prints JSON lines: {"progress": [done, total]}, ..., {"scored": [[scores, counts], ...]}.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

from engine.asking import Cancel, Progress, ask
from engine.errors import RunFailed
from engine.results.scoring import Counts, Scored, score_all

PAYS = 1000
"""Summaries worth a process of their own: to start one takes as long as to score about as many."""
MOST = 16
"""Processes at once."""


class Pair(NamedTuple):
    """What is to be scored."""

    summary: str
    references: tuple[str, ...]
    dialogue: str


def score(
    pairs: Sequence[Pair], progress: Progress | None = None, cancel: Cancel | None = None, processes: int | None = None
) -> list[Scored]:
    """The figures of each of ``pairs``, by as many ``processes`` as pay off.

    Blocks; belongs in a thread. Raises Cancelled, and RunFailed when a process breaks off.
    """
    if not pairs:
        return []
    many = processes or max(1, min(len(pairs) // PAYS, _cores(), MOST))
    edges = [at * len(pairs) // many for at in range(many + 1)]
    shares = [pairs[start:end] for start, end in itertools.pairwise(edges) if end > start]
    cancel = cancel or Cancel()
    told = _Sum(len(pairs), len(shares), progress)
    with ThreadPoolExecutor(len(shares)) as threads:
        try:
            jobs = [threads.submit(_one, share, partial(told, place), cancel) for place, share in enumerate(shares)]
            return [scored for job in jobs for scored in job.result()]
        except BaseException:
            cancel()  # the others have nothing to work for
            raise


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Sum:
    """Adds up how far several processes are."""

    def __init__(self, total: int, parts: int, progress: Progress | None) -> None:
        self._total, self._done, self._progress = total, [0] * parts, progress
        self._lock = threading.Lock()

    def __call__(self, part: int, done: int, _total: int) -> None:
        with self._lock:
            self._done[part] = done
            if self._progress is not None:
                self._progress(sum(self._done), self._total)


def _one(pairs: Sequence[Pair], progress: Progress, cancel: Cancel) -> list[Scored]:
    cancel.check()
    found = ask(("engine.importing.apart",), map(_line, pairs), "scored", progress, cancel)
    try:
        scored = [Scored(dict(scores), _counts(counts)) for scores, counts in found]
    except (TypeError, ValueError):
        scored = []
    if len(scored) != len(pairs):
        raise RunFailed("The scoring gave nothing that can be read", "", "`dialtune doctor` shows what works here")
    return scored


def _line(pair: Pair) -> str:
    return json.dumps(pair) + "\n"


def _counts(values: Sequence[Any]) -> Counts:
    summary, reference, matched, total = values
    return Counts(int(summary), int(reference), tuple(map(int, matched)), tuple(map(int, total)))


def main() -> int:
    """Score what stands on standard input."""
    pairs = list(_pairs())

    def progress(done: int, total: int) -> None:
        print(json.dumps({"progress": [done, total]}), flush=True)

    summaries, references, dialogues = zip(*pairs, strict=True)
    found = score_all(summaries, references, dialogues, progress)
    print(json.dumps({"scored": [[scored.scores, scored.counts] for scored in found]}), flush=True)
    return 0


def _pairs() -> Iterator[Pair]:
    for line in sys.stdin:
        summary, references, dialogue = json.loads(line)
        yield Pair(summary, tuple(references), dialogue)


if __name__ == "__main__":
    sys.exit(main())
