"""Every model's summary of every test dialogue, side by side with the human ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer

from engine.errors import DialtuneError
from engine.results.facts import of_one_task
from engine.results.facts import task as task_of
from engine.runs.folder import RunFolder
from tui import format as fmt
from tui import keys
from tui.bench import MOST_MODELS, Draft
from tui.exports import Export, rows_table
from tui.latest import Latest
from tui.passages import MARKS, Page, Reading, page, texts, whole
from tui.screens.prompting import Prompting
from tui.sheet import Sheet
from tui.text import clean, fit
from tui.widgets.footer import Footer
from tui.widgets.longtable import LongTable
from tui.widgets.pane import Pane
from tui.widgets.query import QueryBar
from tui.widgets.recoloured import Recoloured
from tui.widgets.title import Title

if TYPE_CHECKING:
    from engine.results.rows import Row, Rows

SETTLE_SECONDS = 0.03
"""The dialogue is laid out once the cursor has rested this long, so that held keys stay smooth."""
BUSY_SECONDS = 0.3
"""The title says that something is looked for once that takes this long."""
TOLD_SECONDS = 0.2
"""How often the progress of reading is told."""


class ExploreScreen(Recoloured, Prompting):
    """A table of dialogues, the models' means above it, the dialogue under the cursor below."""

    SCOPE = "explore"
    BINDINGS = keys.bindings("explore")
    CSS_PATH = "explore.tcss"

    def __init__(self, runs: Sequence[RunFolder]) -> None:
        super().__init__(runs)
        self._sheet: Sheet | None = None
        self._pending: Timer | None = None
        self._marks, self._folded = "", True
        self._texts: tuple[str, str] | None = None
        self._comparing = False
        self._goal: int | None = None
        self._read: tuple[int, Row, Reading] | None = None
        self._opening: Latest[tuple[int, Reading], tuple[int, Row, Reading, Page]] = Latest(
            self, self._lay_out, self._laid_out
        )
        self._after: tuple[int, Callable[[Row], None]] | None = None
        self._told = 0.0
        self.wanted = ""
        """Key of the dialogue that the cursor goes to once all is read; see engine.results.rows.Rows.key."""

    def compose(self) -> ComposeResult:
        """Table, query, dialogue and summaries."""
        yield Title(Content.assemble(("Explore ", "bold $primary"), "Reading the summaries …"))
        yield LongTable(self._cells, "dialogues")
        yield QueryBar("words, rougeL<0.2, turns>12, topic:shopping, sort:disagreement-; F2 explains")
        with Horizontal(id="detail"):
            yield Pane("dialogue", "dialogue", "No dialogue")
            yield Pane("summaries", "summaries", "No summaries")
        yield Footer()

    def on_mount(self) -> None:
        """Read in a thread."""
        self.bar.completer = self.complete
        self.table.focus()
        self.run_worker(self._open, thread=True)

    def recolour(self) -> None:
        """The theme is another."""
        self._head()

    def _open(self) -> None:
        from engine.results.rows import open_rows

        try:
            self._runs = self._of_one_task(self._runs)
            rows = open_rows(self._runs, self._progress)
            said = self.ledger.read()
            _ = (
                rows.metrics,
                rows.ids,
                rows.topics,
                rows.turns,
                rows.length,
                rows.task,
                rows.labels,
            )  # worked out once, here
        except DialtuneError as error:
            self.app.notify(clean(error), severity="error", markup=False)
            return
        self.from_thread(self._opened, rows, said)

    def _of_one_task(self, runs: Sequence[RunFolder]) -> tuple[RunFolder, ...]:
        """Runs of different tasks have nothing to be compared in; says which are left out."""
        found, others = of_one_task(runs, task_of(runs[-1]) if runs else "")  # the newest one's
        for task, left in others.items():
            words = f"{fmt.count(len(left), 'run')} of task {task} left out: they are never on one table."
            self.app.notify(clean(words), severity="warning", markup=False)
        return tuple(found)

    def _progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told > TOLD_SECONDS and total:
            self._told = now
            self.from_thread(self._tell_progress, done / total)

    def _tell_progress(self, share: float) -> None:
        if self.rows is None:
            self._entitle(f"Reading the summaries: {fmt.percent(share)}")

    def _entitle(self, words: str) -> None:
        self.query_one(Title).update(Content.assemble(("Explore ", "bold $primary"), words))

    def _opened(self, rows: Rows, said: Any) -> None:
        if not rows.models:
            self._entitle("")
            self.app.notify("None of these runs has summaries yet.", severity="warning")
            return
        self.rows, self.said = rows, said
        self._marks = self.terminal.session.explored.marks
        self._marks = self._marks if self._marks in MARKS else ""
        view = self.remembered(rows.models, rows.metrics)
        self._goal = rows.find(self.wanted) if self.wanted else None
        if self._goal is not None:  # no query of last time hides it
            view = replace(view, query="")
        self.bar.put(view.query, ask=False)
        self.look(view)

    @property
    def table(self) -> LongTable:
        """The dialogues."""
        return self.query_one(LongTable)

    @property
    def current(self) -> int | None:
        """Place among all rows of the dialogue under the cursor."""
        found = self.table.current
        return None if found is None else int(found)

    def give_back(self) -> None:
        """Give the focus back to the table."""
        self.table.focus()

    # -- the table --------------------------------------------------------------------------------

    def show_rows(self) -> None:
        """Draw the table; the cursor stays on its dialogue."""
        if self.shown is None:
            return
        shown, at = self.shown, self.current
        goal, self._goal = self._goal, None
        wanted = goal if goal is not None else at
        self._head()
        place = int(shown.at[wanted]) if wanted is not None else -1
        self.table.show(cast("Sequence[int]", shown.places), place if place >= 0 else self.table.cursor)
        self.show_title()

    def _head(self) -> None:
        if self.shown is None or self.rows is None:
            return
        blind, width = self.blind is not None, self.size.width
        self._sheet = Sheet(self.rows, self.shown, self.said, blind, width, self.app.theme_variables)
        self.table.head(*self._sheet.heads())
        self.table.pin(self._sheet.pinned())

    def on_resize(self) -> None:
        """Give the columns the room there is."""
        self._head()

    def _cells(self, place: int) -> Sequence[Text]:
        assert self._sheet is not None
        return self._sheet.cells(place)

    def show_title(self) -> None:
        """How many dialogues, of which query, with which figure."""
        shown, rows = self.shown, self.rows
        if shown is None or rows is None:
            return
        parts: list[Any] = [("Explore ", "bold $primary"), fmt.count(len(shown.places), rows.task.words.item[0])]
        if len(shown.places) < len(rows):
            parts.append(f" of {len(rows):,}")
        if shown.problem is not None:
            parts.append(("  last good query", "$warning"))
        if self.blind is not None:
            parts.append((f"  blind: {self.judged:,} judged", "bold $accent"))
            first, second, tie, end = map(self.written, ("first", "second", "tie", "blind"))
            parts.append((f"  {first} first, {second} second, {tie} equal, {end} ends it", "$label"))
        else:
            if self._sheet is not None and not self._sheet.even:
                parts.append(("  ! means are of different dialogues", "$warning"))
            parts.append((f"  {self.described()}", "$label"))
        self.query_one(Title).update(Content.assemble(*parts))

    def look(self, view: Any) -> None:
        """Show ``view``; the title says so where that takes long."""
        super().look(view)
        self.set_timer(BUSY_SECONDS, self._say_busy)

    def _say_busy(self) -> None:
        if self.arranging.busy:
            self._entitle("Looking through the dialogues …")

    # -- the dialogue under the cursor ------------------------------------------------------------

    @on(LongTable.Moved)
    def _detail_soon(self) -> None:
        if self._pending is not None:
            self._pending.stop()
        self._pending = self.set_timer(SETTLE_SECONDS, self._detail)

    def _detail(self) -> None:
        place = self.current
        if place is None or self.shown is None:
            self._read = None
            for pane in self.query(Pane):
                pane.border_title = str(pane.id)
                pane.border_subtitle = ""
                pane.show([], top=True)
            return
        self._opening.ask((place, self._reading()))

    def _reading(self) -> Reading:
        view = self.view
        return Reading(
            view.columns, view.metric, self._marks, self._comparing, self._texts, self.blind or view.compared,
            self.blind is not None, self._folded, self.written("fold"),
        )  # fmt: skip

    def _lay_out(self, asked: tuple[int, Reading]) -> tuple[int, Row, Reading, Page]:
        place, reading = asked
        assert self.rows is not None
        row = self.rows.detail(place)
        if reading.blind and reading.pair is not None:
            reading = replace(reading, models=self.order(row.key, reading.pair))
        return place, row, reading, page(row, self.said, reading)

    def _laid_out(self, found: tuple[int, Row, Reading, Page]) -> None:
        place, row, reading, laid = found
        if reading.blind != (self.blind is not None):
            return  # names must not show up after they were hidden
        other = self._read is None or self._read[0] != place
        self._read = place, row, reading
        text, said = self.query_one("#dialogue", Pane), self.query_one("#summaries", Pane)
        text.border_title = laid.title
        text.show(laid.dialogue, top=other)
        said.border_title = "difference" if reading.difference else "summaries"
        said.border_subtitle = laid.about
        said.show(laid.said, top=other)
        after, self._after = self._after, None
        if after is not None and after[0] == place == self.current:
            after[1](row)

    @property
    def read_row(self) -> Row | None:
        """The dialogue that is laid out, where it is the one under the cursor too."""
        return self._read[1] if self._read is not None and self._read[0] == self.current else None

    def once_read(self, act: Callable[[Row], None]) -> None:
        """Do ``act`` with the dialogue under the cursor: now, or as soon as it is laid out if one stays on it."""
        row, place = self.read_row, self.current
        if row is not None:
            act(row)
        elif place is not None:
            self._after = place, act

    def on_said(self) -> None:
        """Draw marks, notes and verdicts anew."""
        self._head()
        self.table.refresh()
        self.show_title()
        self._detail()

    def step(self) -> None:
        """The next dialogue; says where there is none."""
        if self.table.cursor >= len(self.table.rows) - 1:
            self.app.notify(
                f"That was the last dialogue shown. {self.written('blind')} shows the names and the tally.", timeout=5
            )
        self.table.cursor += 1

    def action_marks(self) -> None:
        """Underline what the next metric counts, or the words that are nowhere in the dialogue, or nothing."""
        names = list(MARKS)
        self._marks = names[(names.index(self._marks) + 1) % len(names)]
        self._comparing = False
        self.terminal.remember(explored=replace(self.terminal.session.explored, marks=self._marks))
        self._detail()

    def action_difference(self) -> None:
        """Two texts word by word, or the summaries again."""
        self._comparing = not self._comparing
        self._detail()

    def action_texts(self) -> None:
        """Choose the two texts that are compared word by word."""
        if self._read is None:
            return
        _, row, reading = self._read
        known, labels = texts(row, reading), reading.labels
        choices = [(name, clean(labels.get(name, name)), fit(text, 60)) for name, text in known.items()]
        from tui.screens.choose import ChooseScreen

        def second(before: str | None) -> None:
            if before is not None:
                others = [choice for choice in choices if choice[0] != before]
                question = f"From {labels.get(before, before)} to which text?"
                self.app.push_screen(ChooseScreen(question, others), lambda after: self._compare(before, after))

        self.app.push_screen(ChooseScreen("From which text?", choices), second)

    def _compare(self, before: str, after: str | None) -> None:
        if after is not None:
            self._texts, self._comparing = (before, after), True
            self._detail()

    def action_fold(self) -> None:
        """Show all of a long dialogue, or fold it."""
        self._folded = not self._folded
        self._detail()

    def action_detail(self, lines: int) -> None:
        """Scroll dialogue and summaries together."""
        for pane in self.query(Pane):
            pane.scroll_relative(y=lines, animate=False)

    def action_move(self, rows: int) -> None:
        """Move the table's cursor from wherever the focus is."""
        self.table.cursor += rows

    @on(LongTable.Chosen)
    def action_read(self) -> None:
        """Give the dialogue the whole screen, or the table back."""
        self.toggle_class("-reading")
        self.query_one("#summaries" if self.has_class("-reading") else "#dialogues").focus()

    # -- taking it elsewhere ----------------------------------------------------------------------

    def action_playground(self) -> None:
        """Take the dialogue under the cursor, with its references, to the playground."""

        def take(row: Row) -> None:
            # Models that are chosen already stay chosen.
            chosen = self.terminal.session.models or self.terminal.bench.models
            draft = Draft(row.dialogue, row.references, f"{row.id} of {', '.join(self.view.models)}")
            self.terminal.open_playground(() if chosen else self.view.columns[:MOST_MODELS], draft)

        self.once_read(take)

    def action_copy(self) -> None:
        """Copy what is under the cursor."""
        self.once_read(lambda _row: super(ExploreScreen, self).action_copy())

    def copied(self) -> str:
        """The dialogue under the cursor, its references and every model's summary."""
        return whole(self._read[1], self._read[2]) if self._read is not None else ""

    def command(self) -> list[str]:
        """``dialtune compare RUN... --query QUERY``."""
        asked = ["--query", self.view.query] if self.view.query else []
        return ["compare", *self.view.columns, *asked] if self.rows is not None else []

    def action_export(self, marked: bool) -> None:
        """Write the dialogues shown, or those of them that are marked, with every summary and score to a file."""
        rows, shown = self.rows, self.shown
        if rows is None or shown is None:
            return
        places = [int(place) for place in shown.places]
        if marked:
            places = [place for place in places if rows.key(place) in self.said.bookmarks]
        if not places:
            self.app.notify("None of the dialogues shown is marked: Space marks one." if marked else "No dialogue.")
            return
        what = fmt.count(len(places), "marked dialogue" if marked else "dialogue")
        models = self.view.columns
        Export(self, "summaries", what, lambda: rows_table(rows, places, models)).ask()

    def go(self, place: int) -> None:
        """Put the cursor on the row ``place`` of all; a query that hides it is cleared."""
        if self.shown is None:
            return
        if self.shown.at[place] >= 0:
            self.table.cursor = int(self.shown.at[place])
        else:
            self._goal = place
            self.bar.put("")

    def action_clear(self) -> None:
        """Clear the query; else give the table back; else leave."""
        if self.bar.empty():
            return
        if self.has_class("-reading"):
            self.action_read()
        else:
            self.app.pop_screen()

    def action_back(self) -> None:
        """Go back."""
        self.app.pop_screen()
