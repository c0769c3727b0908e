"""What a process that :func:`engine.asking.ask` started says: JSON lines on standard output."""

from __future__ import annotations

import contextlib
import json
import sys
import traceback
from collections.abc import Callable
from typing import Any

from engine.data.quoting import plain
from engine.errors import DialtuneError, RunFailed


def say(**values: Any) -> None:
    """One object, as a line."""
    print(json.dumps(values), file=sys.__stdout__, flush=True)


def answered(work: Callable[[], None]) -> int:
    """Do ``work``, which says what it found; the exit code. A DialtuneError is said; others are this process's fault.

    What libraries print goes to standard error meanwhile, which is shown only where the process breaks off.
    """
    with contextlib.redirect_stdout(sys.stderr):
        try:
            work()
        except DialtuneError as error:
            told = {"exit_code": error.exit_code, "happened": error.happened, "why": error.why, "todo": error.todo}
            say(error=told)
            return error.exit_code
        except Exception as error:
            traceback.print_exc()
            failure = _failure(error)
            say(error={"exit_code": failure.exit_code, "happened": failure.happened, "why": failure.why, "todo": ""})
            return failure.exit_code
    return 0


def _failure(error: Exception) -> DialtuneError:
    if isinstance(error, MemoryError):
        return RunFailed("The machine ran out of memory")
    why = f"{type(error).__name__}: {plain(str(error), 300)}"
    return DialtuneError("A process of dialtune's own broke off", why)
