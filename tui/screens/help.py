"""Every key, from the key table."""

from __future__ import annotations

import textwrap

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
_INDENT = 32
"""Cells before an action's sentence, whose next lines stand below its first."""


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
        """The keys scroll it."""
        self.query_one(Pane).focus()

    def on_resize(self) -> None:
        """Fill it to the width there is, once it is laid out."""
        self.call_after_refresh(self._fill)

    async def action_quit(self) -> None:
        """As everywhere else."""
        await self.app.action_quit()

    def action_ids(self) -> None:
        """Name each action as ``keys.toml`` does, or explain it again."""
        self._ids = not self._ids
        self._fill()

    def _fill(self) -> None:
        table = self.app.key_table  # type: ignore[attr-defined]
        first = keys.scopes(self._scope)
        order = (*first, *(scope for scope in table if scope not in first))
        lines: list[Content] = []
        room = max(self.query_one(Pane).scrollable_content_region.width - _INDENT, 16)
        if self._ids:
            lines += [Content.styled(f'Other keys: a line like "runs.stop" = "X" in {clean(keymap.path())}', "$label")]
        for scope in order:
            lines.append(Content.styled(keys.TITLES[scope], "bold $primary"))
            for key in table[scope]:
                names = [(f"  {key.written:<12}", "bold $accent"), (f"{key.label:<18}", "bold")]
                first_line, *more = [key.id] if self._ids else textwrap.wrap(key.help, room)
                lines.append(Content.assemble(*names, (first_line, "$label" if self._ids else "")))
                lines += [Content(" " * _INDENT + line) for line in more]
            lines.append(Content(""))
        lines.append(Content.styled("States", "bold $primary"))
        marks = [(f"  {mark.glyph} {mark.word}", f"${mark.style}") for mark in fmt.STATES.values()]
        lines += [Content.assemble(*marks), Content(""), Content.styled(" ".join(_NOTES), "$label")]
        self.query_one(Pane).show(lines)

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss()
