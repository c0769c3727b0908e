"""Which models' columns are shown, which stay in sight, and in what order: a list over the table."""

from __future__ import annotations

from dataclasses import replace

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import DataTable, Static

from tui import format as fmt
from tui import keys, themes
from tui.explorer import View
from tui.text import fit, plain
from tui.widgets.table import Table

HINT = "Space shows or hides, p pins, J K move, Enter takes it, Esc leaves all as it was."


class ColumnsScreen(ModalScreen[View | None]):
    """Ends with the view as it is to be, or with None."""

    BINDINGS = keys.bindings("columns")
    CSS_PATH = "columns.tcss"

    def __init__(self, view: View) -> None:
        super().__init__()
        self._view = view

    def compose(self) -> ComposeResult:
        """The models and what the keys do."""
        with Vertical(classes="box"):
            yield Static(Content.styled("Models in the table, from left to right", "bold"), markup=False)
            yield Table(id="models")
            yield Static(Content.styled(HINT, "$label"), markup=False, id="hint")

    def on_mount(self) -> None:
        """Fill the list."""
        table = self.query_one(Table)
        table.show_header = False
        table.head([("shown", Text(""), 2), ("name", Text(""), 44), ("state", Text(""), 18)])
        self._draw()
        table.focus()

    def _draw(self) -> None:
        accent, quiet = (themes.style(self.app.theme_variables, role) for role in ("accent", "label"))
        rows = {}
        for model in self._view.models:
            words = [word for word, of in (("hidden", self._view.hidden), ("pinned", self._view.pinned)) if model in of]
            rows[model] = [
                Text(" " if model in self._view.hidden else fmt.MARKED, accent, end=""),
                plain(fit(model, 44)),
                Text(", ".join(words), quiet, end=""),
            ]
        self.query_one(Table).show(rows)

    @property
    def _model(self) -> str | None:
        return self.query_one(Table).cursor_key

    def action_show(self) -> None:
        """Show the model under the cursor, or hide it; one is always left."""
        model = self._model
        if model is None:
            return
        hidden = self._view.hidden ^ {model}
        if hidden >= set(self._view.models):
            self.app.notify("One model has to stay.", severity="warning")
            return
        self._view = replace(self._view, hidden=hidden)
        self._draw()

    def action_pin(self) -> None:
        """Pin the model under the cursor, or not."""
        if (model := self._model) is not None:
            self._view = replace(self._view, pinned=self._view.pinned ^ {model})
            self._draw()

    def action_move(self, step: int) -> None:
        """Move the model under the cursor."""
        model, order = self._model, list(self._view.models)
        if model is None:
            return
        place = order.index(model) + step
        if 0 <= place < len(order):
            order.remove(model)
            order.insert(place, model)
            self._view = replace(self._view, models=tuple(order))
            self._draw()
            self.query_one(Table).go(model)

    @on(DataTable.RowSelected)
    def action_take(self) -> None:
        """Close with the view."""
        self.dismiss(self._view)

    def action_cancel(self) -> None:
        """Close without."""
        self.dismiss(None)
