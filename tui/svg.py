"""The board's plots as SVG, for a page that needs nothing else. All text is escaped; numpy is loaded when called."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tui import format as fmt
from tui.lines import LETTERS
from tui.plotting import ticks
from tui.text import clean, fit

if TYPE_CHECKING:
    from engine.results.standing import Standing

WIDTH = 860
MOST_POINTS = 1_500
"""Dialogues drawn one by one; of more, evenly many are left out, and the plot says so."""
_LEFT, _RIGHT, _ROW = 220, 130, 34
_BINS = 50


def escaped(text: object) -> str:
    """One line of text for an element or an attribute."""
    return html.escape(clean(text))


def letter(model: int) -> str:
    """What stands for the model beside its colour."""
    return LETTERS[model] if model < len(LETTERS) else str(model + 1)


def _named(standing: Standing, model: int, width: int = 26) -> str:
    return f"{letter(model)} {fit(standing.models[model], width)}"


def _svg(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escaped(title)}">\n'
        f"<title>{escaped(title)}</title>\n{body}\n</svg>"
    )


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escaped(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _dot(x: float, y: float, kind: str, title: str = "", radius: float = 4) -> str:
    inside = f"<title>{escaped(title)}</title>" if title else ""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" class="{kind}">{inside}</circle>'


class _Scale:
    """From figures to places along one side of a plot."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high, self._start = low, high, start
        self._factor = (end - start) / (high - low)

    def __call__(self, value: float) -> float:
        return self._start + (value - self.low) * self._factor

    def ticks(self, most: int = 8) -> list[float]:
        return [value for value in ticks(self.low, self.high, most) if self.low - 1e-9 <= value <= self.high + 1e-9]


def _across(scale: _Scale, top: float, bottom: float) -> list[str]:
    """Rules and figures below a plot."""
    found = []
    for value in scale.ticks():
        found.append(_line(scale(value), top, scale(value), bottom, "rule"))
        found.append(_text(scale(value), bottom + 16, f"{value:g}", "label", "middle"))
    return found


def _up(scale: _Scale, left: float, right: float) -> list[str]:
    found = []
    for value in scale.ticks(6):
        found.append(_line(left, scale(value), right, scale(value), "rule"))
        found.append(_text(left - 8, scale(value) + 4, f"{value:g}", "label", "end"))
    return found


def intervals(standing: Standing, key: str) -> str:
    """Every model's mean with its interval, below one another."""
    from engine.results.standing import label, metric_of

    factor, digits = metric_of(key).factor, metric_of(key).digits
    known = [(at, e) for at, e in enumerate(standing.estimates[key]) if not math.isnan(e.mean)]
    ends = [factor * v for _, e in known for v in (e.low, e.mean, e.high) if not math.isnan(v)] or [0.0, 1.0]
    air = (max(ends) - min(ends)) * 0.06 or 0.5
    scale = _Scale(min(ends) - air, max(ends) + air, _LEFT, WIDTH - _RIGHT)
    bottom = 10 + _ROW * len(known)
    parts = _across(scale, 6, bottom)
    for row, (at, found) in enumerate(known):
        y = 10 + _ROW * (row + 0.5)
        parts.append(_text(_LEFT - 12, y + 4, _named(standing, at), f"m{at % 6}", "end"))
        shown = f"{factor * found.mean:.{digits}f}"
        if not math.isnan(found.low):
            low, high = scale(factor * found.low), scale(factor * found.high)
            parts += [_line(low, y, high, y, f"whisker m{at % 6}")]
            parts += [_line(x, y - 6, x, y + 6, f"whisker m{at % 6}") for x in (low, high)]
            shown += f" [{factor * found.low:.{digits}f}, {factor * found.high:.{digits}f}]"
        parts.append(_dot(scale(factor * found.mean), y, f"fill m{at % 6}", shown, 5))
        parts.append(_text(WIDTH, y + 4, shown, "label", "end"))
    return _svg(WIDTH, bottom + 24, f"{label(key)}: means with their intervals", parts)


def distributions(standing: Standing, key: str) -> str:
    """How each model's scores are spread: the height is the share of dialogues, the bar the middle half."""
    from engine.results.spread import bounds, spread
    from engine.results.standing import label, metric_of

    factor = metric_of(key).factor
    scores = factor * standing.scores.of(key)
    scale = _Scale(*bounds(scores), _LEFT, WIDTH - _RIGHT)
    found = [spread(column, _BINS, scale.low, scale.high) for column in scores.T]
    peak = max((int(s.counts.max()) for s in found), default=1) or 1
    tall, bottom = 58, 10 + 66 * len(found)
    parts = _across(scale, 6, bottom)
    step = (scale.high - scale.low) / _BINS
    for at, of in enumerate(found):
        base = 10 + 66 * (at + 1) - 6
        parts.append(_text(_LEFT - 12, base - 8, _named(standing, at), f"m{at % 6}", "end"))
        if math.isnan(of.quartiles[1]):
            continue
        outline = f"M{scale(scale.low):.1f} {base}"
        for place, count in enumerate(of.counts):
            y = base - tall * int(count) / peak
            outline += f"V{y:.1f}H{scale(scale.low + (place + 1) * step):.1f}"
        parts.append(f'<path d="{outline}V{base}Z" class="area m{at % 6}"/>')
        low, middle, high = map(scale, of.quartiles)
        parts += [_line(low, base, high, base, f"whisker m{at % 6}"), _dot(middle, base, f"fill m{at % 6}", "median")]
        parts.append(_text(WIDTH, base - 8, f"median {of.quartiles[1]:.{metric_of(key).digits}f}", "label", "end"))
    return _svg(WIDTH, bottom + 24, f"{label(key)}: how the scores of all dialogues are spread", parts)


def lengths(standing: Standing, key: str) -> str:
    """Mean scores of dialogues of like length, a line a model."""
    from engine.results.spread import by_length
    from engine.results.standing import label, metric_of

    factor = metric_of(key).factor
    found = by_length(standing.scores.words, factor * standing.scores.of(key))
    known = found.means[~(found.means != found.means)]
    if not len(known) or len(found.words) < 2:
        return ""
    across = _Scale(float(found.words.min()), float(found.words.max()), 60, WIDTH - 240)
    air = float(known.max() - known.min()) * 0.08 or 0.5
    up = _Scale(float(known.min()) - air, float(known.max()) + air, 300, 10)
    parts = [*_across(across, 10, 300), *_up(up, 60, WIDTH - 240)]
    parts.append(_text(WIDTH - 240, 334, "words of the dialogue, mean of each tenth", "label", "end"))
    for at in range(len(standing.models)):
        points = [(across(x), up(y)) for x, y in zip(found.words, found.means[:, at], strict=True) if y == y]
        if not points:
            continue
        parts.append(f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" class="curve m{at % 6}"/>')
        parts += [_text(x, y + 4, letter(at), f"m{at % 6}", "middle") for x, y in points]
        rho = found.correlations[at]
        shown = "" if math.isnan(rho) else f"  ρ {rho:+.2f}"
        parts.append(_text(WIDTH - 225, 26 + 20 * at, f"{_named(standing, at, 18)}{shown}", f"m{at % 6}"))
    return _svg(WIDTH, 342, f"{label(key)} against the dialogue's length", parts)


def scatter(standing: Standing, key: str, first: int, second: int) -> str:
    """One model's scores (upwards) against another's, a point a dialogue, with the line on which they are equal."""
    from engine.results.spread import bounds
    from engine.results.standing import label, metric_of

    scores = standing.scores
    both = metric_of(key).factor * scores.of(key)[:, [first, second]]
    places = [at for at in range(len(scores)) if not math.isnan(both[at].sum())]
    amount = len(places)
    places = places[:: max(-(-amount // MOST_POINTS), 1)]
    low, high = bounds(both)
    size = 400
    across, up = _Scale(low, high, 50, size - 10), _Scale(low, high, size - 50, 10)
    parts = [*_across(across, 10, size - 50), *_up(up, 50, size - 10)]
    parts.append(_line(across(low), up(low), across(high), up(high), "equal"))
    for at in places:
        y, x = both[at]
        side = first if y > x else second
        name = f"{fit(scores.ids[at], 40)} {fit(scores.topics[at], 40)}"
        title = f"{name}: {letter(first)} {y:.1f}, {letter(second)} {x:.1f}"
        parts.append(_dot(across(x), up(y), f"point m{side % 6}", title, 2.5))
    note = f"{len(places):,} of " if len(places) < amount else ""
    note += fmt.count(amount, "dialogue")
    parts.append(_text(size - 10, size - 18, f"{_named(standing, second, 30)} →", f"m{second % 6}", "end"))
    parts.append(_text(50, size - 2, f"↑ {_named(standing, first, 30)}", f"m{first % 6}"))
    parts.append(_text(size - 10, size - 2, note, "label", "end"))
    title = f"{label(key)}: {standing.models[first]} against {standing.models[second]}"
    return _svg(size, size + 6, title, parts)


def scattered(standing: Standing, key: str, baseline: int | None) -> list[tuple[int, int]]:
    """The pairs worth a plot: all while they are few, else each model with the baseline or, without one, the best."""
    pairs: Sequence[tuple[int, int]] = [(pair.first, pair.second) for pair in standing.pairs(key) if pair.n]
    if len(pairs) > 6 and pairs:
        middle = pairs[0][0] if baseline is None else baseline
        pairs = [pair for pair in pairs if middle in pair]
    return list(pairs)
