"""Start, stop and resume workers. A worker is a process of its own session: closing the terminal leaves it running.

Two launchers never start two workers on one run: see :mod:`engine.runs.claims`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from engine import detaching
from engine.errors import STOPPED, RunFailed, WorkspaceError
from engine.runs import claims, fate, process, state, turns, versions
from engine.runs.folder import REQUESTS, RunFolder, Status

LEAVING_SECONDS = 20.0
"""How long a worker that has said its last word may take to leave before its run counts as still running."""

# Values are bytes; a user's own setting stands. glibc gives freed blocks back to the kernel and faults them in again
# at every step; keeping them makes a CPU step a tenth faster.
_MALLOC = {
    "MALLOC_TRIM_THRESHOLD_": "8589934592",
    "MALLOC_MMAP_THRESHOLD_": "8589934592",
    "MALLOC_TOP_PAD_": "67108864",
}
# OpenMP's threads spin while they wait for each other: by default so long that beside another busy process (a second
# run, a build) they spin away the very cores they wait for, and a demo run of 90 s took over 9 minutes. Not to spin at
# all makes small products three times as slow. A thousand turns keep the speed and yield the core within microseconds.
_OPENMP = {"GOMP_SPINCOUNT": "1000"}


def worker_environment() -> dict[str, str]:
    """The environment a worker runs in: ours; malloc keeps its memory, OpenMP hardly spins."""
    openmp = {} if "OMP_WAIT_POLICY" in os.environ else _OPENMP
    return {**_MALLOC, **openmp, "TOKENIZERS_PARALLELISM": "false", "PYTHONUNBUFFERED": "1", **os.environ}


def start(
    run: RunFolder, resume: bool = False, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a worker on ``run``; with ``resume``, from its last checkpoint.

    ``environment`` is added to the worker's, such as the devices it may see. A worker that has ended but not yet
    left is waited for. Raises WorkspaceError when a worker of this run is alive, when it is over (and not
    ``resume``), or when its folder cannot be written; the run's status is then what it was.
    """
    run.refuse_imported("resumed" if resume else "started")
    versions.refuse(run)
    with _claimed(run, "started", patient=resume) as claim:
        status = state.settled(run)
        if status.over and not resume:
            raise WorkspaceError(f"The run {run.name} is already {status.state}", "", "Resume it, or start a new run")
        if status.over and claim is None:
            raise WorkspaceError(
                f"The run {run.name} is {status.state}, but its last worker has not left yet", "",
                f"Try again; `dialtune stop {run.name} --force` ends it now",
            )  # fmt: skip
        if status.state == "running" or claim is None:
            raise WorkspaceError(
                f"The run {run.name} is already running", "", f"`dialtune logs {run.name} -f` follows it"
            )
        try:
            attempt = claims.claimed(run, status.attempt)
        except OSError as error:
            raise WorkspaceError(f"The run {run.name} cannot be started", error.strerror or str(error)) from None
        if attempt is None:
            raise WorkspaceError(f"The run {run.name} is just being started by somebody else", "", "Look again")
        for request in REQUESTS:
            run.take(request)
        command = [sys.executable, "-m", "engine.worker", str(run.path.resolve())] + (["--resume"] if resume else [])
        command = detaching.detached(command)
        try:
            run.write_status(
                replace(
                    Status(),
                    state="running",
                    phase="loading",
                    created=status.created,
                    started=time.time(),
                    uptime=process.uptime(),
                    boot=process.boot_id(),
                    attempt=attempt,
                    starved=status.phase if fate.for_memory(status) else "",
                    seconds=status.seconds if resume else {},
                )
            )
            with run.log_path.open("ab") as log:
                worker = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, pass_fds=(claim,),
                    start_new_session=True, env={**worker_environment(), **(environment or {})},
                    cwd=Path(__file__).parent.parent,
                )  # fmt: skip
        except OSError as error:
            with contextlib.suppress(OSError):
                run.write_status(status)  # or it would be "running" until it counts as lost
            raise WorkspaceError(f"The run {run.name} cannot be started", str(error)) from None
        turns.drop(run)
        return worker


@contextlib.contextmanager
def _claimed(run: RunFolder, what: str, patient: bool = False) -> Iterator[int | None]:
    """The right to start or unqueue ``run``, as the descriptor of its locked file; None when another has it.

    ``patient`` waits for the last worker of a run that is over, which may be on its way out. Raises WorkspaceError.
    """
    try:
        descriptor = claims.opened(run)
    except OSError as error:
        raise WorkspaceError(f"The run {run.name} cannot be {what}", error.strerror or str(error)) from None
    try:
        deadline = time.monotonic() + (LEAVING_SECONDS if patient else 0.0)
        while not (mine := claims.locked(descriptor)) and time.monotonic() < deadline and run.status().over:
            time.sleep(0.02)
        yield descriptor if mine else None
    finally:
        os.close(descriptor)


def stop(run: RunFolder, discard: bool = False) -> None:
    """Ask the worker to end after its current step and keep what it learnt (or, ``discard``, to just end).

    A run that is queued is marked stopped. Raises WorkspaceError when the run is already over or its folder
    cannot be written.
    """
    deadline = time.monotonic() + 5
    while (status := run.status()).state == "queued" and time.monotonic() < deadline:
        if _unqueued(run):
            return
        time.sleep(0.02)  # somebody is just starting it: requests left before its status says so would be swept away
    if status.over:
        raise WorkspaceError(f"The run {run.name} is not running", f"It is {status.state}")
    run.ask("discard" if discard else "stop")


def _unqueued(run: RunFolder) -> bool:
    """Mark the queued run stopped; False when somebody is starting it. Raises WorkspaceError."""
    with _claimed(run, "stopped") as claim:
        if claim is None or (status := run.status()).state != "queued":
            return False
        try:
            run.write_status(replace(status, state="stopped", ended=time.time(), reason="Stopped before it began."))
        except OSError as error:
            raise WorkspaceError(f"The run {run.name} cannot be stopped", str(error)) from None
        turns.drop(run)
        return True


def fell(run: RunFolder, code: int) -> Status:
    """Write down that the worker of ``run``, a child of ours, is gone with exit ``code`` though its status says not.

    Nobody else can know: others would have to wait until the run counts as lost. The status as it is now; one that
    says that the run is over stands.
    """
    status = run.status()
    if status.over:
        return status
    error = {
        "happened": f"The worker of {run.name} ended without a word",
        "why": f"It left with {f'signal {-code}' if code < 0 else f'exit code {code}'}",
        "todo": f"`dialtune logs {run.name}` shows what it printed",
    }
    starved = fate.for_memory(status) if code == -signal.SIGKILL else ""
    if starved:
        error |= {"why": starved, "todo": f"`dialtune resume {run.name}` goes on with half the batch"}
    status = replace(
        status, state="failed", ended=time.time(), eta=None, reason=starved or error["happened"],
        exit_code=RunFailed.exit_code, error=error,
    )  # fmt: skip
    with contextlib.suppress(OSError):  # its folder may have been deleted
        run.write_status(status)
    return status


def kill(run: RunFolder) -> bool:
    """End the worker and its process group at once, for one that does not answer. True when there was one to end.

    The run is then marked stopped, since its worker cannot say so any more. Raises WorkspaceError when the
    worker is another user's or the folder cannot be written.
    """
    status = run.status()
    worker = status.worker
    if worker is None or status.over or process.sighted(worker) is False:
        return False
    if not process.alive(worker):
        raise WorkspaceError(
            f"The worker of {run.name} cannot be ended from here", f"It runs on {worker.host or 'another machine'}",
            f"`dialtune stop {run.name}` asks it to stop, from anywhere",
        )  # fmt: skip
    try:
        if os.getpgid(worker.pid) == worker.pid:
            os.killpg(worker.pid, signal.SIGKILL)
        else:  # started by hand: its group is somebody else's, perhaps our own
            os.kill(worker.pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    except PermissionError as error:
        raise WorkspaceError(f"The run {run.name} cannot be ended", str(error)) from None
    deadline = time.monotonic() + 5
    while process.alive(worker) and time.monotonic() < deadline:
        time.sleep(0.02)
    reason = "Ended by force, as asked; its checkpoints are kept."
    last = run.status()
    if last.state in ("finished", "stopped", "failed"):  # it came to its end by itself just before
        return True
    try:
        run.write_status(replace(last, state="stopped", ended=time.time(), eta=None, reason=reason, exit_code=STOPPED))
    except OSError as error:
        raise WorkspaceError(f"The run {run.name} was ended, but its status cannot be written", str(error)) from None
    return True


def delete(run: RunFolder) -> None:
    """Remove the run's folder. Raises WorkspaceError while its worker is alive or when it cannot be removed."""
    if state.settled(run).state == "running":
        raise WorkspaceError(f"The run {run.name} is running", "", "Stop it first")
    try:
        shutil.rmtree(run.path)
    except OSError as error:
        raise WorkspaceError(f"The run {run.name} cannot be removed", str(error)) from None
