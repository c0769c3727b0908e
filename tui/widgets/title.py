"""The first line of every screen."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Title(Static):
    """One line: where one is, and of what."""

    DEFAULT_CSS = """
    Title {
        height: 1; padding: 0 1; background: $panel; color: $foreground;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    def __init__(self, line: Content | None = None, id: str = "title") -> None:
        super().__init__(line or Content(""), id=id, markup=False)
