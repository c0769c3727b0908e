"""The query line: typed with completion, answered while one types, and told where it cannot be understood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from tui import keys
from tui.text import clean

if TYPE_CHECKING:
    from engine.results.query import Completion

SETTLE_SECONDS = 0.12
"""The query is asked once nothing was typed for this long."""
AROUND = 24
"""Characters shown on each side of the place where a query goes wrong."""

Completer = Callable[[str, int], "Sequence[Completion]"]


class QueryInput(Input):
    """The line itself; Tab takes the completion that is chosen."""

    BINDINGS = keys.bindings("query")

    @property
    def _bar(self) -> QueryBar:
        return next(parent for parent in self.ancestors if isinstance(parent, QueryBar))

    def action_complete(self) -> None:
        """Take the completion that is chosen."""
        self._bar.complete()

    def action_choose(self, step: int) -> None:
        """Choose another completion."""
        self._bar.choose(step)

    def action_leave(self) -> None:
        """Leave the line; the query is as it was before."""
        self._bar.leave()

    def action_explain(self) -> None:
        """Show what a query can say."""
        self._bar.post_message(QueryBar.Unsure())


class QueryBar(Vertical):
    """Hidden until opened, and again when it is left empty."""

    DEFAULT_CSS = """
    QueryBar { display: none; height: auto; }
    QueryBar.-open { display: block; }
    QueryBar Input, QueryBar Input:focus { height: 1; border: none; padding: 0 1; background: $panel; }
    QueryBar Static { height: 1; padding: 0 1; background: $surface; text-wrap: nowrap; text-overflow: ellipsis; }
    QueryBar #hints { display: none; }
    QueryBar.-typing #hints { display: block; }
    QueryBar #problem { display: none; }
    QueryBar.-wrong #problem { display: block; }
    """

    class Asked(Message):
        """The query now; ``done`` when the table may have the focus again."""

        def __init__(self, text: str, done: bool) -> None:
            super().__init__()
            self.text, self.done = text, done

    class Unsure(Message):
        """What a query can say was asked for."""

    def __init__(self, placeholder: str) -> None:
        super().__init__(id="query-bar")
        self._placeholder = placeholder
        self._pending: Timer | None = None
        self._asked = self._before = ""
        self._found: Sequence[Completion] = ()
        self._chosen = 0
        self.completer: Completer | None = None

    def compose(self) -> ComposeResult:
        """The line, what could come next, and what is wrong."""
        yield QueryInput(placeholder=self._placeholder, id="query", select_on_focus=False)
        yield Static(id="hints", markup=False)
        yield Static(id="problem", markup=False)

    @property
    def _input(self) -> QueryInput:
        return self.query_one(QueryInput)

    @property
    def text(self) -> str:
        """The query that was asked last."""
        return self._asked

    def open(self) -> None:
        """Show it and type into it."""
        self._before = self._asked
        self.add_class("-open")
        line = self._input
        line.focus()
        with self.prevent(Input.Changed):
            line.value = f"{self._asked} " if self._asked else ""  # what is typed next is a word of its own
        line.cursor_position = len(line.value)
        self._hint()

    def put(self, text: str, ask: bool = True) -> None:
        """Take ``text`` as if it had been typed, without the focus; ``ask`` says whether it is then asked."""
        with self.prevent(Input.Changed):
            self._input.value = text
        self._take(done=True, ask=ask)

    def empty(self) -> bool:
        """Forget the query and hide; whether there was anything to forget."""
        there = self.has_class("-open") or bool(self._asked)
        if there:
            self.put("")
        return there

    def leave(self) -> None:
        """Back to the query before it was opened."""
        self.put(self._before)

    # -- completion -------------------------------------------------------------------------------

    def complete(self) -> None:
        """Put the completion that is chosen where the cursor is."""
        if not self._found:
            return
        found, line = self._found[self._chosen], self._input
        line.value = line.value[: found.start] + found.text + line.value[found.end :]
        line.cursor_position = found.start + len(found.text)

    def choose(self, step: int) -> None:
        """Choose another completion."""
        if self._found:
            self._chosen = (self._chosen + step) % len(self._found)
            self._draw()

    def _hint(self) -> None:
        line = self._input
        self._found = self.completer(line.value, line.cursor_position) if self.completer is not None else ()
        self._chosen = 0
        self._draw()

    def _draw(self) -> None:
        parts: list[Any] = [("Tab ", "bold $accent")] if self._found else []
        # From the chosen one on, the one before still in sight: there may be more than fit.
        first = max(self._chosen - 1, 0)
        for place, found in enumerate(self._found[first:], start=first):
            word = clean(found.text).strip() or "…"
            parts += [(f"▸{word}", "bold $primary") if place == self._chosen else (word, "$label"), "  "]
        if self._found and (about := clean(self._found[self._chosen].about)):
            parts.insert(1, (f"{about}  ", "$foreground"))
        self.query_one("#hints", Static).update(Content.assemble(*parts))

    # -- what is wrong ----------------------------------------------------------------------------

    def tell(self, message: str, position: int | None = None, text: str = "") -> None:
        """Say what is wrong with the query ``text``, and where, or just ``message``; nothing when that is empty."""
        self.set_class(bool(message), "-wrong")
        parts: list[Any] = [("! ", "bold $warning")]
        if position is not None:
            before, after = clean(text[:position])[-AROUND:], clean(text[position:])[:AROUND]
            cut = "…" if position > AROUND else ""
            parts += [f"{cut}{before}", ("▸", "bold $warning"), (after, "underline $warning"), "  "]
        self.query_one("#problem", Static).update(Content.assemble(*parts, clean(message)))

    # -- typing -----------------------------------------------------------------------------------

    @on(Input.Changed)
    def _soon(self, event: Input.Changed) -> None:
        event.stop()
        self._hint()
        if self._pending is not None:
            self._pending.stop()
        self._pending = self.set_timer(SETTLE_SECONDS, self._take)

    @on(Input.Submitted)
    def _now(self, event: Input.Submitted) -> None:
        event.stop()
        self._take(done=True)

    def on_descendant_focus(self) -> None:
        """Show what could come next."""
        self.add_class("-typing")

    def on_descendant_blur(self) -> None:
        """The hints are for who types."""
        self.remove_class("-typing")

    def _take(self, done: bool = False, ask: bool = True) -> None:
        if self._pending is not None:
            self._pending.stop()
        text = self._input.value.strip()
        if done:
            self.set_class(bool(text), "-open")
        if done or text != self._asked:
            self._asked = text
            if ask:
                self.post_message(self.Asked(text, done))
