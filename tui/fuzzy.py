"""Fuzzy search at a bounded cost: Textual's own tries every way to read a query, which never ends in a dialogue.

A query's words stand for themselves, in any order. Each is looked for as it is, else as letters in their order close
to each other: ``lr32`` finds ``lora-r32``. Knows no Textual.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Generic, TypeVar

T = TypeVar("T")

STRAY = 3
"""Letters that may stand between two of a word's, on average."""
STARTS = 8
"""Places a word's first letter is tried at."""


def fold(text: str) -> str:
    """``text`` in lower case, letter for letter: every place in it is the same place in ``text``."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


@dataclass(frozen=True)
class Entry(Generic[T]):
    """Something to be found: by its name, and less well by the words of its help."""

    name: str
    help: str
    value: T
    weight: float = 0.0
    """Added to the score, to put one kind of things before another."""
    folded: tuple[str, str] = field(default=("", ""), repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "folded", (fold(self.name), fold(self.help)))


@dataclass(frozen=True)
class Found(Generic[T]):
    """An entry, how well it fits, and the places in its name that do."""

    score: float
    entry: Entry[T]
    places: tuple[int, ...]


def search(entries: Iterable[Entry[T]], query: str, most: int) -> list[Found[T]]:
    """The ``most`` entries that fit ``query`` best, the best first; of equals, the earlier one."""
    words = fold(query).split()
    if not words:
        return []
    found = (hit for entry in entries if (hit := _fit(entry, words)) is not None)
    return heapq.nlargest(most, found, key=lambda hit: hit.score)


def _fit(entry: Entry[T], words: Sequence[str]) -> Found[T] | None:
    name, help = entry.folded
    score, places = entry.weight, set[int]()
    for word in words:
        if (hit := locate(word, name)) is not None:
            score += hit[0]
            places.update(hit[1])
        elif word in help:
            score += len(word) / 2
        else:
            return None
    return Found(score, entry, tuple(sorted(places)))


def locate(word: str, text: str) -> tuple[float, tuple[int, ...]] | None:
    """How well ``word`` fits into ``text`` (both folded), and the places of its letters; None when it does not."""
    size = len(word)
    at = text.find(word)
    if at >= 0:
        begin = at
        while begin >= 0 and not _starts(text, begin):
            begin = text.find(word, begin + 1)
        at = begin if begin >= 0 else at
        whole = 0.5 * size if len(text) == at + size or not text[at + size].isalnum() else 0.0
        return 2.0 * size + (size if begin >= 0 else 0) + (whole if begin >= 0 else 0), tuple(range(at, at + size))
    best: tuple[float, tuple[int, ...]] | None = None
    begin = text.find(word[0])
    for _ in range(STARTS):
        if begin < 0:
            break
        places = [begin]
        for letter in word[1:]:
            place = text.find(letter, places[-1] + 1)
            if place < 0:
                return best  # nor will it fit from any later start
            places.append(place)
        if places[-1] - begin < (1 + STRAY) * size:
            joined = sum(b - a == 1 for a, b in pairwise(places))
            heads = sum(_starts(text, place) for place in places)
            score = 0.5 * size + 0.5 * joined + 0.5 * heads
            if best is None or score > best[0]:
                best = score, tuple(places)
        begin = text.find(word[0], begin + 1)
    return best


def _starts(text: str, at: int) -> bool:
    """Whether a word begins at ``at``."""
    return at == 0 or not text[at - 1].isalnum()
