"""The queue's keys on the table of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.runs import turns
from tui.text import clean

if TYPE_CHECKING:
    from engine.config import WhenEmpty


class Queueing:
    """Actions of the screen with the runs: start the queue, and move a run in it."""

    def action_start_queue(self: Any) -> None:
        """See to it that the queue is worked off; chosen runs that are queued but wait nowhere join it."""
        left = [row.name for row in self.chosen if row.status.state == "queued" and row.place is None]
        if not left and not any(row.place for row in self.rows):
            self.app.notify("No run waits in the queue. `dialtune train ... --queue` puts one there.", markup=False)
        elif not left and not self.snapshot.idle:
            self.app.notify("The queue is being worked off: oldest first, one run a device.")
        else:
            from engine import queue  # the first frame does not wait for what a key needs

            self.act(
                lambda: queue.start(self.terminal.workspace.path, left),
                "The queue is worked off: oldest first, one run a device. It goes on without the terminal.",
            )

    def action_move_in_queue(self: Any, by: int) -> None:
        """Let the run under the cursor change places with its neighbour in the queue."""
        if (row := self.current) is None:
            return
        if row.place is None:
            self.app.notify(f"{clean(row.name)} does not wait in the queue.", markup=False)
            return

        def work() -> None:  # from where it stands by now: keys may be faster than the table
            place = self.terminal.workspace
            line = [run.name for run, _ in turns.waiting(place)]
            now = line.index(row.name) + 1 if row.name in line else row.place
            turns.move(place, row.name, now + by)

        self.act(work, "")

    def action_when_empty(self: Any) -> None:
        """Call off what is armed for the empty workspace; else ask what to arm."""
        _when_empty(self)


def _when_empty(screen: Any) -> None:
    from engine import config, emptied, queue
    from tui.screens.choose import ChooseScreen

    place = screen.terminal.workspace.path
    if emptied.armed(place) is not None:
        screen.act(lambda: emptied.disarm(place), "Called off: nothing is done when the queue is empty.")
        return

    def work() -> None:
        settings, notices = config.load()
        screen.from_thread(ask, settings.when_empty, notices)

    def ask(usual: WhenEmpty, notices: list[str]) -> None:
        for notice in notices:
            screen.app.notify(clean(notice), severity="warning", markup=False)
        terminal = "bell,osc9"
        rows = [(terminal, "notify", "bell and desktop notification at this terminal")]
        if usual.webhook:
            rows.append(("webhook," + terminal, "webhook", f"{emptied.WORDS['webhook']}, and notify"))
        if usual.command:
            rows.append(("command," + terminal, "command", f"{emptied.WORDS['command']} {usual.command}; and notify"))
        if usual.webhook and usual.command:
            rows.append(("webhook,command," + terminal, "all", "webhook, command, and notify"))
        rest = "" if len(rows) > 1 else " More under [when_empty] in config.toml."
        question = f"What is done {usual.countdown:g} s after the last run has ended?{rest}"
        screen.app.push_screen(ChooseScreen(question, rows), lambda chosen: arm(chosen, usual))

    def arm(chosen: str | None, usual: WhenEmpty) -> None:
        if not chosen:
            return

        def begin() -> None:
            emptied.arm(place, chosen.split(","), usual, tty=emptied.terminal())
            queue.start(place)

        again = "" if usual.after_failure else " A run that fails holds it back."
        screen.act(begin, f"Armed: once, when nothing runs or waits any more. W calls it off.{again}")

    screen.run_worker(work, thread=True, group="when-empty")
