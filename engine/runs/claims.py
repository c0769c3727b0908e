"""One worker a run: the lock that says so, and the claim that holds where a file system's locks do not.

Whoever starts a worker holds a lock (``flock``) on the run's ``worker.lock``; the worker inherits it and keeps it as
long as it lives. No dead process can. On NFS, Linux makes of it a lock of the server's, so that machines see each
other's (mounts with ``nolock`` or ``local_lock`` aside); a few file systems have none at all. For those every start
has a number too, and a file of that number in ``control/`` that only one process can have created: creating a file
that must not be there is atomic on all of them. A claim says who made it, so that one whose maker died before the
start is passed over.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from engine.runs import process, shapes
from engine.runs.files import read_json

if TYPE_CHECKING:
    from engine.runs.folder import RunFolder

LOCK = "worker.lock"
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
"""What flock says on a file system that has no locks."""
STALE_SECONDS = 60.0
"""A claim from elsewhere that led to no start for so long is passed over."""
_DESCRIPTORS = 256


def opened(run: RunFolder) -> int:
    """A descriptor of the run's lock file, for whoever may write in the folder. Raises OSError."""
    return os.open(run.path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)


def locked(descriptor: int) -> bool:
    """Whether the lock is ours now, or the file system has none."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in NO_LOCKS
    return True


def kept(run: RunFolder) -> bool:
    """For a worker: see that it holds the lock for as long as it lives; False when another process has it.

    A worker that was launched has inherited it; one that was started by hand takes it.
    """
    try:
        descriptor = opened(run)
    except OSError:  # another user's file; the launcher has looked already
        return True
    if locked(descriptor) or _inherited(descriptor):
        return True  # the descriptor stays open: the lock goes with it
    os.close(descriptor)
    return False


def claimed(run: RunFolder, last: int) -> int | None:
    """The number of the start that comes after ``last``, ours alone; None when another process is just starting.

    Raises OSError.
    """
    folder = run.path / "control"
    folder.mkdir(exist_ok=True)
    number = last + 1
    while not _created(folder / f"start-{number}"):
        if _in_hand(folder, folder / f"start-{number}"):
            return None
        number += 1
    for path in folder.glob("start-*"):
        digits = path.name.removeprefix("start-")
        if digits.isdecimal() and int(digits) <= last:
            with contextlib.suppress(OSError):
                path.unlink()
    return number


def _inherited(lock: int) -> bool:
    """Whether a descriptor that this process was given is of the same file."""
    ours = os.fstat(lock)
    for other in range(3, _DESCRIPTORS):
        if other != lock:
            with contextlib.suppress(OSError):
                if os.path.samestat(os.fstat(other), ours):
                    return True
    return False


def _created(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        return False
    try:
        os.write(descriptor, json.dumps({"version": 1, **asdict(process.identity())}).encode())
    finally:
        os.close(descriptor)
    return True


def _in_hand(folder: Path, claim: Path) -> bool:
    """Whether the maker of ``claim`` may still be about to start its worker."""
    try:
        seen = process.sighted(shapes.read(process.Identity, read_json(claim)))
    except ValueError:  # not written yet, or never
        seen = None
    if seen is not None:
        return seen
    try:  # both times are the file server's: our clock may differ
        probe = folder / f".now-{os.getpid()}"
        probe.touch()
        age = probe.stat().st_mtime - claim.stat().st_mtime
        probe.unlink(missing_ok=True)
    except OSError:
        return False
    return age < STALE_SECONDS
