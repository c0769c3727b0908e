"""Panes that scroll, with the same keys as a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui import keys


class Scrolling:
    """Gives the actions of the table's keys to a widget that scrolls."""

    def action_cursor_down(self: Any) -> None:
        """One line down."""
        self.scroll_down(animate=False)

    def action_cursor_up(self: Any) -> None:
        """One line up."""
        self.scroll_up(animate=False)

    def action_cursor_left(self: Any) -> None:
        """To the left."""
        self.scroll_relative(x=-8, animate=False)

    def action_cursor_right(self: Any) -> None:
        """To the right."""
        self.scroll_relative(x=8, animate=False)

    def action_scroll_top(self: Any) -> None:
        """To the top."""
        self.scroll_home(animate=False)

    def action_scroll_bottom(self: Any) -> None:
        """To the bottom."""
        self.scroll_end(animate=False)


class Pane(Scrolling, VerticalScroll):
    """A bordered pane of text."""

    BINDINGS = keys.bindings("table")

    def __init__(self, title: str, id: str, empty: str = "") -> None:
        super().__init__(id=id, classes="pane")
        self.border_title = title
        self._empty = Content.styled(empty, "$label")
        self._lines: Content | None = None

    def compose(self) -> ComposeResult:
        """The text is one widget inside."""
        yield Static(self._empty, markup=False)

    @property
    def text(self) -> str:
        """What it shows, without colours; empty while it shows nothing."""
        return self._lines.plain if self._lines else ""

    def show(self, lines: Content | Iterable[Content], top: bool = False) -> None:
        """Show ``lines`` (the pane's words for nothing, when there are none); ``top`` scrolls back up."""
        text = lines if isinstance(lines, Content) else Content("\n").join(lines)
        if self._lines is None or not text.is_same(self._lines):  # == compares the text alone
            self._lines = text
            self.query_one(Static).update(text if len(text) else self._empty)
        if top:
            self.scroll_home(animate=False, immediate=True)
