"""What is to happen once nothing runs or waits in a workspace any more: for machines that are paid by the hour.

Somebody arms it; the queue's process (:mod:`engine.queue`) watches (:mod:`.watching`), counts down and does it
(:mod:`.acts`), whether a terminal is there or not. ``.when-empty.json`` in the workspace says that it is armed and
what for. Whoever takes that file away has the right to act on it: the process that fires, or somebody who calls it
off. So it never happens twice, and never after it was called off. All changes are made under a lock (flock).

What the watching process has seen stands in a file of its own, ``.when-empty.state.json``, so that it never writes
what others may remove.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from engine.config import WhenEmpty
from engine.errors import SpecError, WorkspaceError
from engine.runs import process, shapes
from engine.runs.files import read_json, write_json

FILE = ".when-empty.json"
STATE = ".when-empty.state.json"
LOCK = ".when-empty.lock"

Act = Literal["bell", "osc9", "webhook", "command"]
ACTS: tuple[Act, ...] = get_args(Act)
"""In the order in which they are done: the command, which may switch the machine off, comes last."""
WORDS = {
    "bell": "ring the terminal's bell",
    "osc9": "a desktop notification by the terminal (OSC 9)",
    "webhook": "POST to the webhook of config.toml",
    "command": "run the command",
}


@dataclass(frozen=True)
class Armed:
    """``.when-empty.json``: what is to be done."""

    id: str
    acts: tuple[str, ...]
    command: str = ""
    """For the shell; empty where the one of config.toml is meant."""
    countdown: float = 60.0
    """Seconds."""
    after_failure: bool = False
    """Whether it also happens when one of the runs failed."""
    at: float = 0.0
    """When it was armed: seconds since the epoch."""
    boot: str = ""
    """Of which machine; a machine that was started anew since is not switched off for what ended before."""
    tty: str = ""
    """The terminal it was armed at, which gets bell and OSC 9."""

    @property
    def here(self) -> bool:
        """Whether it was armed on this machine since its start."""
        return self.boot == process.boot_id()


@dataclass(frozen=True)
class Seen:
    """``.when-empty.state.json``: what the watching process has seen, and done."""

    id: str = ""
    """Of the arming that this is about."""
    runs: tuple[str, ...] = ()
    """Runs that were at work or waiting since it was armed."""
    fires_at: float = 0.0
    """Seconds since the epoch; 0 while nothing counts down."""
    held: str = ""
    """Why it does not fire although nothing runs, for a person."""
    fired: float = 0.0
    """When it was done; 0 before."""
    done: tuple[str, ...] = ()
    """How each act went, in words."""


def arm(workspace: Path, acts: Sequence[str], usual: WhenEmpty, **given: object) -> Armed:
    """Have ``acts`` done when the workspace has become empty; ``given`` stands above ``usual``: command, countdown,
    after_failure, tty. What was armed before is replaced.

    Raises SpecError when an act is none or lacks what it needs, WorkspaceError when the workspace cannot be written.
    """
    wanted = tuple(act for act in ACTS if act in acts)
    if unknown := [act for act in acts if act not in ACTS]:
        raise SpecError(f"{unknown[0]!r} cannot be done when the queue is empty", "", f"Choose among {', '.join(ACTS)}")
    if not wanted:
        raise SpecError("Nothing was asked for when the queue is empty", "", f"Choose among {', '.join(ACTS)}")
    command = str(given.get("command") or "") if "command" in wanted else ""
    if "command" in wanted and not (command or usual.command).strip():
        raise SpecError("There is no command to run", "", "Give one, or set command under [when_empty] in config.toml")
    if "webhook" in wanted and not usual.webhook:
        raise SpecError("There is no webhook", "", "Set webhook under [when_empty] in config.toml")
    countdown, failure = given.get("countdown"), given.get("after_failure")
    armed = Armed(
        id=os.urandom(4).hex(),
        acts=wanted,
        command=command,
        countdown=float(countdown) if isinstance(countdown, int | float) else usual.countdown,
        after_failure=bool(usual.after_failure if failure is None else failure),
        at=time.time(),
        boot=process.boot_id(),
        tty=str(given.get("tty") or ""),
    )
    try:
        workspace.mkdir(parents=True, exist_ok=True)
        with _locked(workspace):
            write_json(workspace / FILE, asdict(armed))
    except OSError as error:
        raise WorkspaceError(f"The workspace {workspace} cannot be written", error.strerror or str(error)) from None
    return armed


def armed(workspace: Path) -> Armed | None:
    """What is armed, wherever that was done; None where nothing is, or the file cannot be read."""
    try:
        return shapes.read(Armed, read_json(workspace / FILE))
    except ValueError:
        return None


def disarm(workspace: Path, which: str = "") -> Armed | None:
    """Call off what is armed (or only the arming ``which``). What was called off; None when it was too late, or nothing
    was armed. Whoever gets it is the only one. Raises WorkspaceError when the workspace cannot be written.
    """
    try:
        with _locked(workspace):
            there = armed(workspace)
            if there is not None and which in ("", there.id):
                (workspace / FILE).unlink()
                return there
            if there is None and not which:
                (workspace / FILE).unlink(missing_ok=True)  # one that cannot be read
    except FileNotFoundError:  # no such workspace
        return None
    except OSError as error:
        raise WorkspaceError(f"The workspace {workspace} cannot be written", error.strerror or str(error)) from None
    return None


def seen(workspace: Path) -> Seen:
    """What the watching process has last seen."""
    try:
        return shapes.read(Seen, read_json(workspace / STATE))
    except ValueError:
        return Seen()


def terminal() -> str:
    """The path of the terminal that this process is used from; empty without one."""
    for descriptor in (0, 1, 2):
        with contextlib.suppress(OSError):
            return os.ttyname(descriptor)
    return ""


@contextlib.contextmanager
def _locked(workspace: Path) -> Iterator[None]:
    """Raises OSError; a file system without locks leaves changes to chance, as it does the queue."""
    descriptor = os.open(workspace / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
