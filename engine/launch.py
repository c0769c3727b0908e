"""Start, stop and resume workers. A worker is a process of its own session: closing the terminal leaves it running."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from engine.errors import STOPPED, WorkspaceError
from engine.runs import process
from engine.runs.folder import REQUESTS, RunFolder, Status

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


def start(run: RunFolder, resume: bool = False) -> subprocess.Popen[bytes]:
    """Start a worker on ``run``; with ``resume``, from its last checkpoint.

    Raises WorkspaceError when a worker of this run is alive, when it is over (and not ``resume``), or when
    its folder cannot be written; the run's status is then what it was.
    """
    status = run.status()
    if status.state == "running":
        raise WorkspaceError(f"The run {run.name} is already running", "", f"`dialtune logs {run.name} -f` follows it")
    if status.over and not resume:
        raise WorkspaceError(f"The run {run.name} is already {status.state}", "", "Resume it, or start a new run")
    for request in REQUESTS:
        run.take(request)
    command = [sys.executable, "-m", "engine.worker", str(run.path.resolve())] + (["--resume"] if resume else [])
    try:
        run.write_status(
            replace(Status(), state="running", phase="loading", created=status.created, started=time.time())
        )
        with run.log_path.open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True, env=worker_environment(), cwd=Path(__file__).parent.parent,
            )  # fmt: skip
    except OSError as error:
        with contextlib.suppress(OSError):
            run.write_status(status)  # or it would be "running" until it counts as lost
        raise WorkspaceError(f"The run {run.name} cannot be started", str(error)) from None


def stop(run: RunFolder, discard: bool = False) -> None:
    """Ask the worker to end after its current step and keep what it learnt (or, ``discard``, to just end).

    A run that is queued is marked stopped. Raises WorkspaceError when the run is already over or its folder
    cannot be written.
    """
    status = run.status()
    if status.over:
        raise WorkspaceError(f"The run {run.name} is not running", f"It is {status.state}")
    if status.state == "queued":
        try:
            run.write_status(replace(status, state="stopped", ended=time.time(), reason="Stopped before it began."))
        except OSError as error:
            raise WorkspaceError(f"The run {run.name} cannot be stopped", str(error)) from None
        return
    run.ask("discard" if discard else "stop")


def kill(run: RunFolder) -> bool:
    """End the worker and its process group at once, for one that does not answer. True when there was one to end.

    The run is then marked stopped, since its worker cannot say so any more. Raises WorkspaceError when the
    worker is another user's or the folder cannot be written.
    """
    status = run.status()
    worker = status.worker
    if worker is None or not process.alive(worker):
        return False
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
    if run.status().state == "running":
        raise WorkspaceError(f"The run {run.name} is running", "", "Stop it first")
    try:
        shutil.rmtree(run.path)
    except OSError as error:
        raise WorkspaceError(f"The run {run.name} cannot be removed", str(error)) from None
