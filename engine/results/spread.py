"""What plots of scores are drawn from: how they are spread, and how they go with the dialogue's length. Uses numpy."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.results.statistics import Floats, Ints, rank_correlation


@dataclass(frozen=True)
class Spread:
    """How one model's scores of all dialogues are spread."""

    counts: Ints
    """Dialogues in each bin, the bins being of equal width from the plot's lowest score to its highest."""
    quartiles: tuple[float, float, float]
    """A quarter, half and three quarters of the scores lie below; NaN without scores."""


@dataclass(frozen=True)
class Lengths:
    """Mean scores of dialogues of like length."""

    words: Floats
    """Mean words of each group of dialogues, ascending."""
    means: Floats
    """groups × models; NaN where a model has none of them."""
    amounts: Ints
    """Dialogues of each group."""
    correlations: tuple[float, ...]
    """Spearman's rho of length and score, of each model."""


def bounds(scores: Floats) -> tuple[float, float]:
    """Where an axis for ``scores`` begins and ends: round places at or beyond the extremes."""
    known = scores[~np.isnan(scores)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    if high - low < 1e-9:
        return low - 0.5, high + 0.5
    step = 10.0 ** math.floor(math.log10(high - low))
    return math.floor(low / step) * step, math.ceil(high / step) * step


def spread(scores: Floats, bins: int, low: float, high: float) -> Spread:
    """Of one column, NaN left out."""
    known = scores[~np.isnan(scores)]
    counts, _ = np.histogram(known, bins=max(bins, 1), range=(low, high))
    quarters = np.quantile(known, (0.25, 0.5, 0.75)) if len(known) else (math.nan,) * 3
    return Spread(counts.astype(np.int64), (float(quarters[0]), float(quarters[1]), float(quarters[2])))


def by_length(words: Ints, scores: Floats, most: int = 10) -> Lengths:
    """At most ``most`` groups of about equally many dialogues; those of equal length are never parted."""
    edges = np.unique(np.quantile(words, np.linspace(0, 1, most + 1))) if len(words) else np.empty(0)
    group = np.clip(np.searchsorted(edges, words, side="right") - 1, 0, max(len(edges) - 2, 0))
    names, group = np.unique(group, return_inverse=True)
    amounts = np.bincount(group, minlength=len(names))
    lengths = np.bincount(group, words, len(names)) / np.maximum(amounts, 1)
    known = ~np.isnan(scores)
    means = np.full((len(names), scores.shape[1]), math.nan)
    for at in range(scores.shape[1]):
        there = known[:, at]
        n = np.bincount(group[there], minlength=len(names))
        total = np.bincount(group[there], scores[there, at], len(names))
        means[:, at] = np.divide(total, n, out=np.full(len(names), math.nan), where=n > 0)
    length = words.astype(np.float64)
    rho = tuple(rank_correlation(length, scores[:, at]) for at in range(scores.shape[1]))
    return Lengths(lengths, means, amounts.astype(np.int64), rho)
