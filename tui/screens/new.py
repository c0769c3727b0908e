"""A new run: every field of a spec, what it will need, and the file and command that say the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widgets import Static

from engine import config, preflight, presets
from engine.errors import DialtuneError, ResourceError, SpecError, WorkspaceError
from engine.forecast import Forecast
from engine.forecast.probe import Probe, key
from engine.runs.files import write_new
from tui import keys
from tui.draft import Draft
from tui.screens.ask import ConfirmScreen, TextScreen
from tui.screens.choose import Choice, ChooseScreen
from tui.screens.editing import DraftScreen
from tui.screens.live import LiveScreen
from tui.text import clean
from tui.widgets.estimate import brief, whole
from tui.widgets.filter import Filter
from tui.widgets.footer import Footer
from tui.widgets.pane import Pane
from tui.widgets.title import Title

T = TypeVar("T")

SETTLE_SECONDS = 0.3
"""The forecast is made anew once nothing was changed for this long."""
VIEWS = ("", "forecast", "toml")


class NewScreen(DraftScreen):
    """The draft's fields; beside or below them its forecast and its TOML."""

    SCOPE = "new"
    BINDINGS = keys.bindings("new")
    CSS_PATH = "new.tcss"

    forecast: reactive[Forecast | None] = reactive(None, init=False)
    view: reactive[str] = reactive("", init=False)

    def __init__(self) -> None:
        super().__init__()
        self._whole = False
        self._pending: Timer | None = None
        self._asked = 0
        self._probe: Probe | None = None

    def compose(self) -> ComposeResult:
        """Fields and words on one of them; forecast and TOML; keys."""
        yield Title()
        with Horizontal(id="body"):
            yield from self.compose_form()
            with Vertical(id="side"):
                yield Pane("forecast", "forecast")
                yield Pane("TOML", "toml")
        yield Static(id="brief", markup=False)
        yield Filter("words in a field's name, help or value; Enter, Esc")
        yield Footer()

    def on_unmount(self) -> None:
        """A probe that nobody waits for any more is ended."""
        if self._probe is not None:
            self._probe.cancel()

    # -- drawing ----------------------------------------------------------------------------------

    def watch_draft(self, draft: Draft) -> None:
        """Draw the fields; the forecast follows."""
        super().watch_draft(draft)
        self._forecast_soon()

    def watch_state(self) -> None:
        """Say what is going on."""
        super().watch_state()
        self._show_forecast()

    def watch_forecast(self) -> None:
        """Draw it."""
        self._show_forecast()

    def draw(self) -> None:
        """The TOML too."""
        super().draw()
        if self.draft is None:
            return
        pane = self.query_one("#toml", Pane)
        try:
            pane.show(Content(clean(self.draft.toml(self._whole), lines=True)))
        except SpecError as error:
            pane.show(Content.styled(clean(error), "$error"))
        pane.border_title = "TOML, every field" if self._whole else "TOML, what differs from the preset"
        pane.border_subtitle = "x less · y copies" if self._whole else "x all · y copies · Y the command"

    def _show_forecast(self) -> None:
        if not self.query("#brief"):  # the screen is on its way out
            return
        wrong = bool(self.draft and self.draft.problems)
        made = None if wrong else self.forecast
        waiting = f"{self.state} …" if self.state else ""
        if made is None:
            waiting = "A field cannot be used, so nothing can be forecast." if wrong else "forecasting …"
        self.query_one("#brief", Static).update(brief(made, waiting))
        self.query_one("#forecast", Pane).show(whole(made, waiting))

    # -- the forecast -----------------------------------------------------------------------------

    def _forecast_soon(self) -> None:
        if self._pending is not None:
            self._pending.stop()
        self._asked += 1
        if self.draft is None or self.draft.problems:
            self._show_forecast()
        else:
            self._pending = self.set_timer(SETTLE_SECONDS, self._forecast_now)

    def _forecast_now(self) -> None:
        assert self.draft is not None
        asked, spec = self._asked, self.draft.spec()

        def work() -> None:
            self.from_thread(self._forecast_made, asked, self.drafting.forecast(spec))

        self.run_worker(work, thread=True, group="forecast")

    def _forecast_made(self, asked: int, made: Forecast) -> None:
        if asked == self._asked:  # else the draft has changed since
            self.forecast = made
        for notice in self.drafting.notices:
            self.app.notify(clean(notice), severity="warning", markup=False)
        self.drafting.notices = []

    def _tell(self, error: DialtuneError) -> None:
        self.app.notify(clean(error), severity="error", markup=False, timeout=12)

    # -- views, files, going ----------------------------------------------------------------------

    def action_view(self) -> None:
        """The fields, then the forecast alone, then the TOML alone."""
        self.view = VIEWS[(VIEWS.index(self.view) + 1) % len(VIEWS)]

    def watch_view(self, view: str) -> None:
        """Give it the room."""
        for name in VIEWS[1:]:
            self.set_class(name == view, f"-{name}")
        (self.query_one(f"#{view}") if view else self.form).focus()

    def action_whole(self) -> None:
        """Every field in the TOML, or only what differs."""
        self._whole = not self._whole
        self.draw()

    def copied(self) -> str:
        """The TOML as it is shown."""
        return self._valid(lambda draft: draft.toml(self._whole)) or ""

    def command(self) -> list[str]:
        """``dialtune train ...`` that starts the same run."""
        return self._valid(Draft.command) or []

    def _valid(self, get: Callable[[Draft], T]) -> T | None:
        """What ``get`` makes of the draft; None, once told why, while a field cannot be used."""
        try:
            return get(self.draft) if self.draft is not None else None
        except SpecError as error:
            self._tell(error)
            return None

    def action_save(self) -> None:
        """Write the TOML to a file."""
        text = self.copied()
        if not text or self.draft is None:
            return

        def answered(name: str | None) -> None:
            if name:
                self.act(lambda: _write(Path(name), text), f"Written to {name}; dialtune train {name} starts it.")

        usual = f"{self.draft.value('name') or self.draft.start.preset}.toml"
        self.app.push_screen(TextScreen("Write the TOML to which file?", usual, "It must not exist yet."), answered)

    def action_price(self) -> None:
        """What an hour of this machine costs."""

        def answered(text: str | None) -> None:
            if text is None:
                return
            try:
                self.drafting.price = config.price(text)
            except SpecError as error:
                self._tell(error)
            else:
                self._forecast_soon()

        now = self.forecast.config if self.forecast else config.Config()
        shown = "" if now.price_per_hour is None else f"{now.price_per_hour:g}"
        hint = f"In {now.currency}. price_per_hour in config.toml keeps it."
        self.app.push_screen(TextScreen("What does an hour of this machine cost?", shown, hint), answered)

    def action_from(self) -> None:
        """Start from another preset or run."""
        rows: list[Choice] = [(f"preset {p.name}", f"preset {p.name}", p.about) for p in presets.PRESETS.values()]

        def work() -> None:
            runs = [(f"run {name}", f"run {name}", about) for name, about in self.drafting.starts()]
            models = [
                (f"model {name}", f"model of {name}", "go on from what it learnt") for name in self.drafting.models()
            ]
            self.from_thread(ask, [*rows, *runs, *models])

        def ask(every: list[Choice]) -> None:
            at = self.draft.origin if self.draft else ""
            self.app.push_screen(ChooseScreen("Start from which preset, run or model?", every, at), answered)

        def answered(chosen: str | None) -> None:
            if chosen:
                kind, _, name = chosen.partition(" ")
                self.terminal.open_new(
                    preset=name if kind == "preset" else None,
                    run=name if kind != "preset" else None,
                    changes={"base.from_run": name} if kind == "model" else None,
                )

        self.run_worker(work, thread=True, group="starts")

    def action_clear(self) -> None:
        """Leave the line that is typed into as it was; else the view; else clear the filter; else go back."""
        if self.left_entry():
            return
        if self.view:
            self.view = ""
        elif not self.query_one(Filter).empty():
            self.action_back()

    def action_back(self) -> None:
        """Go back; the draft stays."""
        self.app.pop_screen()

    # -- probing and starting ---------------------------------------------------------------------

    def action_probe(self) -> None:
        """Train a few steps to know; again, to let it be."""
        if self.state == "probing":
            if self._probe is not None:
                self.run_worker(self._probe.cancel, thread=True, group="cancel")
            return
        if self.state or (spec := self._valid(Draft.spec)) is None:
            return
        self.state = "probing"

        def work() -> None:
            try:
                self._probe = Probe(
                    preflight.prepared(spec, self.drafting.workspace.path), self.drafting.workspace.path
                )
                if self.left:
                    self._probe.cancel()
                found = self._probe.result()
            except DialtuneError as error:
                self.from_thread(self._tell, error)
            else:
                if found is not None:
                    self.drafting.probes[key(spec)] = found
                self.from_thread(self.app.notify, "The probe is done." if found else "The probe was cancelled.")
            self._probe = None
            self.from_thread(self._probed)

        self.app.notify("A few steps and a few summaries; about a minute. p cancels.")
        self.run_worker(work, thread=True, group="probe")

    def _probed(self) -> None:
        self.state = ""
        self._forecast_soon()

    def action_start(self, later: bool, anyway: bool = False) -> None:
        """Start the run, now or after those at work, and show it live; ask first where the machine has too little."""
        if self.state == "starting":
            return
        if (spec := self._valid(Draft.spec)) is None:
            self.action_problem()
            return
        self.state = "starting"

        def work() -> None:
            try:
                run = self.drafting.start(spec, later, anyway)
            except ResourceError as error:
                self.from_thread(self._too_little, error, later)
            except DialtuneError as error:
                self.from_thread(self._not_started, error)
            else:
                self.from_thread(self._started, run.name)

        self.run_worker(work, thread=True, group="start")

    def _too_little(self, error: ResourceError, later: bool) -> None:
        self.state = ""

        def answered(yes: bool | None) -> None:
            if yes:
                self.action_start(later, anyway=True)

        self.app.push_screen(ConfirmScreen(f"{error.why}. Start it all the same?", [], error.todo), answered)

    def _not_started(self, error: DialtuneError) -> None:
        self.state = ""
        self._tell(error)

    def _started(self, name: str) -> None:
        self.state = ""
        if self.draft is not None:
            self.drafting.draft = self.draft.put("name", None)  # it is taken now
        if self.app.screen is self:
            self.app.switch_screen(LiveScreen(self.terminal.folder(name)))
        else:
            self.app.notify(f"{clean(name)} is started.", markup=False)


def _write(path: Path, text: str) -> None:
    """Raises WorkspaceError."""
    path = path.expanduser()
    try:
        write_new(path, text)
    except FileExistsError:
        raise WorkspaceError(f"There is already a file {path}", "", "Choose another name") from None
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        raise WorkspaceError(f"{path} cannot be written", getattr(error, "strerror", None) or str(error)) from None
