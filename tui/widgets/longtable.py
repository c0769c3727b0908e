"""A table of many thousand rows: only the lines on screen are ever drawn, so it fills and scrolls at once.

Textual's DataTable measures every cell of every row when it is filled, which takes seconds at this size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import keys

GAP = 2
"""Cells between two columns."""

Cells = Callable[[Any], Sequence[Text]]


@dataclass(frozen=True)
class Head:
    """A column: its label and its width in cells; ``right`` puts the label to the right, over figures."""

    label: str
    width: int
    right: bool = False


class LongTable(ScrollView, can_focus=True):
    """Rows of ``Text`` under a row cursor; what a row's cells are is asked when it comes into sight."""

    BINDINGS = keys.bindings("table")
    COMPONENT_CLASSES = {"long-table--head", "long-table--pinned", "long-table--cursor"}  # noqa: RUF012 - Textual's own declaration
    ALLOW_SELECT = False
    DEFAULT_CSS = """
    LongTable { background: $background; color: $foreground; scrollbar-size: 1 1; scrollbar-gutter: stable; }
    LongTable > .long-table--head { background: $panel; color: $foreground; text-style: bold; }
    LongTable > .long-table--pinned { background: $surface; color: $foreground; }
    LongTable > .long-table--cursor { background: $cursor-blurred; text-style: bold; }
    LongTable:focus > .long-table--cursor { background: $cursor; text-style: bold; }
    """

    cursor: reactive[int] = reactive(0, init=False)
    """Place of the row under the cursor."""

    class Moved(Message):
        """Another row is under the cursor, or there are other rows."""

        def __init__(self, table: LongTable) -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> LongTable:
            """The table, for selectors."""
            return self.table

    class Chosen(Moved):
        """The row under the cursor was clicked once more."""

    def __init__(self, cells: Cells, id: str) -> None:
        super().__init__(id=id)
        self._cells = cells
        self.heads: Sequence[Head] = ()
        self.rows: Sequence[Any] = ()
        self._fixed = 0
        self._pinned: Sequence[Sequence[Text]] = ()

    @property
    def current(self) -> Any:
        """The row under the cursor; None in an empty table."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def head(self, heads: Sequence[Head], fixed: int = 0) -> None:
        """Show these columns; the first ``fixed`` of them stay where they are when the others scroll."""
        self.heads, self._fixed = heads, sum(head.width + GAP for head in heads[:fixed])
        self._measure()

    def pin(self, lines: Sequence[Sequence[Text]]) -> None:
        """Keep these lines of cells in view below the head: what is true of all rows."""
        moved = len(lines) != len(self._pinned)
        self._pinned = lines
        if moved:
            self._measure()
        self.refresh()

    def show(self, rows: Sequence[Any], place: int | None = None) -> None:
        """Show exactly ``rows``; the cursor stays on its row if that is still there (equal, not only alike).

        Who knows where the cursor belongs says so with ``place``: looking for it takes long among very many rows.
        """
        at, self.rows = self.current, rows
        if place is None and at is not None:
            place = next((place for place, row in enumerate(rows) if row is at), None)
        self._measure()
        self.set_reactive(LongTable.cursor, max(0, min(self.cursor if place is None else place, len(rows) - 1)))
        self._into_sight()
        self.refresh()
        self.post_message(self.Moved(self))

    def _measure(self) -> None:
        width = sum(head.width + GAP for head in self.heads)
        self.virtual_size = Size(width, len(self.rows) + self._top)
        self.refresh()

    @property
    def _top(self) -> int:
        """Lines that do not scroll: the head and what is pinned below it."""
        return 1 + len(self._pinned)

    # -- the cursor -------------------------------------------------------------------------------

    def validate_cursor(self, place: int) -> int:
        """Within the rows."""
        return max(0, min(place, len(self.rows) - 1))

    def watch_cursor(self, _before: int, _now: int) -> None:
        """Draw it where it is now."""
        self._into_sight()
        self.refresh()
        self.post_message(self.Moved(self))

    @property
    def _page(self) -> int:
        return max(self.scrollable_content_region.height - self._top, 1)

    def _into_sight(self) -> None:
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + self._page:
            self.scroll_to(y=self.cursor - self._page + 1, animate=False, force=True)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._into_sight()

    def action_cursor_down(self) -> None:
        """One row down."""
        self.cursor += 1

    def action_cursor_up(self) -> None:
        """One row up."""
        self.cursor -= 1

    def action_page_down(self) -> None:
        """One page down."""
        self.cursor += self._page

    def action_page_up(self) -> None:
        """One page up."""
        self.cursor -= self._page

    def action_scroll_top(self) -> None:
        """To the first row."""
        self.cursor = 0

    def action_scroll_bottom(self) -> None:
        """To the last row."""
        self.cursor = len(self.rows) - 1

    def action_cursor_left(self) -> None:
        """To the left."""
        self.scroll_relative(x=-8, animate=False)

    def action_cursor_right(self) -> None:
        """To the right."""
        self.scroll_relative(x=8, animate=False)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; on the cursor's own row, choose it."""
        place = self.scroll_offset.y + event.y - self._top
        if event.y < self._top or place >= len(self.rows):
            return
        if place == self.cursor:
            self.post_message(self.Chosen(self))
        self.cursor = place

    # -- drawing ----------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """The head's line, or a row's."""
        left, top = self.scroll_offset
        width, base = self.size.width, self.rich_style
        if y == 0:
            style = base + self.get_component_rich_style("long-table--head")
            labels = [Text(head.label.rjust(head.width) if head.right else head.label, end="") for head in self.heads]
            return self._strip(labels, style, left, width)
        if y < self._top:
            return self._strip(
                self._pinned[y - 1], base + self.get_component_rich_style("long-table--pinned"), left, width
            )
        place = top + y - self._top
        if place >= len(self.rows):
            return Strip.blank(width, base)
        style = base + self.get_component_rich_style("long-table--cursor") if place == self.cursor else base
        return self._strip(self._cells(self.rows[place]), style, left, width)

    def _strip(self, cells: Sequence[Text], style: Style, left: int, width: int) -> Strip:
        segments: list[Segment] = []
        for head, cell in zip(self.heads, cells, strict=True):
            room = head.width
            for segment in cell.render(self.app.console):
                text = segment.text if cell_len(segment.text) <= room else set_cell_size(segment.text, room)
                room -= cell_len(text)
                segments.append(Segment(text, segment.style))
            segments.append(Segment(" " * (room + GAP)))
        strip = Strip(Segment.apply_style(segments, style))
        if not left or not self._fixed:
            return strip.crop_extend(left, left + width, style)
        fixed = min(self._fixed, width)
        return Strip.join((strip.crop(0, fixed), strip.crop_extend(fixed + left, left + width, style)))
