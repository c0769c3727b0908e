"""Importing summaries: the file, the data, the columns, and the match to be looked at before it is taken."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from engine.data.quoting import count
from engine.errors import DialtuneError
from engine.importing.plan import HOW
from tui import format as fmt
from tui import keys, themes
from tui.dataset import ending
from tui.importing import SCORING, Importing
from tui.screens.ask import TextScreen
from tui.screens.base import RunScreen
from tui.text import clean, fit, plain
from tui.widgets.footer import Footer
from tui.widgets.pane import Pane
from tui.widgets.recoloured import Recoloured
from tui.widgets.table import Table
from tui.widgets.title import Title

BEAT_SECONDS = 0.25
"""How often the progress is drawn."""
_LONGEST = 360
"""Cells of a text in a pair; a dialogue has half of it."""
_LABEL = 24
"""Cells of what stands before a text."""
_ABOUT = 17
"""Cells that say what a column holds: 100,000 summaries."""


class ImportScreen(Recoloured, RunScreen):
    """File, data and match above; then the columns, and what the match looks like."""

    SCOPE = "import"
    BINDINGS = keys.bindings("import")
    CSS_PATH = "importing.tcss"

    def __init__(self, source: str) -> None:
        """``source``: the data, until others are chosen."""
        super().__init__()
        self._source = source
        self._drawn: Any = None

    def compose(self) -> ComposeResult:
        """What is asked, its columns, the match, keys."""
        yield Title(Content("Import"))
        yield Static(id="asked", markup=False)
        yield Table(id="columns")
        yield Pane("the match", "match", "No file has been read.")
        yield Footer()

    def on_mount(self) -> None:
        """Ask for the file."""
        self.importing = Importing(self.terminal.workspace, self._source, self._in_thread, self.from_thread, self._draw)
        self.set_interval(BEAT_SECONDS, self._head)
        self._columns()
        self._draw()
        self.query_one(Table).focus()
        self.action_file()

    def on_screen_resume(self) -> None:
        """What was imported while another screen lay on top needs no more looking at."""
        super().on_screen_resume()
        if hasattr(self, "importing") and self.importing.made:
            self.call_later(self._leave)

    def recolour(self) -> None:
        """The theme is another."""
        self._draw()

    def on_unmount(self) -> None:
        """Nobody waits for it any more."""
        if hasattr(self, "importing"):
            self.importing.cancel()

    def on_resize(self) -> None:
        """Columns to the new width."""
        if hasattr(self, "importing"):
            self._columns()
            self._draw()

    def _in_thread(self, work: Any) -> None:
        self.run_worker(work, thread=True, group="import")

    # -- drawing ----------------------------------------------------------------------------------

    def _columns(self) -> None:
        room = max(self.size.width - _ABOUT - 2 - 2 * 4, 24)
        self._widths = (room // 2, room - room // 2, _ABOUT)
        labels = ("column", "becomes", "")
        table = self.query_one(Table)
        at = table.cursor_key
        table.head([("mark", Text(""), 2), *((f"c{n}", Text(labels[n]), self._widths[n]) for n in range(3))])
        self._rows()
        if at is not None:
            table.go(at)

    def _rows(self) -> None:
        known, accent = self.importing, themes.style(self.app.theme_variables, "accent")
        rows = {}
        for column in known.columns:
            taken = column in known.marked
            mark = Text(fmt.MARKED if taken else " ", accent, end="")
            cells = (column, known.names[column] if taken else fmt.MISSING, known.about(column))
            rows[column] = [mark, *(plain(fit(cell, width)) for cell, width in zip(cells, self._widths, strict=True))]
        table = self.query_one(Table)
        table.show(rows)
        table.set_class(not rows, "-empty")

    def _draw(self) -> None:
        known = self.importing
        if known.made:
            self._done()
            return
        self._head()
        self._rows()
        self.query_one("#asked", Static).update(self._asked())
        pane = self.query_one("#match", Pane)
        pane.show(self._match(), top=known.plan is not self._drawn)
        self._drawn = known.plan

    def _head(self) -> None:
        """The title; cheap enough for every beat."""
        known = self.importing
        parts: list[Any] = [("Import ", "bold $primary"), ("summaries made elsewhere", "bold")]
        if known.doing:
            done, total = known.progress
            amount = f" {done:,}/{total:,}" if total else ""
            parts.append((f"  {known.doing}{amount} … {self._key('import.back')} stops it", "$accent"))
        line = Content.assemble(*parts)
        title = self.query_one(Title)
        if title.content != line:
            title.update(line)

    def _asked(self) -> Content:
        known, width = self.importing, max(self.size.width - 34, 20)
        material, plan = known.material, known.plan
        rows = f"  {count(material.sheet.rows, 'row')}" if material else ""
        test = f"  {count(len(material.examples), 'test dialogue')}" if material else ""
        way = "" if plan is None else HOW[plan.match.by] + (" (the surest)" if known.by is None else "")
        if plan is not None and plan.match.column:
            way += f", column {fit(plan.match.column, 30)}"
        lines = []
        for key, label, value, after in (
            ("import.file", "File", ending(known.file, width) if known.file else "none yet", rows),
            ("import.source", "Data", ending(known.source, width), test),
            ("import.by", "Match", way or fmt.MISSING, ""),
        ):
            named = (f" {self._key(key)} ", "bold $accent")
            lines.append(Content.assemble(named, (f"{label:<6}", "$label"), (value, "bold"), (after, "$label")))
        return Content("\n").join(lines)

    def _match(self) -> list[Content]:
        """What would be done, or why nothing can be."""
        known = self.importing
        if known.problem:
            file, data = self._key("import.file"), self._key("import.source")
            hint = f"{file} takes another file, {data} other data."
            said = Content.assemble(("✗ ", "bold $error"), clean(known.problem))
            return [said, Content(""), Content.styled(hint, "$label")]
        if known.plan is None:
            return [Content.styled("Reading the file and the data …", "$label")] if known.doing else []
        lines = [Content.assemble(("✓ ", "bold $success"), clean(text)) for text in known.plan.facts()]
        lines += [Content.assemble(("! ", "bold $warning"), clean(text)) for text in known.plan.doubts()]
        if not known.plan.models:
            lines.append(Content.assemble(("! ", "bold $warning"), "No column is marked: Space marks one."))
        for number, example, said_of in known.plan.pairs():
            lines += [Content(""), Content.styled(f"Row {number:,} is {fit(example.id, 40)}", "bold")]
            shown = {"dialogue": example.dialogue, "reference": example.references[0], **said_of}
            wide = min(max(map(len, shown)), _LABEL)
            lines += [
                Content.assemble(
                    (f"{fit(label, _LABEL):<{wide}}  ", "$label"),
                    fit(text[: 2 * _LONGEST], _LONGEST // 2 if label == "dialogue" else _LONGEST) or fmt.MISSING,
                )
                for label, text in shown.items()
            ]
        return lines

    def _key(self, name: str) -> str:
        return next(key.written.split(" ")[0] for key in self.terminal.key_table["import"] if key.id == name)

    # -- actions ----------------------------------------------------------------------------------

    @property
    def _column(self) -> str | None:
        return self.query_one(Table).cursor_key

    def action_file(self) -> None:
        """Ask for the file."""
        if self._scoring():
            return

        def answered(file: str | None) -> None:
            if file:
                self.importing.take_file(file)

        hint = "CSV, TSV, JSONL, JSON, Parquet, or a text with a summary a line."
        self.app.push_screen(TextScreen("The file with the summaries", self.importing.file, hint), answered)

    def action_source(self) -> None:
        """Ask for the data."""
        if self._scoring():
            return

        def answered(source: str | None) -> None:
            if source and self.importing.file:
                self.importing.take_source(source)
            elif source:
                self.importing.source = source
                self._draw()

        hint = "builtin, a file, a folder or a hub id."
        self.app.push_screen(TextScreen("What they are summaries of", self.importing.source, hint), answered)

    def action_by(self) -> None:
        """Match by the next way."""
        if not self._scoring():
            self.importing.next_way()

    def action_mark(self) -> None:
        """Take the column under the cursor, or leave it."""
        if (column := self._column) is not None and not self._scoring():
            self.importing.mark(column)

    def action_name(self) -> None:
        """Name the model of the column under the cursor."""
        if (column := self._column) is None or self._scoring():
            return

        def answered(name: str | None) -> None:
            if not name:
                return
            try:
                self.importing.rename(column, name)
            except DialtuneError as error:
                self.app.notify(clean(error), severity="error", markup=False)

        question = f"What the model of {fit(column, 40)} is called"
        self.app.push_screen(TextScreen(question, self.importing.names[column]), answered)

    def action_start(self) -> None:
        """Score and create."""
        if not self._scoring() and (problem := self.importing.start()):
            self.app.notify(clean(problem), severity="warning", markup=False)

    def _scoring(self) -> bool:
        if self.importing.doing == SCORING:
            self.app.notify(f"The summaries are being scored; {self._key('import.back')} stops that.")
        return self.importing.doing == SCORING

    def _done(self) -> None:
        names = self.importing.made
        some = clean(names[0]) if len(names) == 1 else f"{len(names):,} models"
        self.app.notify(f"Imported {some}. e compares summaries.", markup=False)
        self._leave()

    def _leave(self) -> None:
        if self.is_current:
            self.app.pop_screen()  # not awaited: the screen would wait for its own end

    def action_read(self) -> None:
        """Give the match the whole screen, or the columns back."""
        self.toggle_class("-reading")
        self.query_one("#match" if self.has_class("-reading") else "#columns").focus()

    def action_detail(self, lines: int) -> None:
        """Scroll the match."""
        self.query_one("#match", Pane).scroll_relative(y=lines, animate=False)

    def action_back(self) -> None:
        """Stop what is at work; else give the columns back; else leave."""
        if self.importing.cancel():
            self.app.notify("Stopped: nothing was imported.")
            self._draw()
        elif self.has_class("-reading"):
            self.action_read()
        else:
            self.app.pop_screen()

    def copied(self) -> str:
        """What the match says."""
        return self.query_one("#match", Pane).text

    def command(self) -> list[str]:
        """``dialtune import FILE --data SOURCE ...``."""
        known = self.importing
        if not known.file:
            return []
        words = ["import", known.file, "--data", known.source]
        for column in known.marked:
            words += ["--column", f"{column}={known.names[column]}"]
        return words if known.by is None else [*words, "--by", known.by]
