"""The workspace's runs."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.events import Resize
from textual.reactive import reactive
from textual.widgets import DataTable, Footer, Static

from tui import format as fmt
from tui import keys, themes
from tui.listing import RunRow, WorkspaceFeed, WorkspaceSnapshot
from tui.screens.base import RunScreen
from tui.text import clean, fit, plain
from tui.widgets.follower import Follower
from tui.widgets.table import Table
from tui.widgets.title import Title

WIDE = 110
MARKED = "●"
_EMPTY = """\
No runs here yet.

See it work, without a network: leave with q, then type
    dialtune demo

Fine-tune a model: a preset is a place to start from
    dialtune presets
    dialtune train --preset lora-r32

This screen shows a run as soon as it is there."""


class RunsScreen(RunScreen):
    """A table of the runs, newest first; below it a few words on the run under the cursor."""

    SCOPE = "runs"
    BINDINGS = keys.bindings("runs")

    snapshot: reactive[WorkspaceSnapshot | None] = reactive(None, init=False)

    def __init__(self) -> None:
        super().__init__()
        self._marked: set[str] = set()
        self._wide: bool | None = None

    def compose(self) -> ComposeResult:
        """Title, table, words on the run, keys."""
        yield Title()
        yield Static(_EMPTY, id="empty", markup=False)
        yield Table(id="runs")
        yield Static(id="about", markup=False)
        yield Footer(compact=True, show_command_palette=False)
        yield Follower(WorkspaceFeed(self.terminal.workspace, self.terminal.clock).poll)

    def on_mount(self) -> None:
        """A new theme colours the table's cells anew."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw())

    def on_resize(self, event: Resize) -> None:
        """More columns where there is room."""
        if self._wide != (event.size.width >= WIDE):
            self._wide = event.size.width >= WIDE
            self._head()

    def on_follower_updated(self, message: Follower.Updated) -> None:
        """Take what was read."""
        self.snapshot = message.snapshot

    def watch_snapshot(self) -> None:
        """Draw it."""
        self._marked &= {row.name for row in self.rows}
        self._draw()

    @property
    def rows(self) -> tuple[RunRow, ...]:
        """The runs shown."""
        return self.snapshot.rows if self.snapshot else ()

    @property
    def current(self) -> RunRow | None:
        """The run under the cursor."""
        key = self.query_one(Table).cursor_key
        return next((row for row in self.rows if row.name == key), None)

    def _head(self) -> None:
        columns: list[tuple[str, str, int | None]]
        columns = [("state", "state", None), ("name", "name", None), ("method", "method", None)]
        columns += [("score", "ROUGE-1", 11), ("time", "time", 7)]
        if self._wide:
            columns += [("base", "base", None), ("data", "data", None)]
        table = self.query_one(Table)
        at = table.cursor_key
        table.head((key, Text(label), width) for key, label, width in columns)
        self._draw()
        if at is not None:
            table.go(at)

    def _draw(self) -> None:
        if self.snapshot is None or self._wide is None:
            return
        table = self.query_one(Table)
        table.show({row.name: self._cells(row) for row in self.rows})
        empty = not self.rows
        if empty == table.display:
            table.display, self.query_one("#empty").display = not empty, empty
            if not empty:
                table.focus()
        running = sum(row.status.state == "running" for row in self.rows)
        parts: list[Any]
        parts = [("dialtune", "bold $primary"), f"  {fmt.count(len(self.rows), 'run')}"]
        parts += [f", {running} running"] if running else []
        parts += [f", {len(self._marked)} marked {MARKED}"] if self._marked else []
        parts += [(f"  {clean(self.terminal.workspace.path)}", "$label")]
        self.query_one(Title).update(Content.assemble(*parts))
        self._about()

    def _cells(self, row: RunRow) -> list[Text]:
        name = 34 if self._wide else 21
        cells = [
            self._state(row), plain(fit(row.name, name)), plain(fit(row.outline.method or "?", 9)),
            self._score(row), plain(fmt.duration(row.elapsed)),
        ]  # fmt: skip
        if self._wide:
            cells += [plain(fit(row.outline.base, 28)), plain(fit(row.outline.data, 28))]
        return cells

    def _state(self, row: RunRow) -> Text:
        variables, mark = self.app.theme_variables, fmt.state(row.status.state)
        style = themes.style(variables, mark.style)
        text = Text(MARKED + " " if row.name in self._marked else "  ", themes.style(variables, "accent"), end="")
        if row.status.state != "running":
            return text.append(f"{mark.glyph} {clean(mark.word)}", style)
        text.append(f"{mark.glyph} {fit(row.status.phase or 'starting', 10)}", style)
        if row.share is not None:
            if self._wide:
                full, empty = fmt.bar(row.share, 10)
                text.append(" ").append(full, style).append(empty, themes.style(variables, "label"))
            text.append(f" {fmt.percent(row.share)}")
        if row.status.eta is not None:
            text.append(f" {fmt.duration(row.status.eta)}" + (" left" if self._wide else ""))
        return text

    def _score(self, row: RunRow) -> Text:
        if row.rouge1 is not None:
            return Text(fmt.score(row.rouge1), themes.style(self.app.theme_variables, "foreground", bold=True), end="")
        if row.best is None:
            return plain(fmt.MISSING)
        name, value = row.best
        return plain(f"val {fmt.score(value)}" if name == "rouge1" else f"loss {fmt.number(value)}")

    @on(DataTable.RowHighlighted)
    def _about(self) -> None:
        row, about = self.current, self.query_one("#about", Static)
        if row is None:
            about.update("")
            return
        mark = fmt.state(row.status.state)
        first = Content.assemble(
            (clean(row.name), "bold"), "  ", (f"{mark.glyph} {clean(mark.word)}", f"${mark.style}"),
            f"  {clean(row.outline.method)} of {clean(row.outline.base)} on {clean(row.outline.data)}",
        )  # fmt: skip
        why = row.status.error.get("happened") or row.status.reason or row.outline.problem
        hints = [clean(why)] if why else []
        if row.resumable:
            hints.append("r resumes it from its last checkpoint")
        if row.rouge1 is not None:
            hints.append("ROUGE-1 ×100, mean over references")
        elif row.best is not None:
            hints.append("the best validation figure so far")
        about.update(Content("\n").join([first, Content.styled(" · ".join(hints), "$label")]))

    @on(DataTable.RowSelected)
    def action_open(self) -> None:
        """Open the run under the cursor."""
        self.action_live()

    def action_live(self) -> None:
        """The live screen of the run under the cursor."""
        if (row := self.current) is not None:
            self.terminal.open_live(row.name)

    def action_explore(self) -> None:
        """Compare the marked runs' summaries, or all."""
        self.terminal.open_explore([row.name for row in self.rows if row.name in self._marked])

    def action_mark(self) -> None:
        """Mark the run under the cursor and go one down."""
        if (row := self.current) is not None:
            self._marked ^= {row.name}
            self._draw()
            self.query_one(Table).action_cursor_down()

    def action_unmark(self) -> None:
        """Take all marks away."""
        self._marked.clear()
        self._draw()

    def action_stop(self) -> None:
        """Stop the run under the cursor."""
        if (row := self.current) is not None:
            self.stop_run(self.terminal.folder(row.name), row.status.state)

    def action_resume(self) -> None:
        """Resume the run under the cursor."""
        if (row := self.current) is not None:
            self.resume_run(self.terminal.folder(row.name), row.resumable)
