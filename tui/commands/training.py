"""``train``, ``resume``, ``stop`` and ``demo``: the commands that start and end work."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.commands.asking import asked, spec_options
from tui.commands.common import format_option, opened, workspace_option

if TYPE_CHECKING:
    from engine.forecast import Forecast
    from engine.runs.folder import RunFolder
    from engine.runs.workspace import Workspace
    from engine.spec import RunSpec

_DETACH = "Return at once and print the run's name; the run goes on."


@click.command(short_help="Start a run and follow it to its end.")
@spec_options
@click.option("--name", metavar="NAME", help="Name of the run.  [default: made from method and base]")
@click.option("--detach", is_flag=True, help=_DETACH)
@click.option(
    "--queue", is_flag=True, help="Queue the run, print its name and return; it starts when a device is free."
)
@click.option("--anyway", is_flag=True, help="Start it though disk or memory look too small for it.")
@workspace_option
def train(
    spec: Path | None,
    preset: str | None,
    settings: tuple[str, ...],
    name: str | None,
    detach: bool,
    queue: bool,
    anyway: bool,
    workspace: Path | None,
) -> int:
    """Start a run from SPEC.toml or a preset, and follow it to its end.

    Progress goes to standard error, the run's row of the board to standard output; the exit code is the
    run's. Ctrl-C asks the run to stop and keep what it learnt; a second one leaves it running.
    Relative paths in a spec start from the present folder.

    \b
    Examples:
      dialtune train --preset lora-r32
      dialtune train --preset demo-lora --set train.epochs=2 --set lora.rank=8 --name try-8
      dialtune train my-spec.toml --set data.source=dialogues.jsonl --detach
      for rank in 4 8 16; do dialtune train --preset lora-r8 --set lora.rank=$rank --queue; done
    """
    from engine import launch, preflight

    place = opened(workspace)
    wanted = preflight.prepared(asked(spec, preset, settings, name))
    made = _affordable(wanted, place, anyway)
    run = place.create(wanted)
    _keep_forecast(run, made)
    if queue:
        return _queued(place, run)
    return _attend(run, launch.start(run), detach)


@click.command(short_help="Go on with a run from its last checkpoint.")
@click.argument("name", metavar="RUN")
@click.option("--detach", is_flag=True, help=_DETACH)
@workspace_option
def resume(name: str, detach: bool, workspace: Path | None) -> int:
    """Go on with a stopped, failed or lost run from its last checkpoint; a queued one is started."""
    from engine import launch
    from engine.errors import WorkspaceError

    run = opened(workspace).open(name)
    run.refuse_imported("resumed")
    state = run.status().state
    if state == "finished":
        raise WorkspaceError(
            f"The run {run.name} is finished", "There is nothing left to do", "Start a new run instead"
        )
    return _attend(run, launch.start(run, resume=state != "queued"), detach)


@click.command(short_help="Ask a run to stop and keep what it learnt.")
@click.argument("name", metavar="RUN")
@click.option("--discard", is_flag=True, help="End at once: no saving, no decoding. Checkpoints stay.")
@click.option("--force", is_flag=True, help="End the worker's processes now, for one that does not answer.")
@click.option("--insist", is_flag=True, help="After the timeout, tell it to end at once; its last checkpoint stays.")
@click.option("--kill", is_flag=True, help="As --insist; should that not help within 15 s, end it by force.")
@click.option(
    "--timeout", type=click.FloatRange(min=0), default=60.0, show_default=True, help="Seconds to wait for it."
)
@workspace_option
def stop(
    name: str, discard: bool, force: bool, insist: bool, kill: bool, timeout: float, workspace: Path | None
) -> int:
    """Ask a run to end after its present step, and wait until it has.

    Once the worker has taken notice the command succeeds, even if saving what it learnt takes longer than
    the timeout. On a terminal it asks before it goes further: first to insist, then to end by force.

    \b
    ask       ends after this step; what it learnt up to there is kept
    --insist  ends wherever it is; its last checkpoint and what it has decoded are kept
    --kill    the same, and by force if it cannot be told, as in a call to a device that hangs
    --force   by force, now

    Exit codes: 0 it has ended or is about to; 5 it has not answered, or there is nothing to stop.
    """
    from engine import ladder, launch
    from engine.errors import WorkspaceError
    from tui.terminal import interactive, tell

    run = opened(workspace).open(name)
    if force:
        if not launch.kill(run):
            status = run.status()
            state = f"It is {status.state}" if status.state != "running" else "It is only just starting"
            raise WorkspaceError(f"The run {run.name} has no worker to end", state)
        tell(f"{run.name} was ended by force. Its checkpoints are kept.")
        return 0
    highest: ladder.Rung = "force" if kill else "insist" if insist else "ask"
    status = ladder.climb(run, discard, timeout, highest, tell, _consent if interactive() else None)
    if status.over:
        tell(f"{run.name} is {status.state}. {status.reason}".strip())
        return 0
    if highest != "ask" or not ladder.heard(run):
        raise WorkspaceError(
            f"The run {run.name} has not answered within {timeout:g} s", "It still is asked to stop",
            f"`dialtune stop {run.name} --kill` insists, then ends it by force; --force ends it now",
        )  # fmt: skip
    tell(f"{run.name} is stopping; it is still {status.phase or 'busy'}. `dialtune logs {run.name} -f` follows it.")
    return 0


def _consent(question: str) -> bool:
    return click.confirm(question, default=False, err=True)


@click.command(short_help="See it work: three built-in runs, no network needed.")
@click.option("--no-tui", is_flag=True, help="Report in plain lines even on a terminal.")
@format_option("table", "json", "csv", "md")
@workspace_option
def demo(no_tui: bool, form: str, workspace: Path | None) -> int:
    """Run zero-shot, full fine-tuning and LoRA on the built-in base and dialogues, then print the board.

    On a terminal the runs go on in the background while the application shows them. The exit code is that
    of the first run that failed.
    """
    from engine import demo as demo_runs
    from tui.terminal import interactive, tell

    place = opened(workspace)
    began = time.monotonic()
    runs = demo_runs.create(place)
    if interactive() and not no_tui:
        from engine import queue
        from tui.app import run as open_application
        from tui.following import failure

        queue.start(place.path, [run.name for run in runs])
        open_application(place.path, start=runs[0].name)
        errors = [error for run in runs if (error := failure(run, run.status())) is not None]
        for error in errors:
            tell(f"dialtune: {error}")
        waiting = [run.name for run in runs if not run.status().over]
        if waiting:
            tell(f"Still to finish: {', '.join(waiting)}. They go on by themselves; `dialtune board` shows the rest.")
        code = errors[0].exit_code if errors else 0
    else:
        code = _one_after_another(runs)
    _print_board(runs, form, baseline=runs[0])
    if form == "table":
        from tui.format import duration

        tell(f"The demo took {duration(time.monotonic() - began)}.")
    return code


# -- how it is done -------------------------------------------------------------------------------


def _affordable(spec: RunSpec, place: Workspace, anyway: bool) -> Forecast:
    """What the run will need; says what may be too little. Raises ResourceError for what is, unless ``anyway``."""
    from engine import forecast, resources
    from tui.terminal import tell

    made = forecast.current(spec, place)
    found = resources.concerns(made, place.path)
    if not anyway:
        resources.refuse(found, "--anyway starts it all the same")
    for concern in found:
        tell(f"dialtune: warning: {concern.text}. {concern.todo}.")
    return made


def _keep_forecast(run: RunFolder, made: Forecast) -> None:
    """Leave in the run's folder what can be said of it beforehand; a run is not worth less without."""
    from engine import forecast

    with contextlib.suppress(OSError):
        forecast.keep(run, made)


def _queued(place: Workspace, run: RunFolder) -> int:
    from engine import queue
    from engine.runs import turns
    from tui.format import ordinal
    from tui.terminal import put, tell

    queue.start(place.path, [run.name])
    put(run.name + "\n")
    names = [other.name for other, _ in turns.waiting(place)]
    if run.name in names:
        where = f"{ordinal(names.index(run.name) + 1)} in the queue"
        tell(f"{run.name} is {where}. `dialtune queue` lists it, `dialtune stop {run.name}` takes it out.")
    else:
        tell(f"{run.name} is {run.status().state}. `dialtune logs {run.name} -f` follows it.")
    return 0


def _attend(run: RunFolder, worker: Any, detach: bool) -> int:
    from tui.following import exit_code, follow
    from tui.terminal import put, tell

    if detach:
        put(run.name + "\n")
        tell(f"{run.name} is running. `dialtune logs {run.name} -f` follows it, `dialtune stop {run.name}` ends it.")
        return 0
    code = exit_code(run, follow(run, worker))
    _print_board([run], "table")
    return code


def _one_after_another(runs: list[RunFolder]) -> int:
    """Start and follow each run. Ctrl-C ends the row: what has not begun is marked stopped."""
    from engine import launch
    from engine.errors import WorkspaceError
    from tui.following import exit_code, follow

    first = 0
    for place, run in enumerate(runs):
        outcome = follow(run, launch.start(run))
        first = first or exit_code(run, outcome)
        if outcome.interrupted:
            for rest in runs[place + 1 :]:
                with contextlib.suppress(WorkspaceError):
                    launch.stop(rest)
            break
    return first


def _print_board(runs: list[RunFolder], form: str, baseline: RunFolder | None = None) -> None:
    """The rows of those runs that have scores; nothing where none has."""
    from engine.results.board import board, scored
    from tui.tables import emit

    runs = scored(runs)
    if runs:
        emit(board(runs, baseline if baseline in runs else None, brief=baseline is not None), form)
