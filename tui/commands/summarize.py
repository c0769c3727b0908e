"""``summarize``: a run's model on dialogues of one's own."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.commands.common import Command, opened, workspace_option

if TYPE_CHECKING:
    from engine.runs.folder import RunFolder
    from engine.summarising.inputs import Given
    from engine.summarising.keeping import Kept
    from tui.commands.progress import Progressing


def _number(flag: str, low: float, high: float, text: str) -> Callable[[Command], Command]:
    whole = isinstance(low, int)
    kind: Any = click.IntRange(int(low), int(high)) if whole else click.FloatRange(low, high)
    return click.option(flag, type=kind, help=text)


@click.command(short_help="Summarise a dialogue with a run's model.")
@click.argument("words", metavar="[RUN] [FILE]", nargs=-1)
@click.option("--base", metavar="NAME", help="Ask a base as it is, in place of a run: builtin, a folder or a hub id.")
@_number("--shots", 0, 20, "Worked examples in front of each dialogue, from the run's training split.")
@_number("--shots-seed", 0, 2**32 - 1, "Draw them at random.  [default: the first ones]")
@click.option("--shot", metavar="ID", multiple=True, help="Take this example; may be given several times.")
@_number("--max-new-tokens", 1, 4096, "Longest summary.  [default: the run's own, as for the next four]")
@_number("--max-source-tokens", 16, 16384, "Longest prompt; the end of a longer dialogue is cut.")
@_number("--beams", 1, 64, "Beams kept at each step; 1 is greedy.")
@_number("--length-penalty", -10.0, 10.0, "Of beams: above 0 favours longer summaries.")
@_number("--no-repeat-ngram", 0, 20, "No run of so many tokens occurs twice; 0 allows it.")
@_number("--temperature", 0.0, 10.0, "Draw tokens at this temperature.  [default: 0, which is greedy]")
@_number("--top-p", 0.01, 1.0, "Draw from the likeliest tokens of this mass.")
@_number("--top-k", 0, 100_000, "Draw from so many likeliest tokens; 0 from all.")
@_number("--seed", 0, 2**32 - 1, "Of the drawing.")
@click.option(
    "--to", "out", metavar="FILE", type=click.Path(path_type=Path),
    help="Keep the summaries in FILE as JSON lines; given again, the command goes on where it was interrupted.",
)  # fmt: skip
@workspace_option
def summarize(
    words: tuple[str, ...], base: str | None, out: Path | None, workspace: Path | None, **settings: Any
) -> int:
    """Summarise FILE, a folder of texts, or standard input with a run's model (or with --base a base).

    FILE is one dialogue as text ("Speaker: words", a turn a line), answered by its summary; or many, answered by JSON
    lines with "id" and "summary" in the same order, as they are made: CSV, TSV, Parquet or JSON with a column of
    dialogues, JSON lines (.jsonl, or input whose every line is an object with a "dialogue"), or a folder, whose
    .txt and .md files are a dialogue each. Lines on standard input are taken as they come.

    With --to, a second run of the same command does what is left. It refuses where model, settings or dialogues are no
    longer those that FILE was begun with; dialogues added at the end are done.

    \b
    Examples:
      dialtune summarize lora-try call.txt
      pbpaste | dialtune summarize lora-try
      dialtune summarize lora-try calls.jsonl > summaries.jsonl
      dialtune summarize lora-try ~/calls --to summaries.jsonl
      dialtune summarize --base google/flan-t5-base --shots 2 call.txt
    """
    from engine.summarising import keeping
    from engine.summarising.inputs import read, read_stream
    from tui.commands.progress import Progressing
    from tui.terminal import put, put_text, stdout_is_terminal, tell
    from tui.text import clean

    name, file = _named(words, base)
    if settings.get("temperature") and (settings.get("beams") or 1) > 1:
        raise click.UsageError("--temperature and --beams do not go together.")
    if base is None:
        run = opened(workspace).open(name)
        _check(run)
        whom = [str(run.path.resolve())]
    else:
        from tui.bench import base_model

        run, known = None, base_model(base).base
        whom = [f"--base={known}"]
    flags = _flags(settings)
    if str(file) == "-":
        if sys.stdin.isatty():
            tell("Type or paste a dialogue, then press Ctrl-D.")
        given = read_stream(sys.stdin.buffer)
    else:
        given = read(file)
    for notice in given.notices:
        tell(notice)
    shown = not given.single and not stdout_is_terminal()
    if out is not None:
        model = keeping.of_run(run) if run is not None else keeping.of_base(known)
        with keeping.Kept(out, model, flags, list(given.items)) as kept:
            _keep(name, [*whom, *flags], given, kept)
        return 0
    with Progressing("summarising", "dialogues") if shown else contextlib.nullcontext() as progress:
        for item, summary in _answers(name, [*whom, *flags], given, progress):
            if given.single:
                put_text(summary)
            else:
                line = json.dumps({"id": item.id, "summary": summary}, ensure_ascii=False)
                put((clean(line) if stdout_is_terminal() else line) + "\n")
    return 0


def _keep(name: str, asked: list[str], given: Given, kept: Kept) -> None:
    """Do what is left of ``given``, telling how far it is; Ctrl-C leaves what is done."""
    from tui.commands.progress import Progressing
    from tui.format import count
    from tui.terminal import tell
    from tui.text import clean

    items = list(given.items)
    place, before = clean(kept.path), kept.done
    if before:
        left = "nothing is left to do" if before == len(items) else f"{count(len(items) - before, 'dialogue')} to go"
        tell(f"{before:,} of {len(items):,} are in {place}: {left}.")
    if before == len(items):
        return
    rest = type(given)(items[before:], len(items) - before)
    try:
        with Progressing("summarising", "dialogues") as progress:
            for item, summary in _answers(name, asked, rest, progress, before):
                kept.add(item, summary)
    except KeyboardInterrupt:
        tell(f"{kept.done:,} of {len(items):,} are in {place}; the same command goes on from there.")
        raise
    tell(f"{count(len(items), 'summary', 'summaries')} in {place}.")


def _answers(
    name: str, asked: list[str], given: Given, progress: Progressing | None, before: int = 0
) -> Iterator[tuple[Any, str]]:
    """The worker's answers, with progress on standard error. Raises what the worker ended with."""
    from engine.summarising.asking import summaries
    from tui.terminal import tell

    total = 0 if given.total is None else given.total + before
    begun: list[int] = []

    def heard(kind: str, words: Any) -> None:
        if kind == "notice" and isinstance(words, str):
            (progress.say if progress is not None else tell)(words)
        elif kind == "progress" and isinstance(words, int) and progress is not None:
            if not begun:  # loading is over: the pace is that of decoding
                begun.append(words)
                progress.start(before)
            progress(before + words, total)

    yield from summaries(name, asked, given.items, heard)


def _named(words: tuple[str, ...], base: str | None) -> tuple[str, Path]:
    """The run's (or base's) name, and the file."""
    words = words if base is None else (base, *words)
    if not words:
        raise click.UsageError("Missing argument 'RUN'.")
    if len(words) > 2:
        raise click.UsageError(f"Got unexpected extra argument ({words[2]})")
    return words[0], Path(words[1] if len(words) > 1 else "-")


def _flags(settings: dict[str, Any]) -> list[str]:
    """The settings that were given, as the worker room takes them."""
    flags = []
    for name, value in settings.items():
        if isinstance(value, tuple):
            flags += [f"--{name}={one}" for one in value]
        elif value is not None:
            flags += [f"--{name.replace('_', '-')}", str(value)]
    return flags


def _check(run: RunFolder) -> None:
    """What can be said at once, before seconds go into loading. Raises BaseError, WorkspaceError."""
    from engine.errors import BaseError
    from engine.methods import UNTRAINED
    from engine.results.facts import asked, word

    run.refuse_imported("asked to summarise")
    if word(asked(run), "method") not in UNTRAINED and not run.model_path.is_dir():
        raise BaseError(
            f"The run {run.name} has no model yet", f"It is {run.status().state}", "Let it train to its end"
        )
