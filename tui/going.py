"""How one gets from one screen to another. Each is imported when it is first wanted: no first frame waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from textual import work
from textual.app import App

from engine.errors import DialtuneError
from engine.runs.folder import RunFolder
from engine.runs.workspace import DEFAULT, Workspace
from tui.outline import size_of
from tui.screens.base import RunScreen
from tui.screens.runs import RunsScreen
from tui.text import clean

if TYPE_CHECKING:
    from engine.spec import RunSpec
    from tui.bench import Bench
    from tui.bench import Draft as Asked
    from tui.draft import Draft
    from tui.drafting import Drafting
    from tui.session import Session

MOST_COMPARED = 6
"""Runs compared when none is marked; more columns than this say little."""


class Going(App[int]):
    """The part of the application that opens screens."""

    workspace: Workspace
    session: Session

    def folder(self, name: str) -> RunFolder:
        """The run folder called ``name``."""
        return RunFolder(self.workspace.path / name)

    def open_again(self, last: Session) -> None:
        """The screen on which ``last`` ended; the runs where what it showed is gone."""
        if last.screen == "live" and last.runs and (self.folder(last.runs[0]).path / "spec.toml").is_file():
            self.open_live(last.runs[0])
        elif last.screen == "explore":
            there = [name for name in last.runs if size_of(self.folder(name).predictions_path)]
            if there:
                self.open_explore(there[::-1])  # which it turns round
        elif last.screen == "board":
            self.open_board([name for name in last.runs if size_of(self.folder(name).path / "scores.json")])
        elif last.screen == "data":
            self._look_again(last)
        elif last.screen == "playground":
            self.open_playground()

    def _go(self, screen: RunScreen) -> None:
        if isinstance(self.screen, type(screen)):
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def action_help(self) -> None:
        """Every key, this screen's first."""
        from tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(getattr(self.screen, "SCOPE", "")))

    # -- runs, live, explore ------------------------------------------------------------------

    @property
    def runs_screen(self) -> RunsScreen:
        """The screen that lies under all others."""
        first = self.screen_stack[0]
        assert isinstance(first, RunsScreen)
        return first

    def open_runs(self) -> None:
        """Back to the runs."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def action_go_runs(self) -> None:
        """To the runs, wherever one is; what was still to open stays shut."""
        self.workers.cancel_group(self, "go")
        self.open_runs()

    def open_live(self, name: str) -> None:
        """A run's live screen, in place of another's."""
        from tui.screens.live import LiveScreen

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
    async def open_explore(self, names: Sequence[str], dialogue: str = "") -> None:
        """Compare the summaries of the runs ``names``; of the newest that have some, when there are none.

        ``dialogue``: the key (:meth:`engine.results.rows.store.Rows.key`) of the one that the cursor starts on.
        """
        runs = [self.folder(name) for name in names] or await asyncio.to_thread(self.workspace.runs, archived=False)
        runs = [run for run in runs if size_of(run.predictions_path)]
        if not runs:
            self.notify("No run has summaries yet: a run decodes the test split at its end.", severity="warning")
            return
        if not names and len(runs) > MOST_COMPARED:
            self.notify(f"The newest {MOST_COMPARED} of {len(runs)} runs. Mark runs with Space to choose.")
            runs = runs[:MOST_COMPARED]
        from tui.screens.explore import ExploreScreen

        screen = ExploreScreen(list(reversed(runs)))  # oldest first: a baseline stands on the left
        screen.wanted = dialogue
        self._go(screen)

    def action_go_explore(self) -> None:
        """To the summaries side by side: those compared last, or of the marked runs, or of all."""
        places = [at for at, screen in enumerate(self.screen_stack) if getattr(screen, "SCOPE", "") == "explore"]
        if not places:
            self.open_explore(self.runs_screen.marked)
            return
        while len(self.screen_stack) > places[-1] + 1:
            self.pop_screen()

    # -- the board ----------------------------------------------------------------------------

    @work(exclusive=True, group="go")
    async def open_board(self, names: Sequence[str]) -> None:
        """Compare the runs ``names`` as a whole, in that order; the newest with scores, when there are none."""
        from tui.screens.board import BoardScreen

        self._go(BoardScreen(names))

    def action_go_board(self) -> None:
        """To the board as it was left, or of the runs compared dialogue by dialogue, or of the marked ones, or all."""
        places = [at for at, screen in enumerate(self.screen_stack) if getattr(screen, "SCOPE", "") == "board"]
        if places:
            while len(self.screen_stack) > places[-1] + 1:
                self.pop_screen()
        elif getattr(self.screen, "SCOPE", "") == "explore":
            self.open_board(getattr(self.screen, "shown_runs", ()))
        else:
            self.open_board(self.runs_screen.marked[::-1])  # oldest first: a baseline stands on top

    # -- a new run ----------------------------------------------------------------------------

    @cached_property
    def drafting(self) -> Drafting:
        """What the New run screen keeps."""
        from tui.drafting import Drafting

        return Drafting(self.workspace)

    @work(exclusive=True, group="go")
    async def open_new(
        self, preset: str | None = None, run: str | None = None, changes: Mapping[str, Any] | None = None
    ) -> None:
        """The draft of a new run: the one there is, or one that starts from a preset or a run.

        ``changes`` are values by dotted name, laid over it.
        """
        from tui.draft import of_preset
        from tui.screens.ask import ConfirmScreen

        draft = None
        try:
            if preset is not None:
                draft = of_preset(preset)
            elif run is not None:
                draft = await asyncio.to_thread(self.drafting.from_run, run)
        except DialtuneError as error:
            self.notify(clean(error), severity="error", markup=False)
            return
        before = self.drafting.draft
        asks = draft is not None
        for key, value in (changes or {}).items():
            draft = (draft or self.drafting.now).put(key, value)
        if not asks or draft is None or before is None or not before.changes:
            self._show_new(draft)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._show_new(draft)

        lost = [f"{key} = {before.text(key)}" for key in before.changes]
        question = f"Start anew from {draft.origin}?"
        self.push_screen(ConfirmScreen(question, lost, f"These changes to {before.origin} are lost."), answered)

    def _show_new(self, draft: Draft | None) -> None:
        from tui.screens.new import NewScreen

        if draft is not None:
            self.drafting.draft = draft
        if isinstance(self.screen, NewScreen):
            self.screen.take(self.drafting.now)
        else:
            self.push_screen(NewScreen())

    def action_new(self) -> None:
        """The draft of a new run."""
        if getattr(self.screen, "SCOPE", "") != "new":
            self.open_new()

    # -- data ---------------------------------------------------------------------------------

    @work(exclusive=True, group="go")
    async def open_data(self, asked: RunFolder | RunSpec | str) -> None:
        """Look at the data of a run, of a spec, or of a source."""
        from tui.screens.data import DataScreen

        self._go(DataScreen(asked))

    def action_data(self) -> None:
        """The data of the run on the screen or under its cursor; else those looked at last; else the built-in ones."""
        screen = self.screen
        run = getattr(screen, "run", None)
        if isinstance(screen, RunsScreen) and screen.current is not None:
            self.open_data(self.folder(screen.current.name))
        elif isinstance(run, RunFolder):
            self.open_data(run)
        elif self.session.screen != "data":
            self._look_again(self.session)

    def _look_again(self, last: Session) -> None:
        """The data on the screen when ``last`` was kept, or those looked at last before that."""
        run = self.folder(last.runs[0]) if last.screen == "data" and last.runs else None
        if run is not None and (run.path / "spec.toml").is_file():
            self.open_data(run)
        else:
            self.open_data(last.source or "builtin")

    # -- import -------------------------------------------------------------------------------

    def open_import(self, source: str = "") -> None:
        """Import summaries of ``source``; of the data looked at last without one."""
        from tui.screens.importing import ImportScreen

        self._go(ImportScreen(source or self.session.source or "builtin"))

    # -- playground ---------------------------------------------------------------------------

    @cached_property
    def bench(self) -> Bench:
        """What the playground keeps, its loaded models among it."""
        from tui.bench import Bench

        return Bench()

    @work(exclusive=True, group="go")
    async def open_playground(self, names: Sequence[str] = (), draft: Asked | None = None) -> None:
        """The playground: with the runs ``names`` to ask, else the models chosen last; with ``draft`` to ask about."""
        from tui.bench import MOST_MODELS, remembered, run_model
        from tui.screens.playground import PlaygroundScreen

        if names:
            runs = [self.folder(name) for name in names]
            imported = await asyncio.to_thread(lambda: [run.name for run in runs if run.imported])
            runs = [run for run in runs if run.name not in imported][:MOST_MODELS]
            if imported:
                which = clean(", ".join(imported))
                told = f"{which}: the summaries were imported, so there is no model to ask."
                self.notify(told, severity="warning", markup=False)
            if not runs:
                return
            self.bench.models = await asyncio.to_thread(lambda: [run_model(run) for run in runs])
        elif not self.bench.models:
            self.bench.models = await asyncio.to_thread(remembered, self.workspace, self.session.models)
        self.session = replace(self.session, models=tuple(model.key for model in self.bench.models))
        if draft is not None:
            self.bench.draft = draft
        self._go(PlaygroundScreen(self.bench))

    def action_playground(self) -> None:
        """The playground as it was left."""
        if getattr(self.screen, "SCOPE", "") != "playground":
            self.open_playground()

    def on_unmount(self) -> None:
        """The playground's models go with the terminal."""
        if "bench" in self.__dict__:
            self.bench.close()

    @property
    def where(self) -> list[str]:
        """What a command needs to find this workspace."""
        place = self.workspace.path
        return [] if place == DEFAULT else ["--workspace", str(place)]
