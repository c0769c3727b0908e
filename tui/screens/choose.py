"""Asks for one of many: a table to go through, with a filter."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import DataTable, Static

from tui import keys
from tui.text import clean, fit, plain
from tui.widgets.filter import Filter
from tui.widgets.table import Table

Choice = tuple[str, str, str]
"""Key (unique), name and a few words."""


class ChooseScreen(ModalScreen[str | None]):
    """Ends with the key of the row chosen, or with None."""

    BINDINGS = keys.bindings("choose")
    CSS_PATH = "choose.tcss"

    def __init__(self, question: str, rows: Sequence[Choice], at: str = "") -> None:
        """``at``: key of the row under the cursor at first."""
        super().__init__()
        self._question, self._rows, self._at = question, list(rows), at

    def compose(self) -> ComposeResult:
        """The question, the rows, the filter, what the keys do."""
        with Vertical(classes="box"):
            yield Static(Content.styled(clean(self._question), "bold"), markup=False)
            yield Table(id="choices")
            yield Filter("words; Enter, Esc")
            yield Static(Content.styled("Enter takes it · / filters · Esc leaves all as it is", "$label"), markup=False)

    def on_mount(self) -> None:
        """Fill the table."""
        table = self.query_one(Table)
        table.show_header = False
        table.head([("name", Text("name"), None), ("about", Text("about"), None)])
        self._show([])
        table.go(self._at)
        table.focus()

    def _show(self, words: Sequence[str]) -> None:
        kept = [row for row in self._rows if all(word in f"{row[1]} {row[2]}".casefold() for word in words)]
        self.query_one(Table).show({key: [plain(fit(name, 30)), plain(about)] for key, name, about in kept})

    def on_filter_words(self, message: Filter.Words) -> None:
        """Show the rows with these words."""
        self._show(message.words)
        if message.done:
            self.query_one(Table).focus()

    @on(DataTable.RowSelected)
    def action_take(self) -> None:
        """Close with the row under the cursor."""
        if (key := self.query_one(Table).cursor_key) is not None:
            self.dismiss(key)

    def action_filter(self) -> None:
        """Open the filter."""
        self.query_one(Filter).open()

    def action_cancel(self) -> None:
        """Clear the filter; else close without an answer."""
        if not self.query_one(Filter).empty():
            self.dismiss(None)
