"""Taking a run's model out: the form, the place, how far it is, and what came of it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import DataTable, Static

from engine.asking import Cancel, Cancelled
from engine.errors import DialtuneError
from engine.runs.folder import RunFolder
from tui import clipboard, keys, themes
from tui import format as fmt
from tui.screens.ask import TextScreen
from tui.screens.late import Late
from tui.text import clean, fit
from tui.widgets.table import Table

if TYPE_CHECKING:
    from tui.app import DialtuneApp

HUB = "hub:"
"""What a place on a hub begins with."""
_ABOUT = 58


class ExportScreen(Late, ModalScreen[None]):
    """One run's model; the work goes on in a thread and its process until it is done or given up."""

    BINDINGS = keys.bindings("export")
    CSS_PATH = "modal.tcss"

    def __init__(self, run: RunFolder) -> None:
        super().__init__()
        self._run = run
        self._refused: dict[str, str] = {}
        self._place = ""
        """What was typed; empty takes the usual one of the form."""
        self._cancel: Cancel | None = None
        self._phase, self._figures = "", (0, 0)
        self._said: list[tuple[str, str]] = []
        """Lines about what came of it, with their styles."""
        self.made = ""
        """Where the last export is."""

    @property
    def terminal(self) -> DialtuneApp:
        """The application."""
        return self.app  # type: ignore[return-value]

    def compose(self) -> ComposeResult:
        """The forms, the place, what happens, what the keys do."""
        with Vertical(classes="box"):
            yield Static(Content.assemble(("Export the model of ", "bold"), (fit(self._run.name, 50), "bold $accent")))
            yield Table(id="forms")
            yield Static(id="place", markup=False)
            yield Static(id="state", markup=False)
            hint = "Enter exports · o place · y copy · Y as command · Esc gives up or closes"
            yield Static(Content.styled(hint, "$label"), markup=False)

    def on_mount(self) -> None:
        """Show the forms, and find out in a thread which of them are not to be had."""
        table = self.query_one(Table)
        table.show_header = False
        table.head([("name", Text("form"), 12), ("about", Text("about"), None)])
        self._draw()
        table.focus()
        self.run_worker(self._look, thread=True)

    def on_unmount(self) -> None:
        """Whoever quits gives up what is at work."""
        if self._cancel is not None:
            self._cancel()

    # -- in threads -------------------------------------------------------------------------------

    def _look(self) -> None:
        from engine.exporting import forms

        refused = {}
        for form in forms.FORMS.values():
            try:
                forms.refuse(self._run, form)
            except DialtuneError as error:
                refused[form.name] = str(error)
        usual = forms.usual(self._run)
        self.from_thread(self._looked, refused, usual)

    def _work(self, name: str, place: str, cancel: Cancel) -> None:
        from engine.exporting import forms, work
        from tui.leaving import exported, pushed, train_command

        def told(kind: str, words: str) -> None:
            self.from_thread(self._told, kind, words)

        def progress(done: int, total: int) -> None:
            self.from_thread(self._progress, done, total)

        try:
            form, command = forms.named(name), train_command(self._run)
            if place.startswith(HUB):
                hub_id = place.removeprefix(HUB)
                there = work.push(self._run, form, hub_id, True, command, progress, told, cancel)
                self.from_thread(self._done, there.url, pushed(there))
            else:
                found = work.export(self._run, form, Path(place), command, progress, told, cancel)
                self.from_thread(self._done, found.place, exported(found))
        except DialtuneError as error:
            self.from_thread(self._failed, str(error))
        except Cancelled:
            self.from_thread(self._failed, "Given up; nothing is left of it.")

    # -- what they say ----------------------------------------------------------------------------

    def _looked(self, refused: dict[str, str], usual: str) -> None:
        self._refused = refused
        self._draw()
        self.query_one(Table).go(usual)

    def _told(self, kind: str, words: str) -> None:
        if kind == "phase":
            self._phase, self._figures = words, (0, 0)
        else:
            self._said.append((words, ""))
        self._draw_state()

    def _progress(self, done: int, total: int) -> None:
        self._figures = (done, total)
        self._draw_state()

    def _done(self, place: str, lines: list[str]) -> None:
        self._cancel, self.made = None, place
        self._said = [*((line, "") for line in lines), (place, "bold $success")]
        self._draw_state()

    def _failed(self, why: str) -> None:
        self._cancel = None
        self._said = [(why, "$error")]
        self._draw_state()

    # -- drawing ----------------------------------------------------------------------------------

    @property
    def form(self) -> str:
        """The form under the cursor."""
        return self.query_one(Table).cursor_key or ""

    @property
    def place(self) -> str:
        """Where it is to go: a folder, or ``hub:OWNER/NAME``."""
        return self._place or str(Path.cwd() / f"{self._run.name}-{self.form}")

    def _draw(self) -> None:
        from engine.exporting.forms import FORMS

        dim = themes.style(self.app.theme_variables, "label")
        rows = {}
        for name, form in FORMS.items():
            why = self._refused.get(name)
            about = f"no: {why}" if why else form.about
            rows[name] = [Text(name, dim if why else "", end=""), Text(fit(about, _ABOUT), dim if why else "", end="")]
        self.query_one(Table).show(rows)
        self._draw_state()

    @on(DataTable.RowHighlighted)
    def _other_form(self) -> None:
        if self._cancel is None and any(style == "$error" for _, style in self._said):
            self._said = []  # it was about the form before
        self._draw_state()

    def _draw_state(self) -> None:
        place = self.place
        if place.startswith(HUB):
            words = ("to the hub, private: ", clean(place.removeprefix(HUB)))
        else:
            words = ("to ", clean(place))
        self.query_one("#place", Static).update(Content.assemble((words[0], "$label"), words[1]))
        lines: list[Content] = []
        if self._cancel is not None:
            done, total = self._figures
            figures = f" {done:,} of {total:,}" if total else ""
            if self._phase == "uploading" and total:
                figures = f" {fmt.size(done)} of {fmt.size(total)}"
            lines.append(Content.styled(f"{self._phase or 'starting'}{figures} …", "bold"))
        elif (why := self._refused.get(self.form)) and not self._said:
            lines.append(Content.styled(clean(why), "$warning"))
        lines += [Content.styled(clean(text), style) for text, style in self._said]
        self.query_one("#state", Static).update(Content("\n").join(lines))

    # -- keys -------------------------------------------------------------------------------------

    @on(DataTable.RowSelected)
    def action_start(self) -> None:
        """Export in the form under the cursor."""
        if self._cancel is not None:
            return
        self._said = []
        if self.form and self.form not in self._refused:
            self._cancel, self._phase, self._figures = Cancel(), "", (0, 0)
            name, place, cancel = self.form, self.place, self._cancel
            self.run_worker(lambda: self._work(name, place, cancel), thread=True, group="export")
        self._draw_state()

    def action_place(self) -> None:
        """Ask where to."""

        def answered(place: str | None) -> None:
            if place:
                self._place = place if place.startswith(HUB) else str(Path(place).expanduser().absolute())
                self._said = []
                self._draw_state()

        hint = f"A folder that is not there yet, or {HUB}OWNER/NAME to push it to the hub.\n"
        self.app.push_screen(TextScreen("Export to where?", self.place, hint), answered)

    def action_copy(self) -> None:
        """Copy where the export is, or is to go."""
        clipboard.copy(self.app, self.made or self.place)

    def action_copy_command(self) -> None:
        """Copy the command that does the same."""
        verb = "push" if self.place.startswith(HUB) else "export"
        words = [verb, self._run.name, "--form", self.form, "--to", self.place.removeprefix(HUB)]
        clipboard.copy(self.app, shlex.join(["dialtune", *self.terminal.where, *words]))

    def action_cancel(self) -> None:
        """Give up what is at work; else close."""
        if self._cancel is not None:
            self._cancel()
        else:
            self.dismiss(None)
