"""A list of the themes; each shows while the cursor is on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.theme import BUILTIN_THEMES
from textual.timer import Timer
from textual.widgets import DataTable, Static

from tui import format as fmt
from tui import keys, themes
from tui.screens.late import Late
from tui.text import clean, fit, plain
from tui.widgets.table import Table

if TYPE_CHECKING:
    from tui.app import DialtuneApp

SETTLE_SECONDS = 0.04
"""A theme shows once the cursor has rested this long on it, so that held keys stay smooth."""


class ThemesScreen(Late, ModalScreen[None]):
    """Stands on the right, so that the screen behind shows what the theme makes of it."""

    BINDINGS = keys.bindings("themes")
    CSS_PATH = "modal.tcss"

    def __init__(self) -> None:
        super().__init__()
        self._before = ""
        self._pending: Timer | None = None

    @property
    def _terminal(self) -> DialtuneApp:
        return self.app  # type: ignore[return-value]

    def compose(self) -> ComposeResult:
        """The list, a sample of every colour, what is wrong with the user's files, and the keys."""
        with Vertical(classes="box"):
            yield Static(Content.styled("Themes", "bold"), markup=False)
            yield Table(id="themes")
            yield Static(id="sample", markup=False)
            yield Static(id="problems", markup=False)
            yield Static(id="hint", markup=False)

    def on_mount(self) -> None:
        """Show the themes there are; then read their files again, which may have changed."""
        self._before = self.app.theme
        table = self.query_one(Table)
        table.head([("theme", Text("theme"), 16), ("kind", Text("kind"), 5), ("from", Text("from"), 8)])
        self._fill()
        table.go(self._before)
        table.focus()
        words = [(key.written.split(" ")[0], key.label.lower()) for key in self._terminal.key_table["themes"]]
        lines = [Content.assemble((key, "bold $accent"), f" {label}") for key, label in words]
        self.query_one("#hint", Static).update(Content("  ").join(lines))
        self.run_worker(self._read, thread=True)

    def _read(self) -> None:
        notices, users = self._terminal.read_themes(), themes.users()
        self.from_thread(self._fill, notices, users)

    def _fill(self, notices: Sequence[str] = (), users: frozenset[str] = frozenset()) -> None:
        rows = {}
        for name in self._terminal.themes_offered:
            theme = self.app.get_theme(name)
            if theme is None:
                continue
            origin = "yours" if name in users else "Textual" if name in BUILTIN_THEMES else "dialtune"
            kind = "ansi" if theme.ansi else "dark" if theme.dark else "light"
            rows[name] = [plain(fit(name, 16)), plain(kind), plain(origin)]
        self.query_one(Table).show(rows)
        problems = self.query_one("#problems", Static)
        problems.display = bool(notices)
        lines = [Content.styled(f"! {clean(notice)}", "$notice-warning") for notice in notices]
        problems.update(Content("\n").join(lines))
        self._sample()

    def _sample(self) -> None:
        states = [Content.styled(f"{mark.glyph} {mark.word}", f"${mark.style}") for mark in fmt.STATES.values()]
        levels = [Content.styled(f"{mark.glyph} {mark.word}", f"${mark.style}") for mark in fmt.LEVELS.values()]
        speakers = [Content.styled(f"Speaker {n}:", f"bold $speaker-{n}") for n in (1, 2)]
        more = [
            Content.assemble(("━━ ", f"bold ${role}"), (role, f"${role}"))
            for role in ("train", "validation", "best", "reference", "label")
        ]
        lines = [states[:3], states[3:], levels, speakers, more[:3], more[3:]]
        self.query_one("#sample", Static).update(Content("\n").join(Content("  ").join(line) for line in lines))

    @on(DataTable.RowHighlighted)
    def _soon(self) -> None:
        if self._pending is not None:
            self._pending.stop()
        self._pending = self.set_timer(SETTLE_SECONDS, self._preview)

    def _preview(self) -> None:
        name = self.query_one(Table).cursor_key
        if name is not None and name in self.app.available_themes:
            self.app.theme = name

    @on(DataTable.RowSelected)
    def action_keep(self) -> None:
        """Keep the theme under the cursor."""
        if (name := self.query_one(Table).cursor_key) is not None:
            self._terminal.choose_theme(name)
        self._close()

    def action_cancel(self) -> None:
        """Go back to the theme there was."""
        self.app.theme = self._before
        self._close()

    def _close(self) -> None:
        if self._pending is not None:
            self._pending.stop()
        self.dismiss()
