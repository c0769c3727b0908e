"""Every dialogue of a data set, or its duplicates, in a table to filter and sort; below it the one under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from engine.data.columns import SplitName
from engine.data.leakage import Leakage, Pair
from tui import dataset as sets
from tui import format as fmt
from tui.dataset import Choice, Dataset, Order, Row
from tui.text import fit
from tui.widgets import examples
from tui.widgets.dialogue import dialogue
from tui.widgets.filter import Filter
from tui.widgets.longtable import LongTable
from tui.widgets.pane import Pane

SETTLE_SECONDS = 0.03
"""The dialogue is laid out once the cursor has rested this long, so that held keys stay smooth."""
Listed = Literal["dialogues", "duplicates"]


class Browser(Vertical):
    """The table that is listed has the id ``dialogues`` or ``duplicates``."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.data: Dataset | None = None
        self.leakage: Leakage | None = None
        self.listed: Listed = "dialogues"
        self.choice = Choice()
        self._order: dict[Listed, tuple[int, bool]] = {"dialogues": (0, False), "duplicates": (0, False)}
        self._filled: tuple[object, ...] = ()
        self._pending: Timer | None = None

    def compose(self) -> ComposeResult:
        """What was chosen, the tables, the filter, the reader."""
        yield Static(id="chosen", markup=False)
        yield LongTable(self._pair_cells, "duplicates")
        yield LongTable(self._row_cells, "dialogues")
        yield Filter("words in id, topic, dialogue or summary; Enter, Esc")
        with Horizontal(id="reader"):
            yield Pane("dialogue", "one", "No dialogue")
            yield Pane("references", "two", "No references")

    @property
    def table(self) -> LongTable:
        """The one listed."""
        return self.query_one(f"#{self.listed}", LongTable)

    @property
    def current(self) -> Row | Pair | None:
        """What is under the cursor."""
        found: Row | Pair | None = self.table.current
        return found

    @property
    def rows(self) -> Sequence[Row | Pair]:
        """What is listed."""
        return self.table.rows

    def show(self, data: Dataset | None, leakage: Leakage | None) -> None:
        """Browse these, with columns to the width there is."""
        self.data, self.leakage = data, leakage
        for name, heads in (("dialogues", examples.row_heads), ("duplicates", examples.pair_heads)):
            table = self.query_one(f"#{name}", LongTable)
            table.head(heads(max(table.scrollable_content_region.width, 60)))
        self._fill()

    def turn_to(self, listed: Listed) -> None:
        """List dialogues or duplicates."""
        self.listed = listed
        self.screen.set_class(listed == "duplicates", "-pairs")
        self._fill()

    def choose(self, choice: Choice) -> None:
        """List only what is of the choice."""
        self.choice = choice
        self._fill()

    def next_split(self) -> SplitName | None:
        """List the next split only, or all again; the split."""
        there: list[SplitName | None] = [None, *(facts.split for facts in self.data.facts)] if self.data else [None]
        at = there.index(self.choice.split) if self.choice.split in there else -1
        self.choose(replace(self.choice, split=there[(at + 1) % len(there)]))
        return self.choice.split

    def sort(self, on: int) -> None:
        """By the column ``on`` places further."""
        at, _ = self._order[self.listed]
        self._order[self.listed] = ((at + on) % len(self._orders()), False)
        self._fill()

    def reverse(self) -> None:
        """The other way round."""
        at, reverse = self._order[self.listed]
        self._order[self.listed] = (at, not reverse)
        self._fill()

    def _orders(self) -> list[Order]:
        if self.listed == "dialogues" or self.data is None:
            return sets.row_orders(self.leakage)
        return sets.pair_orders(self.data)

    def _fill(self) -> None:
        at, reverse = self._order[self.listed]
        wanted = (self.data, self.leakage, self.listed, self.choice, at, reverse)
        if wanted == self._filled:
            return
        self._filled = wanted
        label, order = self._orders()[at]
        rows: list[Row] | list[Pair] = []
        if self.data is not None:
            listed = self.choice.pairs if self.listed == "duplicates" else self.choice.rows
            rows = listed(self.data, self.leakage)
        if at:
            rows.sort(key=order, reverse=reverse)
        elif reverse:
            rows.reverse()
        self.table.show(rows)
        parts = [fmt.count(len(rows), "pair" if self.listed == "duplicates" else "dialogue")]
        parts += [f"{self.choice.split} split"] if self.choice.split else []
        parts += ["in more than one split"] if self.choice.leaked else []
        parts += [f"with “{fit(' '.join(self.choice.words), 24)}”"] if self.choice.words else []
        parts.append(f"by {label} {'↓' if reverse else '↑'}")
        self.query_one("#chosen", Static).update(Content(", ".join(parts)))

    def _row_cells(self, row: Row) -> list[Text]:
        heads = self.query_one("#dialogues", LongTable).heads
        return examples.row_cells(row, heads, self.leakage, self.app.theme_variables)

    def _pair_cells(self, pair: Pair) -> list[Text]:
        assert self.data is not None
        heads = self.query_one("#duplicates", LongTable).heads
        return examples.pair_cells(pair, heads, self.data, self.app.theme_variables)

    # -- the reader -------------------------------------------------------------------------------

    @on(LongTable.Moved)
    def _detail_soon(self) -> None:
        if self._pending is not None:
            self._pending.stop()
        self._pending = self.set_timer(SETTLE_SECONDS, self._detail)

    def _detail(self) -> None:
        one, two = self.query_one("#one", Pane), self.query_one("#two", Pane)
        current = self.current
        two.border_subtitle = ""
        if self.data is None or current is None:
            one.border_title, two.border_title = "dialogue", "references"
            one.show([], top=True)
            two.show([], top=True)
        elif isinstance(current, Pair):
            left, right = self.data.row(current.left), self.data.row(current.right)
            for pane, row, other in ((one, left, right), (two, right, left)):
                pane.border_title = examples.heading(row)
                pane.show(examples.side(row, other), top=True)
            two.border_subtitle = f"{examples.alike(current)} alike"
        else:
            one.border_title, two.border_title = examples.heading(current), "references"
            one.show(dialogue(current.example.dialogue), top=True)
            two.show(examples.beside(current, self.leakage), top=True)

    def read(self) -> None:
        """Give the reader the whole screen, or the table back."""
        self.screen.toggle_class("-reading")
        (self.query_one("#one") if self.reading else self.table).focus()

    @property
    def reading(self) -> bool:
        """Whether the reader has the whole screen."""
        return self.screen.has_class("-reading")

    def scroll_reader(self, lines: int) -> None:
        """Scroll both its panes."""
        for pane in self.query("#reader Pane").results(Pane):
            pane.scroll_relative(y=lines, animate=False)

    def text(self) -> str:
        """What is under the cursor, as text: an example, or two that are alike."""
        current = self.current
        if self.data is None or current is None:
            return ""
        places = (current.left, current.right) if isinstance(current, Pair) else (current.place,)
        parts: list[Content] = []
        for place in places:
            row = self.data.row(place)
            parts += [Content("")] if parts else []
            parts += [examples.heading(row), *dialogue(row.example.dialogue)]
            parts += [Content(f"reference: {reference}") for reference in row.example.references]
        return "\n".join(part.plain for part in parts)
