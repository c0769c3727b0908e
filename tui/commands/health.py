"""``health``: what was found wrong with a run."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.commands.common import format_option, opened, workspace_option

if TYPE_CHECKING:
    from engine.runs.health.record import Health


@click.command(short_help="What was found wrong with a run, and what to do.")
@click.argument("name", metavar="RUN")
@format_option("table", "json", "csv", "md")
@workspace_option
def health(name: str, form: str, workspace: Path | None) -> None:
    """Say what was found in a run: overfitting, underfitting, divergence, a loss that is no number, a plateau,
    leakage between its splits, forgetting, a training that changed nothing; each with its figures and what to do.

    Below stands what was looked at, found or not. json has every figure. The exit code is 0 whatever was found:
    a script asks the json for "findings".

    \b
    Examples:
      dialtune health lora-try
      dialtune health lora-try --format json | jq '.findings[].code'
    """
    from engine.results.table import Column, Table, exact_json
    from engine.runs.health import record
    from tui.tables import emit
    from tui.terminal import put

    run = opened(workspace).open(name)
    found = record.recover(run)
    if form == "json":
        put(exact_json({"run": run.name, "state": run.status().state, **record.plain(found)}))
    elif form == "table":
        put(_words(found, run.status().over))
    else:
        columns = (
            Column("level", "level"), Column("code", "code"), Column("text", "what was found"),
            Column("todo", "what to do"), Column("time", "found", "time"),
        )  # fmt: skip
        rows: tuple[dict[str, Any], ...] = tuple(
            {"level": one.level, "code": one.code, "text": one.text, "todo": one.todo, "time": one.time or None}
            for one in found.gravest
        )
        emit(Table(columns, rows), form)


def _words(found: Health, over: bool) -> str:
    from engine.runs.health.looks import looks, tasks
    from tui import format as fmt
    from tui.terminal import width
    from tui.text import clean

    room = max(min(width(), 100), 40)
    told = []
    for one in found.gravest:
        mark = fmt.level(one.level)
        told.append(f"{mark.glyph} {mark.word}: {one.name}")
        told += _wrapped(clean(one.text), room, "  ")
        told += [*(_wrapped(f"What to do: {clean(one.todo)}", room, "  ") if one.todo else []), ""]
    if not told:
        told = ["Nothing was found wrong.", ""]
    for look in looks(found, over):
        told += _wrapped(clean(look.said), room, f"{look.what:<11}", " " * 11)
        if look.what == "forgetting":
            told += [f"{'':<11}{clean(task):<20} {clean(said)}" for task, said in tasks(found.forgetting)]
    return "\n".join(told) + "\n"


def _wrapped(text: str, room: int, first: str, rest: str | None = None) -> list[str]:
    return textwrap.wrap(text, room, initial_indent=first, subsequent_indent=first if rest is None else rest)
