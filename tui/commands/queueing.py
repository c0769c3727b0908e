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
    for sentence in _when_empty(place.path):
        tell(sentence)
    columns = (
        Column("place", "place", "count"), Column("run", "run"), Column("state", "state"),
        Column("since", "since", "time"), Column("device", "device"),
    )  # fmt: skip
    if rows or form != "table":
        emit(Table(columns, tuple(rows)), form)


def _when_empty(workspace: Path) -> list[str]:
    """What is to be done when the queue is empty, or was, in sentences; nothing where nothing was armed."""
    from engine import config
    from tui.emptied import read, sentences

    return sentences(read(workspace), config.load()[0].when_empty)


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


@queue.command(short_help="Have something done when the queue is empty: notify, switch off.")
@click.argument("acts", metavar="ACTION...", nargs=-1)
@click.option("--command", metavar="COMMAND", help="For the shell; without it, that of config.toml.")
@click.option("--countdown", type=click.FloatRange(min=0), help="Seconds in which it can be called off.")
@click.option("--after-failure/--not-after-failure", default=None, help="Also when one of the runs failed.")
@workspace_option
def arm(
    acts: tuple[str, ...], command: str | None, countdown: float | None, after_failure: bool | None,
    workspace: Path | None,
) -> None:  # fmt: skip
    """Have ACTIONs done once, when no run of the workspace is at work or waits any more: runs outside the queue count.

    ACTION is bell (ring this terminal's bell), osc9 (a desktop notification, by terminals that know OSC 9), webhook
    (POST a line of text and the runs as JSON) or command (such as the cloud's stop). Webhook and command stand under
    [when_empty] in ~/.config/dialtune/config.toml; --command alone means the action command. A countdown goes before
    (60 s), in which `dialtune queue disarm` cancels, from any terminal. When a run that was at work since then failed,
    nothing is done unless --after-failure says so. No terminal is needed; it is done once, and disarmed by that.

    \b
    Examples:
      dialtune queue arm bell osc9
      dialtune queue arm command --command 'sudo systemctl poweroff'
      dialtune queue arm webhook command --countdown 300
    """
    from engine import config, emptied
    from engine import queue as queues
    from tui.terminal import tell

    place = opened(workspace)
    settings, notices = config.load()
    for notice in notices:
        tell(notice)
    emptied.arm(
        place.path, (*acts, "command") if command and "command" not in acts else acts, settings.when_empty,
        command=command, countdown=countdown, after_failure=after_failure, tty=emptied.terminal(),
    )  # fmt: skip
    queues.start(place.path)
    for sentence in _when_empty(place.path):
        tell(sentence)


@queue.command(short_help="Call off what is armed for the empty queue.")
@workspace_option
def disarm(workspace: Path | None) -> None:
    """Call off what `dialtune queue arm` set; also while it counts down."""
    from engine import emptied
    from tui.terminal import tell

    found = emptied.disarm(opened(workspace).path)
    tell("Called off: nothing is done when the queue is empty." if found else "Nothing was armed.")
