"""Small questions over a screen: a line of text, or yes and no."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui import keys
from tui.text import clean, fit

MOST_NAMED = 8
"""Runs named in a question about many."""


class TextScreen(ModalScreen[str | None]):
    """Ends with the line typed, or with None."""

    BINDINGS = keys.bindings("text")
    CSS_PATH = "modal.tcss"

    def __init__(self, question: str, value: str = "", hint: str = "") -> None:
        super().__init__()
        self._question, self._value, self._hint = question, value, hint

    def compose(self) -> ComposeResult:
        """The question, the line, and what its keys do."""
        with Vertical(classes="box"):
            yield Static(Content.styled(clean(self._question), "bold"), markup=False)
            yield Input(clean(self._value), select_on_focus=False)
            hint = f"{self._hint}  " if self._hint else ""
            yield Static(Content.styled(f"{hint}Enter takes it, Esc leaves all as it is.", "$label"), markup=False)

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(clean(event.value).strip())

    def action_cancel(self) -> None:
        """Close without an answer."""
        self.dismiss(None)


class ConfirmScreen(ModalScreen[bool]):
    """Ends with whether the answer was yes."""

    BINDINGS = keys.bindings("confirm")
    CSS_PATH = "modal.tcss"

    def __init__(self, question: str, names: Sequence[str], consequence: str) -> None:
        super().__init__()
        self._question, self._names, self._consequence = question, names, consequence

    def compose(self) -> ComposeResult:
        """The question, what it is about, what follows, and each key with what it does."""
        lines = [Content.styled(clean(self._question), "bold")]
        lines += [Content(f"  {fit(name, 58)}") for name in self._names[:MOST_NAMED]]
        if len(self._names) > MOST_NAMED:
            lines.append(Content(f"  and {len(self._names) - MOST_NAMED:,} more"))
        lines += [Content.styled(clean(self._consequence), "$warning"), Content("")]
        for key in self.app.key_table["confirm"]:  # type: ignore[attr-defined]
            first = key.written.split(" ")[0]
            lines.append(Content.assemble((f" {first} ", "bold $accent"), (f"{key.label:<8}", "bold"), key.help))
        with Vertical(classes="box"):
            yield Static(Content("\n").join(lines), markup=False)

    def action_answer(self, yes: bool) -> None:
        """Close with the answer."""
        self.dismiss(yes)
