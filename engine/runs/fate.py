"""Why a worker is gone that has not said so: what the kernel tells, and what the worker last said of memory.

Nobody waits for a worker: it is detached, so its exit signal is seen by no one. But the kernel counts what it kills for
want of memory (``oom_kill`` in /proc/vmstat), a worker writes that count into its status every second, and the kernel's
log, where it may be read, names the process.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine.amounts import size
from engine.runs import process

if TYPE_CHECKING:
    from engine.runs.folder import Status

NEAR = 0.95
"""Above this share of memory in use, its end is a likely cause."""
WITHOUT_A_WORD = "The worker ended without a word: killed, or the machine went down."
_LOG = Path("/dev/kmsg")
_COUNT = Path("/proc/vmstat")
_LOG_BYTES = 1 << 22


def oom_kills(path: Path = _COUNT) -> int | None:
    """Processes that this machine's kernel has killed for want of memory since it started; None where not told."""
    try:
        found = re.search(r"^oom_kill (\d+)$", path.read_text(encoding="ascii"), re.MULTILINE)
    except (OSError, UnicodeDecodeError):
        return None
    return int(found[1]) if found else None


def reason(status: Status) -> str:
    """Why the worker of ``status``, which is gone, is gone: for want of memory where there is evidence, in figures."""
    return for_memory(status) or WITHOUT_A_WORD


def for_memory(status: Status) -> str:
    """That the worker was killed for want of memory, how sure that is and what it held; empty without evidence."""
    if status.worker is None or status.worker.boot != process.boot_id():  # killed or not: the machine went down
        return ""
    memory = status.memory
    return _verdict(
        status.worker, memory.get("kills", -1), memory.get("held", 0), memory.get("used", 0), memory.get("total", 0)
    )


@lru_cache(maxsize=256)  # asked again with every look at a list of runs; what comes later is about others
def _verdict(worker: process.Identity, kills: int, held: int, used: int, total: int) -> str:
    now = oom_kills()
    figures = f": it held {size(held)}, and {size(used)} of {size(total)} were in use" if total else ""
    if _named(worker):
        return f"The kernel killed the worker for want of memory{figures}."
    if now is not None and 0 <= kills < now:
        return f"The worker was killed, most probably by the kernel for want of memory{figures}."
    if total and used > NEAR * total:
        return f"The worker was killed, perhaps for want of memory{figures}."
    return ""


def _named(worker: process.Identity, path: Path = _LOG) -> bool:
    """Whether the kernel's log says that it killed ``worker``; often only root may read it."""
    # "priority,number,microseconds since boot,flags;text"; an earlier process may have had the same pid.
    killed = re.compile(rb"[^,]*,[^,]*,(\d+),[^;]*;.*[Kk]illed process %d \(" % worker.pid)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    seen = 0
    try:
        while seen < _LOG_BYTES and (record := _record(descriptor)):
            if (found := killed.match(record)) and int(found[1]) / 1e6 >= worker.started:
                return True
            seen += len(record)
    finally:
        os.close(descriptor)
    return False


def _record(descriptor: int) -> bytes:
    """The next record; nothing after the last."""
    while True:
        try:
            return os.read(descriptor, 8192)
        except BrokenPipeError:  # overwritten before it was read: the next one is there
            continue
        except OSError:
            return b""
