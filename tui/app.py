"""The application: themes, screens and how one gets from one to another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from textual import work
from textual.app import App
from textual.screen import Screen

from engine.runs.folder import RunFolder
from engine.runs.workspace import DEFAULT, Workspace
from tui import bench, keymap, keys, session, themes
from tui.bench import Bench, Draft
from tui.feed import size_of
from tui.palette import Places
from tui.screens.base import RunScreen
from tui.screens.explore import ExploreScreen
from tui.screens.help import HelpScreen
from tui.screens.live import LiveScreen
from tui.screens.playground import PlaygroundScreen
from tui.screens.runs import RunsScreen
from tui.terminal import tell

MOST_COMPARED = 6
"""Runs compared when none is marked; more columns than this say little."""


class DialtuneApp(App[int]):
    """The terminal on one workspace."""

    TITLE = "dialtune"
    BINDINGS = keys.bindings("app")
    CSS_PATH = "screens/runs.tcss"  # Textual reads no CSS_PATH of a default screen
    COMMANDS = {Places}  # noqa: RUF012 - Textual's own declaration

    def __init__(self, workspace: Workspace, start: str | None = None, clock: Callable[[], float] = time.time) -> None:
        """``start``: the name of a run to open live at once; ``clock``: seconds since the epoch."""
        self._defaults: dict[str, str] = {}
        super().__init__()
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
        self.bench = Bench()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """A colour for each of our roles, whatever the theme."""
        return themes.role_defaults(self.current_theme)

    def get_default_screen(self) -> Screen[None]:
        """The runs."""
        return RunsScreen()

    def on_mount(self) -> None:
        """Open the run that was asked for; say what is wrong with a theme or a key."""
        last = self.session
        if self._start is not None:
            self.push_screen(LiveScreen(self.folder(self._start)))
        elif last.screen == "live" and last.runs and (self.folder(last.runs[0]).path / "spec.toml").is_file():
            self.push_screen(LiveScreen(self.folder(last.runs[0])))
        elif last.screen == "explore":
            there = [name for name in last.runs if size_of(self.folder(name).predictions_path)]
            if there:
                self.open_explore(there)
        elif last.screen == "playground":
            self.open_playground()
        self.set_keymap(self._own_keys)
        for notice in self._theme_notices + self._key_notices:
            self.notify(notice, severity="warning", markup=False)

    def remember(self, **changes: Any) -> None:
        """Note where one is, for the next time."""
        self.session = replace(self.session, **changes)

    def folder(self, name: str) -> RunFolder:
        """The run folder called ``name``."""
        return RunFolder(self.workspace.path / name)

    def open_runs(self) -> None:
        """Back to the runs."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def open_live(self, name: str) -> None:
        """A run's live screen, in place of another's."""
        self._go(LiveScreen(self.folder(name)))

    @work(exclusive=True, group="go")
    async def open_neighbour(self, name: str, step: int) -> None:
        """The live screen of the run ``step`` places after ``name``, newest first."""
        names = await asyncio.to_thread(lambda: [run.name for run in self.workspace.runs()])
        place = names.index(name) + step if name in names else -1
        if 0 <= place < len(names):
            self.open_live(names[place])
        else:
            self.notify("There is no newer run." if step < 0 else "There is no older run.")

    @work(exclusive=True, group="go")
    async def open_explore(self, names: Sequence[str]) -> None:
        """Compare the summaries of the runs ``names``; of the newest that have some, when there are none."""
        runs = [self.folder(name) for name in names] or await asyncio.to_thread(self.workspace.runs, archived=False)
        runs = [run for run in runs if size_of(run.predictions_path)]
        if not runs:
            self.notify("No run has summaries yet: a run decodes the test split at its end.", severity="warning")
            return
        if not names and len(runs) > MOST_COMPARED:
            self.notify(f"The newest {MOST_COMPARED} of {len(runs)} runs. Mark runs with Space to choose.")
            runs = runs[:MOST_COMPARED]
        self._go(ExploreScreen(list(reversed(runs))))  # oldest first: a baseline stands on the left

    @work(exclusive=True, group="go")
    async def open_playground(self, names: Sequence[str] = (), draft: Draft | None = None) -> None:
        """The playground: with the runs ``names`` to ask, else the models chosen last; with ``draft`` to ask about."""
        if names:
            self.bench.models = await asyncio.to_thread(lambda: [bench.run_model(self.folder(name)) for name in names])
        elif not self.bench.models:
            self.bench.models = await asyncio.to_thread(bench.remembered, self.workspace, self.session.models)
        self.remember(models=tuple(model.key for model in self.bench.models))
        if draft is not None:
            self.bench.draft = draft
        self._go(PlaygroundScreen(self.bench))

    def action_playground(self) -> None:
        """The playground as it was left."""
        if not isinstance(self.screen, PlaygroundScreen):
            self.open_playground()

    def on_unmount(self) -> None:
        """The playground's models go with the terminal."""
        self.bench.close()

    @property
    def where(self) -> list[str]:
        """What a command needs to find this workspace."""
        place = self.workspace.path
        return [] if place == DEFAULT else ["--workspace", str(place)]

    def _go(self, screen: RunScreen) -> None:
        if isinstance(self.screen, type(screen)):
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def action_help(self) -> None:
        """Every key, this screen's first."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen.SCOPE if isinstance(self.screen, RunScreen) else ""))

    def choose_theme(self, name: str) -> None:
        """Take a theme, now and next time."""
        self.theme = name
        self.run_worker(partial(themes.remember, name), thread=True)

    def action_next_theme(self) -> None:
        """The next of dialtune's own and the user's themes."""
        place = self._own_themes.index(self.theme) if self.theme in self._own_themes else -1
        self.choose_theme(self._own_themes[(place + 1) % len(self._own_themes)])
        self.notify(f"Theme {self.theme}", timeout=2, markup=False)


def run(workspace: Path, start: str | None = None) -> int:
    """Open the terminal on ``workspace``, with the run ``start`` on screen where one is named; the exit code.

    Runs go on when it ends. Raises WorkspaceError when there is no run called ``start``.
    """
    place = Workspace(workspace)
    if start is not None:
        place.open(start)
    app = DialtuneApp(place, start)
    try:
        code = app.run()
    finally:
        session.save(place.path, app.session)
    alive = [run.name for run in place.runs() if run.status().state == "running"]
    if alive:
        some = f"{alive[0]} goes" if len(alive) == 1 else f"{len(alive)} runs go"
        tell(f"{some} on without the terminal: `dialtune` shows it again, `dialtune stop {alive[0]}` ends it.")
    return code if isinstance(code, int) else 0
