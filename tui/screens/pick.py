"""Choosing runs: a list over the screen, to mark some."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import format as fmt
from tui import keys, themes
from tui.text import clean, fit, plain
from tui.widgets.table import Table


class PickScreen(ModalScreen[list[str] | None]):
    """Ends with the names of the runs that are marked, in the list's order, or with None."""

    BINDINGS = keys.bindings("pick")
    CSS_PATH = "modal.tcss"

    def __init__(self, question: str, runs: Sequence[tuple[str, str]], marked: Collection[str], most: int) -> None:
        """``runs``: names and states; at most ``most`` of them can be marked."""
        super().__init__()
        self._question, self._runs, self._most = question, runs, most
        self._marked = [name for name, _ in runs if name in set(marked)][:most]

    def compose(self) -> ComposeResult:
        """The question, the runs, and what the keys do."""
        with Vertical(classes="box"):
            yield Static(Content.styled(clean(self._question), "bold"), markup=False)
            yield Table(id="pick")
            yield Static(Content.styled("Space marks, Enter shows them, Esc leaves all as it is.", "$label"))

    def on_mount(self) -> None:
        """Fill the list."""
        table = self.query_one(Table)
        table.head([("mark", Text(""), 2), ("name", Text("run"), 40), ("state", Text("state"), 12)])
        table.show_header = False
        self._draw()
        table.focus()

    def _draw(self) -> None:
        variables = self.app.theme_variables
        rows = {}
        for name, state in self._runs:
            mark = fmt.state(state)
            chosen = fmt.MARKED if name in self._marked else " "
            rows[name] = [
                Text(chosen, themes.style(variables, "accent"), end=""),
                plain(fit(name, 40)),
                Text(f"{mark.glyph} {clean(mark.word)}", themes.style(variables, mark.style), end=""),
            ]
        self.query_one(Table).show(rows)

    def action_mark(self) -> None:
        """Mark the run under the cursor, or take its mark away."""
        name = self.query_one(Table).cursor_key
        if name is None:
            return
        if name in self._marked:
            self._marked.remove(name)
        elif len(self._marked) < self._most:
            self._marked.append(name)
        else:
            self.app.notify(f"At most {fmt.count(self._most, 'run')} beside this one.", severity="warning")
        self._draw()

    def action_done(self) -> None:
        """Close with those that are marked."""
        self.dismiss([name for name, _ in self._runs if name in self._marked])

    def action_cancel(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
