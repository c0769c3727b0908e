"""Which models the playground asks: runs that have one, and bases as they are."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import DataTable, Static

from engine.playground.protocol import Model
from engine.runs.workspace import Workspace
from tui import format as fmt
from tui import keys
from tui.bench import MOST_MODELS, Choice, base_model, choices
from tui.screens.ask import TextScreen
from tui.screens.late import Late
from tui.text import fit, plain
from tui.widgets.table import Table


class ModelsScreen(Late, ModalScreen[list[Model] | None]):
    """Ends with the models marked, in the order of their marking; None leaves all as it was."""

    BINDINGS = keys.bindings("models")
    CSS_PATH = "modal.tcss"

    def __init__(self, workspace: Workspace, chosen: Sequence[Model]) -> None:
        super().__init__()
        self._workspace = workspace
        self._marked = {model.key: model for model in chosen}
        self._added = [model for model in chosen if model.base]
        self._choices: dict[str, Choice] = {}

    def compose(self) -> ComposeResult:
        """The table, and what its keys do."""
        with Vertical(classes="box"):
            yield Static(Content.styled("Models to ask", "bold"), markup=False, id="heading")
            yield Table(id="choices")
            hint = "Space marks, Enter takes the marked ones, a adds another base, Esc leaves all as it is."
            yield Static(Content.styled(hint, "$label"), markup=False)

    def on_mount(self) -> None:
        """List them in a thread."""
        table = self.query_one(Table)
        widths = (("mark", "", 2), ("name", "model", 26), ("method", "method", 9), ("base", "base", 19))
        table.head([*((key, Text(label), width) for key, label, width in widths), ("score", Text("ROUGE-1"), 7)])
        table.focus()
        self._list()

    def _list(self, at: str = "") -> None:
        def work() -> None:
            found = choices(self._workspace, self._added)
            self.from_thread(self._fill, found, at)

        self.run_worker(work, thread=True, exclusive=True)

    def _fill(self, found: list[Choice], at: str) -> None:
        known = {choice.model.key for choice in found}
        self._marked = {key: model for key, model in self._marked.items() if key in known}
        self._choices = {choice.model.key: choice for choice in found}
        self._draw()
        if at:
            self.query_one(Table).go(at)

    def _draw(self) -> None:
        order = list(self._marked)
        rows = {}
        for key, choice in self._choices.items():
            mark = f"{fmt.MARKED}{order.index(key) + 1}" if key in self._marked else ""
            rows[key] = [
                Text(mark, end=""), plain(fit(choice.name, 26)), plain(fit(choice.method, 9)),
                plain(fit(choice.base, 19)), Text(f"{fmt.score(choice.rouge1):>7}", end=""),
            ]  # fmt: skip
        self.query_one(Table).show(rows)
        amount = f"{len(order)} of at most {MOST_MODELS} marked"
        self.query_one("#heading", Static).update(
            Content.assemble(("Models to ask", "bold"), (f"  {amount}; ROUGE-1 ×100 on its own test split", "$label"))
        )

    def action_mark(self) -> None:
        """Mark the model under the cursor and go one down, or take its mark away."""
        key = self.query_one(Table).cursor_key
        if key is None:
            return
        if key in self._marked:
            del self._marked[key]
        elif len(self._marked) >= MOST_MODELS:
            self.app.notify(f"{MOST_MODELS} models are the most that can be asked at once.", severity="warning")
            return
        else:
            self._marked[key] = self._choices[key].model
        self._draw()
        self.query_one(Table).action_cursor_down()

    def action_add(self) -> None:
        """Ask for a folder or a hub id."""

        def answered(name: str | None) -> None:
            if not name:
                return

            def work() -> None:
                model = base_model(name)  # looks at the disk
                self.from_thread(self._add, model)

            self.run_worker(work, thread=True)

        hint = "A folder with config.json and safetensors, or a hub id such as google/flan-t5-base."
        self.app.push_screen(TextScreen("Another base", "", hint), answered)

    def _add(self, model: Model) -> None:
        self._added.append(model)
        if len(self._marked) < MOST_MODELS:
            self._marked[model.key] = model
        self._list(at=model.key)

    @on(DataTable.RowSelected)
    def action_take(self) -> None:
        """Close with the marked ones; with the one under the cursor where none is."""
        key = self.query_one(Table).cursor_key
        if not self._marked and key is not None:
            self._marked[key] = self._choices[key].model
        self.dismiss(list(self._marked.values()))

    def action_cancel(self) -> None:
        """Close without a change."""
        self.dismiss(None)
