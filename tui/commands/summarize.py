"""``summarize``: a run's model on dialogues of one's own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.commands.common import Command, opened, workspace_option

if TYPE_CHECKING:
    from engine.errors import DialtuneError
    from engine.runs.folder import RunFolder

_JSON_SUFFIXES = {".jsonl", ".ndjson"}


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
@workspace_option
def summarize(words: tuple[str, ...], base: str | None, workspace: Path | None, **settings: Any) -> int:
    """Summarise FILE, or standard input, with a run's model (or with --base a base), and print the summary.

    FILE is one dialogue as text ("Speaker: words", a turn a line), or JSON lines with a "dialogue" each
    (.jsonl, or input whose every line is such an object), answered by JSON lines with "id" and "summary".

    \b
    Examples:
      dialtune summarize lora-try call.txt
      pbpaste | dialtune summarize lora-try
      dialtune summarize lora-try calls.jsonl > summaries.jsonl
      dialtune summarize --base google/flan-t5-base --shots 2 call.txt
    """
    from tui.terminal import put, put_text, stdout_is_terminal
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

        whom = [f"--base={base_model(base).base}"]
    dialogues, many = _dialogues(file)
    for answer in _ask(name, [*whom, *_flags(settings)], dialogues):
        if many:
            line = json.dumps(answer, ensure_ascii=False)
            put((clean(line) if stdout_is_terminal() else line) + "\n")
        else:
            put_text(answer["summary"])
    return 0


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


def _dialogues(file: Path) -> tuple[list[dict[str, str]], bool]:
    """The dialogues of ``file`` with their ids, and whether it is a file of many. Raises DataError."""
    from engine.data.quoting import plain
    from engine.errors import DataError
    from tui.terminal import tell

    where = "Standard input" if str(file) == "-" else plain(str(file))
    try:
        if str(file) == "-":
            if sys.stdin.isatty():
                tell("Type or paste a dialogue, then press Ctrl-D.")
            data = sys.stdin.buffer.read()
        else:
            data = file.read_bytes()
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"There is no file {where}") from None
    except OSError as error:
        raise DataError(f"{where} cannot be read", error.strerror or str(error)) from None
    except UnicodeDecodeError as error:
        raise DataError(
            f"{where} is not UTF-8 text", f"Byte {error.start} does not fit", "Convert it with iconv"
        ) from None
    if not text.strip():
        raise DataError(f"{where} is empty")
    lines = [line for line in text.split("\n") if line.strip()]
    objects = [_object(line) for line in lines]
    if all(objects):
        return [{"id": o["id"] or str(at), "dialogue": o["dialogue"]} for at, o in enumerate(objects, 1) if o], True
    if file.suffix.lower() in _JSON_SUFFIXES:
        wrong = objects.index(None) + 1
        raise DataError(
            f"Row {wrong} of {where} is no JSON object with a dialogue",
            "",
            'Write {"id": "1", "dialogue": "..."} a line',
        )
    return [{"id": "1", "dialogue": text.strip()}], False


def _object(line: str) -> dict[str, str] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("dialogue"), str) or not found["dialogue"].strip():
        return None
    return {"id": str(found.get("id", "")), "dialogue": found["dialogue"]}


def _ask(name: str, asked: list[str], dialogues: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The worker room's summaries. Raises the DialtuneError that it ended with."""
    from engine.errors import RunFailed
    from engine.launch import worker_environment
    from tui.terminal import tell

    command = [sys.executable, "-m", "engine.worker.summarize", *asked]
    root = Path(__file__).parent.parent.parent
    given = "".join(json.dumps(dialogue) + "\n" for dialogue in dialogues)
    answered = subprocess.run(
        command, input=given, capture_output=True, encoding="utf-8", errors="replace",
        env={**worker_environment(), "PYTHONIOENCODING": "utf-8"}, cwd=root, check=False,
    )  # fmt: skip
    answers, error = [], None
    for line in answered.stdout.splitlines():
        try:
            values = json.loads(line)
        except ValueError:
            continue  # a library's chatter
        if isinstance(values, dict) and isinstance(values.get("error"), dict):
            error = _error(values["error"])
        elif isinstance(values, dict) and isinstance(values.get("summary"), str):
            answers.append({"id": values.get("id"), "summary": values["summary"]})
        elif isinstance(values, dict) and isinstance(values.get("notice"), str):
            tell(values["notice"])
    if error is not None:
        raise error
    if answered.returncode or len(answers) != len(dialogues):
        last = (answered.stderr.strip().splitlines() or [f"It left with exit code {answered.returncode}"])[-1]
        raise RunFailed(f"The model of {name} could not summarise", last, "`dialtune doctor` shows what works here")
    return answers


def _error(told: dict[str, Any]) -> DialtuneError:
    from engine.errors import BY_EXIT_CODE, RunFailed

    code = told.get("exit_code")
    kind: type[DialtuneError] = BY_EXIT_CODE.get(code, RunFailed) if isinstance(code, int) else RunFailed
    happened, why, todo = (str(told.get(part) or "") for part in ("happened", "why", "todo"))
    return kind(happened, why, todo)
