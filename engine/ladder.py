"""The stop ladder: ask, insist, end by force. Each rung waits for the one below, and says what is kept.

========  ==================================================================  ======================================
rung      what the worker does                                                what is kept
========  ==================================================================  ======================================
ask       ends after the present step, writes a checkpoint and what it learnt  everything up to that step
insist    ends wherever it is, within seconds: nothing more is written         its last checkpoint, what it has decoded
force     is ended by the system (SIGKILL), with its process group             the same
========  ==================================================================  ======================================

A worker deep in a long native call (a kernel that hangs, a read from a dead network disk) cannot be told anything: only
force ends that, so nobody but a person, or ``--kill``, decides it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from engine import launch
from engine.errors import WorkspaceError
from engine.runs.folder import RunFolder, Status

Rung = Literal["ask", "insist", "force"]

GRACE: dict[Rung, float] = {"ask": 60.0, "insist": 15.0}
"""Seconds for which a rung is given time before the next is offered. Most steps take less than a minute, and so does
writing what a base of a billion parameters learnt; a worker that can be told to end at once does it within seconds."""
KEEPS: dict[Rung, str] = {
    "ask": "what it learnt up to that step is kept",
    "insist": "its last checkpoint and what it has decoded are kept, not the steps since",
    "force": "its last checkpoint and what it has decoded are kept, not the steps since",
}


@dataclass(frozen=True)
class Ladder:
    """Where on the ladder a running run stands."""

    rung: Rung | None = None
    """The last one climbed; None before it was asked."""
    since: float = 0.0
    """When (seconds since the epoch)."""
    noticed: bool = False
    """Whether the worker has taken notice: it is then on its way, saving perhaps."""

    def grace(self, now: float) -> float:
        """Seconds left before the next rung is due; 0 when it is, or on the ground."""
        return 0.0 if self.rung is None else min(max(self.since + GRACE.get(self.rung, 0.0) - now, 0.0), 3600.0)


def look(run: RunFolder, status: Status) -> Ladder:
    """Where ``run`` stands, from what was asked of its worker and what that has noticed."""
    if (since := status.insisted or _left(run, "insist")) is not None and since:
        return Ladder("insist", since, bool(status.insisted))
    if since := status.stopping or _left(run, "stop") or _left(run, "discard"):
        return Ladder("ask", since, bool(status.stopping))
    return Ladder()


def _left(run: RunFolder, request: str) -> float | None:
    """When a request that still waits was left."""
    try:
        return (run.path / "control" / request).stat().st_mtime
    except OSError:
        return None


def insist(run: RunFolder) -> None:
    """Tell the worker to end at once, wherever it is. Raises WorkspaceError where there is none, or no way to."""
    if (state := run.status().state) != "running":
        raise WorkspaceError(f"The run {run.name} is not running", f"It is {state}")
    run.ask("insist")


def climb(
    run: RunFolder, discard: bool, grace: float, highest: Rung, say: Callable[[str], None],
    consent: Callable[[str], bool] | None = None, poll: float = 0.1,
) -> Status:  # fmt: skip
    """Ask ``run`` to stop and climb to ``highest`` at most, waiting ``grace`` seconds for the first rung.

    ``say`` is told of each rung; ``consent`` (where there is somebody to ask) may allow one above ``highest``. A
    worker that has taken notice of the first is left to its saving unless a higher rung was asked for. The status
    when it was over, or as it is. Raises WorkspaceError where launch.stop and launch.kill do.
    """
    launch.stop(run, discard)
    status = wait(run, grace, poll)
    noticed = heard(run)
    if status.over or (noticed and highest == "ask"):
        return status
    late = f"{run.name} {'is still busy with ending' if noticed else 'has not answered'} after {grace:g} s"
    if highest == "ask" and not (consent and consent(f"{late}. Insist? It then ends at once: {KEEPS['insist']}.")):
        return status
    say(f"{late}: told to end at once; {KEEPS['insist']}.")
    insist_quietly(run)
    status = wait(run, GRACE["insist"], poll)
    if status.over:
        return status
    late = f"{run.name} has not ended {GRACE['insist']:g} s after it was told to"
    if highest != "force" and not (consent and consent(f"{late}. End it by force? {KEEPS['force'].capitalize()}.")):
        return status
    if launch.kill(run):
        say(f"{late}: ended by force; {KEEPS['force']}.")
    return run.status()


def heard(run: RunFolder) -> bool:
    """Whether the worker has taken what it was last asked for, up to "insist"."""
    return not any(_left(run, request) for request in ("stop", "discard", "insist"))


def insist_quietly(run: RunFolder) -> None:
    """:func:`insist`, for one that may have ended this moment."""
    if run.status().state == "running":
        run.ask("insist")


def wait(run: RunFolder, seconds: float, poll: float = 0.1) -> Status:
    """The status once the run is over, or after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (status := run.status()).over and (left := deadline - time.monotonic()) > 0:
        time.sleep(min(poll, max(left, 0.001)))
    return status
