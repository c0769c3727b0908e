"""The tail of the worker's log."""

from __future__ import annotations

from textual.events import Resize
from textual.widgets import RichLog

from tui import keys
from tui.feed import LOG_LINES, RunSnapshot
from tui.text import plain
from tui.widgets.pane import Scrolling


class Log(Scrolling, RichLog):
    """Appends what is new in each snapshot; follows the end until one scrolls up."""

    BINDINGS = keys.bindings("table")

    def __init__(self, id: str) -> None:
        super().__init__(id=id, max_lines=LOG_LINES, wrap=False, markup=False, highlight=False, min_width=1)
        self.add_class("pane")
        self.border_title = "worker.log"
        self._end = 0
        self._following = True

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling away from the end stops following it, scrolling back takes it up again."""
        super().watch_scroll_y(old_value, new_value)
        self._following = self.is_vertical_scroll_end

    def on_resize(self, event: Resize) -> None:
        """A log that was at its end stays there when its pane shrinks."""
        if self._following:
            self.scroll_end(animate=False)

    @property
    def text(self) -> str:
        """The lines that it holds."""
        return "\n".join(line.text.rstrip() for line in self.lines)

    def show(self, snapshot: RunSnapshot) -> None:
        """Append the lines of the snapshot's log that are not here yet."""
        new = min(snapshot.log_end - self._end, len(snapshot.log))
        if new > 0:
            for line in snapshot.log[-new:]:
                self.write(plain(line), scroll_end=self._following, animate=False)
            self._end = snapshot.log_end
