"""``note``, ``rename``, ``archive`` and ``delete``: keeping a workspace in order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from tui.commands.common import chosen, opened, workspace_option


@click.command(short_help="Write a line about a run.")
@click.argument("name", metavar="RUN")
@click.argument("text", required=False)
@workspace_option
def note(name: str, text: str | None, workspace: Path | None) -> None:
    """Keep TEXT as the note on a run, in place of the one it had; an empty TEXT removes it. Without TEXT, print it."""
    from tui.terminal import put, tell
    from tui.text import clean

    run = opened(workspace).open(name)
    remarks = run.remarks()
    if text is None:
        if remarks.note:
            put(clean(remarks.note) + "\n")
        else:
            tell(f'{run.name} has no note. `dialtune note {run.name} "TEXT"` writes one.')
        return
    run.write_remarks(replace(remarks, note=clean(text).strip()))


@click.command(short_help="Give a run another name.")
@click.argument("name", metavar="RUN")
@click.argument("new", metavar="NAME")
@workspace_option
def rename(name: str, new: str, workspace: Path | None) -> None:
    """Call a run NAME from now on. A run that is queued or running keeps its name until it is over."""
    opened(workspace).rename(name, new)


@click.command(short_help="Put runs out of sight.")
@click.argument("names", metavar="RUN...", nargs=-1, required=True)
@click.option("--undo", is_flag=True, help="Take them out of the archive.")
@workspace_option
def archive(names: tuple[str, ...], undo: bool, workspace: Path | None) -> None:
    """Leave runs out of `dialtune runs` and the screens. Nothing is moved or lost; `dialtune runs --all` shows them."""
    for run in chosen(opened(workspace), names):
        run.write_remarks(replace(run.remarks(), archived=not undo))


@click.command(short_help="Delete runs for good.")
@click.argument("names", metavar="RUN...", nargs=-1, required=True)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@workspace_option
def delete(names: tuple[str, ...], yes: bool, workspace: Path | None) -> None:
    """Delete runs with all they hold: models, checkpoints, summaries. Asks first; without a terminal it wants --yes."""
    from engine.errors import SpecError
    from tui import format as fmt
    from tui.terminal import interactive, tell

    place = opened(workspace)
    runs = chosen(place, names)
    if not yes:
        size = fmt.size(sum(run.size() for run in runs))
        question = f"Delete {', '.join(run.name for run in runs)} ({size} on disk) for good?"
        if not interactive():
            raise SpecError("Nothing is deleted", "There is no terminal to ask on", "Say --yes to delete")
        if not click.confirm(question, err=True):
            tell("Nothing is deleted.")
            return
    for run in runs:
        freed = place.delete(run.name)
        tell(f"{run.name} is deleted; {fmt.size(freed)} are free again.")
