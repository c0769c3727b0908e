"""A disk that fills while a run works: the run waits for room, and what could not be written is written then.

The first thing that does not fit frees a small file kept for this (the ballast), so that the status and the notice
that say so do fit. Then the run tries again until there is room, or it is asked to stop.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from engine.amounts import size
from engine.errors import RunFailed
from engine.hardware import disk_free
from engine.runs.folder import BALLAST

T = TypeVar("T")

BALLAST_BYTES = 1 << 18
"""A status takes two kilobytes and its draft beside it as much; the rest is for notices and the log."""
LOOK = 1.0
"""Seconds between looks at the free space."""
TRY = 30.0
"""Seconds after which a write is tried whatever the free space is: a quota does not show there."""

_FULL = re.compile(r"No space left on device|Disk quota exceeded|os error 28\b|os error 122\b")
_TORCH = re.compile(r"PytorchStreamWriter|inline_container|file write failed|unexpected pos \d+ vs \d+")
"""What torch's writer says for any write that fails; it does not say why."""
_LITTLE = 64 << 20
"""Bytes free, or fewer, with which a write that torch could not make failed for want of room."""


def full(error: BaseException, folder: Path) -> bool:
    """Whether ``error`` says that a disk, or a quota, has no room for what was written in ``folder``."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if isinstance(error, RuntimeError) and _TORCH.search(str(error)):
        return free(folder) < _LITTLE
    return bool(_FULL.search(str(error)))  # safetensors' own exception has the system's words


@contextlib.contextmanager
def named(folder: Path) -> Iterator[None]:
    """What fails to be written within ends in an OSError; for want of room, it is told before anything makes some."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, OSError) and full(error, folder):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder)) from error
        if isinstance(error, RuntimeError) and _TORCH.search(str(error)):
            raise OSError(errno.EIO, "torch could not write, and does not say why", str(folder)) from error
        raise


def free(folder: Path) -> int:
    """Bytes that this user may still write there; 0 where that cannot be told."""
    return disk_free(folder) or 0


def failure(error: OSError) -> RunFailed:
    """What a user is told of a disk that did not take what was written, for another reason than want of room."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RunFailed("The disk is full", str(error), "Free some space, then resume the run")
    if error.errno in (errno.EIO, errno.EROFS, errno.ENXIO, errno.ENODEV):
        return RunFailed(
            "The disk reports a fault", str(error),
            "The system's log (dmesg) says more; copy the run folder to another disk, then resume it there",
        )  # fmt: skip
    if error.errno in (errno.EACCES, errno.EPERM):
        return RunFailed("A file could not be opened", str(error), "Put its permissions right, then resume the run")
    return RunFailed("The run folder could not be written", str(error), "Put that right, then resume the run")


class Disk:
    """The disk that a run's folder is on."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder, self._clock = folder, clock
        self._ballast = folder / BALLAST
        self._lock = threading.Lock()

    def load_ballast(self) -> None:
        """Put the ballast there, where there is room for it."""
        with self._lock, contextlib.suppress(OSError):
            if not self._ballast.is_file():
                self._ballast.write_bytes(bytes(BALLAST_BYTES))  # written, not just a length: holes take no room

    def drop_ballast(self) -> None:
        """Make its room free: at need, and at the end."""
        with self._lock, contextlib.suppress(OSError):
            self._ballast.unlink()

    def wait(self, needs: int, check: Callable[[], None], sleep: Callable[[float], None] = time.sleep) -> None:
        """Until ``needs`` bytes are free, or it is time to just try again. Raises what ``check`` raises."""
        until = self._clock() + TRY
        while free(self.folder) < needs and self._clock() < until:
            check()
            sleep(LOOK)
        check()


def told(what: str, needs: int, has: int) -> str:
    """Why a run waits: ``disk full: a checkpoint needs 120 MiB, 3.1 MiB are free``."""
    return f"disk full: {what} needs {size(needs)}, {size(has)} are free"


def fresh(folder: Path) -> Callable[[], int]:
    """Call it before something is written to ``folder``; what it gives removes whatever is new there, and counts it."""
    before = set(folder.iterdir()) if folder.is_dir() else set()

    def clean() -> int:
        return sum(remove(path) for path in set(folder.iterdir() if folder.is_dir() else ()) - before)

    return clean


def remove(path: Path) -> int:
    """Remove a file or a folder, which need not be there; how many bytes it held."""
    files = [path] if path.is_file() else [found for found in path.rglob("*") if found.is_file()]
    removed = sum(found.stat().st_size for found in files)
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    return removed


def persevering(what: str, folder: Callable[[Any], Path]) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """A method of something with a ``reporter`` that writes ``what`` into a folder: half of it is never left there."""

    def decorated(method: Callable[..., T]) -> Callable[..., T]:
        @wraps(method)
        def writing(self: Any, *args: Any, **kwargs: Any) -> T:
            if self.reporter is None:
                return method(self, *args, **kwargs)
            found: T = self.reporter.persevere(what, lambda: method(self, *args, **kwargs), fresh(folder(self)))
            return found

        return writing

    return decorated
