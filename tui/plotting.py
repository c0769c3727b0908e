"""What of a curve is seen: smoothing, zoom, pan, cursor, scale and ticks. Pure; knows neither Textual nor runs."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tui.tracks import Axis, Points

Span = tuple[float, float]

STRENGTHS = (0.0, 0.6, 0.9, 0.97)
"""Weights of the past in the smoothed line; TensorBoard's slider begins at 0.6."""
AXES: tuple[Axis, ...] = ("step", "epoch", "time")
ZOOM = 0.5
"""One step of zooming shows this share of what was seen."""
NARROWEST = 1e-5
"""Zooming ends at this share of the whole."""


def smooth(values: Sequence[float], weight: float) -> list[float]:
    """Exponential moving average of ``values``, each past one weighing ``weight`` (0 to below 1) times the next.

    Bias-corrected as TensorBoard's is, so that it begins at the first value rather than at zero: the average of n
    values is divided by 1 - weight^n (Kingma and Ba 2015, section 3).
    """
    found, average, missing = [], 0.0, 1.0
    for value in values:
        average = average * weight + value * (1 - weight)
        missing *= weight
        found.append(average / (1 - missing))
    return found


@dataclass(frozen=True)
class View:
    """How a curve is looked at. Places are in units of ``axis``."""

    axis: Axis = "step"
    window: Span | None = None
    """The stretch that is seen; None: all of it."""
    follows: bool = False
    """Whether the window ends where the curve does, and moves along as it grows."""
    cursor: float | None = None
    log: bool = False
    """Whether the y axis is logarithmic."""
    strength: int = 1
    """Place in :data:`STRENGTHS`."""

    @property
    def weight(self) -> float:
        """The smoothed line's."""
        return STRENGTHS[self.strength]

    def seen(self, whole: Span) -> Span:
        """The stretch that is seen of a curve over ``whole``; never empty."""
        first, last = whole
        if self.window is not None:
            first, last = self.window
            if self.follows:
                first, last = first + whole[1] - last, whole[1]
        return (first, last) if last > first else (first - 0.5, first + 0.5)

    def zoomed(self, whole: Span, factor: float) -> View:
        """Show ``factor`` times as much, the cursor staying where it is (without one: the end if that is seen)."""
        left, right = self.seen(whole)
        length = whole[1] - whole[0]
        width = (right - left) * factor
        if length <= 0 or width >= length:
            return replace(self, window=None, follows=False)
        width = max(width, length * NARROWEST)
        if self.cursor is not None and left <= self.cursor <= right:
            start = self.cursor - (self.cursor - left) / (right - left) * width
        else:
            start = right - width if self._at_end(whole) else (left + right - width) / 2
        return self._looking_at(start, width, whole)

    def panned(self, whole: Span, share: float) -> View:
        """Move by ``share`` of what is seen; the whole cannot be moved."""
        if self.window is None:
            return self
        left, right = self.seen(whole)
        return self._looking_at(left + share * (right - left), right - left, whole)

    def showing(self, whole: Span, x: float) -> View:
        """Move the window just so far that ``x`` is in it."""
        if self.window is None:
            return self
        left, right = self.seen(whole)
        if left <= x <= right:
            return self
        return self._looking_at(x if x < left else x - (right - left), right - left, whole)

    def reset(self) -> View:
        """All of it, without a cursor; scale, axis and smoothing stay."""
        return replace(self, window=None, follows=False, cursor=None)

    def pointed(self, xs: Sequence[float], whole: Span, by: int) -> View:
        """The cursor ``by`` points of ``xs`` (ascending) on; a new one starts at the last point that is seen."""
        if not xs:
            return self
        if self.cursor is None:
            at = max(bisect_right(xs, self.seen(whole)[1]) - 1, 0)
        else:
            at = min(max(nearest(xs, self.cursor) + by, 0), len(xs) - 1)
        return replace(self.showing(whole, xs[at]), cursor=xs[at])

    def on(self, axis: Axis, xs: Sequence[float], others: Sequence[float]) -> View:
        """The same stretch and cursor along another axis; ``xs`` and ``others`` are the points' places on both."""

        def there(x: float) -> float:
            return others[nearest(xs, x)]

        if not xs:
            return replace(self.reset(), axis=axis)
        window = None if self.window is None else (there(self.window[0]), there(self.window[1]))
        if window is not None and window[0] >= window[1]:
            window = None
        cursor = None if self.cursor is None else there(self.cursor)
        return replace(self, axis=axis, window=window, follows=self.follows and window is not None, cursor=cursor)

    def _at_end(self, whole: Span) -> bool:
        return self.window is None or self.follows or self.window[1] >= whole[1]

    def _looking_at(self, start: float, width: float, whole: Span) -> View:
        start = min(max(start, whole[0]), whole[1] - width)
        return replace(self, window=(start, start + width), follows=start + width >= whole[1])


def nearest(xs: Sequence[float], x: float) -> int:
    """Place in ``xs`` (ascending, not empty) of what is nearest to ``x``."""
    at = bisect_left(xs, x)
    if at == 0:
        return 0
    return at if at < len(xs) and xs[at] - x < x - xs[at - 1] else at - 1


def window(points: Points, span: Span) -> Points:
    """The points in ``span`` and one beyond each end, moved to the edge along the line to its neighbour."""
    xs = [x for x, _ in points]
    first, last = bisect_left(xs, span[0]), bisect_right(xs, span[1])
    found = points[first:last]
    if first > 0 and first < len(points):
        found = [(span[0], _between(points[first - 1], points[first], span[0])), *found]
    if 0 < last < len(points):
        found = [*found, (span[1], _between(points[last - 1], points[last], span[1]))]
    return found


def _between(one: tuple[float, float], other: tuple[float, float], x: float) -> float:
    (x0, y0), (x1, y1) = one, other
    return y0 if x1 == x0 else y0 + (y1 - y0) * (x - x0) / (x1 - x0)


def thinned(points: Points, columns: int) -> Points:
    """At most four points a column (first, lowest, highest, last), so that no extreme is lost in drawing."""
    if len(points) <= 4 * columns or columns < 1:
        return points
    left, right = points[0][0], points[-1][0]
    scale = columns / (right - left) if right > left else 0.0
    found: Points = []
    start = 0
    while start < len(points):
        column = int((points[start][0] - left) * scale)
        end = start + 1
        while end < len(points) and int((points[end][0] - left) * scale) == column:
            end += 1
        part = points[start:end]
        chosen = {0, len(part) - 1}
        heights = [y for _, y in part]
        chosen |= {heights.index(min(heights)), heights.index(max(heights))}
        found += [part[at] for at in sorted(chosen)]
        start = end
    return found


def height(values: Sequence[float]) -> Span:
    """The y range for ``values``, with a little air."""
    if not values:
        return (0.0, 1.0)
    low, high = min(values), max(values)
    air = (high - low) * 0.05 or abs(high) * 0.05 or 0.5
    return (low - air, high + air)


def scaled(points: Points, log: bool) -> Points:
    """The points as the axis takes them: what has no logarithm is left out."""
    return [(x, math.log10(y)) for x, y in points if y > 0] if log else points


def ticks(first: float, last: float, most: int, whole: bool = False) -> list[float]:
    """Round numbers from ``first`` to ``last``, at most ``most`` of them; ``whole``: no fractions."""
    span = last - first
    if not (math.isfinite(span) and span > 0) or most < 1:
        return [last]
    size = 10.0 ** math.floor(math.log10(span / most))
    strides = [size * factor for factor in (1, 2, 5, 10, 20)]
    if whole:
        strides = [max(round(stride), 1) for stride in strides]
    stride = next((stride for stride in strides if span / stride < most), strides[-1])
    found = [stride * n for n in range(math.ceil(first / stride - 1e-9), math.floor(last / stride + 1e-9) + 1)]
    return found or [last]


_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


def time_ticks(first: float, last: float, most: int) -> list[float]:
    """As :func:`ticks`, in seconds, minutes, hours or days."""
    span = last - first
    if span < _SECONDS[0] * most:
        return ticks(first, last, most)
    days = (86400 * factor for factor in (2, 5, 10, 20, 50, 100, 1000))
    stride = next((stride for stride in (*_SECONDS, *days) if span / stride < most), None)
    if stride is None:
        return ticks(first, last, most)
    return [stride * n for n in range(math.ceil(first / stride), math.floor(last / stride) + 1)] or [last]


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Values (not powers) for a logarithmic axis from 10^``low`` to 10^``high``: 1, 2 and 5 where there is room."""
    for factors in ((1, 2, 5), (1,)):
        found = [
            factor * 10.0**power
            for power in range(math.floor(low), math.ceil(high) + 1)
            for factor in factors
            if low <= math.log10(factor) + power <= high
        ]
        if 2 <= len(found) <= most:
            return found
    if len(found) > most:
        return found[:: math.ceil(len(found) / most)]
    return [10.0**value for value in ((high + low) / 2,)] if high - low < 1e-9 else ticks(10.0**low, 10.0**high, most)
