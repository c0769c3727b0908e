"""A line to type words into: rows that lack one of them are left out."""

from __future__ import annotations

from textual import on
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from tui.text import clean

SETTLE_SECONDS = 0.12
"""The words are taken once nothing was typed for this long."""


class Filter(Input):
    """Hidden until opened, and again when it is left empty."""

    DEFAULT_CSS = """
    Filter, Filter:focus { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    Filter.-open { display: block; }
    """

    class Words(Message):
        """The words now, case folded; ``done`` when the table may have the focus again."""

        def __init__(self, words: list[str], done: bool) -> None:
            super().__init__()
            self.words, self.done = words, done

    def __init__(self, placeholder: str, id: str = "filter") -> None:
        super().__init__(placeholder=placeholder, id=id)
        self._pending: Timer | None = None
        self.words: list[str] = []

    def open(self) -> None:
        """Show it and type into it."""
        self.add_class("-open")
        self.focus()

    def restore(self, words: str) -> None:
        """Take ``words`` as if they had been typed, without the focus."""
        if words:
            self.value = words
            self._take(done=True)

    def empty(self) -> bool:
        """Forget the words and hide; whether there was anything to forget."""
        there = self.has_class("-open") or bool(self.words)
        if there:
            self.value = ""
            self._take(done=True)
        return there

    @on(Input.Changed)
    def _soon(self, event: Input.Changed) -> None:
        event.stop()
        if self._pending is not None:
            self._pending.stop()
        self._pending = self.set_timer(SETTLE_SECONDS, self._take)

    @on(Input.Submitted)
    def _now(self, event: Input.Submitted) -> None:
        event.stop()
        self._take(done=True)

    def _take(self, done: bool = False) -> None:
        words = clean(self.value).casefold().split()
        if done:
            self.set_class(bool(words), "-open")
        if done or words != self.words:
            self.words = words
            self.post_message(self.Words(words, done))
