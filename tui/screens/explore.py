"""Every model's summary of every test dialogue, side by side with the human ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widgets import Footer, Static

from engine.runs.folder import RunFolder
from tui import format as fmt
from tui import keys, themes
from tui.bench import MOST_MODELS, Draft
from tui.comparison import METRICS, Comparison, Row, compare, matches
from tui.exports import Export, comparison_table
from tui.screens.base import RunScreen
from tui.text import fit, plain
from tui.widgets.dialogue import BEST, dialogue, letters, summaries
from tui.widgets.filter import Filter
from tui.widgets.longtable import Head, LongTable
from tui.widgets.pane import Pane
from tui.widgets.title import Title

SETTLE_SECONDS = 0.03
"""The dialogue is laid out once the cursor has rested this long, so that held keys stay smooth."""

Order = tuple[str, Callable[[Row], Any]]


class ExploreScreen(RunScreen):
    """A table of dialogues, the models' means above it, the dialogue under the cursor below."""

    SCOPE = "explore"
    BINDINGS = keys.bindings("explore")
    CSS_PATH = "explore.tcss"

    comparison: reactive[Comparison | None] = reactive(None, init=False)

    def __init__(self, runs: Sequence[RunFolder]) -> None:
        super().__init__()
        self._runs = tuple(runs)
        self._words: list[str] = []
        self._order, self._reverse = 0, False
        self._pending: Timer | None = None
        self.wanted = ""
        """Key of the dialogue that the cursor goes to once all is read; see engine.results.rows.store.Rows.key."""

    def compose(self) -> ComposeResult:
        """Means, table, filter, dialogue and summaries."""
        yield Title(Content("Explore"))
        yield Static(Content("Reading the summaries …"), id="means", markup=False)
        yield LongTable(self._cells, "dialogues")
        yield Filter("words in dialogue, topic, references or summaries; Enter, Esc")
        with Horizontal(id="detail"):
            yield Pane("dialogue", "dialogue", "No dialogue")
            yield Pane("summaries", "summaries", "No summaries")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Read in a thread."""
        self.table.focus()
        self.run_worker(self._read, thread=True)

    def _read(self) -> None:
        found = compare(self._runs)
        self.app.call_from_thread(setattr, self, "comparison", found)

    def watch_comparison(self) -> None:
        """Fill the table; go to the dialogue that is wanted."""
        self._head()
        if self.wanted and self.comparison is not None:
            from engine.results.rows.building import key_of, written  # numpy, which the board has loaded by then

            rows = self.comparison.rows
            self.go(next((row.key for row in rows if written(key_of(row.id, row.dialogue)) == self.wanted), ""))

    @property
    def table(self) -> LongTable:
        """The dialogues."""
        return self.query_one(LongTable)

    @property
    def current(self) -> Row | None:
        """The dialogue under the cursor."""
        found: Row | None = self.table.current
        return found

    # -- the table --------------------------------------------------------------------------------

    @property
    def _orders(self) -> list[Order]:
        """What the rows can be sorted by: label and key."""
        orders: list[Order] = [
            ("order of the data", lambda row: int(row.key)),
            ("topic", lambda row: row.topic.casefold()),
            ("turns", lambda row: row.turns),
        ]
        runs = self.comparison.runs if self.comparison else ()
        return orders + [(f"ROUGE-1 of {run}", partial(_rouge1, run)) for run in runs]

    def _head(self) -> None:
        found = self.comparison
        if found is None:
            return
        run_width = max(8, min((self.size.width - 64) // max(len(found.runs), 1) - 2, 20))
        topic = max(12, min(self.size.width - 26 - (run_width + 2) * len(found.runs), 40))
        heads = [Head("id", 12), Head("topic", topic), Head("turns", 5, right=True)]
        heads += [
            Head(fit(f"{letter} {run}", run_width), run_width)
            for letter, run in zip(letters(len(found.runs)), found.runs, strict=True)
        ]
        self.table.head(heads)
        self._means()
        self._fill()

    def _fill(self) -> None:
        found = self.comparison
        if found is None:
            return
        rows = [row for row in found.rows if matches(row, self._words)]
        rows.sort(key=self._orders[self._order][1], reverse=self._reverse)
        self.table.show(rows)
        self._title(len(rows))

    def _cells(self, row: Row) -> list[Text]:
        assert self.comparison is not None
        best, winner = row.best(), themes.style(self.app.theme_variables, "best", bold=True)
        cells = [plain(fit(row.id, 12)), plain(fit(row.topic, 40)), Text(f"{row.turns:>5}", end="")]
        for run in self.comparison.runs:
            figure = fmt.score(row.rouge1(run))
            cells.append(Text(f"{figure:>5} {BEST}", winner, end="") if run in best else Text(f"{figure:>5}", end=""))
        return cells

    def _means(self) -> None:
        found = self.comparison
        assert found is not None
        if not found.runs:
            self.query_one("#means", Static).update("None of these runs has summaries yet.")
            return
        best = {name: max((m.figures.get(name, 0.0) for m in found.means), default=0.0) for name in METRICS}
        lines = []
        for letter, mean in zip(letters(len(found.runs)), found.means, strict=True):
            parts: list[Any] = [(f"{letter} ", "bold $primary"), (f"{fit(mean.run, 26):<26}", "bold")]
            for name, label in METRICS.items():
                value = mean.figures.get(name)
                top = value is not None and len(found.means) > 1 and found.even and value == best[name]
                parts += [(f" {label} ", "$label"), (f"{fmt.score(value):>5}", "bold $best" if top else "")]
                parts.append((BEST, "bold $best") if top else " ")
            lines.append(Content.assemble(*parts, (f" n={mean.dialogues}", "$label")))
        if not found.even:
            lines.append(
                Content.styled("! Not every run decoded every dialogue: the means are of different ones.", "$warning")
            )
        self.query_one("#means", Static).update(Content("\n").join(lines))

    def _title(self, amount: int) -> None:
        assert self.comparison is not None
        parts: list[Any] = [("Explore ", "bold $primary"), fmt.count(amount, "dialogue")]
        if self._words:
            parts.append(f" of {len(self.comparison.rows):,} with “{fit(' '.join(self._words), 24)}”")
        arrow = "↓" if self._reverse else "↑"
        parts.append(f" by {fit(self._orders[self._order][0], 30)} {arrow}")
        self.query_one(Title).update(Content.assemble(*parts, ("  ROUGE ×100, mean over references", "$label")))

    # -- the dialogue under the cursor ------------------------------------------------------------

    @on(LongTable.Moved)
    def _detail_soon(self) -> None:
        if self._pending is not None:
            self._pending.stop()
        self._pending = self.set_timer(SETTLE_SECONDS, self._detail)

    def _detail(self) -> None:
        row = self.current
        text, said = self.query_one("#dialogue", Pane), self.query_one("#summaries", Pane)
        if row is None or self.comparison is None:
            text.border_title = "dialogue"
            text.show([], top=True)
            said.show([], top=True)
            return
        text.border_title = Content(f"{fit(row.id, 30)}  {fit(row.topic, 40)}".rstrip())
        text.show(dialogue(row.dialogue), top=True)
        said.show(summaries(row, self.comparison.runs), top=True)

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

    def action_playground(self) -> None:
        """Take the dialogue under the cursor, with its references, to the playground."""
        row = self.current
        if row is not None and self.comparison is not None:
            # Models that are chosen already stay chosen.
            runs = () if self.terminal.session.models or self.terminal.bench.models else self.comparison.runs
            draft = Draft(row.dialogue, row.references, f"{row.id} of {', '.join(self.comparison.runs)}")
            self.terminal.open_playground(runs[:MOST_MODELS], draft)

    @property
    def shown_runs(self) -> tuple[str, ...]:
        """Those compared."""
        return tuple(run.name for run in self._runs)

    def copied(self) -> str:
        """The dialogue under the cursor, its references and every model's summary."""
        row = self.current
        if row is None or self.comparison is None:
            return ""
        parts = [Content(f"{row.id}  {row.topic}"), *dialogue(row.dialogue), Content("")]
        return "\n".join(part.plain for part in [*parts, *summaries(row, self.comparison.runs)])

    def command(self) -> list[str]:
        """``dialtune compare RUN...``."""
        return ["compare", *(self.comparison.runs if self.comparison else ())]

    def action_export(self) -> None:
        """Write the dialogues shown, with every summary and score, to a file."""
        found, rows = self.comparison, list(self.table.rows)
        if found is not None and rows:
            Export(self, "summaries", fmt.count(len(rows), "dialogue"), lambda: comparison_table(found, rows)).ask()

    def go(self, key: str) -> None:
        """Put the cursor on the dialogue ``key``; a filter that hides it is cleared."""
        if self.comparison is not None and all(row.key != key for row in self.table.rows):
            self.query_one(Filter).empty()
            self._words = []
            self._fill()
        self.table.cursor = next((place for place, row in enumerate(self.table.rows) if row.key == key), 0)

    # -- sorting and filtering --------------------------------------------------------------------

    def action_sort(self) -> None:
        """Sort by the next column, figures from low to high: where the models fail stands first."""
        self._order = (self._order + 1) % len(self._orders)
        self._reverse = False
        self._fill()

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self._reverse = not self._reverse
        self._fill()

    def action_filter(self) -> None:
        """Open the filter."""
        self.query_one(Filter).open()

    def on_filter_words(self, message: Filter.Words) -> None:
        """Show the dialogues with these words."""
        self._words = message.words
        self._fill()
        if message.done:
            self.table.focus()

    def action_clear(self) -> None:
        """Clear the filter; else give the table back; else leave."""
        if self.query_one(Filter).empty():
            return
        if self.has_class("-reading"):
            self.action_read()
        else:
            self.app.pop_screen()

    def action_back(self) -> None:
        """Go back."""
        self.app.pop_screen()


def _rouge1(run: str, row: Row) -> float:
    """A run's figure to sort by; dialogues that it did not decode stand below all others."""
    value = row.rouge1(run)
    return -1.0 if value is None else value
