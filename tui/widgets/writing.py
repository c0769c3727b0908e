"""A field to write, paste or open a long text in."""

from __future__ import annotations

from textual import events
from textual.widgets import TextArea

from tui import format as fmt
from tui.text import clean

LONGEST = 1_000_000
"""Characters held; a dialogue of so many is many times what any base reads."""
SHOWN = 20_000
"""Characters that can be seen and changed. A field of 200,000 in one line takes seconds for every key."""


class Writing(TextArea):
    """Plain text, wrapped. What comes in is made harmless to look at; :attr:`raw` is what was put in by :meth:`put`."""

    def __init__(self, title: str, id: str, placeholder: str) -> None:
        super().__init__(
            id=id, classes="pane", soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False,
            placeholder=placeholder, tab_behavior="focus",
        )  # fmt: skip
        self.border_title = title
        self._shown = self._rest = self._raw = ""

    def on_unmount(self) -> None:
        """Have the application forget that it watches the theme: Textual does so only when that changes."""
        watchers = getattr(self.app, "__watchers", {}).get("theme", [])
        watchers[:] = [watcher for watcher in watchers if watcher[0] is not self]

    @property
    def raw(self) -> str:
        """The whole text: as it was put in, unless it was changed since."""
        if self.untouched:
            return self._raw
        return self.text + self._rest if self.text else ""  # who empties the field means all of it

    @property
    def untouched(self) -> bool:
        """Whether it still is what was put in."""
        return self.text == self._shown

    @property
    def hidden(self) -> bool:
        """Whether there is more of the text than can be seen."""
        return bool(self._rest and self.text)

    def put(self, text: str) -> None:
        """Hold ``text`` instead; undo brings back what was there to be seen."""
        if len(text) > LONGEST:
            self.app.notify(
                f"{fmt.count(len(text), 'character')} are more than any base reads: the first {LONGEST:,} are kept.",
                severity="warning",
            )
        self._raw = text[:LONGEST]
        safe = clean(self._raw, lines=True)
        self.replace(safe[:SHOWN], (0, 0), self.document.end, maintain_selection_offset=False)
        self._shown, self._rest = self.text, safe[SHOWN:]  # the document may have line ends of its own
        self.move_cursor((0, 0))

    async def _on_paste(self, event: events.Paste) -> None:
        """Insert what was pasted, harmless; what the field cannot show of it is held behind it."""
        event.stop()
        event.prevent_default()  # or TextArea would insert it as it is
        pasted = clean(event.text, lines=True)
        if len(self.text) - len(self.selected_text) + len(pasted) > SHOWN:
            start, end = sorted(self.selection)
            before = self.get_text_range((0, 0), start)
            self.put(before + pasted + self.get_text_range(end, self.document.end) + self._rest)
        elif result := self._replace_via_keyboard(pasted, *self.selection):
            self.move_cursor(result.end_location)
