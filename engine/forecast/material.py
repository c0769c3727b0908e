"""How many examples a run will have, and how long they are, before it starts.

Local data are read. Of hub data, which only a worker reads, the figures come from an earlier run on the same data,
or from what is known of a data set; else they stay unknown.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import builtin
from engine.data.columns import SPLITS
from engine.data.examples import Example
from engine.data.sources import is_hub_id, load
from engine.errors import DialtuneError
from engine.forecast.lengths import Lengths, spread, tokens
from engine.forecast.past import Past
from engine.results.facts import at
from engine.spec import DataSpec, RunSpec

Sizes = tuple[tuple[int, int], ...]
"""Characters of each example's dialogue and first reference."""

KEPT = 4
"""Data sets whose sizes are remembered."""


@dataclass(frozen=True)
class Material:
    """The examples of a run."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """Examples by split; a split that is missing is unknown."""
    lengths: Mapping[str, Lengths] = field(default_factory=dict)
    """By split; a split that is missing or empty has none."""
    origin: str = ""
    """Where the figures come from, in words; empty where there are none."""
    problem: DialtuneError | None = None
    """Why local data cannot be read."""


def gather(spec: RunSpec, past: Sequence[Past] = (), measured: Mapping[str, int] | None = None) -> Material:
    """The examples of ``spec``; ``measured`` are the counts that a probe of it found. Reads local data: slow."""
    data = spec.data
    if data.source == builtin.NAME or not is_hub_id(data.source):
        try:
            sizes = _sizes(data, spec.needs_training_examples)
        except DialtuneError as error:
            return Material(problem=error)
        return _of_sizes(spec, sizes, "counted")
    counts, origin = dict(measured or {}), "counted by the probe" if measured else ""
    if not counts:
        counts, origin = _from_past(data, past)
    if data.source in KNOWN:
        return _known(spec, KNOWN[data.source], counts, origin)
    return Material(counts, {}, origin)


def limited(count: int, limit: int | str) -> int:
    """``count`` examples under a spec's limit, which may be ``all``."""
    return count if isinstance(limit, str) else min(count, limit)


def _of_sizes(spec: RunSpec, sizes: Mapping[str, Sizes], origin: str) -> Material:
    around = len(spec.prompt.template) - len("{dialogue}")
    base = spec.base.name
    limits = spec.data.max_source_tokens, spec.data.max_target_tokens
    chosen = {split: part[: limited(len(part), getattr(spec.data, split))] for split, part in sizes.items()}
    lengths = {
        split: Lengths(
            tuple((tokens(d + around, base, 0, limits[0]), tokens(s, base, 1, limits[1])) for d, s in part)
        )
        for split, part in chosen.items()
        if part
    }  # fmt: skip
    return Material({split: len(part) for split, part in chosen.items()}, lengths, origin)


# -- local data -----------------------------------------------------------------------------------

_read: dict[Any, dict[str, Sizes]] = {}
_lock = threading.Lock()


def _sizes(data: DataSpec, need_train: bool) -> dict[str, Sizes]:
    """Sizes of every split; read once, and again when a file has changed. Raises DataError."""
    whole = data.model_copy(
        update={split: "all" if getattr(data, split) != 0 else 0 for split in SPLITS}
        | {"max_source_tokens": 512, "max_target_tokens": 128}
    )
    key = (whole, need_train, _stamp(data.source))
    with _lock:
        if key in _read:
            return _read[key]
    splits = load(whole, need_train=need_train).splits
    found: dict[str, Sizes] = {split: tuple(map(_size, getattr(splits, split))) for split in SPLITS}
    with _lock:
        while len(_read) >= KEPT:
            del _read[next(iter(_read))]
        _read[key] = found
    return found


def _size(example: Example) -> tuple[int, int]:
    return len(example.dialogue), len(example.references[0]) if example.references else 0


def _stamp(source: str) -> tuple[tuple[str, int, int], ...]:
    """What the files of ``source`` look like from outside."""
    if source == builtin.NAME:
        return ()
    found = []
    try:
        path = Path(source).expanduser()
        folders = [path, path / "data"]
        files = [path] if path.is_file() else [file for f in folders if f.is_dir() for file in f.iterdir()]
        for file in sorted(files):
            facts = file.stat()
            found.append((str(file), facts.st_mtime_ns, facts.st_size))
    except (OSError, RuntimeError, ValueError):  # loading it will say what is wrong
        return ()
    return tuple(found)


# -- hub data -------------------------------------------------------------------------------------


def _from_past(data: DataSpec, past: Sequence[Past]) -> tuple[dict[str, int], str]:
    """Counts by split that earlier runs on the same rows of the same data allow to know."""
    counts: dict[str, int] = {}
    names: list[str] = []
    for run in past:
        if run.source != data.source or not _same_rows(data, at(run.spec, "data")):
            continue
        for split in SPLITS:
            if split in counts or split not in run.splits:
                continue
            ours, theirs = getattr(data, split), at(run.spec, "data", split)
            there = run.splits[split]
            cut = isinstance(theirs, int) and there >= theirs  # there may be more than it took
            if not cut or (isinstance(ours, int) and ours <= there):
                counts[split] = limited(there, ours)
                names.append(run.name)
    for split in SPLITS:
        if getattr(data, split) == 0:
            counts[split] = 0
    return counts, f"as in the run {names[0]}" if names else ""


def _same_rows(data: DataSpec, other: Any) -> bool:
    ours = data.model_dump()
    theirs = other if isinstance(other, Mapping) else {}
    keys = ("config", "revision", "every")
    usual = DataSpec().model_dump()
    return all(ours[key] == theirs.get(key, usual[key]) for key in keys)


@dataclass(frozen=True)
class Known:
    """A published data set: rows and, of those, references a dialogue in each split, and quantiles of its lengths."""

    rows: Mapping[str, tuple[int, int]]
    dialogue: tuple[tuple[float, int], ...]
    """Share of dialogues and the characters that as many do not exceed."""
    summary: tuple[tuple[float, int], ...]


_SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 1.0)

KNOWN: dict[str, Known] = {
    # Counted on the data set itself: Chen et al. 2021. Test rows are 500 dialogues with three references each.
    "knkarthick/dialogsum": Known(
        {"train": (12_460, 1), "validation": (500, 1), "test": (1_500, 3)},
        tuple(zip(_SHARES, (190, 319, 485, 653, 916, 1223, 1431, 1735, 2092, 2483, 5178), strict=True)),
        tuple(zip(_SHARES, (31, 72, 95, 129, 173, 223, 259, 306, 349, 396, 1039), strict=True)),
    ),
}


def _known(spec: RunSpec, known: Known, counts: Mapping[str, int], origin: str) -> Material:
    found = {}
    for split, (rows, references) in known.rows.items():
        kept = {row // references for row in range(0, rows, spec.data.every)}
        found[split] = counts.get(split, limited(len(kept), getattr(spec.data, split)))
    sizes = {
        split: tuple(zip(spread(known.dialogue, count), spread(known.summary, count), strict=True))
        for split, count in found.items()
    }
    lengths = _of_sizes(
        spec.model_copy(update={"data": spec.data.model_copy(update=dict.fromkeys(SPLITS, "all"))}), sizes, ""
    ).lengths
    if spec.data.revision is not None or spec.data.config is not None:
        origin = origin or "as the data set was published"
    return Material(found, lengths, origin or "as published")
