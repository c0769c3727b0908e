"""A table whose rows are diffed by key, so that the cursor stays on its row, with vim's keys beside the arrows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.text import Text
from textual.widgets import DataTable

from tui import keys

Cells = Sequence[Text]


class Table(DataTable[Text], inherit_bindings=False):
    """Rows of ``Text`` under a row cursor. Cells are ``Text`` only: DataTable would read strings as markup."""

    BINDINGS = keys.bindings("table")
    DEFAULT_CSS = """
    Table > .datatable--cursor, Table:focus > .datatable--cursor {
        background: $cursor;
        color: $foreground;
        text-style: bold;
    }
    Table > .datatable--cursor { background: $cursor-blurred; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, cursor_type="row", zebra_stripes=False, cursor_foreground_priority="renderable")
        self._shown: dict[str, Cells] = {}

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor, None in an empty table."""
        if not 0 <= self.cursor_row < self.row_count:
            return None
        return self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value

    def head(self, columns: Iterable[tuple[str, Text, int | None]]) -> None:
        """Start anew with ``columns``: key, label, width in cells (None: as wide as needed)."""
        self.clear(columns=True)
        self._shown = {}
        for key, label, width in columns:
            self.add_column(label, key=key, width=width)

    def show(self, rows: Mapping[str, Cells]) -> None:
        """Make the table hold exactly ``rows``, in their order; the cursor stays on its row if that is still there."""
        if list(rows) == list(self._shown):
            columns = list(self.columns)
            for key, cells in rows.items():
                for column, before, now in zip(columns, self._shown[key], cells, strict=True):
                    if before != now:  # a width that may have shrunk makes DataTable measure the whole column
                        self.update_cell(key, column, now, update_width=before.cell_len != now.cell_len)
            self._shown = dict(rows)
            return
        at, place, scroll = self.cursor_key, self.cursor_row, self.scroll_offset
        with self.app.batch_update():
            self.clear()
            for key, cells in rows.items():
                self.add_row(*cells, key=key)
            self._shown = dict(rows)
            if at is not None:
                row = self.get_row_index(at) if at in rows else min(place, len(rows) - 1)
                self.move_cursor(row=max(row, 0), animate=False)
                if at in rows and row == place:
                    self.scroll_to(y=scroll.y, animate=False, force=True)

    def go(self, key: str) -> None:
        """Put the cursor on the row ``key``, if there is one."""
        if key in self._shown:
            self.move_cursor(row=self.get_row_index(key), animate=False)
