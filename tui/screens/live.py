"""One run, live while it works; afterwards its record."""

from __future__ import annotations

from typing import get_args

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Footer, Static

from engine.runs.folder import Request, RunFolder
from tui import format as fmt
from tui import keys
from tui.feed import RunFeed, RunSnapshot
from tui.listing import has_checkpoint
from tui.screens.base import RunScreen
from tui.text import clean, fit
from tui.widgets.curve import Curve
from tui.widgets.figures import PhaseLine, figures, outcome
from tui.widgets.follower import Follower
from tui.widgets.log import Log
from tui.widgets.pane import Pane
from tui.widgets.resources import Resources
from tui.widgets.title import Title

REFRESH_SECONDS = 0.5
PANES = ("log", "samples", "notices")


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

    def compose(self) -> ComposeResult:
        """Essentials above, words below; the style sheet arranges them to the room there is."""
        yield Title(Content(fit(self.run.name, 60)))
        yield PhaseLine(id="phase", markup=False)
        yield Static(id="outcome", markup=False)
        yield Static(id="figures", markup=False)
        with Horizontal(id="middle"):
            yield Curve()
            yield Resources()
        yield Static(id="newest-notice", markup=False)
        with Horizontal(id="bottom"):
            yield Log("log")
            with Vertical(id="words"):
                yield Pane("samples", "samples", "No evaluation yet")
                yield Pane("notices", "notices", "Nothing to note")
        yield Footer(compact=True, show_command_palette=False)
        yield Follower(RunFeed(self.run, self.terminal.clock).poll, REFRESH_SECONDS)

    def on_follower_updated(self, message: Follower.Updated) -> None:
        """Take what was read."""
        self.snapshot = message.snapshot

    def watch_snapshot(self, before: RunSnapshot | None, snapshot: RunSnapshot) -> None:
        """Draw it; each widget redraws only what differs."""
        if before is None or before.status.state != snapshot.status.state:
            self.refresh_bindings()
        asked, mark = snapshot.outline, fmt.state(snapshot.status.state)
        self.query_one(Title).update(
            Content.assemble(
                (f"{mark.glyph} {clean(mark.word)}", f"bold ${mark.style}"), "  ", (clean(asked.name), "bold"),
                f"  {clean(asked.method)} of {clean(asked.base)} on {clean(asked.data)}" if asked.method else "",
                ("  reading on …", "$label") if snapshot.catching_up else "",
            )
        )  # fmt: skip
        self.query_one(PhaseLine).snapshot = snapshot
        self._line("#figures", figures(snapshot))
        self._line("#outcome", outcome(snapshot))
        self._line("#newest-notice", _notices(snapshot)[0] if snapshot.notices else Content(""))
        self.query_one(Curve).show(snapshot)
        self.query_one(Resources).show(snapshot)
        self.query_one(Log).show(snapshot)
        self.query_one("#notices", Pane).show(_notices(snapshot))
        samples = self.query_one("#samples", Pane)
        samples.show(_samples(snapshot))
        samples.border_title = f"samples at step {snapshot.samples[0].step:,}" if snapshot.samples else "samples"

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
        """The text of the pane in focus; where it has none, the run's phase, figures and outcome."""
        pane = self.focused
        if isinstance(pane, Pane | Log) and (text := pane.text):
            return text
        lines = [self.query_one(selector, Static).content for selector in ("#figures", "#outcome")]
        return "\n".join([self.run.name, *(str(line) for line in lines if str(line))])

    def command(self) -> list[str]:
        """``dialtune logs RUN -f``."""
        return ["logs", self.run.name, "-f"]

    def watch_enlarged(self, pane: str) -> None:
        """Give one pane all the room, or put everything back."""
        for name in PANES:
            self.set_class(name == pane, f"-{name}")
        self.set_class(bool(pane), "-enlarged")
        if pane:
            self.query_one(f"#{pane}").focus()

    def action_enlarge(self, pane: str) -> None:
        """Toggle one pane."""
        self.enlarged = "" if self.enlarged == pane else pane

    def action_back(self) -> None:
        """Put an enlarged pane back; else leave."""
        if self.enlarged:
            self.enlarged = ""
        else:
            self.app.pop_screen()

    def action_other(self, step: int) -> None:
        """The run before or after this one in the workspace's order (newest first)."""
        self.terminal.open_neighbour(self.run.name, step)

    def action_stop(self) -> None:
        """Stop the run."""
        self.stop_run(self.run, self._state)

    def action_resume(self) -> None:
        """Resume the run."""
        self.resume_run(self.run, self._state in ("stopped", "failed", "lost") and has_checkpoint(self.run))

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


def _notices(snapshot: RunSnapshot) -> list[Content]:
    """Newest first."""
    lines = []
    for notice in reversed(snapshot.notices):
        mark = fmt.level(notice.level)
        lines.append(Content.assemble((f"{mark.glyph} {mark.word} ", f"bold ${mark.style}"), clean(notice.text)))
    return lines


def _samples(snapshot: RunSnapshot) -> list[Content]:
    lines: list[Content] = []
    for sample in snapshot.samples:
        lines += [Content.styled(clean(sample.example), "$label"), Content(clean(sample.summary)), Content("")]
    return lines[:-1]
