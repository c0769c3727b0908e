"""What the screens share: the title, the footer, and acting on a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from engine.errors import DialtuneError
from engine.runs.folder import Request, RunFolder
from tui.outline import BROKEN_OFF, has_checkpoint
from tui.screens.late import Late
from tui.text import clean
from tui.widgets.follower import Follower

if TYPE_CHECKING:
    from tui.app import DialtuneApp


class RunScreen(Late):
    """A screen that follows something and can act on runs. ``SCOPE`` names its part of the key table."""

    SCOPE: ClassVar[str]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - Textual's own declaration
    VERTICAL_BREAKPOINTS = [(0, "-short"), (36, "-tall")]  # noqa: RUF012

    @property
    def terminal(self) -> DialtuneApp:
        """The application."""
        return self.app  # type: ignore[return-value]

    def on_screen_suspend(self) -> None:
        """Read nothing while another screen lies on top."""
        for follower in self.query(Follower):
            follower.pause()

    def on_screen_resume(self) -> None:
        """Read on; this is where one is now."""
        self.terminal.remember(screen=self.SCOPE, runs=self.shown_runs)
        self.terminal.show_figures(self)
        for follower in self.query(Follower):
            follower.resume()

    def act(self, work: Callable[[], Any], done: str) -> None:
        """Do ``work`` (files, processes) in a thread; then say ``done`` if it says anything, or why it went wrong."""

        def run() -> None:
            try:
                work()
            except DialtuneError as error:
                self.app.notify(clean(error), severity="error", markup=False)
            else:
                if done:
                    self.app.notify(clean(done), markup=False)
            self.from_thread(self.read_again)

        self.run_worker(run, thread=True, group="act")

    @property
    def shown_runs(self) -> tuple[str, ...]:
        """The runs that this screen is about, for the next session."""
        return ()

    def copied(self) -> str:
        """What ``y`` copies: the text under the cursor; empty when there is none."""
        raise NotImplementedError

    def command(self) -> list[str]:
        """The command line that gives what this screen shows, without ``dialtune``; empty when there is none."""
        raise NotImplementedError

    def action_copy(self) -> None:
        """Copy what is under the cursor."""
        if text := self.copied():
            from tui import clipboard  # as all that a key needs: the first frame does not wait for it

            clipboard.copy(self.app, text)

    def action_copy_command(self) -> None:
        """Copy the screen as a command."""
        if words := self.command():
            import shlex

            from tui import clipboard

            clipboard.copy(self.app, shlex.join(["dialtune", *self.terminal.where, *words]))

    def read_again(self) -> None:
        """Read now rather than at the next beat."""
        for follower in self.query(Follower):
            follower.read()

    def stop_run(self, run: RunFolder, state: str) -> None:
        """Ask how, then stop ``run``, which is in ``state``."""
        if state not in ("running", "queued"):
            self.app.notify(f"{clean(run.name)} is {clean(state)}: there is nothing to stop.", markup=False)
            return
        from engine import ladder, launch
        from tui.screens.stop import StopScreen

        def answered(answer: str | None) -> None:
            if answer == "keep":
                self.act(lambda: launch.stop(run), f"{run.name} ends after its current step; what it learnt is kept.")
            elif answer == "discard":
                self.act(lambda: launch.stop(run, discard=True), f"{run.name} ends; nothing is decoded.")
            elif answer == "insist":
                self.act(lambda: ladder.insist(run), f"{run.name} ends at once; {ladder.KEEPS['insist']}.")
            elif answer == "force":
                self.act(lambda: launch.kill(run), f"{run.name} is ended by force; {ladder.KEEPS['force']}.")

        self.app.push_screen(StopScreen(run), answered)

    def resume_run(self, run: RunFolder, state: str) -> None:
        """Resume ``run``, which is in ``state``, from its last checkpoint; without one its training begins anew."""
        if state not in BROKEN_OFF:
            why = f"it is {clean(state)}, and only a run that broke off can go on"
            self.app.notify(f"{clean(run.name)} cannot be resumed: {why}.", severity="warning", markup=False)
            return
        from engine import launch

        begins = "goes on from its last checkpoint" if has_checkpoint(run) else "goes on; it had no checkpoint yet"
        self.act(lambda: launch.start(run, resume=True), f"{run.name} {begins}.")

    def ask_run(self, run: RunFolder, state: str, request: Request, done: str) -> None:
        """Leave a request for the run's worker."""
        if state != "running":
            self.app.notify(f"{clean(run.name)} is {clean(state)}: no worker is there to ask.", markup=False)
            return
        self.act(lambda: run.ask(request), done)
