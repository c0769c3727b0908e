"""Every key, from the key table."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen

from tui import format as fmt
from tui import keymap, keys
from tui.text import clean
from tui.widgets.pane import Pane

_NOTES = (
    "Runs work in processes of their own. Quitting, closing the terminal or losing the connection leaves them",
    "running; open the workspace again and they are there. ROUGE figures are ×100, of each reference on its",
    "own, then averaged.",
)


class HelpScreen(ModalScreen[None]):
    """The keys of the screen one came from first, then those of every other."""

    BINDINGS = keys.bindings("help")
    CSS_PATH = "modal.tcss"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self._scope = scope
        self._ids = False

    def compose(self) -> ComposeResult:
        """One pane that scrolls."""
        pane = Pane("Keys", "keys")
        pane.border_subtitle = "j k scroll · i names for keys.toml · Esc closes"
        yield pane

    def on_mount(self) -> None:
        """Fill it."""
        self._fill()
        self.query_one(Pane).focus()

    def action_ids(self) -> None:
        """Name each action as ``keys.toml`` does, or explain it again."""
        self._ids = not self._ids
        self._fill()

    def _fill(self) -> None:
        table = self.app.key_table  # type: ignore[attr-defined]
        first = keys.scopes(self._scope)
        order = (*first, *(scope for scope in table if scope not in first))
        lines: list[Content] = []
        if self._ids:
            lines += [Content.styled(f'Other keys: a line like "runs.stop" = "X" in {clean(keymap.path())}', "$label")]
        for scope in order:
            lines.append(Content.styled(keys.TITLES[scope], "bold $primary"))
            lines += [
                Content.assemble(
                    (f"  {key.written:<12}", "bold $accent"), (f"{key.label:<18}", "bold"),
                    (key.id, "$label") if self._ids else key.help,
                )
                for key in table[scope]
            ]  # fmt: skip
            lines.append(Content(""))
        lines.append(Content.styled("States", "bold $primary"))
        marks = [(f"  {mark.glyph} {mark.word}", f"${mark.style}") for mark in fmt.STATES.values()]
        lines += [Content.assemble(*marks), Content(""), Content.styled(" ".join(_NOTES), "$label")]
        self.query_one(Pane).show(lines)

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss()
