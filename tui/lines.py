"""The lines of a plot: a run's figures as points, smoothed, and in full where one looks closely. Pure."""

from __future__ import annotations

import math
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tui.plotting import Span, View, nearest, smooth
from tui.tracks import (
    HIGH,
    LOSS_METRIC,
    LOW,
    OFFSET,
    VALIDATION,
    Axis,
    Detail,
    History,
    Metric,
    Points,
    Row,
    place,
    points,
)

LETTERS = "ABCDEF"
MARKERS = "◆▲●■▼★"
"""Of the runs in a plot, in their order: a letter along the line, a marker at each evaluation."""
CLOSE = 32
"""Fewer averaged rows than this (or than columns) in the window: the real points are wanted."""


@dataclass(frozen=True)
class Line:
    """One run's curve of one metric along one axis."""

    name: str
    history: History = field(default_factory=History)
    metric: Metric = LOSS_METRIC
    axis: Axis = "step"
    weight: float = 0.0
    detail: Detail | None = None

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows, real ones in place of averages where there are some."""
        rows = self.metric.rows(self.history)
        found = self.detail.rows if self.detail and self.detail.track == self.metric.track else ()
        if not found or not rows:
            return rows
        first, last = found[0][0] or 0.0, found[-1][0] or 0.0
        return (*(r for r in rows if (r[0] or 0.0) < first), *found, *(r for r in rows if (r[0] or 0.0) > last))

    @cached_property
    def mean(self) -> Points:
        """Place and figure of each row."""
        return points(self.rows, self.metric.column, self.axis, self.history.origin)

    @cached_property
    def raw(self) -> Points:
        """As :attr:`mean`, a row that averages several events by its lowest and highest figure."""
        if self.metric is not LOSS_METRIC or self.history.stride == 1:
            return self.mean
        low, high = (points(self.rows, column, self.axis, self.history.origin) for column in (LOW, HIGH))
        found: Points = []
        for one, other in zip(low, high, strict=True):
            found += [one] if one == other else [one, other]
        return found

    @cached_property
    def smoothed(self) -> Points:
        """The exponential moving average; nothing while smoothing is off, or of figures that are too few for it."""
        if not self.weight or self.metric.track == "evaluations":
            return []
        base = points(self.metric.rows(self.history), self.metric.column, self.axis, self.history.origin)
        return list(zip((x for x, _ in base), smooth([y for _, y in base], self.weight), strict=True))

    @cached_property
    def validation(self) -> Points:
        """Validation loss, where the training loss is what is drawn."""
        if self.metric is not LOSS_METRIC:
            return []
        return points(self.history.evaluations, VALIDATION, self.axis, self.history.origin)

    @cached_property
    def xs(self) -> list[float]:
        """Where the cursor can stand: at a training event, or at an evaluation where there is none."""
        return [x for x, _ in self.mean or self.validation]

    @property
    def span(self) -> Span | None:
        """From the first point to the last."""
        every = [*self.mean[:1], *self.mean[-1:], *self.validation[:1], *self.validation[-1:]]
        return (min(x for x, _ in every), max(x for x, _ in every)) if every else None

    @property
    def stops(self) -> tuple[Row, ...]:
        """Where the cursor can stand, as rows: evaluations where there is nothing else."""
        return self.rows or self.history.evaluations

    def row_at(self, x: float) -> Row | None:
        """The row nearest to ``x``."""
        rows = self.stops
        xs = [place(row, self.axis, self.history.origin) for row in rows]
        return rows[nearest(xs, x)] if rows else None

    def wanted(self, view: View, whole: Span, columns: int) -> tuple[int, int | None] | None:
        """Bytes of the events to read again for the real points of what is seen; None when there is nothing to gain.

        An open end (None) is the end of the file. Some more than is seen is asked for, so that one can pan.
        """
        rows = self.metric.rows(self.history)
        if self.metric.track != "train" or self.history.stride == 1 or view.window is None or not rows:
            return None
        xs = [place(row, self.axis, self.history.origin) for row in rows]
        left, right = view.seen(whole)
        first, last = max(bisect_left(xs, left) - 1, 0), min(bisect_right(xs, right) + 1, len(rows))
        seen = last - first
        if seen > max(columns, CLOSE):
            return None
        if self._covered(rows, first, last):
            return None
        first, last = max(first - seen, 0), min(last + seen, len(rows))
        end = int(rows[last][OFFSET] or 0) if last < len(rows) else None
        return int(rows[first][OFFSET] or 0), end

    def _covered(self, rows: Sequence[Row], first: int, last: int) -> bool:
        detail = self.detail
        if detail is None or detail.track != self.metric.track or (rows[first][OFFSET] or 0) < detail.start:
            return False
        # The newest row grows: only when some have come since is it worth another look.
        newest = last - 1 if last < len(rows) else max(last - 1 - CLOSE // 8, first)
        return (rows[newest][OFFSET] or 0) < detail.end


def letters(points: Points, span: Span, count: int, shift: float) -> Points:
    """``count`` of the points, evenly spaced over ``span``, for a run's letter; ``shift`` (0 to 1) sets runs apart."""
    xs = [x for x, _ in points]
    if not xs:
        return []
    wanted = [span[0] + (n + shift) * (span[1] - span[0]) / count for n in range(count)]
    places = {nearest(xs, x) for x in wanted if xs[0] <= x <= xs[-1]}
    return [points[at] for at in sorted(places)] or points[-1:]


def colours(names: Sequence[str], count: int) -> list[int]:
    """A colour of ``count`` for each name: by the name itself, so that it stays; a taken one moves on to the next."""
    taken: list[int] = []
    for name in names:
        at = zlib.crc32(name.encode("utf-8", "surrogatepass")) % count
        while at in taken and len(taken) < count:
            at = (at + 1) % count
        taken.append(at)
    return taken


def joined(lines: Sequence[Line]) -> Span:
    """The span of all lines; (0, 1) where there is nothing."""
    spans = [span for line in lines if (span := line.span) is not None]
    if not spans:
        return (0.0, 1.0)
    whole = min(span[0] for span in spans), max(span[1] for span in spans)
    return whole if all(map(math.isfinite, whole)) else (0.0, 1.0)
