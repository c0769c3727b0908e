"""``queue``: the runs that wait for a device."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.commands.common import format_option, opened, workspace_option

if TYPE_CHECKING:
    from engine.runs.folder import Status

STANDS_STILL = "Nothing works on the queue; `dialtune queue start` does."


@click.group(
    name="queue", invoke_without_command=True, short_help="List the runs that wait; start the queue, move runs in it."
)
@format_option("table", "json", "csv", "md")
@workspace_option
@click.pass_context
def queue(context: click.Context, form: str, workspace: Path | None) -> None:
    """List the runs that wait in the queue, the next one first, below those that are running.

    `dialtune train ... --queue` puts a run there. The queue is worked off in the background, oldest first, one run a
    device: one at a time without GPUs, else one on each GPU that CUDA_VISIBLE_DEVICES leaves. `dialtune stop RUN`
    takes a run out.
    """
    if workspace is not None:
        context.obj = workspace
    if context.invoked_subcommand is not None:
        return
    from engine.queue import alive
    from engine.results.table import Column, Table
    from engine.runs import turns
    from tui.tables import emit
    from tui.terminal import tell

    place = opened(workspace)
    line = turns.waiting(place)
    rows = [
        {"run": run.name, "state": "running", "since": status.started or None, "device": _device(status)}
        for run in reversed(place.runs())
        if (status := run.status()).state == "running"
    ]
    rows += [
        {"place": at, "run": run.name, "state": "queued", "since": turn.asked, "device": "any"}
        for at, (run, turn) in enumerate(line, start=1)
    ]
    if not line:
        tell("No run waits in the queue.")
    elif not alive(place.path):
        tell(STANDS_STILL)
    columns = (
        Column("place", "place", "count"), Column("run", "run"), Column("state", "state"),
        Column("since", "since", "time"), Column("device", "device"),
    )  # fmt: skip
    if rows or form != "table":
        emit(Table(columns, tuple(rows)), form)


def _device(status: Status) -> str:
    from engine.queue import devices_seen

    words = devices_seen(status)
    return "" if words is None else f"GPU {', '.join(words)}" if words else "cpu"


@queue.command(short_help="See to it that the queue is worked off.")
@click.argument("names", metavar="[RUN]...", nargs=-1)
@workspace_option
def start(names: tuple[str, ...], workspace: Path | None) -> None:
    """Start what works off the queue, where nothing does any more; queued RUNs that wait nowhere join it first.

    A queue stands still when its process was killed or the machine went down. Opening the screens on the machine
    that the runs were queued on does the same.
    """
    from engine import queue as queues
    from engine.runs import turns
    from tui.terminal import tell

    place = opened(workspace)
    begun = queues.start(place.path, names)
    amount = len(turns.waiting(place))
    if begun is not None:
        tell("The queue is worked off in the background. `dialtune queue` lists it.")
    else:
        tell("The queue is being worked off already." if amount else "No run waits in the queue.")


@queue.command(short_help="Move a run to another place in the queue.")
@click.argument("name", metavar="RUN")
@click.argument("place", type=click.IntRange(min=1))
@workspace_option
def move(name: str, place: int, workspace: Path | None) -> None:
    """Give RUN another PLACE in the queue: 1 is next; a number that is too high, last."""
    from engine.runs import turns
    from tui.format import ordinal
    from tui.terminal import tell

    tell(f"{name} is {ordinal(turns.move(opened(workspace), name, place))} in the queue.")
