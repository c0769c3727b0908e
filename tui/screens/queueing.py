"""The queue's keys on the table of runs."""

from __future__ import annotations

from typing import Any

from engine import queue
from engine.runs import turns
from tui.text import clean


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
