"""Editing a draft: the half of the New run screen that knows fields and nothing of forecasts."""

from __future__ import annotations

from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import DataTable, Input, Static

from tui import format as fmt
from tui.draft import FIELDS, NOT_TYPED, Draft, choices
from tui.drafting import Drafting
from tui.screens.ask import ConfirmScreen
from tui.screens.base import RunScreen
from tui.text import clean, fit
from tui.widgets.filter import Filter
from tui.widgets.form import WRONG, Form, about, matching
from tui.widgets.recoloured import Recoloured
from tui.widgets.title import Title


class DraftScreen(Recoloured, RunScreen):
    """A draft's fields in a table, a line to type a value into, and words on the field under the cursor."""

    draft: reactive[Draft | None] = reactive(None, init=False)
    state: reactive[str] = reactive("", init=False)
    """What is going on, in a word or two: probing, starting."""

    def __init__(self) -> None:
        super().__init__()
        self._words: list[str] = []
        self._changed_only = False
        self._editing: tuple[str, Draft] | None = None

    @property
    def drafting(self) -> Drafting:
        """What is kept while one is elsewhere."""
        return self.terminal.drafting

    @property
    def form(self) -> Form:
        """The table of fields."""
        return self.query_one(Form)

    def take(self, draft: Draft) -> None:
        """Show another draft and keep it."""
        self.drafting.draft = self.draft = draft

    def compose_form(self) -> ComposeResult:
        """The table, the line, the words."""
        with Vertical(id="form"):
            yield Form()
            yield Input(id="entry")
            yield Static(id="about", markup=False)

    def on_mount(self) -> None:
        """Take up the draft where it was left."""
        self.take(self.drafting.now)
        self.form.focus()

    def recolour(self) -> None:
        """The theme is another."""
        self.form.redraw()

    # -- drawing ----------------------------------------------------------------------------------

    def watch_draft(self, draft: Draft) -> None:
        """Draw it."""
        self.draw()

    def watch_state(self) -> None:
        """Say what is going on."""
        if self.draft is not None:
            self.draw_title()

    def draw(self) -> None:
        """Title, fields and words."""
        draft = self.draft
        if draft is None:
            return
        shown = matching(draft, self._words, self._changed_only)
        if self._editing is not None and self._editing[0] not in shown:  # typed away from under the cursor
            shown = [key for key in FIELDS if key in shown or key == self._editing[0]]
        self.form.fill(draft, shown)
        self.draw_title()
        self._about()

    def draw_title(self) -> None:
        """Where the draft starts, and how many fields differ or are wrong."""
        draft = self.draft
        assert draft is not None
        parts: list[Any] = [("New run", "bold $primary"), f"  from {fit(draft.origin, 40)}"]
        if draft.changes:
            parts.append((f"  ● {len(draft.changes)} changed", "$accent"))
        if draft.problems:
            parts.append((f"  {WRONG} {len(draft.problems)} cannot be used (n)", "bold $error"))
        if self._words:
            parts.append(f"  with “{fit(' '.join(self._words), 20)}”")
        if self._changed_only:
            parts.append(("  changed ones only", "$label"))
        if self.state:
            parts.append((f"  {self.state} …", "$label"))
        self.query_one(Title).update(Content.assemble(*parts))

    @on(DataTable.RowHighlighted)
    def _about(self) -> None:
        draft, at = self.draft, self.form.cursor_key
        if draft is None or at is None:
            words = "No field has changed." if self._changed_only else "No field has all these words."
            self.query_one("#about", Static).update(Content.styled(words, "$label"))
        else:
            self.query_one("#about", Static).update(about(draft, at))

    # -- changing ---------------------------------------------------------------------------------

    @on(DataTable.RowSelected)
    def action_edit(self) -> None:
        """Type another value."""
        at = self.form.cursor_key
        if at in NOT_TYPED:
            self.action_from()
        elif at is not None and self.draft is not None:
            self._editing = at, self.draft
            entry = self.query_one("#entry", Input)
            with entry.prevent(Input.Changed):
                entry.value = clean(self.draft.text(at))
            entry.cursor_position = len(entry.value)
            entry.placeholder = at
            entry.add_class("-open")
            entry.focus()

    @on(Input.Changed, "#entry")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._editing is not None and self.draft is not None:
            self.take(self.draft.typed(self._editing[0], event.value))

    @on(Input.Submitted, "#entry")
    def _typed_all(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_entry()

    def _close_entry(self) -> None:
        self._editing = None
        self.query_one("#entry", Input).remove_class("-open")
        self.form.focus()
        self.draw()

    def left_entry(self) -> bool:
        """Leave the line that is typed into, its field as it was before; whether there was one."""
        if self._editing is None:
            return False
        before = self._editing[1]
        self._close_entry()
        self.take(before)
        return True

    def action_cycle(self, step: int) -> None:
        """The field's next choice; type, where it has none."""
        at = self.form.cursor_key
        if at is None or self.draft is None:
            return
        if choices(at):
            self.take(self.draft.cycled(at, step))
        elif step > 0:
            self.action_edit()

    def action_undo(self) -> None:
        """The start's value of this field."""
        if (at := self.form.cursor_key) is not None and self.draft is not None:
            self.take(self.draft.undone(at))

    def action_undo_all(self) -> None:
        """The start's value of every field, once confirmed."""
        draft = self.draft
        if draft is None or not draft.changes:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.take(Draft(draft.start, draft.origin))

        names = [f"{name} = {draft.text(name)}" for name in draft.changes]
        question = f"Take back {fmt.count(len(names), 'change')}?"
        self.app.push_screen(ConfirmScreen(question, names, f"All is then as in {draft.origin}."), answered)

    def action_from(self) -> None:
        """Start from another preset or run."""
        raise NotImplementedError

    # -- finding ----------------------------------------------------------------------------------

    def action_problem(self) -> None:
        """To the next field that cannot be used."""
        wrong = [name for name in self.draft.problems if name] if self.draft else []
        if wrong:
            at = self.form.cursor_key
            self._words, self._changed_only = [], False
            self.query_one(Filter).empty()
            self.draw()
            self.form.go(wrong[(wrong.index(at) + 1) % len(wrong)] if at in wrong else wrong[0])

    def action_changed(self) -> None:
        """Only the fields that differ from the start, or all."""
        self._changed_only = not self._changed_only
        self.draw()

    def action_filter(self) -> None:
        """Open the filter."""
        self.query_one(Filter).open()

    def on_filter_words(self, message: Filter.Words) -> None:
        """Show the fields with these words."""
        self._words = message.words
        self.draw()
        if message.done:
            self.form.focus()
