"""``python -m engine.queue WORKSPACE``: works off a workspace's queue, in a process that outlives the terminal.

Oldest first, one run a device: one at a time on a machine without GPUs, else one on each GPU that is visible, whose
worker sees no other. A run that somebody started by hand takes up its device, too. The scheduler ends by itself when
nothing waits and its last worker has ended; workers never depend on it.

There is one scheduler a workspace: it holds a lock (flock) on ``.queue.lock``, which whoever starts it takes and hands
on, and which no dead process can keep. Other starters leave their runs to it. A scheduler that was killed leaves the
runs that wait as they are, for the next one. The file system must know such locks (local ones do, NFS since version
4), and the workspace's runs are worked off on one machine at a time. Workspaces know nothing of each other.

It writes to run folders only through :mod:`engine.launch`, and what it did to ``.queue.log``.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from engine import detaching, launch
from engine.errors import DialtuneError, WorkspaceError
from engine.runs import process, shapes, turns
from engine.runs.files import read_json
from engine.runs.folder import RunFolder, Status
from engine.runs.workspace import Workspace

if TYPE_CHECKING:
    from engine.hardware import Devices

LOG = ".queue.log"
LOCK = ".queue.lock"
POLL_SECONDS = 0.5
VISIBLE = "CUDA_VISIBLE_DEVICES"
MACHINE = ""
"""The one device of a machine without GPUs."""

Start = Callable[[RunFolder, Mapping[str, str]], "subprocess.Popen[bytes]"]


# -- for whoever wants something done ----------------------------------------------------------------


def start(workspace: Path, names: Sequence[str] = ()) -> subprocess.Popen[bytes] | None:
    """Put the queued runs ``names`` into the queue, and see to it that a scheduler works on it.

    The scheduler that was started; None when one is at work already, or nothing waits. Raises WorkspaceError when a
    run is not there or not queued, or the workspace cannot be written or knows no locks.
    """
    place = Workspace(workspace)
    turns.add(place, list(names))
    if not turns.waiting(place):
        return None
    try:
        lock = os.open(workspace / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if not _take(lock):
                return None  # whoever has it looks once more after letting go, and finds what was put there before
            command = [sys.executable, "-m", "engine.queue", str(workspace.resolve()), "--lock", str(lock)]
            command = detaching.detached(command)
            with (workspace / LOG).open("ab") as log:
                return subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, pass_fds=(lock,),
                    start_new_session=True, cwd=Path(__file__).parent.parent,
                )  # fmt: skip
        finally:
            os.close(lock)  # the scheduler has its own descriptor, and the lock with it
    except OSError as error:
        raise WorkspaceError("The queue cannot be started", error.strerror or str(error)) from None


def pick_up(workspace: Path) -> subprocess.Popen[bytes] | None:
    """:func:`start` for runs that a dead scheduler left, if any of them was asked for on this machine.

    A workspace that was copied here from elsewhere is not set to work by being looked at.
    """
    host = os.uname().nodename
    if alive(workspace) or not any(turn.host == host for _, turn in turns.waiting(Workspace(workspace))):
        return None
    return start(workspace)


def alive(workspace: Path) -> bool:
    """Whether a scheduler works on the queue. Only reads: trying the lock could turn a starter away."""
    try:
        return process.alive(shapes.read(process.Identity, read_json(workspace / LOCK)))
    except ValueError:
        return False


def devices_seen(status: Status) -> list[str] | None:
    """The words of CUDA_VISIBLE_DEVICES in a run's worker; None where it says nothing, or cannot be asked."""
    if status.worker is None:
        return None
    import psutil  # as the devices below: a terminal that only asks whether there is a queue loads neither

    try:
        words = psutil.Process(status.worker.pid).environ().get(VISIBLE)
    except (psutil.Error, OSError, ValueError):  # another user's, or gone
        return None
    return None if words is None else [word.strip() for word in words.split(",") if word.strip()]


# -- the scheduler -----------------------------------------------------------------------------------


def _start(run: RunFolder, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return launch.start(run, environment=environment)


class Scheduler:
    """Starts the waiting runs of one workspace, each when a device is free."""

    def __init__(self, place: Workspace, start: Start = _start, devices: Devices | None = None) -> None:
        """``start`` and ``devices`` stand in for launching workers and for the machine's GPUs."""
        from engine.hardware import Devices

        self._place, self._start, self._devices = place, start, devices or Devices()
        self._workers: dict[str, tuple[subprocess.Popen[bytes], str]] = {}
        """Ours, by run, with their device."""
        self._refused: set[str] = set()
        """Runs that cannot be started; the next scheduler tries again."""
        self._at_rest: dict[str, int] = {}
        """When the status of a run that is over was written: it need not be read again until that changes."""

    def work(self, poll: float = POLL_SECONDS) -> None:
        """Until nothing waits and no worker of ours is left."""
        while self.step():
            time.sleep(poll)

    def step(self) -> bool:
        """See what has ended and start what has room; whether there is anything left to wait for."""
        self._reap()
        line = self.waiting()
        free = self._free() if line else []
        for run in line:
            if free and self._started(run, free[0]):
                free.pop(0)
        return bool(self._workers or self.waiting())

    def waiting(self) -> list[RunFolder]:
        """The runs that wait, the next one first, less those that cannot be started."""
        return [run for run, _ in turns.waiting(self._place) if run.name not in self._refused]

    def _reap(self) -> None:
        for name, (worker, _) in list(self._workers.items()):
            if (code := worker.poll()) is not None:
                del self._workers[name]
                run = RunFolder(self._place.path / name)
                there = (run.path / "spec.toml").is_file()
                _say(f"{name}: {launch.fell(run, code).state if there else 'deleted'}")

    def _started(self, run: RunFolder, device: str) -> bool:
        environment = {}
        if device != MACHINE:
            environment[VISIBLE] = device
            if VISIBLE not in os.environ:  # then the word is the driver's index, which CUDA counts otherwise
                environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
        try:
            self._workers[run.name] = self._start(run, environment), device
        except DialtuneError as error:  # stopped, deleted or started by somebody else since; or it cannot be
            _say(f"{run.name}: skipped. {error}")
            self._refused.add(run.name)
            return False
        _say(f"{run.name}: starting{f' on GPU {device}' if device != MACHINE else ''}")
        return True

    def _free(self) -> list[str]:
        """The devices on which no run of the workspace works."""
        devices = list(self._devices.words()) or [MACHINE]
        taken = {device for _, device in self._workers.values()}
        for status in self._others():
            if status.worker is None or devices == [MACHINE]:  # just starting, on whichever device; or on the only one
                return []
            words = devices_seen(status)
            if words != []:  # else it sees no GPU
                seen = [word for word in words or () if word in devices]
                taken.add((seen or devices)[0])  # a worker uses the first device that it sees
        return [device for device in devices if device not in taken]

    def _others(self) -> Iterator[Status]:
        """The running runs whose workers are not ours."""
        for path in _folders(self._place.path):
            if path.name in self._workers:
                continue
            with contextlib.suppress(OSError):
                written = (path / "status.json").stat().st_mtime_ns
                if self._at_rest.get(path.name) == written:
                    continue
                status = RunFolder(path).status()
                if status.over:
                    self._at_rest[path.name] = written
                elif status.state == "running" and (path / "spec.toml").is_file():
                    yield status


def _folders(path: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return [entry for entry in path.iterdir() if not entry.name.startswith(".")]
    return []


def _take(lock: int) -> bool:
    """Whether the lock is ours now. Raises OSError where there are no locks."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def run(place: Workspace, lock: int, scheduler: Scheduler) -> None:
    """Work for as long as anything waits, and the lock can be had.

    Whoever puts a run into the queue while the lock is held leaves it to the holder. So the holder looks again
    after letting go: what was put there before it let go is there to be seen, and what comes later finds it free.
    """
    while _take(lock):
        os.ftruncate(lock, 0)
        os.pwrite(lock, json.dumps(asdict(process.identity())).encode(), 0)
        scheduler.work()
        os.ftruncate(lock, 0)
        fcntl.flock(lock, fcntl.LOCK_UN)
        if not scheduler.waiting():
            return


def _say(text: str) -> None:
    print(time.strftime("%Y-%m-%d %H:%M:%S"), text, flush=True)


def main() -> int:
    """Work off the queue of the command line's workspace."""
    parser = argparse.ArgumentParser(prog="python -m engine.queue")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--lock", type=int, help="descriptor of the locked .queue.lock, from whoever started this")
    asked = parser.parse_args()
    place = Workspace(asked.workspace)
    lock = asked.lock
    if lock is None:
        lock = os.open(place.path / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    os.set_inheritable(lock, False)  # a worker that had it, too, would keep it
    run(place, lock, Scheduler(place))
    return 0


if __name__ == "__main__":
    sys.exit(main())
