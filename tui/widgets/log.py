"""The tail of the worker's log, and the search in it."""

from __future__ import annotations

from collections import deque

from rich.style import Style
from rich.text import Text
from textual.content import Content
from textual.events import Resize
from textual.widgets import RichLog

from tui import format as fmt
from tui import keys, themes
from tui.feed import LOG_LINES, RunSnapshot
from tui.text import clean, fit
from tui.widgets.pane import Scrolling
from tui.widgets.recoloured import Recoloured

HIT, PRESENT = "● ", "▶ "
"""Before a line with what is searched for, and before the one that the search stands on."""


class Log(Recoloured, Scrolling, RichLog):
    """Appends what is new in each snapshot; follows the end until one scrolls up or searches."""

    BINDINGS = [*keys.bindings("table"), *keys.bindings("log")]  # noqa: RUF012 - Textual's own declaration

    def __init__(self, id: str) -> None:
        super().__init__(id=id, max_lines=LOG_LINES, wrap=False, markup=False, highlight=False, min_width=1)
        self.add_class("pane")
        self.border_title = "worker.log"
        self._end = 0
        self._following = True
        self._kept: deque[str] = deque(maxlen=LOG_LINES)
        self.phrase = ""
        """What is searched for, case folded; empty when nothing is."""
        self._at: int | None = None  # number (since the start) of the line that the search stands on

    def recolour(self) -> None:
        """The hits are in other colours."""
        if self.phrase:
            self._rewrite()

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
        return "\n".join(line.rstrip() for line in self._kept)

    @property
    def hits(self) -> list[int]:
        """Numbers of the lines that hold the phrase, counted from the log's first line ever read."""
        if not self.phrase:
            return []
        first = self._end - len(self._kept)
        return [first + at for at, line in enumerate(self._kept) if self.phrase in line.casefold()]

    def show(self, snapshot: RunSnapshot) -> None:
        """Append the lines of the snapshot's log that are not here yet."""
        new = min(snapshot.log_end - self._end, len(snapshot.log))
        if new <= 0:
            return
        self._end = snapshot.log_end - new
        for line in snapshot.log[-new:]:
            self._kept.append(clean(line))
            self._end += 1
            self.write(self._drawn(self._end - 1), scroll_end=self._following and not self.phrase, animate=False)
        if self.phrase:
            self._count()

    def search(self, phrase: str) -> None:
        """Mark the lines with ``phrase`` (any case) and stand on the last of them; an empty one ends the search."""
        self.phrase = clean(phrase).casefold()
        hits = self.hits
        self._at = hits[-1] if hits else None
        self._rewrite()
        if not self.phrase:
            self.scroll_end(animate=False)
        self.refresh_bindings()

    def action_hit(self, by: int) -> None:
        """To the next (or, with -1, the previous) hit; after the last comes the first."""
        hits = self.hits
        if not hits:
            return
        if self._at in hits:
            self._at = hits[(hits.index(self._at) + by) % len(hits)]
        else:
            self._at = hits[-1]
        self._rewrite()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys between hits are the screen's own while nothing is searched for."""
        return bool(self.phrase) if action == "hit" else True

    def _rewrite(self) -> None:
        """Draw every line anew, and show the one that the search stands on."""
        self.clear()
        first = self._end - len(self._kept)
        for number in range(first, self._end):
            self.write(self._drawn(number), scroll_end=False, animate=False)
        if self._at is not None:
            middle = self._at - first - self.scrollable_content_region.height // 2
            self.scroll_to(y=max(middle, 0), animate=False)
        self._count()

    def _drawn(self, number: int) -> Text:
        """A line as it is drawn; while something is searched for, with a mark of its own before each hit."""
        line = self._kept[number - (self._end - len(self._kept))]
        if not self.phrase:
            return Text(line, no_wrap=True, end="")
        variables = self.app.theme_variables
        hit = self.phrase in line.casefold()
        mark = PRESENT if number == self._at else HIT if hit else "  "
        text = Text(no_wrap=True, end="").append(mark, themes.style(variables, "accent", bold=True)).append(line)
        if hit and len(line.casefold()) == len(line):  # else the places of the two differ
            folded, start = line.casefold(), 0
            style = themes.style(variables, "accent", bold=True) + Style(underline=True)
            while (start := folded.find(self.phrase, start)) >= 0:
                text.stylize(style, len(mark) + start, len(mark) + start + len(self.phrase))
                start += len(self.phrase)
        return text

    def _count(self) -> None:
        hits = self.hits
        if not self.phrase:
            self.border_subtitle = ""
        elif not hits:
            self.border_subtitle = Content(f"no line has “{fit(self.phrase, 20)}”")
        else:
            place = f"{hits.index(self._at) + 1} of " if self._at in hits else ""
            self.border_subtitle = Content(f"{place}{fmt.count(len(hits), 'hit')} for “{fit(self.phrase, 20)}”")
