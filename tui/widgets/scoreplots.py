"""The board's plots: intervals side by side, spread, score against length, one model against another."""

from __future__ import annotations

import math
from typing import Any

from textual.content import Content

from tui import format as fmt
from tui.boarding import Known, Look
from tui.canvas import Canvas
from tui.plotting import ticks
from tui.text import clean, fit
from tui.widgets.dialogue import letters
from tui.widgets.standings import ALIKE, LOWER, against, ink, named

CURSOR = "◉"
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_DOTTED = 18
"""Lines from which on there is room for every dialogue behind the means."""


def _name_room(width: int) -> int:
    return 14 if width < 100 else 26


def _scale(span: tuple[float, float], left: int, room: int) -> tuple[Content, Content]:
    """A rule and the figures below it, ``left`` cells in."""
    low, high = span
    rule, figures = ["─"] * room, [" "] * (left + room + 4)
    for value in ticks(low, high, max(room // 7, 3)):
        at = round((value - low) / (high - low) * (room - 1))
        if not 0 <= at < room:
            continue
        rule[at] = "┴"
        text = f"{value:g}"
        start = left + at - len(text) // 2
        if start >= 0 and all(c == " " for c in figures[max(start - 1, 0) : start + len(text) + 1]):
            figures[start : start + len(text)] = text
    return (
        Content.styled(" " * left + "".join(rule), "$label"), Content.styled("".join(figures).rstrip(), "$label"),
    )  # fmt: skip


def intervals(known: Known, look: Look, model: int, width: int, height: int) -> list[Content]:
    """``├────●────┤`` a model, from the highest mean down."""
    from engine.results.statistics import interval_method

    found = [(at, look.estimates[at]) for at in look.order if not math.isnan(look.estimates[at].mean)]
    if not found:
        return [Content.styled("No model has this figure.", "$label")]
    factor, name = look.metric.factor, _name_room(width)
    ends = [factor * end for _, e in found for end in (e.low, e.mean, e.high) if not math.isnan(end)]
    air = (max(ends) - min(ends)) * 0.03 or 0.5
    span = (min(ends) - air, max(ends) + air)
    figures = max(len(_said(look, at)) for at, _ in found)
    room = max(width - name - figures - 6, 10)
    said = [interval_method([estimate for _, estimate in found], known.items)]
    if look.best is not None:
        said.insert(0, f"{ALIKE} not shown to differ from the highest, {LOWER} lower: see pairs.")
    notes = [Content.styled(text, "$label") for text in said if text]
    gap = 2 * len(found) + 2 + _lines(notes, width) <= height

    def place(value: float) -> int:
        return round((factor * value - span[0]) / (span[1] - span[0]) * (room - 1))

    lines = []
    for at, estimate in found:
        cells, mean = [" "] * room, place(estimate.mean)
        if not math.isnan(estimate.low):
            low, high = place(estimate.low), place(estimate.high)
            cells[low : high + 1] = "─" * (high - low + 1)
            cells[low], cells[high] = "├", "┤"
        cells[mean] = "●"
        mark = " " if look.best is None or at == look.best else against(look.pair(at, look.best))
        lines.append(
            Content.assemble(
                named(known, at, name), " ", ("".join(cells), ink(at, at == model)), f" {mark} ",
                (_said(look, at), "bold" if at == model else ""),
            )
        )  # fmt: skip
        lines += [Content("")] if gap else []
    lines += _scale(span, name + 3, room)
    return [*lines, *notes]


def _lines(notes: list[Content], width: int) -> int:
    """Lines that ``notes`` fill when they are broken."""
    return sum(-(-note.cell_length // max(width, 1)) for note in notes)


def _said(look: Look, model: int) -> str:
    return f"{look.written(look.mean(model)):>6} {look.interval(look.estimates[model])}".rstrip()


def spread(known: Known, look: Look, model: int, width: int, height: int) -> list[Content]:
    """A model's dialogues by score, as high as the room allows; below, its middle half and its median."""
    from engine.results.spread import spread as of

    name = _name_room(width)
    room = max(width - name - 16, 10)
    low, high = look.span
    found = [of(column, room, low, high) for column in look.scores.T]
    peak = max((int(s.counts.max(initial=0)) for s in found), default=0) or 1
    models = [at for at in look.order if found[at].counts.sum()]
    each = (height - 4) // max(len(models), 1)
    tall, middle = max(min(each - 1, 5), 1), each > 1
    lines = []
    for at in models:
        rows = _bars([int(count) for count in found[at].counts], peak, tall)
        for row, text in enumerate(rows):
            label = named(known, at, name) if row == tall - 1 else Content(" " * (name + 2))
            median = f" median {look.written(found[at].quartiles[1])}" if row == tall - 1 else ""
            lines.append(Content.assemble(label, " ", (text, ink(at, at == model)), (median, "$label")))
        if not middle:
            continue
        places = [round((q - low) / (high - low) * (room - 1)) for q in found[at].quartiles]
        bar = [" "] * room
        bar[places[0] : places[2] + 1] = "─" * (places[2] - places[0] + 1)
        bar[places[0]], bar[places[2]], bar[places[1]] = "├", "┤", "┼"
        lines.append(Content.assemble(" " * (name + 3), ("".join(bar), ink(at))))
    lines += _scale(look.span, name + 3, room)
    n = [look.estimates[at].n for at in models]
    amounts = fmt.count(n[0], known.item) if len(set(n)) == 1 else f"the {known.items} that each has"
    note = f"{amounts}; the highest column is {peak:,} of them" if n else "No model has this figure."
    note += "; ├─┼─┤ the middle half and the median" if n and middle else ""
    return [*lines, Content.styled(note, "$label")]


def _bars(counts: list[int], peak: int, tall: int) -> list[str]:
    """Columns of eighths, ``tall`` lines high; what is there at all is seen."""
    heights = [max(round(count / peak * tall * 8), 1) if count else 0 for count in counts]
    return ["".join(_EIGHTHS[max(0, min(h - 8 * row, 8))] for h in heights) for row in reversed(range(tall))]


def lengths(known: Known, look: Look, model: int, width: int, height: int) -> list[Content]:
    """The dialogues of the model under the cursor as dots, and every model's mean of dialogues of like length."""
    words, found = known.standing.scores.words, look.lengths
    if not len(words):
        return [Content.styled(f"No {known.item} has scores.", "$label")]
    legend = []
    for at, rho in enumerate(found.correlations):
        figure = "" if math.isnan(rho) else f" ρ {rho:+.2f}"
        legend.append(Content.assemble(named(known, at, 18 if width >= 100 else 15).rstrip(), (figure, "$label")))
    rows = _flowed(legend, width)
    dotted = height >= _DOTTED
    note = "means of up to ten groups of like length; ρ: Spearman's, of length and score"
    note = f"dots: {letters(model + 1)[-1]}'s {known.items}; letters: {note}" if dotted else note
    notes = [Content.styled(note, "$label")]
    known_means = found.means[~(found.means != found.means)]
    up = look.span if dotted or not len(known_means) else (float(known_means.min()), float(known_means.max()))
    ends = (float(words.min()), float(words.max())) if dotted else (float(found.words[0]), float(found.words[-1]))
    canvas = Canvas(width, max(height - len(rows) - _lines(notes, width), 6), ends, up)
    if dotted:
        canvas.dots(words, look.scores[:, model], "$label")
    for at in range(found.means.shape[1]):
        there = ~(found.means[:, at] != found.means[:, at])
        canvas.line(list(found.words[there]), list(found.means[there, at]), ink(at))
    for at in [*(m for m in range(found.means.shape[1]) if m != model), model]:
        for x, y in zip(found.words, found.means[:, at], strict=True):
            canvas.letter(float(x), float(y), letters(at + 1)[-1][:1], ink(at, True))
    return [*canvas.lines("words"), *rows, *notes]


def _flowed(parts: list[Content], width: int) -> list[Content]:
    """``parts`` on as few lines as they need."""
    rows: list[Content] = []
    for part in parts:
        if rows and rows[-1].cell_length + 3 + part.cell_length <= width:
            rows[-1] = Content.assemble(rows[-1], "   ", part)
        else:
            rows.append(part)
    return rows


def scatter(
    known: Known, look: Look, pair: tuple[int, int], dialogue: int | None, place: str, width: int, height: int
) -> list[Content]:
    """The first of ``pair`` upwards against the second, a dot a dialogue; ``dialogue`` is the one under the cursor.

    ``place`` says where that one stands among all.
    """
    first, second = pair
    ys, xs = look.scores[:, first], look.scores[:, second]
    canvas = Canvas(min(width, 3 * height), max(height - 3, 6), look.span, look.span)
    higher = ys > xs
    canvas.line(list(look.span), list(look.span), "$label")
    canvas.dots(xs[~higher], ys[~higher], ink(second))
    canvas.dots(xs[higher], ys[higher], ink(first))
    if dialogue is not None:
        canvas.letter(float(xs[dialogue]), float(ys[dialogue]), CURSOR, "bold reverse $accent")
    one, other = (named(known, at, 18).rstrip() for at in pair)
    wins = look.pair(first, second)
    said: list[Any] = ["↑ ", one, "   → ", other]
    if wins is not None:
        said.append((f"   above the line {wins.wins:,}, on it {wins.ties:,}, below {wins.losses:,}", "$label"))
    lines = [*canvas.lines(f"→ {letters(second + 1)[-1]}"), Content.assemble(*said)]
    return [*lines, *_dialogue(known, look, pair, dialogue, place, width)]


def _dialogue(
    known: Known, look: Look, pair: tuple[int, int], dialogue: int | None, place: str, width: int
) -> list[Content]:
    """The dialogue under the cursor, with both scores."""
    if dialogue is None:
        return [
            Content.styled(
                f"h l put the cursor on a {known.item}, from the greatest loss to the greatest win", "$label"
            )
        ]
    scores = known.standing.scores
    parts: list[Any] = [(f"{CURSOR} ", "bold $accent"), (fit(scores.ids[dialogue], 20), "bold"), " "]
    for at in pair:
        figure = look.written(float(look.scores[dialogue, at]))
        parts += [" ", (letters(at + 1)[-1], ink(at, True)), f" {figure}"]
    gap = float(look.scores[dialogue, pair[0]] - look.scores[dialogue, pair[1]])
    parts += [f"  {look.written(gap, sign=True)}", (f"  {place}", "$label")]
    line = Content.assemble(*parts)
    rest = f"{fit(clean(scores.topics[dialogue]), 30)}, {scores.words[dialogue]:,} words".removeprefix(", ")
    if line.cell_length + 2 + len(rest) <= width:
        line = Content.assemble(line, (f"  {rest}", "$label"))
    return [line]
