"""How long examples are, in tokens, and which of them meet in the heaviest batch.

Token counts are estimated from characters: the tokenizers are the worker's, and two per cent more or less does
not change a forecast. Batches follow :mod:`engine.worker.batches`: like lengths together, the longest first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

MULTIPLE = 8
"""Batches are padded to a multiple of this."""
MEGABATCH = 100
"""Batches that are drawn at random together before they are sorted by length."""
CHARACTERS = {"builtin": (4.4, 4.6)}
"""Characters a token has in dialogues and in summaries, by base: counted on DialogSum and the built-in dialogues."""
USUAL_CHARACTERS = (3.2, 3.4)
"""The same for T5's vocabulary; others that are as large come near."""


@dataclass(frozen=True)
class Batch:
    """A padded batch: ``rows`` of ``source`` and ``target`` tokens, ``labels`` of them real targets."""

    rows: int
    source: int
    target: int
    labels: int


@dataclass(frozen=True)
class Lengths:
    """Source and target tokens of each example of a split, cut as the spec says."""

    pairs: tuple[tuple[int, int], ...]

    def heaviest(self, rows: int) -> Batch:
        """The batch of ``rows`` that training meets first: the longest of those that are sorted together."""
        ordered = self._ordered
        stride = max(1, math.ceil(len(ordered) / (MEGABATCH * rows)))
        return batch(ordered[::stride][:rows])

    def within(self, budget: int, most: int) -> Batch:
        """The first batch of at most ``budget`` padded source tokens and ``most`` rows; one row at least."""
        ordered = sorted(self.pairs, reverse=True)
        rows = max(1, min(most, budget // max(1, _padded(ordered[0][0]))))
        return batch(ordered[:rows])

    @property
    def mean(self) -> tuple[float, float]:
        """Mean source and target tokens."""
        count = len(self.pairs)
        return sum(s for s, _ in self.pairs) / count, sum(t for _, t in self.pairs) / count

    @cached_property
    def _ordered(self) -> list[tuple[int, int]]:
        return sorted(self.pairs, key=sum, reverse=True)


def batch(pairs: Sequence[tuple[int, int]]) -> Batch:
    """``pairs`` padded to the longest of them."""
    source, target = max(s for s, _ in pairs), max(t for _, t in pairs)
    return Batch(len(pairs), _padded(source), _padded(target), sum(t for _, t in pairs))


def whole(rows: int, source: int, target: int) -> Batch:
    """A batch whose every row is as long as it may be: what is taken where nothing is known."""
    return Batch(rows, _padded(source), _padded(target), rows * target)


def tokens(characters: int, base: str, of: int, limit: int) -> int:
    """Tokens of a text for ``base`` (``of``: 0 in a dialogue, 1 in a summary), cut to ``limit``, end mark included."""
    each = CHARACTERS.get(base, USUAL_CHARACTERS)[of]
    return min(limit, math.ceil(characters / each) + 1)


def spread(quantiles: Sequence[tuple[float, int]], count: int) -> list[int]:
    """``count`` whole numbers that have these quantiles, from the least to the largest."""
    values = []
    place = 1
    for index in range(count):
        share = index / max(count - 1, 1)
        while place < len(quantiles) - 1 and quantiles[place][0] < share:
            place += 1
        (low, least), (high, most) = quantiles[place - 1], quantiles[place]
        values.append(round(least + (most - least) * (share - low) / (high - low)))
    return values


def _padded(length: int) -> int:
    return length + -length % MULTIPLE
