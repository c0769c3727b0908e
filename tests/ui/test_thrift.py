"""What is sent is little, and the terminal shows what Textual would have it show."""

from __future__ import annotations

from typing import Any

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.thrift import Shadow, ThriftyUpdate

WIDTH, HEIGHT = 24, 4
CONSOLE = Console(color_system="truecolor", force_terminal=True)
STYLES = [None, Style(), Style(color="red"), Style(bgcolor="blue", bold=True), Style(reverse=True)]

words = st.text(st.sampled_from("ab .学🚌é"), min_size=1, max_size=8)
lines = st.lists(st.tuples(words, st.sampled_from(STYLES)), min_size=1, max_size=6)


def _strip(parts: list[tuple[str, Style | None]]) -> Strip:
    strip = Strip([Segment(text, style) for text, style in parts])
    return strip.adjust_cell_length(WIDTH)


def _screen(rows: list[list[tuple[str, Style | None]]]) -> LayoutUpdate:
    return LayoutUpdate([[_strip(row)] for row in rows], Region(0, 0, WIDTH, HEIGHT))


class _Terminal:
    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.screen.mode.discard(pyte.modes.DECAWM)
        self._stream = pyte.Stream(self.screen)

    def take(self, sequence: str) -> None:
        self._stream.feed(sequence)

    def shows(self) -> list[list[Any]]:
        return [[self.screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]


@given(st.lists(st.lists(lines, min_size=HEIGHT, max_size=HEIGHT), min_size=1, max_size=4))
@settings(deadline=None, max_examples=60)
def test_a_terminal_shows_the_same(screens: list[list[list[tuple[str, Style | None]]]]) -> None:
    thrifty, usual, shadow = _Terminal(), _Terminal(), Shadow()
    for rows in screens:
        thrifty.take(ThriftyUpdate(_screen(rows), shadow, CONSOLE).sequence)
        usual.take(_screen(rows).render_segments(CONSOLE))
        assert thrifty.shows() == usual.shows()


def test_what_is_there_is_not_sent_again() -> None:
    shadow = Shadow()
    rows = [[("a line of text", STYLES[2])]] * HEIGHT
    first = ThriftyUpdate(_screen(rows), shadow, CONSOLE).sequence
    assert len(first) > HEIGHT * WIDTH
    assert ThriftyUpdate(_screen(rows), shadow, CONSOLE).sequence == ""
    rows = [*rows[:2], [("a lime of text", STYLES[2])], rows[3]]
    assert ThriftyUpdate(_screen(rows), shadow, CONSOLE).sequence == "\x1b[3;5H\x1b[31mm\x1b[0m"
    shadow.forget()
    assert len(ThriftyUpdate(_screen(rows), shadow, CONSOLE).sequence) == len(first)


def test_a_part_of_the_screen() -> None:
    shadow = Shadow()
    ThriftyUpdate(_screen([[("x" * WIDTH, None)]] * HEIGHT), shadow, CONSOLE)
    chops: list[dict[int, Strip | None]] = [{} for _ in range(HEIGHT)]
    chops[1] = {0: None, 4: Strip([Segment("xxyx")]), 8: Strip([Segment("zzzz")])}
    update = ChopsUpdate(chops, [(1, 4, 8)], [[], [4, 8, 12], [], []])
    assert ThriftyUpdate(update, shadow, CONSOLE).sequence == "\x1b[2;7Hy"
