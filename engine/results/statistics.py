"""How sure a mean score is, and whether one model's is really higher than another's. Imports numpy and scipy.

The unit is the dialogue: its score is already the mean or the best over its references, and rows whose dialogue is the
same text (copies in a data set, or one row a reference) are drawn and swapped together, as a cluster.

Intervals are bias-corrected and accelerated bootstrap intervals (Efron 1987, "Better Bootstrap Confidence Intervals"),
as ``scipy.stats.bootstrap`` computes them, but of all columns in one pass: a resample is a row of counts, and all means
of it are one matrix product. p-values are those of the paired randomisation test (Fisher 1935; Noreen 1989; for
summaries and translations: Riezler and Maxwell 2005): were two models alike, each dialogue's two scores could as well
have been swapped. They are two-sided, with the observed outcome counted among the random ones, so never 0; where all
swaps can be tried, all are, and p is exact. Many pairs are corrected by Holm (1979). Seeds are fixed: the same scores
give the same figures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVEL = 0.95
"""Share of such intervals that hold the true mean."""
ALPHA = 0.05
"""A corrected p-value below this is called a difference."""
DRAWS = 9_999
"""Resamples, or random swaps: with the observed outcome, 10,000."""
FEWEST_DRAWS = 999
WORK = 50_000_000
"""Clusters times draws: of more than 5,000 clusters fewer draws are made, for their means are nearly normal anyway."""
SEED = 20_240_229
TIED = 1e-9
"""Scores of one dialogue that differ by no more are equal."""
_CHUNK = 1 << 20
"""Random numbers held at a time."""


@dataclass(frozen=True)
class Estimate:
    """A mean over dialogues with its interval; NaN where there are too few (0 for a mean, 1 for an interval)."""

    mean: float
    low: float
    high: float
    n: int
    """Dialogues."""
    clusters: int
    """Different dialogue texts among them."""
    draws: int


@dataclass(frozen=True)
class Pair:
    """Two columns of scores on the dialogues that both have; differences are the first less the second."""

    first: int
    second: int
    difference: Estimate
    p: float
    """Two-sided, of the paired randomisation test; NaN without a shared dialogue."""
    holm: float
    """``p`` corrected for all pairs compared with it."""
    wins: int
    ties: int
    losses: int
    exact: bool = False
    """Whether every possible swap was tried."""

    @property
    def n(self) -> int:
        """Dialogues that both have."""
        return self.difference.n

    @property
    def real(self) -> bool:
        """Whether a difference is shown: the corrected p-value is below :data:`ALPHA`."""
        return self.holm < ALPHA


def draws_for(clusters: int) -> int:
    """Resamples made of so many clusters."""
    return max(FEWEST_DRAWS, min(DRAWS, WORK // max(clusters, 1)))


def estimates(scores: Floats, clusters: Ints | None = None, draws: int | None = None) -> list[Estimate]:
    """The mean of every column of ``scores`` (dialogues × columns, NaN: not there) with its interval.

    ``clusters`` (one number a dialogue): those of equal number are drawn together; None: each on its own. ``draws``:
    resamples, by default :func:`draws_for`.
    """
    found: list[Estimate | None] = [None] * scores.shape[1]
    for columns, rows in _patterns(~np.isnan(scores)):
        part = scores[rows][:, columns]
        for column, estimate in zip(columns, _estimates(part, _numbers(clusters, rows), draws), strict=True):
            found[column] = estimate
    return [estimate for estimate in found if estimate is not None]


def estimate_of(
    figure: Callable[[Floats], Floats], parts: Floats, clusters: Ints | None = None, draws: int | None = None
) -> Estimate:
    """A figure of the means of several columns, such as an F1 (of hits, predicted, gold), with its interval.

    ``figure`` takes means (samples × columns) and gives one figure a sample. ``parts``: rows × columns, no gaps; rows
    are drawn as :func:`estimates` draws them.
    """
    n = len(parts)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, 0, 0)
    value = figure(parts.mean(axis=0)[None])
    sums, sizes = _clustered(parts, _numbers(clusters, np.arange(n)))
    if len(sums) < 2:
        return Estimate(float(value[0]), math.nan, math.nan, n, len(sums), 0)
    draws = draws or draws_for(len(sums))
    resampled, without = figure(_resampled(sums, sizes, draws))[:, None], figure(_jackknifed(sums, sizes))[:, None]
    if np.ptp(resampled) <= TIED:
        return Estimate(float(value[0]), float(value[0]), float(value[0]), n, len(sums), draws)
    low, high = _bca(resampled, value, without)
    return Estimate(float(value[0]), float(low[0]), float(high[0]), n, len(sums), draws)


def pairs(
    scores: Floats,
    clusters: Ints | None = None,
    which: Sequence[tuple[int, int]] | None = None,
    draws: int | None = None,
) -> list[Pair]:
    """Compare columns of ``scores`` (dialogues × models, one metric, NaN: not there) on the dialogues both have.

    ``which``: the pairs of columns; all by default. Their p-values are corrected together.
    """
    which = list(combinations(range(scores.shape[1]), 2)) if which is None else list(which)
    if not which:
        return []
    first, second = (np.array(side, dtype=np.intp) for side in zip(*which, strict=True))
    differences = scores[:, first] - scores[:, second]
    differences[np.abs(differences) <= TIED] = 0.0
    found: dict[int, Pair] = {}
    for columns, rows in _patterns(~np.isnan(differences)):
        # Sums and means of differences are differences of sums and means: fewer columns than there are pairs.
        models, places = np.unique([first[columns], second[columns]], return_inverse=True)
        one, other = places.reshape(2, -1)
        part, numbers = differences[rows][:, columns], _numbers(clusters, rows)
        sums, sizes = _clustered(scores[rows][:, models], numbers)
        ps, exact = _randomised(sums, one, other, draws)
        means = _resampled(sums, sizes, draws or draws_for(len(sums))) if len(sums) > 1 else np.empty((0, len(models)))
        found_here = _estimates(part, numbers, draws, means[:, one] - means[:, other])
        for at, (column, estimate) in enumerate(zip(columns, found_here, strict=True)):
            column_of = part[:, at]
            found[column] = Pair(
                *which[column], estimate, float(ps[at]), math.nan,
                int((column_of > 0).sum()), int((column_of == 0).sum()), int((column_of < 0).sum()), exact,
            )  # fmt: skip
    corrected = holm([found[at].p for at in range(len(which))])
    return [replace(found[at], holm=corrected[at]) for at in range(len(which))]


def holm(ps: Sequence[float]) -> list[float]:
    """p-values corrected so that the chance of any false finding among them stays below the level asked for.

    Holm 1979, "A Simple Sequentially Rejective Multiple Test Procedure". NaN stays NaN and counts as no comparison.
    """
    order = sorted((at for at, p in enumerate(ps) if not math.isnan(p)), key=lambda at: ps[at])
    found = [math.nan] * len(ps)
    highest = 0.0
    for place, at in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - place) * ps[at]))
        found[at] = highest
    return found


def rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's rho of two columns where both are known; NaN below three of them, or where one is constant."""
    known = ~(np.isnan(one) | np.isnan(other))
    one, other = one[known], other[known]
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return math.nan
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])  # scipy.stats alone takes a second to import


def _ranks(values: Floats) -> Floats:
    """Places in ascending order; equal values share the mean of theirs."""
    _, place, amount = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(amount) - (amount - 1) / 2)[place]
    return ranks


# -- clusters -------------------------------------------------------------------------------------


def _patterns(present: NDArray[np.bool_]) -> Iterator[tuple[list[int], NDArray[np.intp]]]:
    """Columns that have the same rows, with those rows: usually all columns have all."""
    groups: dict[bytes, list[int]] = {}
    for column in range(present.shape[1]):
        groups.setdefault(np.packbits(present[:, column]).tobytes(), []).append(column)
    for columns in groups.values():
        yield columns, np.flatnonzero(present[:, columns[0]])


def _numbers(clusters: Ints | None, rows: NDArray[np.intp]) -> Ints | None:
    """The clusters of ``rows`` counted from 0; None where each row is one of its own."""
    if clusters is None:
        return None
    names, numbers = np.unique(clusters[rows], return_inverse=True)
    return None if len(names) == len(rows) else numbers.astype(np.int64)


def _clustered(part: Floats, numbers: Ints | None) -> tuple[Floats, Floats | None]:
    """Sums of each column within each cluster (clusters × columns), and the clusters' sizes; None: all are 1."""
    if numbers is None:
        return part, None
    amount = int(numbers.max()) + 1
    sums: Floats = np.stack([np.bincount(numbers, column, amount) for column in part.T], axis=1)
    return sums, np.bincount(numbers, minlength=amount).astype(np.float64)


# -- intervals ------------------------------------------------------------------------------------


def _estimates(
    part: Floats, numbers: Ints | None, draws: int | None, resampled: Floats | None = None
) -> list[Estimate]:
    """Of columns without gaps; ``resampled``: their means in each resample, if known."""
    n, columns = part.shape
    if n == 0:
        return [Estimate(math.nan, math.nan, math.nan, 0, 0, 0)] * columns
    means = part.mean(axis=0)
    sums, sizes = _clustered(part, numbers)
    clusters = len(sums)
    if clusters < 2:
        return [Estimate(float(mean), math.nan, math.nan, n, clusters, 0) for mean in means]
    draws = draws or draws_for(clusters)
    resampled = _resampled(sums, sizes, draws) if resampled is None else resampled
    low, high = _bca(resampled, means, _jackknifed(sums, sizes))
    flat = np.ptp(part, axis=0) == 0  # a resample's mean differs from it by rounding only
    low, high = np.where(flat, means, low), np.where(flat, means, high)
    return [Estimate(float(means[at]), float(low[at]), float(high[at]), n, clusters, draws) for at in range(columns)]


def _resampled(sums: Floats, sizes: Floats | None, draws: int) -> Floats:
    """Means of ``draws`` resamples of the clusters (draws × columns)."""
    clusters, columns = sums.shape
    generator = np.random.default_rng(SEED)
    found = np.empty((draws, columns))
    chunk = max(_CHUNK // clusters, 1)
    for start in range(0, draws, chunk):
        size = min(chunk, draws - start)
        drawn = generator.integers(0, clusters, (size, clusters))
        drawn += np.arange(size)[:, None] * clusters
        counts = np.bincount(drawn.ravel(), minlength=size * clusters).reshape(size, clusters).astype(np.float64)
        total = counts @ sizes if sizes is not None else np.full(size, float(clusters))
        found[start : start + size] = (counts @ sums) / total[:, None]
    return found


def _jackknifed(sums: Floats, sizes: Floats | None) -> Floats:
    """Means without each of the clusters (clusters × columns)."""
    if sizes is None:
        sizes = np.ones(len(sums))
    found: Floats = (sums.sum(axis=0) - sums) / (sizes.sum() - sizes)[:, None]
    return found


def _bca(resampled: Floats, means: Floats, without: Floats) -> tuple[Floats, Floats]:
    """Ends of the bias-corrected and accelerated interval of each column."""
    below = (resampled < means).mean(axis=0)
    up_to = (resampled <= means).mean(axis=0)
    bias = special.ndtri((below + up_to) / 2)
    off = without.mean(axis=0) - without
    spread = (off**2).sum(axis=0) ** 1.5
    with np.errstate(divide="ignore", invalid="ignore"):
        acceleration = (off**3).sum(axis=0) / (6 * spread)
        ends = []
        for share in ((1 - LEVEL) / 2, (1 + LEVEL) / 2):
            shifted = bias + special.ndtri(share)
            ends.append(special.ndtr(bias + shifted / (1 - acceleration * shifted)))
    ordered = np.sort(resampled, axis=0)
    low, high = (
        _quantiles(ordered, np.where(np.isfinite(end), end, share))  # hardly any draws: the plain percentile
        for end, share in zip(ends, ((1 - LEVEL) / 2, (1 + LEVEL) / 2), strict=True)
    )
    return low, high


def _quantiles(ordered: Floats, shares: Floats) -> Floats:
    """Of each ascending column the quantile that ``shares`` asks of it, linear between neighbours."""
    place = shares * (len(ordered) - 1)
    lower = np.clip(np.floor(place).astype(np.intp), 0, len(ordered) - 1)
    upper = np.minimum(lower + 1, len(ordered) - 1)
    columns = np.arange(ordered.shape[1])
    found: Floats = ordered[lower, columns] + (place - lower) * (ordered[upper, columns] - ordered[lower, columns])
    return found


# -- randomisation --------------------------------------------------------------------------------


def _randomised(sums: Floats, one: NDArray[np.intp], other: NDArray[np.intp], draws: int | None) -> tuple[Floats, bool]:
    """p-values of columns ``one`` against columns ``other`` of ``sums`` (clusters × models); whether all was tried."""
    clusters, pairs_ = len(sums), len(one)
    if clusters == 0:
        return np.full(pairs_, math.nan), False
    draws = draws or draws_for(clusters)
    total, size = sums.sum(axis=0), np.abs(sums).sum(axis=0)
    gap = total[one] - total[other]
    # Swaps that give the same sum in another order of adding must count as equal.
    reached = np.abs(gap) - 1e-12 * (size[one] + size[other])
    exact = clusters < 60 and 2**clusters <= draws + 1
    amount = 2**clusters if exact else draws
    counted = np.zeros(pairs_, dtype=np.int64)
    generator = np.random.default_rng(SEED + 1)
    chunk = max(4 * _CHUNK // clusters, 1)  # the sums are read once a chunk
    for start in range(0, amount, chunk):
        rows = min(chunk, amount - start)
        swapped: NDArray[Any]
        if exact:
            swapped = (np.arange(start, start + rows)[:, None] >> np.arange(clusters)) & 1
        else:
            bits = np.frombuffer(generator.bytes(-(-rows * clusters // 8)), dtype=np.uint8)
            swapped = np.unpackbits(bits, count=rows * clusters).reshape(rows, clusters)
        moved = swapped.astype(np.float64) @ sums
        counted += (np.abs(gap - 2 * (moved[:, one] - moved[:, other])) >= reached).sum(axis=0)
    return (counted / amount if exact else (counted + 1) / (amount + 1)), exact


# -- in words -------------------------------------------------------------------------------------


def interval_method(found: Sequence[Estimate], items: str = "dialogues") -> str:
    """How the intervals of ``found`` were made, with their n."""
    known = [estimate for estimate in found if estimate.draws]
    if not known:
        return ""
    return (
        f"{LEVEL:.0%} intervals: BCa bootstrap over {items}, {_range(e.draws for e in known)} resamples, "
        f"n = {_range(e.n for e in known)}{_texts(known)}."
    )


def pair_method(found: Sequence[Pair], items: str = "dialogues") -> str:
    """How the p-values of ``found`` were made, with their n."""
    known = [pair for pair in found if not math.isnan(pair.p)]
    if not known:
        return ""
    if all(pair.exact for pair in known):
        swaps = "all swaps"
    else:
        swaps = f"{_range(draws_for(p.difference.clusters) for p in known if not p.exact)} random swaps"
    amount = f"{len(known)} pair{'s' if len(known) != 1 else ''}"
    return (
        f"p: paired randomisation test over {items}, two-sided, {swaps}, "
        f"n = {_range(p.n for p in known)}{_texts([p.difference for p in known])}; corrected by Holm for {amount}. "
        f"Wins, ties, losses: {items}."
    )


def _texts(found: Sequence[Estimate]) -> str:
    same = all(estimate.clusters == estimate.n for estimate in found)
    return "" if same else f", clustered by {_range(e.clusters for e in found)} different texts"


def _range(values: Any) -> str:
    known = sorted(set(values))
    return f"{known[0]:,}" if len(known) == 1 else f"{known[0]:,} to {known[-1]:,}"
