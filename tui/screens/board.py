"""Which model is better, by how much, at what cost, and is it real: one row a model, and a view of what lies behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, get_args

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from engine.errors import DialtuneError
from engine.results.board import scored
from tui import boarding, keys, tables
from tui import format as fmt
from tui.boarding import Known, Look
from tui.exports import Export
from tui.screens.pointing import Pointing
from tui.text import clean
from tui.widgets import scoreplots, standings
from tui.widgets.footer import Footer
from tui.widgets.longtable import LongTable
from tui.widgets.modeltable import ModelTable
from tui.widgets.pane import Pane
from tui.widgets.recoloured import Recoloured
from tui.widgets.title import Title

View = Literal["sheet", "pairs", "intervals", "spread", "lengths", "scatter"]
VIEWS: tuple[View, ...] = get_args(View)
LABELS: dict[View, str] = {
    "sheet": "Sheet", "pairs": "Pairs", "intervals": "Intervals", "spread": "Spread", "lengths": "Lengths",
    "scatter": "Against",
}  # fmt: skip


class BoardScreen(Recoloured, Pointing):
    """A row a model above, one of six views below."""

    SCOPE = "board"
    BINDINGS = keys.bindings("board")
    CSS_PATH = "board.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-wide")]  # noqa: RUF012 - room for the sheet beside the view

    def __init__(self, names: Sequence[str]) -> None:
        """``names``: the runs, in the order shown; none: the newest with scores."""
        super().__init__()
        self._names = tuple(names)
        self.known: Known | None = None
        self.look: Look | None = None
        self.view: View = "intervals"
        self._key, self._best, self._sorted = "rouge1", False, False
        self._baseline: str | None = None
        self._problem = ""
        self._dialogue: str | None = None
        """Key of the dialogue under the plot's cursor."""
        self._orders: dict[tuple[str, int, int], list[int]] = {}

    def compose(self) -> ComposeResult:
        """Title, models, views, the view, keys."""
        yield Title(Content("Board"))
        yield ModelTable("models")
        yield Static(id="views", markup=False)
        with Horizontal():
            yield Pane("board", "view", "Reading the scores …")
            yield Pane("sheet", "beside")
        yield Footer()

    def on_mount(self) -> None:
        """Read in a thread."""
        self.table.focus()
        self.action_again()

    def recolour(self) -> None:
        """The theme is another."""
        self.draw()

    @property
    def shown_runs(self) -> tuple[str, ...]:
        """Those compared."""
        return self.known.standing.models if self.known else self._names

    # -- reading ----------------------------------------------------------------------------------

    def action_again(self) -> None:
        """Read the runs, again perhaps."""
        self.run_worker(self._read, thread=True, group="board", exclusive=True)

    def _read(self) -> None:
        try:
            known = boarding.know(self.terminal.workspace, self._names)
        except DialtuneError as error:
            self.from_thread(self._fail, clean(error))
            return
        available = boarding.keys(known)
        key = self._wanted if self._wanted.removesuffix("_best") in available else (available or [""])[0]
        look = boarding.look(known, key) if key else None
        self.from_thread(self._take, known, look)

    def _fail(self, problem: str) -> None:
        self._problem = problem
        self.app.notify(problem, severity="error", markup=False)
        self.draw()

    def _take(self, known: Known, look: Look | None) -> None:
        self.known, self._orders = known, {}
        if self._baseline not in known.standing.models:
            self._baseline = self._usual()
        if known.missing:
            names = ", ".join(clean(name) for name in known.missing[:3])
            more = f" and {len(known.missing) - 3} more" if len(known.missing) > 3 else ""
            self.app.notify(f"Without scores, so not on the board: {names}{more}.", severity="warning", markup=False)
        for notice in known.notices:
            self.app.notify(clean(notice), severity="warning", markup=False)
        self._problem = "" if look else "No run has scores yet: a run is scored on the test split at its end."
        self._see(look)
        self.terminal.remember(screen=self.SCOPE, runs=self.shown_runs)

    def _usual(self) -> str | None:
        """The base as it is, where exactly one of the models is that; else the first."""
        assert self.known is not None
        found = [row["run"] for row in self.known.rows if row["method"] == "zero-shot"]
        return found[0] if len(found) == 1 else next(iter(self.known.standing.models), None)

    @property
    def _wanted(self) -> str:
        """Key of the figure asked for."""
        return self._key + ("_best" if self._best else "")

    def _look_at(self, key: str) -> None:
        """Work a figure out in a thread; what is on the screen stays until it is there."""

        def work(known: Known) -> None:
            look = boarding.look(known, key)
            self.from_thread(self._see_if, known, look)

        if self.known is not None and self.known.standing.models:
            self.run_worker(partial(work, self.known), thread=True, group="look", exclusive=True)

    def _see_if(self, known: Known, look: Look) -> None:
        if self.known is known and look.key == self._wanted:
            self._see(look)

    def _see(self, look: Look | None) -> None:
        self.look = look
        if look is not None:
            self._key, self._best = look.metric.key, look.key.endswith("_best")
        self._fill()
        self.call_after_refresh(self.draw)  # the view has its height only once the table has its own

    # -- the models -------------------------------------------------------------------------------

    @property
    def baseline(self) -> int | None:
        """Place of the model that the others are compared with."""
        if self.known is None or self._baseline not in self.known.standing.models:
            return None
        return self.known.standing.models.index(self._baseline)

    def _fill(self) -> None:
        if self.known is not None and self.look is not None:
            self.table.fill(self.known, self.look, self.baseline, self._sorted, self.size.width)

    # -- the view ---------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Columns and plots to the new size."""
        self.call_after_refresh(self._refit)

    def _refit(self) -> None:
        self._fill()
        self.draw()

    @on(LongTable.Moved)
    def draw(self) -> None:
        """Title, views and the view, to the room there is."""
        self._head()
        pane = self.query_one("#view", Pane)
        known, look = self.known, self.look
        if known is None or look is None:
            pane.show([Content.styled(self._problem, "$label")] if self._problem else [])
            return
        self._put(pane, self.view, known, look)
        if self.has_class("-wide"):
            self._put(self.query_one("#beside", Pane), "pairs" if self.view == "sheet" else "sheet", known, look)

    def _put(self, pane: Pane, view: View, known: Known, look: Look) -> None:
        width = (pane.content_size.width or self.size.width - 4) - 1  # beside a scroll bar, which may come
        height = max(pane.content_size.height or self.size.height - 10, 4)
        what = "" if view == "sheet" else f": {self._figure_words()}"
        pane.border_title = Content(f"{LABELS[view].lower()}{what}")
        pane.show(self._lines(view, known, look, max(width, 20), height))

    def _lines(self, view: View, known: Known, look: Look, width: int, height: int) -> list[Content]:
        model, found = self.table.model, standings.concerns(known)
        if view == "sheet":
            return [*standings.sheet(known, model, width, self.baseline), *found]
        if view == "pairs":
            return [*standings.pairs(known, look, model, width), *found]
        if view == "intervals":
            return [*scoreplots.intervals(known, look, model, width, max(height - len(found), 4)), *found]
        if view == "spread":
            return scoreplots.spread(known, look, model, width, height)
        if view == "lengths":
            return scoreplots.lengths(known, look, model, width, height)
        pair = self.pair
        if pair is None:
            return [Content.styled("One model has nobody to be compared with: m chooses more.", "$label")]
        at, place = self._place(), ""
        if at is not None:
            place = f"{fmt.ordinal(at + 1)} of {len(self._order):,} by difference"
        dialogue = None if at is None else self._order[at]
        return scoreplots.scatter(known, look, pair, dialogue, place, width, height)

    def _figure_words(self) -> str:
        from engine.results.standing import label  # loaded by the thread that read the scores

        return label(self._wanted)

    def _head(self) -> None:
        known, look = self.known, self.look
        parts: list[Any] = [("Board ", "bold $primary")]
        if known is not None and look is not None:
            n = {estimate.n for estimate in look.estimates if estimate.n}
            dialogues = fmt.count(max(n, default=0), known.item)
            parts.append(f"{fmt.count(len(known.standing.models), 'model')}, {dialogues}")
            alone = [row.get("majority_accuracy") for row in known.rows if look.key == "correct"]
            parts.append((f"  {self._figure_words()}", "bold"))
            parts.append(" ×100" if look.metric.factor == 100 and look.metric.more else "")
            parts += [f"  majority class {100 * value:.2f}" for value in alone if value is not None][:1]
            if len(n) > 1:
                parts.append(("  ! not all have the same dialogues: pairs are compared on those both have", "$warning"))
        views: list[Any] = []
        for view in VIEWS:
            here = "bold reverse" if view == self.view else ""
            views += [(f"{self._written(f'board.{view}')} ", "bold $accent"), (f" {LABELS[view]} ", here), " "]
        for selector, line in (("#title", Content.assemble(*parts)), ("#views", Content.assemble(*views))):
            widget = self.query_one(selector, Static)
            if not (isinstance(widget.content, Content) and line.is_same(widget.content)):  # == compares the text alone
                widget.update(line)

    def _written(self, name: str) -> str:
        return next(key.written.split(" ")[0] for key in self.terminal.key_table["board"] if key.id == name)

    def action_view(self, view: View | Literal["next"]) -> None:
        """Show one of the views, or the one after this."""
        self.view = VIEWS[(VIEWS.index(self.view) + 1) % len(VIEWS)] if view == "next" else view
        self.query_one("#view", Pane).scroll_home(animate=False, immediate=True)
        self.draw()

    def action_detail(self, lines: int) -> None:
        """Scroll the view from wherever the focus is."""
        self.query_one("#view", Pane).scroll_relative(y=lines, animate=False)

    def action_enlarge(self) -> None:
        """Give the view the whole screen, or the table back."""
        self.toggle_class("-big")
        (self.query_one("#view", Pane) if self.has_class("-big") else self.table).focus()
        self.call_after_refresh(self.draw)

    # -- what is looked at ------------------------------------------------------------------------

    def action_figure(self, step: int) -> None:
        """The next figure that any of the models has."""
        if self.known is None or not (available := boarding.keys(self.known)):
            return
        at = available.index(self._key) if self._key in available else 0
        self._key = available[(at + step) % len(available)]
        self._best = self._best and f"{self._key}_best" in self.known.standing.scores.columns
        self._look_at(self._wanted)

    def action_reading(self) -> None:
        """Mean over references, or the best of them."""
        if self.known is None:
            return
        if f"{self._key}_best" not in self.known.standing.scores.columns:
            self.app.notify("This figure has one reading only.")
            return
        self._best = not self._best
        self._look_at(self._wanted)

    def action_baseline(self) -> None:
        """Compare the others with the model under the cursor."""
        if self.known is not None and self.look is not None:
            self._baseline = self.known.standing.models[self.table.model]
            self._fill()
            self.draw()

    def action_sort(self) -> None:
        """The highest first, or the order in which they came."""
        self._sorted = not self._sorted
        self._fill()

    def action_models(self) -> None:
        """Choose the models."""
        from tui.screens.pick import PickScreen

        def offer(found: list[str]) -> None:
            if not found:
                self.app.notify("No run has scores yet.", severity="warning")
                return
            marked = self.shown_runs
            rows = [(name, "finished") for name in found]
            self.app.push_screen(PickScreen("Which models on the board?", rows, marked, len(rows)), self._picked)

        def work() -> None:
            found = [run.name for run in scored(self.terminal.workspace.runs(archived=False))]
            self.from_thread(offer, found)

        self.run_worker(work, thread=True, group="pick", exclusive=True)

    def _picked(self, names: list[str] | None) -> None:
        if not names:
            return
        kept = [name for name in self.shown_runs if name in names]
        self._names = (*kept, *(name for name in reversed(names) if name not in kept))  # new ones oldest first
        self.action_again()

    @on(LongTable.Chosen)
    def _chosen(self) -> None:
        self.action_explore()

    # -- taking it along --------------------------------------------------------------------------

    def copied(self) -> str:
        """The board as Markdown."""
        if self.known is None or self.look is None:
            return ""
        return tables.markdown(self._summary(self.known, self.look))

    def _summary(self, known: Known, look: Look) -> Any:
        """The rows that are on the screen, as a table."""
        from engine.results.table import Column, Table

        heads, rows = self.table.cells()
        columns = tuple(Column(str(at), head) for at, head in enumerate(heads))
        cells = tuple({str(at): cell for at, cell in enumerate(row)} for row in rows)
        return Table(columns, cells, self._figure_words() + f"; Δ to {clean(self._baseline or '')}")

    def command(self) -> list[str]:
        """``dialtune board RUN...``, with ``--pairs`` while those are shown."""
        words = ["board", *self.shown_runs]
        if self._baseline is not None and len(self.shown_runs) > 1:
            words += ["--baseline", self._baseline]
        return [*words, "--pairs", "--metric", self._wanted] if self.view == "pairs" else words

    def action_export(self) -> None:
        """Write the board to a file: in the pairs view, the pairs; as .html, everything."""
        known, look = self.known, self.look
        if known is None or look is None:
            return
        from engine.results.board import board, pairs_table

        baseline, key, pairs = self.baseline, look.key, self.view == "pairs"
        from_ = None if baseline is None else known.runs[baseline]

        def rows() -> Any:
            return board(known.runs, from_, standing=known.standing, config=known.config)

        def of_pairs() -> Any:
            return pairs_table(known.standing, [key], known.tallies)

        def page() -> str:
            from tui.webpage import report

            return report(
                known.standing, [("Board", rows()), ("Pairs", of_pairs())], key, from_.name if from_ else None
            )

        make: Callable[[], Any] = of_pairs if pairs else rows
        what = fmt.count(len(look.pairs), "pair") if pairs else fmt.count(len(known.rows), "model")
        Export(self, "pairs" if pairs else "board", what, make, page).ask()

    # -- leaving ----------------------------------------------------------------------------------

    def action_clear(self) -> None:
        """Give the table back; else go back."""
        if self.has_class("-big"):
            self.action_enlarge()
        else:
            self.app.pop_screen()

    def action_back(self) -> None:
        """Go back."""
        self.app.pop_screen()
