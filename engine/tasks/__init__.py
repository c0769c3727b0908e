"""The tasks there are. A task is one file of this folder that says so: ``TASK = Task(...)``; nothing else lists them.

A task whose head (encoder-decoder, classes) is there already needs no more than that. A new head is one file in
:mod:`engine.worker.heads`.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from functools import cache

from engine.errors import SpecError
from engine.tasks.task import Metric, Role, Task, Words

__all__ = ["USUAL", "Metric", "Role", "Task", "Words", "check", "every", "named", "names", "of", "stop_metrics"]

USUAL = "summarisation"
"""The task of a spec that names none."""


@cache
def every() -> tuple[Task, ...]:
    """All tasks, the usual one first."""
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    loaded = (importlib.import_module(f"{__name__}.{module}") for module in modules)
    found = [module.TASK for module in loaded if hasattr(module, "TASK")]
    return tuple(sorted(found, key=lambda task: (task.name != USUAL, task.name)))


def names() -> tuple[str, ...]:
    """What ``task`` of a spec can be."""
    return tuple(task.name for task in every())


def stop_metrics() -> tuple[str, ...]:
    """What ``train.metric`` can be in one task or another."""
    return tuple(dict.fromkeys(key for task in every() for key in task.stop_metrics))


def named(name: str = USUAL) -> Task:
    """The task called ``name``. Raises SpecError with the nearest name when there is none."""
    found = of(name)
    if found is None:
        close = difflib.get_close_matches(name, names(), n=1, cutoff=0.4)
        todo = f"The nearest is {close[0]}" if close else f"There is {' and '.join(names())}"
        raise SpecError(f"There is no task {name!r}", "", todo)
    return found


def check(name: str, command: str) -> None:
    """Raise SpecError, saying why, where ``command`` can do nothing with a model of the task called ``name``."""
    task = of(name)
    if task is not None and command in task.refused:
        raise SpecError(f"A model of task {name} cannot be used here", task.refused[command])


def of(name: str) -> Task | None:
    """The task called ``name``; None of one that only a newer dialtune knows."""
    return next((task for task in every() if task.name == name), None)
