"""One run, live while it works; afterwards its record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import get_args

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from engine.errors import DialtuneError
from engine.runs.folder import Request, RunFolder
from tui import curves, keys
from tui import format as fmt
from tui.feed import RunFeed, RunSnapshot
from tui.overlays import OverlayFeed
from tui.screens.base import RunScreen
from tui.screens.pick import PickScreen
from tui.text import clean, fit
from tui.tracks import Detail, detail
from tui.widgets import health
from tui.widgets.curve import MOST_RUNS, Curve, Wanted
from tui.widgets.figures import PhaseLine, figures, outcome
from tui.widgets.filter import Filter
from tui.widgets.follower import Follower
from tui.widgets.footer import Footer
from tui.widgets.log import Log
from tui.widgets.pane import Pane
from tui.widgets.resources import Resources
from tui.widgets.title import Title
from tui.widgets.words import Samples, counted, newest, notices

REFRESH_SECONDS = 0.5
PANES = ("log", "samples", "notices", "curve", "resources", "health")


class LiveScreen(RunScreen):
    """Phase, figures, loss curve, memory, log, notices and samples of one run."""

    SCOPE = "live"
    BINDINGS = keys.bindings("live")
    CSS_PATH = "live.tcss"

    snapshot: reactive[RunSnapshot | None] = reactive(None, init=False)
    enlarged: reactive[str] = reactive("", init=False)

    def __init__(self, run: RunFolder) -> None:
        super().__init__()
        self.run = run
        self._overlays = OverlayFeed()
        self._asked: dict[str, Wanted] = {}
        self._vain: set[Wanted] = set()

    def compose(self) -> ComposeResult:
        """Essentials above, words below; the style sheet arranges them to the room there is."""
        yield Title(Content(fit(self.run.name, 60)))
        yield PhaseLine(id="phase", markup=False)
        yield Static(id="outcome", markup=False)
        yield Static(id="figures", markup=False)
        with Horizontal(id="middle"):
            yield Curve()
            yield Resources()
        yield Static(id="readout", classes="-empty", markup=False)
        yield Static(id="newest-notice", markup=False)
        with Horizontal(id="bottom"):
            yield Log("log")
            with Vertical(id="words"):
                yield Samples()
                yield Pane("notices", "notices", "Nothing to note")
                yield Pane("health", "health")
        yield Filter("words to find in the log; Enter, then n and N; Esc", id="search")
        yield Footer()
        yield Follower(RunFeed(self.run, self.terminal.clock).poll, REFRESH_SECONDS)
        yield Follower(self._overlays.poll)

    def on_follower_updated(self, message: Follower.Updated) -> None:
        """Take what was read, of this run or of those laid over it."""
        if isinstance(message.snapshot, RunSnapshot):
            self.snapshot = message.snapshot
        else:
            self.query_one(Curve).overlay(message.snapshot.histories)

    def watch_snapshot(self, before: RunSnapshot | None, snapshot: RunSnapshot) -> None:
        """Draw it; each widget redraws only what differs."""
        if before is None or before.status.state != snapshot.status.state:
            self.refresh_bindings()
        asked, mark = snapshot.outline, fmt.state(snapshot.status.state)
        self.query_one(Title).update(
            Content.assemble(
                (f"{mark.glyph} {clean(mark.word)}", f"bold ${mark.style}"), "  ", (clean(asked.name), "bold"),
                *health.mark(snapshot.health),
                f"  {clean(asked.words)}",
                ("  reading on …", "$label") if snapshot.catching_up else "",
            )
        )  # fmt: skip
        self.query_one(PhaseLine).snapshot = snapshot
        self._line("#figures", figures(snapshot))
        self._line("#outcome", outcome(snapshot))
        self._line("#newest-notice", newest(snapshot))
        self.query_one(Curve).show(snapshot)
        self.query_one(Resources).show_snapshot(snapshot)
        self.query_one(Log).show(snapshot)
        pane = self.query_one("#notices", Pane)
        pane.show(notices(snapshot))
        pane.border_title = counted(snapshot)
        self.query_one(Samples).take(snapshot)
        self.query_one("#health", Pane).show(health.lines(snapshot.health, snapshot.status.over))

    def _line(self, selector: str, text: Content) -> None:
        line = self.query_one(selector, Static)
        if line.content != text:
            line.update(text)
        line.set_class(not len(text), "-empty")

    @property
    def shown_runs(self) -> tuple[str, ...]:
        """This one."""
        return (self.run.name,)

    def copied(self) -> str:
        """The text of the pane in focus; where it has none, the run's figures and outcome, and the plot."""
        pane = self.focused
        if isinstance(pane, Pane | Log) and (text := pane.text):
            return text
        curve = self.query_one(Curve)
        told = [self.query_one(selector, Static).content for selector in ("#figures", "#outcome")]
        parts = (self.run.name, *told, curve.readout(), curve.text)
        return "\n".join(text for part in parts if (text := str(part)))

    def command(self) -> list[str]:
        """``dialtune logs RUN -f``; ``dialtune health RUN`` while that is enlarged."""
        if self.enlarged == "health":
            return ["health", self.run.name]
        return ["logs", self.run.name, "-f"]

    def watch_enlarged(self, pane: str) -> None:
        """Give one pane all the room, or put everything back."""
        for name in PANES:
            self.set_class(name == pane, f"-{name}")
        self.set_class(bool(pane), "-enlarged")
        self.query_one(Samples).enlarged(pane == "samples")
        if pane:
            self.query_one(f"#{pane}").focus()

    def action_enlarge(self, pane: str) -> None:
        """Toggle one pane."""
        self.enlarged = "" if self.enlarged == pane else pane

    def action_back(self) -> None:
        """End the search; else put an enlarged pane back; else leave."""
        if self.query_one("#search", Filter).empty():
            self.query_one(Log).focus()
        elif self.enlarged:
            self.enlarged = ""
        else:
            self.app.pop_screen()

    def action_other(self, step: int) -> None:
        """The run before or after this one in the workspace's order (newest first)."""
        self.terminal.open_neighbour(self.run.name, step)

    # -- the curve ----------------------------------------------------------------------------

    @on(Curve.Looked)
    def _looked(self) -> None:
        """Say what is at the cursor; read the real points where one looks closely."""
        curve = self.query_one(Curve)
        self._line("#readout", curve.readout())
        for wanted in curve.wanted:
            if self._asked.get(wanted.run) != wanted and wanted not in self._vain:
                self._asked[wanted.run] = wanted
                self._read_detail(wanted)

    @work(thread=True, group="detail")
    def _read_detail(self, wanted: Wanted) -> None:
        path = self.terminal.folder(wanted.run).events_path

        def stale() -> bool:  # one looks elsewhere by now
            return self._asked.get(wanted.run) != wanted

        found = detail(path, wanted.start, wanted.end, wanted.track, stale)
        if not stale():
            self.from_thread(self._detailed, wanted, found)

    def _detailed(self, wanted: Wanted, found: Detail | None) -> None:
        self._asked.pop(wanted.run, None)
        if found is None:
            self._vain.add(wanted)
        else:
            self.query_one(Curve).detailed(wanted.run, found)

    def action_curve(self, what: str) -> None:
        """Zoom, pan, move the cursor, change what is drawn."""
        self.query_one(Curve).do(what)

    def action_evaluation(self, by: int) -> None:
        """The samples of another evaluation, and the cursor there."""
        step = self.query_one(Samples).turn(by)
        if step is None:
            self.app.notify("No evaluation has been made yet.")
        else:
            self.query_one(Curve).point_at(step)

    def action_said(self) -> None:
        """What the model said at the evaluation nearest to the cursor; without one, at the latest."""
        step = self.query_one(Curve).cursor_step
        if step is not None:
            self.query_one(Samples).turn_to(step)
        self.enlarged = "samples"

    @work(exclusive=True, group="pick")
    async def action_overlay(self) -> None:
        """Pick runs to lay over this one; at first those marked among the runs."""
        folders = await asyncio.to_thread(self.terminal.workspace.runs, archived=False)
        others = [run for run in folders if run.name != self.run.name]
        if not others:
            self.app.notify("There is no other run in this workspace.")
            return
        runs = await asyncio.to_thread(lambda: [(run.name, run.status().state) for run in others])
        marked = [run.name for run in self._overlays.runs] or self.terminal.runs_screen.marked
        question = f"Whose curves lie over {fit(self.run.name, 30)}'s?"
        names = await self.app.push_screen_wait(PickScreen(question, runs, marked, MOST_RUNS - 1))
        if names is not None:
            self._overlays.runs = [self.terminal.folder(name) for name in names]
            self.read_again()

    def action_export(self) -> None:
        """Write the curve's points and the plot into the current folder."""
        curve = self.query_one(Curve)
        runs = [self.terminal.folder(name) for name in curve.names]
        self._export(partial(curves.write, Path.cwd(), runs, curve.metric, curve.view.weight, curve.text))

    @work(thread=True, group="export")
    def _export(self, write: Callable[[], tuple[Path, Path, int]]) -> None:
        try:
            table, plot, count = write()
        except DialtuneError as error:
            self.app.notify(clean(error), severity="error", markup=False)
        else:
            words = f"{fmt.count(count, 'point')} in {table.name}, the plot in {plot.name}; both in {table.parent}"
            self.app.notify(clean(words), markup=False)

    # -- the log ------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Type words to find in the log."""
        self.enlarged = "log"
        self.query_one("#search", Filter).open()

    @on(Filter.Words)
    def _searched(self, message: Filter.Words) -> None:
        log = self.query_one(Log)
        log.search(" ".join(message.words))
        if message.done:
            log.focus()

    # -- the run ------------------------------------------------------------------------------

    def action_stop(self) -> None:
        """Stop the run."""
        self.stop_run(self.run, self._state)

    def action_resume(self) -> None:
        """Resume the run."""
        self.resume_run(self.run, self._state)

    def action_ask(self, request: Request) -> None:
        """Ask the worker for a checkpoint or an evaluation."""
        assert request in get_args(Request)
        words = {"checkpoint": "A checkpoint is written", "evaluate": "The validation split is evaluated"}
        self.ask_run(self.run, self._state, request, f"{words[request]} after this step.")

    def action_explore(self) -> None:
        """Compare all runs' summaries."""
        self.terminal.open_explore([])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The footer offers only what the run's state allows."""
        if action in ("stop", "ask"):
            return self._state in ("running", "queued") if action == "stop" else self._state == "running"
        if action == "resume":
            return self._state in ("stopped", "failed", "lost")
        return True

    @property
    def _state(self) -> str:
        return self.snapshot.status.state if self.snapshot else "being read"
