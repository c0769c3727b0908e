"""What a query can say, to be read over the table."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen

from tui import keys
from tui.text import clean
from tui.widgets.pane import Pane


class ExplainScreen(ModalScreen[None]):
    """A text that scrolls."""

    BINDINGS = keys.bindings("explain")
    CSS_PATH = "columns.tcss"

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        """The text."""
        yield Pane(self._title, "explanation")

    def on_mount(self) -> None:
        """Show it."""
        pane = self.query_one(Pane)
        pane.show(Content(clean(self._text.rstrip(), lines=True)))
        pane.focus()

    def action_close(self) -> None:
        """Close it."""
        self.dismiss()
