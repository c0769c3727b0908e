"""How long many texts are, as columns of block characters, with the length at which a run cuts them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual.content import Content

_EIGHTHS = " ▁▂▃▄▅▆▇█"
MARK = "┊"
"""Where a run cuts; what is longer stands to its right."""
_NEAR_LIMIT = 1.5
"""A limit that nothing reaches is drawn when it is no further out than this many times the longest."""


@dataclass(frozen=True)
class Histogram:
    """A drawing and its scales."""

    lines: tuple[Content, ...] = ()
    peak: int = 0
    """Texts in the highest column."""
    step: int = 1
    """Lengths that one column holds."""


def histogram(
    lengths: Sequence[int], width: int, height: int, limit: int | None = None, log: bool = False
) -> Histogram:
    """``height`` lines of columns and one with the scale below, none wider than ``width`` cells.

    The first column begins at 0; each holds as many lengths as are needed to fit ``width``. ``log``: heights grow
    with the logarithm of 1 + the count, so that a few very long texts are seen beside thousands of short ones.
    """
    if not lengths or width < 8 or height < 1:
        return Histogram()
    longest = max(lengths)
    if limit is not None and longest < limit <= _NEAR_LIMIT * longest:
        longest = limit
    step = longest // width + 1
    bins = [0] * (longest // step + 1)
    for length in lengths:
        bins[length // step] += 1
    wide = max(width // len(bins), 1)
    cut = limit // step if limit is not None and limit // step < len(bins) else None
    peak = max(bins)
    eighths = [_eighths(count, peak, height, log) for count in bins]
    lines = [_line(eighths, row, wide, cut) for row in reversed(range(height))]
    lines.append(_scale(len(bins) * wide, len(bins) * step, limit or 0, None if cut is None else cut * wide))
    return Histogram(tuple(lines), peak, step)


def _eighths(count: int, peak: int, height: int, log: bool) -> int:
    """The height of a column in eighths of a line; what is there at all is seen."""
    if not count:
        return 0
    part = math.log1p(count) / math.log1p(peak) if log else count / peak
    return max(round(part * height * 8), 1)


def _line(eighths: Sequence[int], row: int, wide: int, cut: int | None) -> Content:
    parts: list[Any] = []
    for at, filled in enumerate(eighths):
        block = _EIGHTHS[max(0, min(filled - 8 * row, 8))]
        if at == cut and block == " ":
            parts += [(MARK, "$warning"), " " * (wide - 1)]
        else:
            parts.append((block * wide, "$warning" if cut is not None and at > cut else "$train"))
    return Content.assemble(*parts)


def _scale(width: int, end: int, limit: int, cut: int | None) -> Content:
    """``0     ┊512     1,024``: each figure at its place, the limit's first where there is no room for all."""
    right = f"{end:,}"
    label = f"{MARK}{limit:,}"
    if cut is None:
        return Content.styled("0" + right.rjust(width - 1), "$label")
    at = max(min(cut, width - len(label)), 0)
    before = ("0" if at > 1 else "").ljust(at)
    after = width - at - len(label)
    return Content.assemble(
        (before, "$label"), (label, "$warning"), ((right if len(right) < after else "").rjust(after), "$label")
    )
