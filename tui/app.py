"""The application: themes, screens and how one gets from one to another."""

from __future__ import annotations

import gc
import importlib
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from engine.errors import DialtuneError
from engine.runs.workspace import Workspace
from tui import keymap, keys, manner, repair, session, themes
from tui.driver import HANG_UP
from tui.going import Going
from tui.manner import Manner
from tui.screens.runs import RunsScreen
from tui.surface import Surface
from tui.terminal import tell
from tui.text import clean

if TYPE_CHECKING:
    from textual.command import Provider

PRELOAD_SECONDS = 1.5
"""When the first frame and a list of 300 runs have long been drawn, the screens they did not wait for are imported."""
LATER = (
    "screens.live", "screens.explore", "screens.help", "palette", "screens.new", "screens.data", "screens.playground",
    "screens.board", "screens.stop", "screens.checkup", "clipboard",
)  # fmt: skip


def _places() -> type[Provider]:
    """The palette's entries, when it is first opened."""
    from tui.palette import Places

    return Places


class DialtuneApp(Going, Surface):
    """The terminal on one workspace."""

    TITLE = "dialtune"
    BINDINGS = keys.bindings("app")
    CSS_PATH = "screens/runs.tcss"  # Textual reads no CSS_PATH of a default screen
    COMMANDS = {_places}  # noqa: RUF012 - Textual's own declaration

    def __init__(
        self,
        workspace: Workspace,
        start: str | None = None,
        clock: Callable[[], float] = time.time,
        treated: Manner = Manner(),  # noqa: B008 - frozen
    ) -> None:
        """``start``: the name of a run to open live at once; ``clock``: seconds since the epoch; ``treated``: how
        the terminal is."""
        self._defaults: dict[str, str] = {}
        super().__init__(treated)
        self.workspace, self.clock = workspace, clock
        self._start = start
        self.session = session.load(workspace.path)
        found, self._theme_notices = themes.load_all()
        for theme in found:
            self.register_theme(theme)
        chosen = themes.remembered()
        self.theme = chosen if chosen in self.available_themes else themes.DEFAULT
        self._own_themes = [theme.name for theme in found]
        self._own_keys, self._key_notices = keymap.load()
        self.key_table = keymap.table(self._own_keys)
        if self.glyphs.level == "ascii":  # an arrow drawn as v would read as the key v
            self.key_table = {scope: tuple(map(keys.spelled, part)) for scope, part in self.key_table.items()}

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """A colour for each of our roles, whatever the theme."""
        return themes.role_defaults(self.current_theme)

    def get_default_screen(self) -> Screen[None]:
        """The runs."""
        return RunsScreen()

    def on_mount(self) -> None:
        """Open the run that was asked for; say what is wrong with a theme or a key."""
        if self._start is not None:
            self.open_live(self._start)
        else:
            self.open_again(self.session)
        self.set_keymap(self._own_keys)
        for notice in self._theme_notices + self._key_notices:
            self.notify(notice, severity="warning", markup=False)
        self.set_timer(PRELOAD_SECONDS, partial(self.run_worker, _preload, thread=True))
        self.set_timer(PRELOAD_SECONDS, partial(self.run_worker, self._pick_up, thread=True))

    def _pick_up(self) -> None:
        """Go on with a queue whose scheduler died, with the machine perhaps."""
        from engine import queue

        try:
            if queue.pick_up(self.workspace.path) is not None:
                self.notify("Runs waited in the queue, and nothing worked on it: it goes on now.")
        except DialtuneError as error:
            self.notify(clean(error), severity="warning", markup=False)

    def suit(self) -> None:
        """Take the terminal's own colours where it has no more than those: a theme's shades would run together."""
        if self.console.color_system not in ("256", "truecolor"):
            self.theme = "ansi"

    def remember(self, **changes: Any) -> None:
        """Note where one is, for the next time."""
        self.session = replace(self.session, **changes)

    @property
    def themes_offered(self) -> list[str]:
        """Dialtune's own and the user's themes, then Textual's."""
        own = self._own_themes
        return [*own, *sorted(name for name in self.available_themes if name not in own)]

    def read_themes(self) -> list[str]:
        """Read the theme files again, in a thread; a notice for each that cannot be used."""
        found, notices = themes.load_all()

        def take() -> None:
            for theme in found:
                self.register_theme(theme)
            self._own_themes = [theme.name for theme in found]

        self.call_from_thread(take)
        return notices

    def action_themes(self) -> None:
        """Choose a theme from a list."""
        from tui.screens.themes import ThemesScreen

        self.push_screen(ThemesScreen())

    def choose_theme(self, name: str) -> None:
        """Take a theme, now and next time."""
        self.theme = name
        self.run_worker(partial(themes.remember, name), thread=True)

    def action_next_theme(self) -> None:
        """The next of dialtune's own and the user's themes."""
        place = self._own_themes.index(self.theme) if self.theme in self._own_themes else -1
        self.choose_theme(self._own_themes[(place + 1) % len(self._own_themes)])
        self.notify(f"Theme {self.theme}", timeout=2, markup=False)


def _preload() -> None:
    for name in LATER:
        importlib.import_module(f"tui.{name}")
    if not gc.isenabled():  # see tui.cli
        gc.freeze()
        gc.enable()


def run(workspace: Path, start: str | None = None) -> int:
    """Open the terminal on ``workspace``, with the run ``start`` on screen where one is named; the exit code.

    Runs go on when it ends. Raises WorkspaceError when there is no run called ``start``.
    """
    place = Workspace(workspace)
    if start is not None:
        place.open(start)
    app = DialtuneApp(place, start, treated=manner.current())
    app.suit()
    try:
        with repair.marked():
            code = app.run()
    finally:
        session.save(place.path, app.session)
    if code == HANG_UP:  # nobody is there to be told anything
        return code
    alive = [run.name for run in place.runs() if run.status().state == "running"]
    if alive:
        some = f"{alive[0]} goes" if len(alive) == 1 else f"{len(alive)} runs go"
        tell(f"{some} on without the terminal: `dialtune` shows it again, `dialtune stop {alive[0]}` ends it.")
    return code if isinstance(code, int) else 0
