"""The last step before the terminal: every line of every widget, drawn with the characters it has."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.glyphs import Choice, draw


class GlyphFilter(LineFilter):
    """Replaces what the terminal cannot draw, cell by cell, so that layouts stay as they are."""

    def __init__(self, choice: Choice) -> None:
        super().__init__(enabled=choice.level != "braille")
        self.choice = choice

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with other characters."""
        choice = self.choice
        return [
            segment if segment.text.isascii() else Segment(draw(segment.text, choice), segment.style, segment.control)
            for segment in segments
        ]
