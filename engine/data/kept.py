"""Examples as JSON lines: how they go from one process to another, and how hub data are kept for looking at.

The first line says how they were read, each other one is an example with its split.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from engine.data.columns import SPLITS
from engine.data.examples import Example, Splits
from engine.data.sources import Loaded
from engine.errors import DataError

_DAMAGED = "The kept copy of the dialogues is damaged"


def lines(loaded: Loaded) -> Iterator[str]:
    """``loaded``, a line at a time, each ending in a newline. ASCII only, so that no encoding can harm it."""
    head = {"notices": loaded.notices, "revision": loaded.revision, "excluded": loaded.excluded}
    yield json.dumps(head) + "\n"
    for split in SPLITS:
        for example in getattr(loaded.splits, split):
            yield json.dumps({"split": split, **asdict(example)}) + "\n"


def read(given: Iterable[str]) -> Loaded:
    """What :func:`lines` wrote. Raises DataError when it is damaged."""
    parts: dict[str, list[Example]] = {split: [] for split in SPLITS}
    rows = iter(given)
    try:
        head = json.loads(next(rows))
        notices, revision, excluded = tuple(map(str, head["notices"])), str(head["revision"]), int(head["excluded"])
        for line in rows:
            row = json.loads(line)
            references = tuple(map(str, row["references"]))
            parts[row["split"]].append(Example(str(row["id"]), str(row["dialogue"]), references, str(row["topic"])))
    except (StopIteration, ValueError, KeyError, TypeError, RecursionError):
        raise DataError(_DAMAGED, "", "Read it anew") from None
    return Loaded(Splits(*(tuple(parts[split]) for split in SPLITS)), notices, revision, excluded)
