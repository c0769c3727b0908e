"""The workspace's runs."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.events import Resize
from textual.reactive import reactive
from textual.widgets import DataTable, Static

from tui import format as fmt
from tui import keys, themes
from tui.columns import NAME, ORDERS, SCORE, STATE, WIDE, Column, fitting, matches
from tui.listing import RunRow, WorkspaceFeed, WorkspaceSnapshot
from tui.money import amount
from tui.outline import doing
from tui.screens.base import RunScreen
from tui.screens.keeping import Keeping
from tui.screens.queueing import Queueing
from tui.screens.upkeep import Upkeep
from tui.text import apart, clean, fit, plain
from tui.widgets.filter import Filter
from tui.widgets.follower import Follower
from tui.widgets.footer import Footer
from tui.widgets.recoloured import Recoloured
from tui.widgets.table import Table
from tui.widgets.title import Title

NEED_RUNS = frozenset(("open", "explore", "mark", "filter", "stop"))
"""Actions that the footer leaves out of an empty workspace."""
_EMPTY = """\
No runs here yet. A run fine-tunes a base on dialogues with summaries, in a process of its own.

Press d to see it work: three small runs, no network needed, a few minutes.
Press C for the real job: choose a recipe, see what it will need, change what you like.
The shell does the same, with FLAN-T5-base and DialogSum from the hub:
    dialtune train --preset lora-r32

Runs appear here as soon as they are there, and go on when you leave. ? shows every key."""


class RunsScreen(Recoloured, Upkeep, Queueing, Keeping, RunScreen):
    """A table of the runs, newest first; below it a few words on the run under the cursor."""

    SCOPE = "runs"
    BINDINGS = keys.bindings("runs")

    snapshot: reactive[WorkspaceSnapshot | None] = reactive(None, init=False)

    def __init__(self) -> None:
        super().__init__()
        self._marked: set[str] = set()
        self._columns: tuple[Column, ...] = ()
        self._name_width = NAME.width
        self._wide = False
        self._order, self._reverse = 0, False
        self._words: list[str] = []
        self._archived = False
        self._shown: tuple[RunRow, ...] = ()
        self._names: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """Title, table, filter, words on the run, keys."""
        yield Title()
        yield Static(_EMPTY, id="empty", markup=False)
        yield Table(id="runs")
        yield Filter("words in name, state, method, base, data or note; Enter, Esc")
        yield Static(id="about", markup=False)
        yield Footer()
        yield Follower(WorkspaceFeed(self.terminal.workspace, self.terminal.clock).poll)

    def on_mount(self) -> None:
        """Show the runs as they were shown last."""
        last = self.terminal.session
        self._order = next((place for place, column in enumerate(ORDERS) if column.key == last.sort), 0)
        self._reverse, self._archived = last.reverse, last.archived
        self.query_one(Filter).restore(last.words)

    def recolour(self) -> None:
        """The table's cells have colours of their own."""
        self._draw()

    def on_resize(self, event: Resize) -> None:
        """More columns where there is room."""
        wanted = fitting(event.size.width)
        if wanted != (self._columns, self._name_width):
            self._columns, self._name_width = wanted
            self._wide = event.size.width >= WIDE
            self._head()

    def on_follower_updated(self, message: Follower.Updated) -> None:
        """Take what was read."""
        self.snapshot = message.snapshot

    def watch_snapshot(self, before: WorkspaceSnapshot | None, snapshot: WorkspaceSnapshot) -> None:
        """Draw it."""
        if bool(before and before.rows) != bool(snapshot.rows):
            self.refresh_bindings()
        if snapshot.missing and not (before and before.missing):
            gone = f"The workspace {clean(self.terminal.workspace.path)} is gone: deleted, renamed or moved."
            self.app.notify(f"{gone} Should it come back, so do its runs.", severity="warning", markup=False)
        self._marked &= {row.name for row in self.rows}
        self._draw()

    @property
    def rows(self) -> tuple[RunRow, ...]:
        """Every run, archived ones and those the filter hides included."""
        return self.snapshot.rows if self.snapshot else ()

    @property
    def current(self) -> RunRow | None:
        """The run under the cursor."""
        key = self.query_one(Table).cursor_key
        return next((row for row in self._shown if row.name == key), None)

    @property
    def chosen(self) -> list[RunRow]:
        """The marked runs, or the one under the cursor when none is marked."""
        marked = [row for row in self.rows if row.name in self._marked]
        return marked or ([self.current] if self.current else [])

    @property
    def marked(self) -> list[str]:
        """The names of the marked runs, newest first."""
        return [row.name for row in self.rows if row.name in self._marked]

    def copied(self) -> str:
        """The run's name."""
        return self.current.name if self.current else ""

    def command(self) -> list[str]:
        """``dialtune show RUN``."""
        return ["show", self.current.name] if self.current else []

    def _head(self) -> None:
        table = self.query_one(Table)
        at = table.cursor_key
        natural = {STATE.key, NAME.key, "method"}  # as wide as what is in them
        table.head((c.key, Text(c.label), None if c.key in natural else c.width) for c in self._columns)
        self._draw()
        if at is not None:
            table.go(at)

    def _draw(self) -> None:
        if self.snapshot is None or not self._columns:
            return
        rows = [row for row in self.rows if self._archived or not row.remarks.archived]
        hidden = len(self.rows) - len(rows)
        self._shown = self._sorted([row for row in rows if matches(row, self._words)])
        self._names = apart((row.name for row in self._shown), self._name_width)
        table = self.query_one(Table)
        table.show({row.name: self._cells(row) for row in self._shown})
        empty = not self.rows
        words = self.query_one("#empty")
        if empty == table.display or empty != words.display:
            table.display, words.display = not empty, empty
            if not empty:
                table.focus()
        self._title(len(rows), hidden)
        self._about()
        self.terminal.remember(
            sort=ORDERS[self._order].key, reverse=self._reverse, words=" ".join(self._words), archived=self._archived
        )

    def _sorted(self, rows: list[RunRow]) -> tuple[RunRow, ...]:
        order = ORDERS[self._order].order
        missing = [row for row in rows if order(row)[0]]
        known = [row for row in rows if not order(row)[0]]
        return (*sorted(known, key=order, reverse=self._reverse), *missing)  # what has no figure stays below

    def _title(self, amount: int, hidden: int) -> None:
        running = sum(row.status.state == "running" for row in self.rows)
        parts: list[Any] = [("dialtune", "bold $primary"), f"  {fmt.count(amount, 'run')}"]
        if self._words:
            shown = f", {len(self._shown):,} with “{fit(' '.join(self._words), 20)}”"
            parts.append(shown)
        parts += [f", {running} running"] if running else []
        parts += [f", {len(self._marked)} marked {fmt.MARKED}"] if self._marked else []
        parts += [(f", {hidden} archived", "$label")] if hidden else []
        if self._order or self._reverse:
            parts.append(f", by {ORDERS[self._order].label} {'↓' if self._reverse else '↑'}")
        if self.snapshot is not None and (emptied := self.snapshot.emptied) and (armed := emptied.short):
            parts.append((f"  ! {armed}", "bold $warning"))
        parts += [(f"  {clean(self.terminal.workspace.path)}", "$label")]
        self.query_one(Title).update(Content.assemble(*parts))

    def _cells(self, row: RunRow) -> list[Text]:
        drawn = {STATE.key: self._state, NAME.key: self._label, SCORE.key: self._score}
        return [(column.cell or drawn[column.key])(row) for column in self._columns]

    def _label(self, row: RunRow) -> Text:
        if not row.remarks.archived:
            return plain(self._names.get(row.name) or fit(row.name, self._name_width))
        dim = themes.style(self.app.theme_variables, "label")
        return Text(f"({fit(row.name, self._name_width - 2)})", dim, end="")

    def _state(self, row: RunRow) -> Text:
        variables, mark = self.app.theme_variables, fmt.state(row.status.state)
        style = themes.style(variables, mark.style)
        text = Text(fmt.MARKED + " " if row.name in self._marked else "  ", themes.style(variables, "accent"), end="")
        if row.status.state != "running":
            place = f" {fmt.ordinal(row.place)}" if row.place else ""
            return text.append(f"{mark.glyph} {clean(mark.word)}{place}", style)
        text.append(f"{mark.glyph} {fit(doing(row.status), 10)}", style)
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
        if row.accuracy is not None:
            return plain(f"acc {fmt.score(row.accuracy)}")
        if row.best is None:
            return plain(fmt.MISSING)
        name, value = row.best
        return plain(f"val {fmt.score(value)}" if name != "loss" else f"loss {fmt.number(value)}")

    @on(DataTable.RowHighlighted)
    def _about(self) -> None:
        row, about = self.current, self.query_one("#about", Static)
        if row is None:
            about.update("No run has all these words." if self._words else "")
            return
        mark = fmt.state(row.status.state)
        first = Content.assemble(
            (clean(row.name), "bold"), "  ", (f"{mark.glyph} {clean(mark.word)}", f"${mark.style}"),
            f"  {clean(row.outline.words)}",
        )  # fmt: skip
        figures: list[Any] = []
        for label, value in (
            ("loss", f"{fmt.spark(row.losses, 12)} {fmt.number(row.losses[-1])}" if row.losses else ""),
            ("memory", fmt.size(row.peak_memory) if row.peak_memory else ""),
            ("on disk", fmt.size(row.size) if row.size else ""),
            ("cost", amount(*row.cost) if row.cost else ""),
            ("note", clean(row.remarks.note)),
        ):
            if value:
                figures += ["  " if figures else "", (f"{label} ", "$label"), value]
        why = row.status.error.get("happened") or row.status.reason or row.outline.problem
        hints = [clean(why)] if why else []
        if row.place:
            idle = self.snapshot is not None and self.snapshot.idle
            hints.append(f"{fmt.ordinal(row.place)} in the queue{', which stands still: S starts it' if idle else ''}")
        if row.remarks.archived:
            hints.append("archived; a takes it out")
        if row.resumable:
            hints.append("r resumes it from its last checkpoint")
        if row.rouge1 is not None:
            hints.append("ROUGE-1 ×100, mean over references")
        elif row.accuracy is not None:
            hints.append("accuracy ×100")
        elif row.best is not None:
            hints.append("the best validation figure so far")
        lines = [first, Content.assemble(*figures), Content.styled(" · ".join(hints), "$label")]
        about.update(Content("\n").join(lines))

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
        self.terminal.open_explore(self.marked)

    def action_board(self) -> None:
        """Compare the marked runs as a whole, or all."""
        self.terminal.open_board(self.marked[::-1])

    def action_playground(self) -> None:
        """Ask the marked runs, or the one under the cursor, in the playground."""
        self.terminal.open_playground([row.name for row in self.chosen])

    def action_mark(self) -> None:
        """Mark the run under the cursor and go one down."""
        if (row := self.current) is not None:
            self._marked ^= {row.name}
            self._draw()
            self.query_one(Table).action_cursor_down()

    def action_unmark(self) -> None:
        """Clear the filter; else take all marks away."""
        if not self.query_one(Filter).empty():
            self._marked.clear()
            self._draw()

    def action_mark_all(self) -> None:
        """Mark every run that is shown; where all are, take those marks away."""
        shown = {row.name for row in self._shown}
        self._marked = self._marked - shown if shown <= self._marked else self._marked | shown
        self._draw()

    def action_filter(self) -> None:
        """Open the filter."""
        self.query_one(Filter).open()

    def on_filter_words(self, message: Filter.Words) -> None:
        """Show the runs with these words."""
        self._words = message.words
        self._draw()
        if message.done:
            self.query_one(Table).focus()

    def action_sort(self) -> None:
        """Sort by the next column: figures from low to high, words from A to Z."""
        self._order, self._reverse = (self._order + 1) % len(ORDERS), False
        self._draw()

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self._reverse = not self._reverse
        self._draw()

    def action_demo(self) -> None:
        """Start the demo's three runs, one after another."""

        from engine import demo, queue

        def work() -> None:
            runs = demo.create(self.terminal.workspace)
            queue.start(self.terminal.workspace.path, [run.name for run in runs])

        self.act(work, "Three runs start, one after another. Enter opens the one under the cursor.")

    def action_new_from(self) -> None:
        """A new run that starts from the one under the cursor; where there is none, the draft there is."""
        self.terminal.open_new(run=self.current.name if self.current else None)

    def action_new_preset(self) -> None:
        """A new run from a preset."""
        from engine.presets import PRESETS
        from tui.screens.choose import ChooseScreen

        rows = [(preset.name, preset.name, preset.about) for preset in PRESETS.values()]

        def answered(chosen: str | None) -> None:
            if chosen:
                self.terminal.open_new(preset=chosen)

        self.app.push_screen(ChooseScreen("A new run from which preset?", rows), answered)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The demo is offered while there is nothing else, and what needs a run while there is one."""
        if action == "demo":
            return not self.rows
        return bool(self.rows) or action not in NEED_RUNS

    def action_import(self) -> None:
        """Import summaries; at first of the data of the run under the cursor."""
        self.terminal.open_import(self.current.outline.data if self.current else "")

    def action_data(self) -> None:
        """The data of the run under the cursor."""
        if (row := self.current) is not None:
            self.terminal.open_data(self.terminal.folder(row.name))

    def action_stop(self) -> None:
        """Stop the run under the cursor."""
        if (row := self.current) is not None:
            self.stop_run(self.terminal.folder(row.name), row.status.state)

    def action_resume(self) -> None:
        """Resume the run under the cursor."""
        if (row := self.current) is not None:
            self.resume_run(self.terminal.folder(row.name), row.status.state)

    def action_export_model(self) -> None:
        """Take the model of the run under the cursor out, to a folder or a hub."""
        if (row := self.current) is not None:
            from tui.screens.exporting import ExportScreen

            self.app.push_screen(ExportScreen(self.terminal.folder(row.name)))
