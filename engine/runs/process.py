"""Who a worker is, so that a reused pid is never mistaken for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Identity:
    """A process, told apart from every other: its pid, when it started and which boot of which machine."""

    pid: int
    boot: str
    started: float
    """Seconds, as the kernel reports it: since boot on Linux, since the epoch elsewhere."""


@cache
def boot_id() -> str:
    """An id that changes with every boot and differs between machines."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        pass
    if sys.platform == "darwin":  # the boot *time* moves there whenever the clock is set
        command = ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]
        found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        if found:
            return found
    import psutil

    return f"{os.uname().nodename}:{psutil.boot_time():.0f}"


def uptime() -> float:
    """Seconds since this machine's start, asleep or not; 0 where the system does not say. Nobody can set it."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)  # Linux
    return 0.0 if clock is None else time.clock_gettime(clock)


def identity(pid: int | None = None) -> Identity:
    """The identity of ``pid`` (default: this process). Raises psutil.NoSuchProcess."""
    pid = os.getpid() if pid is None else pid
    if (ours := _stat(pid)) is not None:
        return Identity(pid, boot_id(), ours[1])
    import psutil  # not there to wait for where /proc answers: the terminal's first frame does not load it

    return Identity(pid, boot_id(), float(psutil.Process(pid).create_time()))


def alive(who: Identity) -> bool:
    """Whether that very process still runs. A zombie does not."""
    if who.boot != boot_id():
        return False
    if (found := _stat(who.pid)) is not None:
        return abs(found[1] - who.started) < 1.0 and found[0] != "Z"
    import psutil

    try:
        other = psutil.Process(who.pid)
        return bool(abs(other.create_time() - who.started) < 1.0 and other.status() != psutil.STATUS_ZOMBIE)
    except (psutil.Error, ValueError):  # psutil refuses a negative pid with a ValueError
        return False


def _stat(pid: int) -> tuple[str, float] | None:
    """State letter and start (seconds since boot) as the kernel has them; None without /proc or such a process."""
    # psutil adds the boot time, which jumps when the clock is set (suspended laptops, young virtual machines);
    # a living worker would then look lost. The kernel's own figure, ticks since boot, never changes.
    if pid < 0:
        return None
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(b")")[2].split()  # the name before it may hold anything; starttime is field 22
    return fields[0].decode(), int(fields[19]) / os.sysconf("SC_CLK_TCK")
