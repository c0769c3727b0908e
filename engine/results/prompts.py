"""The prompts that a run's model read, whole: as they were kept, or put together again from template and dialogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.data.prompts import PLACE, render
from engine.data.quoting import quoted
from engine.errors import WorkspaceError
from engine.results.facts import asked, at, word
from engine.runs import shapes
from engine.runs.files import LineCursor, parse_json
from engine.runs.folder import RunFolder


@dataclass(frozen=True)
class Kept:
    """One prompt."""

    id: str
    prompt: str
    shots: tuple[str, ...] = ()
    """Ids of the examples in it."""
    dropped: tuple[str, ...] = ()
    """Ids of those that did not fit."""
    tokens: int = 0
    """0 where nobody counted."""
    whole: bool = True
    """Whether it is what the model read; else the dialogue was cut, somewhere before the prompt's end."""


def read(run: RunFolder) -> Iterator[Kept]:
    """What the run has kept of its prompts; nothing of one without examples. Damaged lines are skipped."""
    for line in LineCursor(run.prompts_path).read():
        try:
            yield shapes.read(Kept, parse_json(line))
        except ValueError:
            continue


def of_run(run: RunFolder) -> Iterator[Kept]:
    """The prompt of every dialogue that the run has summarised, in the order of the file. Reads files: slow.

    Raises WorkspaceError where predictions were imported: nobody knows how those models were asked.
    """
    run.refuse_imported("asked for its prompts")
    found = False
    for kept in read(run):
        found = True
        yield kept
    if found:
        return
    template = at(asked(run), "prompt", "template")
    template = template if isinstance(template, str) and PLACE in template else PLACE
    before = _virtual(run)
    for prediction in run.predictions().values():
        text = before + render(template, prediction.dialogue)
        yield Kept(prediction.id, text, whole=not prediction.truncated)


def one(run: RunFolder, id: str) -> Kept:
    """The prompt of the dialogue ``id``. Raises WorkspaceError when the run has none of it."""
    known = []
    for kept in of_run(run):
        if kept.id == id:
            return kept
        known.append(kept.id)
    few = f"Its dialogues are called {quoted(known, 3)}" if known else "It has summarised no dialogue yet"
    raise WorkspaceError(f"The run {run.name} has no prompt of {quoted([id])}", few)


def _virtual(run: RunFolder) -> str:
    """What stands for virtual tokens, which have no words."""
    if word(asked(run), "method") != "soft-prompt":
        return ""
    number = at(asked(run), "soft_prompt", "tokens")
    return f"[{number} virtual tokens]\n" if isinstance(number, int) else ""
