"""Asks how to stop a run."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import keys
from tui.text import fit


class StopScreen(ModalScreen[str]):
    """Ends with ``keep``, ``discard`` or an empty word."""

    BINDINGS = keys.bindings("stop")
    CSS_PATH = "modal.tcss"

    def __init__(self, run: str) -> None:
        super().__init__()
        self._run = run

    def compose(self) -> ComposeResult:
        """The question, and each key with what it does."""
        lines = [Content.assemble("Stop ", (fit(self._run, 50), "bold"), "?"), Content("")]
        for key in self.app.key_table["stop"]:  # type: ignore[attr-defined]
            first = key.written.split(" ")[0]
            lines.append(Content.assemble((f" {first} ", "bold $accent"), (f"{key.label:<14}", "bold"), key.help))
        with Vertical(classes="box"):
            yield Static(Content("\n").join(lines), markup=False)

    def action_answer(self, answer: str) -> None:
        """Close with the answer."""
        self.dismiss(answer)
