"""Only what changed goes to the terminal.

Textual sends every region that a widget touched whole: a curve with one new point is several kilobytes, and over SSH
that is what makes a screen slow. A shadow of what the terminal shows makes of each update the cells that differ.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

GAP = 8
"""Equal cells between two changed ones that are cheaper sent again than jumped over."""

Cells = list[str]
"""A cell each; the second cell of a wide character is empty, marks of no width stand with their letter."""
Styles = list[Style | None]


class Shadow:
    """What the terminal shows, as far as it is known."""

    def __init__(self) -> None:
        self._size = (0, 0)
        self._rows: list[tuple[Cells, Styles]] = []

    def forget(self) -> None:
        """The terminal may show anything: the next update must be a whole screen, and is sent whole."""
        self._size = (0, 0)
        self._rows = []

    def fit(self, width: int, height: int) -> None:
        """A screen of ``width`` × ``height`` cells, unknown ones where the size has changed."""
        if (width, height) != self._size:
            self._size = (width, height)
            # No cell of any strip equals these.
            self._rows = [([_UNKNOWN] * width, [None] * width) for _ in range(height)]

    def changed(self, x: int, y: int, strip: Strip, pen: Pen) -> None:
        """Write with ``pen`` what is lacking for ``strip`` to stand at ``x``, ``y``; it is taken as sent."""
        if not 0 <= y < len(self._rows):
            pen.whole(x, y, strip)
            return
        row, row_styles = self._rows[y]
        cells, styles = _cells(strip)
        end = x + len(cells)
        if row[x:end] == cells and row_styles[x:end] == styles:
            return
        odd = not all(map(len, cells)) or not all(map(len, row[x:end])) or len(cells) != strip.cell_length
        if odd or end > len(row):
            # A terminal that gives a character another width than we do would be corrected by nothing else.
            pen.whole(x, y, strip)
        else:
            for start, stop in _runs(row[x:end], row_styles[x:end], cells, styles):
                pen.run(x + start, y, cells[start:stop], styles[start:stop])
        if 0 < x < len(row) and not row[x]:  # half of a wide character is overwritten: the other half goes too
            row[x - 1] = _UNKNOWN
        if end < len(row) and not row[end]:
            row[end] = _UNKNOWN
        row[x:end], row_styles[x:end] = cells[: len(row) - x], styles[: len(row) - x]


class Pen:
    """Writes cells with as few bytes as it takes: no colour is set twice, and a short way is a short sequence."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._system = console._color_system or ColorSystem.TRUECOLOR
        self._parts: list[str] = []
        self._style = ""
        self._at = (-1, -1)

    def whole(self, x: int, y: int, strip: Strip) -> None:
        """Write a strip as Textual does."""
        self._set("")
        self._parts.append(f"\x1b[{y + 1};{x + 1}H{strip.render(self._console)}")
        self._at = (-1, -1)

    def run(self, x: int, y: int, cells: Cells, styles: Styles) -> None:
        """Write ``cells``, each one cell wide, from ``x``, ``y`` on."""
        if (gone := x - self._at[0]) and y == self._at[1] and gone > 0:
            self._parts.append(f"\x1b[{gone}C")
        elif (x, y) != self._at:
            self._parts.append(f"\x1b[{y + 1};{x + 1}H")
        start = 0
        for at in range(1, len(cells) + 1):
            if at == len(cells) or (styles[at] is not styles[start] and styles[at] != styles[start]):
                self._text("".join(cells[start:at]), styles[start])
                start = at
        self._at = (x + len(cells), y)

    def done(self) -> str:
        """All that was written, colours reset."""
        self._set("")
        return "".join(self._parts)

    def _text(self, text: str, style: Style | None) -> None:
        if style is not None and style._link:
            self._set("")
            text = Strip.render_style(style, text, color_system=self._system)
        elif style is None:
            self._set("")
        else:
            ansi = style._ansi if style._ansi is not None else Strip.render_ansi(style, self._system)
            self._set(ansi)
        self._parts.append(text)

    def _set(self, ansi: str) -> None:
        if ansi != self._style:
            self._parts.append(f"\x1b[{'0;' if self._style and ansi else ''}{ansi or 0}m")
            self._style = ansi


_UNKNOWN = "\0"


class ThriftyUpdate(CompositorUpdate):
    """An update in the shape that Textual writes, cut down to what the shadow lacks."""

    def __init__(self, update: LayoutUpdate | ChopsUpdate, shadow: Shadow, console: Console) -> None:
        """The update must be written: ``shadow`` takes it as sent."""
        if isinstance(update, LayoutUpdate):
            shadow.fit(update.region.right, update.region.bottom)
        placed = _laid_out(update) if isinstance(update, LayoutUpdate) else _chopped(update)
        pen = Pen(console)
        for x, y, strip in placed:
            shadow.changed(x, y, strip, pen)
        self.sequence = pen.done()

    def render_segments(self, console: Console) -> str:
        """The sequences to write."""
        return self.sequence


def _laid_out(update: LayoutUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Every strip of a whole screen with its place."""
    for y, strips in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in strips:
            yield x, y, strip
            x += strip.cell_length


def _chopped(update: ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """The strips of a partial update that its spans touch, cut at their ends as Textual does it."""
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x > last or end <= first:
                continue
            yield x, y, strip if end <= last and first <= x < last else strip.crop(0, min(end, last) - x)


def _cells(strip: Strip) -> tuple[Cells, Styles]:
    cells: Cells = []
    styles: Styles = []
    for text, style, _ in strip:
        if text.isascii() or cell_len(text) == len(text):
            cells.extend(text)
            styles.extend([style] * len(text))
            continue
        for character in text:
            width = cell_len(character)
            if width == 0 and cells:
                cells[-1] += character
                continue
            cells.extend((character, "")[:width])
            styles.extend([style] * width)
    return cells, styles


def _runs(before: Cells, before_styles: Styles, now: Cells, now_styles: Styles) -> Iterator[tuple[int, int]]:
    """Stretches that hold every cell that differs, as few and as short as pays."""
    start = stop = -1
    for at, (old, old_style, new, style) in enumerate(zip(before, before_styles, now, now_styles, strict=False)):
        if old == new and (old_style is style or old_style == style):
            continue
        if start < 0:
            start = at
        elif at - stop > GAP:
            yield start, stop
            start = at
        stop = at + 1
    if start >= 0:
        yield start, stop
