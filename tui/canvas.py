"""Dots of braille on a grid of cells, with axes: plots of many thousand points in a few milliseconds. Uses numpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from textual.content import Content

from tui.plotting import ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Of each dot of a cell, by row and column (Unicode, "Braille Patterns")."""
_AXIS = 6
"""Cells for the figures left of a plot."""


class Canvas:
    """A plot of ``width`` × ``height`` cells, axes included, over the ranges ``across`` and ``up``."""

    def __init__(self, width: int, height: int, across: tuple[float, float], up: tuple[float, float]) -> None:
        import numpy as np

        self.columns, self.rows = max(width - _AXIS - 1, 2), max(height - 2, 2)
        self.across, self.up = _wide(across), _wide(up)
        self._bits = np.zeros((self.rows, self.columns), dtype=np.uint8)
        self._styles = np.full((self.rows, self.columns), -1, dtype=np.int16)
        self._names: list[str] = []
        self._letters: dict[tuple[int, int], tuple[str, str]] = {}

    def dots(self, xs: Any, ys: Any, style: str) -> None:
        """A dot at each place; what is out of range or not a number is left out."""
        import numpy as np

        x, y = self._places(np.asarray(xs, dtype=float), np.asarray(ys, dtype=float))
        row, column = y // 4, x // 2
        np.bitwise_or.at(self._bits, (row, column), np.array(_BITS, dtype=np.uint8)[y % 4, x % 2])
        self._styles[row, column] = self._number(style)

    def line(self, xs: Sequence[float], ys: Sequence[float], style: str) -> None:
        """Straight strokes from place to place."""
        import numpy as np

        if len(xs) < 2:
            return self.dots(xs, ys, style)
        steps = 2 * max(self.columns * 2, self.rows * 4)
        at = np.linspace(0, len(xs) - 1, steps * (len(xs) - 1))
        places = np.arange(len(xs))
        return self.dots(np.interp(at, places, xs), np.interp(at, places, ys), style)

    def letter(self, x: float, y: float, character: str, style: str) -> None:
        """A character over the cell at a place, if it is in range; the last one there is seen."""
        import numpy as np

        column, row = self._places(np.array([x]), np.array([y]))
        if len(column):
            self._letters[int(row[0]) // 4, int(column[0]) // 2] = (character, style)

    def rule(self, character: str, style: str, x: float) -> None:
        """An upright rule at ``x`` where nothing else is."""
        import numpy as np

        column, _ = self._places(np.array([x]), np.array([self.up[0]]))
        for row in range(self.rows if len(column) else 0):
            if not self._bits[row, int(column[0]) // 2]:
                self._letters.setdefault((row, int(column[0]) // 2), (character, style))

    def _places(self, xs: NDArray[Any], ys: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        import numpy as np

        (left, right), (low, high) = self.across, self.up
        with np.errstate(invalid="ignore"):
            x = (xs - left) / (right - left) * (2 * self.columns - 1)
            y = (high - ys) / (high - low) * (4 * self.rows - 1)
            seen = (x >= -0.5) & (y >= -0.5) & (x <= 2 * self.columns - 0.5) & (y <= 4 * self.rows - 0.5)
        x, y = x[seen].round().astype(int), y[seen].round().astype(int)
        return np.clip(x, 0, 2 * self.columns - 1), np.clip(y, 0, 4 * self.rows - 1)

    def _number(self, style: str) -> int:
        if style not in self._names:
            self._names.append(style)
        return self._names.index(style)

    def lines(self, across: str = "", written: Callable[[float], str] = "{:g}".format) -> list[Content]:
        """The plot, its axes with figures, and ``across``, what the lower one is of."""
        (low, high), marks = self.up, {}
        for value in ticks(low, high, max(self.rows // 3, 2)):
            row = round((high - value) / (high - low) * (4 * self.rows - 1)) // 4
            if 0 <= row < self.rows:
                marks[row] = written(value)
        found = []
        for row in range(self.rows):
            axis = f"{marks.get(row, '')[:_AXIS]:>{_AXIS}}{'┤' if row in marks else '│'}"
            found.append(Content.assemble((axis, "$label"), *self._row(row)))
        return [*found, *self._lower(across, written)]

    def _row(self, row: int) -> list[tuple[str, str]]:
        cells = []
        for column in range(self.columns):
            if (row, column) in self._letters:
                cells.append(self._letters[row, column])
            elif bits := int(self._bits[row, column]):
                cells.append((chr(0x2800 + bits), self._names[self._styles[row, column]]))
            else:
                cells.append((" ", ""))
        parts = groupby(cells, key=lambda cell: cell[1])
        return [("".join(character for character, _ in part), style) for style, part in parts]

    def _lower(self, across: str, written: Callable[[float], str]) -> list[Content]:
        left, right = self.across
        rule, figures = ["─"] * self.columns, [" "] * (self.columns + _AXIS)
        end = len(figures) - len(across) - 1 if across else len(figures)
        for value in ticks(left, right, max(self.columns // 10, 2)):
            column = round((value - left) / (right - left) * (2 * self.columns - 1)) // 2
            if not 0 <= column < self.columns:
                continue
            rule[column] = "┬"
            text = written(value)
            start = max(column + _AXIS - len(text) // 2, 0)
            if start + len(text) <= end and all(c == " " for c in figures[max(start - 1, 0) : start + len(text)]):
                figures[start : start + len(text)] = text
        lower = "".join(figures[:end]) + (f" {across}" if across else "")
        return [
            Content.styled(f"{'':>{_AXIS}}└{''.join(rule)}", "$label"), Content.styled(f" {lower}", "$label"),
        ]  # fmt: skip


def _wide(span: tuple[float, float]) -> tuple[float, float]:
    low, high = span
    return (low, high) if high > low else (low - 0.5, high + 0.5)
