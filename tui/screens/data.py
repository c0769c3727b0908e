"""A data set: how much of it there is, how long it is, what occurs twice, and every dialogue to read."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from engine.data.leakage import Pair
from engine.runs.folder import RunFolder
from engine.spec import DataSpec, RunSpec
from tui import dataset as sets
from tui import keys, report
from tui.inquiry import COUNTING, FINDING, READING, Inquiry
from tui.screens.ask import TextScreen
from tui.screens.base import RunScreen
from tui.text import clean, fit
from tui.widgets import overview
from tui.widgets.browser import Browser
from tui.widgets.examples import working
from tui.widgets.filter import Filter
from tui.widgets.footer import Footer
from tui.widgets.longtable import LongTable
from tui.widgets.pane import Pane
from tui.widgets.recoloured import Recoloured
from tui.widgets.title import Title

BEAT_SECONDS = 0.25
"""How often the progress of what is at work is drawn."""
View = Literal["overview", "lengths", "duplicates", "dialogues"]
VIEWS: tuple[View, ...] = get_args(View)
LISTS = ("duplicates", "dialogues")


class DataScreen(Recoloured, RunScreen):
    """Overview and lengths on the left, dialogues or duplicates on the right; one of the four on a narrow terminal."""

    SCOPE = "data"
    BINDINGS = keys.bindings("data")
    CSS_PATH = "data.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012 - room for all columns beside the figures

    def __init__(self, asked: RunFolder | RunSpec | str) -> None:
        """``asked``: the run whose data to look at, a spec, or a source."""
        super().__init__()
        if isinstance(asked, str):
            asked = RunSpec(data=DataSpec(source=asked))
        self.inquiry = Inquiry(asked, self._in_thread, self.from_thread, self._draw)
        self.view: View = "overview"
        self._words = self._log = False

    def compose(self) -> ComposeResult:
        """Title and views, then what the view and the room call for."""
        yield Title(Content("Data"))
        yield Static(id="views", markup=False)
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield Pane("overview", "overview", "Reading the dialogues …")
                yield Pane("lengths", "lengths", "Reading the dialogues …")
            yield Browser("right")
        yield Footer()

    def on_mount(self) -> None:
        """Read in a thread; show how far what takes its time has come."""
        self.set_interval(BEAT_SECONDS, self._head)
        self._show("overview")
        self.inquiry.start()

    def recolour(self) -> None:
        """The theme is another."""
        self._draw()

    def on_unmount(self) -> None:
        """Nobody waits for it any more."""
        self.inquiry.cancel()

    def on_resize(self) -> None:
        """Columns and histograms to the new size; the focus on what is still there."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        if self.focused is None or not self.focused.region:
            self._show(self.view)
        else:
            self._draw()

    def _in_thread(self, work: Any) -> None:
        self.run_worker(work, thread=True, group="data")

    @property
    def shown_runs(self) -> tuple[str, ...]:
        """The run whose data it is."""
        return (self.inquiry.run.name,) if self.inquiry.run is not None else ()

    # -- drawing ----------------------------------------------------------------------------------

    def _draw(self) -> None:
        """Everything, to the room there is."""
        known = self.inquiry
        self._head()
        left, right = self.query_one("#overview", Pane), self.query_one("#lengths", Pane)
        browser = self.query_one(Browser)
        if known.data is None:
            left.show(self._problem())
            right.show(self._problem())
        else:
            if self.is_current:
                self.terminal.remember(source=known.spec.data.source, runs=self.shown_runs)
            looking = known.problems.get(FINDING) or "Looking for dialogues that occur twice …"
            width = (left.content_size.width or self.size.width - 4) - 1  # beside a scroll bar, which may come
            left.show(overview.overview(known.data, known.leakage, looking, browser.choice.split, max(width, 20)))
            self._draw_lengths(right)
        browser.show(known.data, known.leakage)

    def _problem(self) -> list[Content]:
        """Why there is nothing to see; nothing while it may still come."""
        problem = self.inquiry.problems.get(READING)
        if problem is None:
            return []
        other, again = self._key("data.source"), self._key("data.reload")
        hint = f"{other} takes another source, {again} reads this one again."
        said = Content.assemble(("✗ ", "bold $error"), clean(problem))
        return [said, Content(""), Content.styled(hint, "$label")]

    def _draw_lengths(self, pane: Pane) -> None:
        known = self.inquiry
        assert known.data is not None
        tokens = None if self._words else known.lengths
        problem = known.problems.get(COUNTING, "")
        width = max(pane.content_size.width or self.size.width - 4, 20)
        height = pane.content_size.height or self.size.height - 5
        first = [Content.assemble(("! ", "bold $warning"), f"No tokens: {clean(problem)}")] if problem else []
        height -= sum(-(-line.cell_length // width) for line in first)
        split = self.query_one(Browser).choice.split
        lines = overview.lengths_of(known.data, tokens, known.spec, split, self._log, width, height)
        pane.border_title = Content(f"lengths, in tokens of {fit(known.spec.base.name, 30)}" if tokens else "lengths")
        pane.show([*first, *lines])

    def _head(self) -> None:
        """Title and views; cheap enough for every beat."""
        known = self.inquiry
        source = known.run.name if known.run is not None and known.data is None else sets.named(known.spec.data.source)
        parts: list[Any] = [("Data ", "bold $primary"), (sets.ending(source, max(self.size.width - 56, 16)), "bold")]
        if known.data is not None:
            parts.append("  " + " + ".join(f"{facts.dialogues:,}" for facts in known.data.facts))
        if said := working(known.jobs):
            parts.append((f"  {said}", "$accent"))
        if known.run is not None:
            parts.append((f"  as {fit(known.run.name, 24)} reads it", "$label"))
        for selector, line in (("#title", Content.assemble(*parts)), ("#views", self._views())):
            widget = self.query_one(selector, Static)
            if not (isinstance(widget.content, Content) and line.is_same(widget.content)):  # == ignores the style
                widget.update(line)

    def _views(self) -> Content:
        parts: list[Any] = []
        for view in VIEWS:
            pairs = f" {len(self.inquiry.leakage.pairs):,}" if view == "duplicates" and self.inquiry.leakage else ""
            here = "bold reverse" if view == self.view else ""
            parts += [(f"{self._key(f'data.{view}')} ", "bold $accent"), (f" {view.capitalize()}{pairs} ", here), "  "]
        return Content.assemble(*parts)

    def _key(self, name: str) -> str:
        return next(key.written.split(" ")[0] for key in self.terminal.key_table["data"] if key.id == name)

    # -- views ------------------------------------------------------------------------------------

    def action_view(self, view: View | Literal["next"]) -> None:
        """Show one of the views, or the one after this."""
        self._show(VIEWS[(VIEWS.index(self.view) + 1) % len(VIEWS)] if view == "next" else view)

    def _show(self, view: View) -> None:
        self.view = view
        self.set_class(view == "lengths", "-lengths")
        self.set_class(view in LISTS, "-table")
        browser = self.query_one(Browser)
        if view == "duplicates" or view == "dialogues":
            browser.turn_to(view)
        else:
            self.remove_class("-reading")
        if not self.query_one(Filter).has_focus and not browser.reading:
            self.query_one(f"#{view}").focus()
        self._head()
        self.call_after_refresh(self._draw)  # what was hidden has a size only then

    def action_read(self) -> None:
        """Give the dialogue the whole screen, or the table back; from the overview, go to the dialogues."""
        if self.view in LISTS:
            self.query_one(Browser).read()
        else:
            self.action_view("dialogues")

    @on(LongTable.Chosen)
    def _read_clicked(self) -> None:
        self.view = self.query_one(Browser).listed
        self.query_one(Browser).read()

    def action_move(self, rows: int) -> None:
        """Move the table's cursor from wherever the focus is."""
        self.query_one(Browser).table.cursor += rows

    def action_detail(self, lines: int) -> None:
        """Scroll both panes of the reader."""
        self.query_one(Browser).scroll_reader(lines)

    def action_split(self) -> None:
        """The next split, or all."""
        self.query_one(Browser).next_split()
        self._draw()

    def action_leaked(self) -> None:
        """Only what is in more than one split, or everything."""
        browser = self.query_one(Browser)
        browser.choose(replace(browser.choice, leaked=not browser.choice.leaked))
        if self.view not in LISTS:
            self.action_view("dialogues")

    def action_sort(self) -> None:
        """Sort by the next column, from low to high."""
        self.query_one(Browser).sort(1)

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self.query_one(Browser).reverse()

    def action_measure(self) -> None:
        """Words or tokens."""
        self._words = not self._words
        self._draw()

    def action_log(self) -> None:
        """Columns by the count, or by its logarithm."""
        self._log = not self._log
        self._draw()

    def action_filter(self) -> None:
        """Open the filter, over a table."""
        if self.view not in LISTS:
            self._show("dialogues")
        self.remove_class("-reading")
        self.query_one(Filter).open()

    def on_filter_words(self, message: Filter.Words) -> None:
        """Show what has these words."""
        browser = self.query_one(Browser)
        browser.choose(replace(browser.choice, words=tuple(message.words)))
        if message.done:
            browser.table.focus()

    def action_clear(self) -> None:
        """Clear the filter; else give the table back; else leave."""
        if self.query_one(Filter).empty():
            return
        if self.query_one(Browser).reading:
            self.query_one(Browser).read()
        else:
            self.app.pop_screen()

    def action_back(self) -> None:
        """Go back."""
        self.app.pop_screen()

    # -- other data, and out of here --------------------------------------------------------------

    def action_reload(self) -> None:
        """Read everything anew; the hub is asked again."""
        self.inquiry.start(fresh=True)

    def action_source(self) -> None:
        """Look at another source."""

        def answered(source: str | None) -> None:
            if source:
                self.inquiry.take_source(source)

        hint = "builtin, a file, a folder or a hub id."
        self.app.push_screen(TextScreen("The data to look at", self.inquiry.spec.data.source, hint), answered)

    def action_base(self) -> None:
        """Count another base's tokens."""

        def answered(name: str | None) -> None:
            if name:
                self._words = False
                self.inquiry.take_base(name)

        hint = "builtin, a folder or a hub id."
        self.app.push_screen(TextScreen("The base whose tokens count", self.inquiry.spec.base.name, hint), answered)

    def action_exclude(self) -> None:
        """Think up a run that leaves leaked training examples out."""
        leakage = self.inquiry.leakage
        if leakage is None:
            self.app.notify(self._not_yet(), markup=False)
            return
        exact, near = leakage.excluded(near=False), leakage.excluded(near=True)
        if not near:
            self.app.notify("No training dialogue is in another split: there is nothing to leave out.")
            return
        rule = "near" if near > exact else "exact"
        run, asked = self.inquiry.run, sets.changed(self.inquiry.spec)
        data = {} if run else {key: value for key, value in asked.items() if key.startswith("data.")}
        self.terminal.open_new(run=run.name if run else None, changes={**data, "data.exclude_leaked": rule})
        self.app.notify(f"The run leaves {near:,} of the training examples out: data.exclude_leaked = {rule}.")

    def action_export(self) -> None:
        """Write the report to a new file."""
        known = self.inquiry
        data, leakage, lengths, spec = known.data, known.leakage, known.lengths, known.spec
        if data is None or leakage is None:
            self.app.notify(self._not_yet(), markup=False)
            return
        rows = list(self.query_one(Browser).rows)

        def text(path: Path) -> str:
            if path.suffix.lower() != ".csv":
                return report.markdown(data, leakage, spec, lengths)
            pairs = [row for row in rows if isinstance(row, Pair)]
            others = [row for row in rows if not isinstance(row, Pair)]
            return (report.pairs_table(data, pairs) if pairs else report.rows_table(others, leakage)).csv()

        def answered(name: str | None) -> None:
            if name:
                path = Path(name)
                with contextlib.suppress(RuntimeError):  # ~somebody whom this machine does not know
                    path = path.expanduser()
                self.act(lambda: report.write(path, text(path)), f"Written to {name}.")

        name = re.sub(r"[^\w.-]+", "-", Path(spec.data.source).name).strip("-.") or "data"
        hint = "A name in .csv gets the rows listed."
        self.app.push_screen(TextScreen("Write the report to", f"{name}-report.md", hint), answered)

    def _not_yet(self) -> str:
        return (
            self.inquiry.problems.get(READING)
            or self.inquiry.problems.get(FINDING)
            or ("Still looking for duplicates: a moment.")
        )

    def copied(self) -> str:
        """The dialogue or the pair under the cursor; else the text of the pane."""
        if self.view in LISTS:
            return self.query_one(Browser).text()
        return self.query_one(f"#{self.view}", Pane).text

    def command(self) -> list[str]:
        """``dialtune data SOURCE ...``."""
        words = sets.command(self.inquiry.spec, with_base=self.inquiry.lengths is not None)
        return [*words, "--leakage"] if self.view == "duplicates" else words
