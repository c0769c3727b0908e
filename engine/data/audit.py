"""What a data set is like: how much of it there is, how long it is, what it is about, what occurs twice.

``python -m engine.data.audit`` reads examples (:mod:`engine.data.kept`) on standard input and finds their
duplicates; a process of its own, because it is seconds of pure Python and the terminal must go on meanwhile. It
prints JSON lines: {"progress": [done, total]}, ..., {"duplicates": {...}}.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from engine.data import duplicates, kept
from engine.data.columns import SPLITS, SplitName
from engine.data.duplicates import Duplicates, Progress
from engine.data.examples import Example, Splits
from engine.data.leakage import Leakage, texts

_LONGEST_LABEL = 40
"""What stands before a turn's first colon names a speaker if it is no longer than this."""


@dataclass(frozen=True)
class Spread:
    """How some figures are distributed; percentiles by nearest rank. All 0 when there are none."""

    count: int = 0
    least: float = 0
    quarter: float = 0
    """25 % of the figures are at most this."""
    median: float = 0
    three_quarters: float = 0
    most: float = 0
    mean: float = 0.0


@dataclass(frozen=True)
class Measure:
    """Figures of one example."""

    turns: int
    speakers: int
    words: int
    """Of the dialogue, speakers' labels included; what stands between spaces is a word."""
    summary_words: tuple[int, ...]
    """Of each reference."""


@dataclass(frozen=True)
class SplitFacts:
    """Figures of one split."""

    split: SplitName
    dialogues: int
    references: int
    topics: tuple[tuple[str, int], ...]
    """Each topic with how many dialogues it has, the most frequent first; without the dialogues that have none."""
    turns: Spread
    speakers: Spread
    words: Spread
    summary_words: Spread
    compression: Spread
    """Words of a dialogue for each word of its reference (M. Grusky et al. 2018, "Newsroom"), of each reference."""


@dataclass(frozen=True)
class Audit:
    """All figures of a data set."""

    splits: tuple[SplitFacts, ...]
    leakage: Leakage


def audit(examples: Splits, progress: Progress | None = None) -> Audit:
    """Measure ``examples`` and find their duplicates: seconds for ten thousand dialogues."""
    found = duplicates.find(texts(examples), progress)
    return Audit(facts(examples, measures(examples)), Leakage(examples, found))


def measures(examples: Splits) -> dict[SplitName, list[Measure]]:
    """Each example's figures, split by split."""
    return {split: [measure(example) for example in getattr(examples, split)] for split in SPLITS}


def measure(example: Example) -> Measure:
    """Turns are lines with text; who speaks stands before a line's first colon."""
    turns = [line for line in example.dialogue.splitlines() if line and not line.isspace()]
    labels = (turn.partition(":") for turn in turns)
    speakers = {label.strip() for label, colon, _ in labels if colon and label.strip() and len(label) <= _LONGEST_LABEL}
    words = len(example.dialogue.split())
    return Measure(len(turns), len(speakers), words, tuple(len(reference.split()) for reference in example.references))


def facts(examples: Splits, measured: dict[SplitName, list[Measure]]) -> tuple[SplitFacts, ...]:
    """The figures of each split that has examples."""
    result = []
    for split in SPLITS:
        figures = measured[split]
        if not figures:
            continue
        topics = Counter(example.topic for example in getattr(examples, split) if example.topic)
        result.append(
            SplitFacts(
                split,
                len(figures),
                sum(len(m.summary_words) for m in figures),
                tuple(sorted(topics.items(), key=lambda topic: (-topic[1], topic[0]))),
                spread(m.turns for m in figures),
                spread(m.speakers for m in figures),
                spread(m.words for m in figures),
                spread(words for m in figures for words in m.summary_words),
                spread(m.words / words for m in figures for words in m.summary_words if words),
            )
        )
    return tuple(result)


def spread(figures: Iterable[float]) -> Spread:
    """How ``figures`` are distributed."""
    ordered = sorted(figures)
    if not ordered:
        return Spread()

    def at(percent: int) -> float:
        return ordered[max(-(-percent * len(ordered) // 100), 1) - 1]

    mean = sum(ordered) / len(ordered)
    return Spread(len(ordered), ordered[0], at(25), at(50), at(75), ordered[-1], mean)


def as_dict(found: Duplicates) -> dict[str, Any]:
    """``found`` as JSON takes it; :func:`from_dict` reads it back."""
    return asdict(found)


def from_dict(values: dict[str, Any]) -> Duplicates:
    """Raises KeyError, TypeError or ValueError for anything that :func:`as_dict` did not give."""
    exact = tuple(tuple(int(at) for at in group) for group in values["exact"])
    near = tuple((int(left), int(right), float(similarity)) for left, right, similarity in values["near"])
    return Duplicates(exact, near, bool(values["complete"]))


def main() -> int:
    """Find the duplicates of the examples on standard input."""
    examples = kept.read(sys.stdin).splits

    def progress(done: int, total: int) -> None:
        print(json.dumps({"progress": [done, total]}), flush=True)

    found = duplicates.find(texts(examples), progress)
    print(json.dumps({"duplicates": as_dict(found)}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
