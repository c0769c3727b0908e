"""A field to write, paste or open a long text in."""

from __future__ import annotations

from textual import events
from textual.widgets import TextArea

from tui import format as fmt
from tui.text import clean

LONGEST = 200_000
"""Characters held; a dialogue of so many is many times what any base reads."""


class Writing(TextArea):
    """Plain text, wrapped. What comes in is made harmless to look at; :attr:`raw` is what was put in by :meth:`put`."""

    def __init__(self, title: str, id: str, placeholder: str) -> None:
        super().__init__(
            id=id, classes="pane", soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False,
            placeholder=placeholder, tab_behavior="focus",
        )  # fmt: skip
        self.border_title = title
        self._shown = self._raw = ""

    @property
    def raw(self) -> str:
        """The text: as it was put in, unless it was changed since."""
        return self._raw if self.text == self._shown else self.text

    @property
    def untouched(self) -> bool:
        """Whether it still is what was put in."""
        return self.text == self._shown

    def put(self, text: str) -> None:
        """Hold ``text`` instead; undo brings back what was there."""
        self._raw = self._within(text)
        self._shown = clean(self._raw, lines=True)
        self.replace(self._shown, (0, 0), self.document.end, maintain_selection_offset=False)
        self._shown = self.text  # the document may have line ends of its own
        self.move_cursor((0, 0))

    async def _on_paste(self, event: events.Paste) -> None:
        """Insert what was pasted, harmless and not without end."""
        event.stop()
        event.prevent_default()  # or TextArea would insert it as it is
        room = LONGEST - len(self.text) + len(self.selected_text)
        text = self._within(clean(event.text, lines=True), room)
        if result := self._replace_via_keyboard(text, *self.selection):
            self.move_cursor(result.end_location)

    def _within(self, text: str, room: int = LONGEST) -> str:
        if len(text) <= room:
            return text
        self.app.notify(
            f"{fmt.count(len(text), 'character')} are more than any base reads: the first {max(room, 0):,} are kept.",
            severity="warning",
        )
        return text[: max(room, 0)]
