"""General prompts with what a capable model answers: what a base knew before it was fine-tuned is measured on them.

The built-in ones are our own sentences: questions on a text and on a dialogue, reported speech, sentiment,
continuation, translation, small talk.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine import builtin
from engine.data import formats
from engine.data.quoting import count, plain, quoted
from engine.errors import DataError

MOST = 256
"""Prompts that are used; a file's others are left out. More would cost time and tell little."""
USUAL_TASK = "general"
"""The task of a prompt whose file has no such column."""


@dataclass(frozen=True)
class General:
    """One prompt."""

    task: str
    input: str
    target: str
    """What a capable model answers."""


def read(source: str) -> tuple[list[General], int]:
    """The prompts of ``source`` (``builtin``, or a file with the columns ``input``, ``target`` and perhaps ``task``),
    and how many were left out.

    Of more than :data:`MOST`, every n-th is taken, so that all tasks of a sorted file have some. Raises DataError.
    """
    path = builtin.GENERAL if source == builtin.NAME else Path(source).expanduser()
    rows = formats.read(path)
    where = plain(str(path))
    columns = dict.fromkeys(name for row in rows for name in row)
    lacking = [name for name in ("input", "target") if name not in columns]
    if lacking:
        raise DataError(
            f"{where} has no column {quoted(lacking)}", f"It has {quoted(columns)}",
            "Each row of forgetting.prompts needs input and target; task is optional",
        )  # fmt: skip
    found = []
    for number, row in enumerate(rows, start=1):
        text, target, task = (row.get(name) for name in ("input", "target", "task"))
        if not (isinstance(text, str) and text.strip() and isinstance(target, str) and target.strip()):
            raise DataError(
                f"Row {number} of {where} has no text as input and target", "", "Fill them, or leave it out"
            )
        found.append(General(task.strip() if isinstance(task, str) and task.strip() else USUAL_TASK, text, target))
    step = -(-len(found) // MOST)
    return found[::step], len(found) - len(found[::step])


def absolute(source: str) -> str:
    """``source`` as a worker must get it, which runs in another folder. Raises DataError when it cannot be used."""
    if source == builtin.NAME:
        return source
    path = Path(source).expanduser().resolve()
    read(str(path))
    return str(path)


def told(left_out: int) -> str:
    """That prompts were left out."""
    return f"{count(left_out, 'general prompt')} left out: {MOST} are enough."
