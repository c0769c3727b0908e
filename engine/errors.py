"""What a user can be told: what happened, why, and what to do. Each kind has its documented exit code.

====  ==========================================================================
code  meaning
====  ==========================================================================
0     done
1     a fault of dialtune's own (a traceback was written to the log)
2     the command line or a spec is wrong
3     the data cannot be read or used
4     the base or a saved model cannot be loaded or used
5     the workspace or a run in it: no such run, name taken, not writable
6     the hub cannot be reached and nothing is cached
7     the run failed while it worked (loss not finite, out of memory, worker died)
8     the run was stopped before its end, as asked; what it learnt is kept
9     `dialtune check` found damage
10    disk or memory are too small for the run, so it was not started
130   interrupted from the keyboard
====  ==========================================================================
"""

from __future__ import annotations

from typing import ClassVar


class DialtuneError(Exception):
    """A sentence for the user. ``happened`` says what, ``why`` the cause, ``todo`` the way out."""

    exit_code: ClassVar[int] = 1

    def __init__(self, happened: str, why: str = "", todo: str = "") -> None:
        self.happened, self.why, self.todo = happened, why, todo
        super().__init__(" ".join(_sentence(part) for part in (happened, why, todo) if part))


class SpecError(DialtuneError):
    """A spec or a command line asks for something that does not exist or is out of range."""

    exit_code = 2


class DataError(DialtuneError):
    """The dialogues cannot be read, or lack what a run needs."""

    exit_code = 3


class BaseError(DialtuneError):
    """A base, adapter or checkpoint cannot be loaded, or is not an encoder-decoder."""

    exit_code = 4


class WorkspaceError(DialtuneError):
    """No such run, a name already taken, a folder that cannot be written."""

    exit_code = 5


class HubError(DialtuneError):
    """The hub cannot be reached, and what was asked for is not in the cache."""

    exit_code = 6


class RunFailed(DialtuneError):  # noqa: N818 - "run failed" is the sentence a user reads
    """The run broke off while it worked."""

    exit_code = 7


class ResourceError(DialtuneError):
    """The machine has too little of something for a run that was not started yet."""

    exit_code = 10


STOPPED = 8
"""Exit code of a run that was stopped as asked."""
DAMAGED = 9
"""Exit code of a check that found damage."""
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells give it."""

BY_EXIT_CODE: dict[int, type[DialtuneError]] = {
    kind.exit_code: kind
    for kind in (DialtuneError, SpecError, DataError, BaseError, WorkspaceError, HubError, RunFailed, ResourceError)
}
"""The error of each exit code, so that what a worker recorded can be raised again elsewhere."""


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else text + "."
