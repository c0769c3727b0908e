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
    host: str = ""
    """The machine's name, for a person; empty in what an older version wrote."""
    space: str = ""
    """Its pid namespace, in which alone the pid means something; empty where there is none."""


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
        return Identity(pid, boot_id(), ours[1], host(), _space(pid))
    import psutil  # not there to wait for where /proc answers: the terminal's first frame does not load it

    return Identity(pid, boot_id(), float(psutil.Process(pid).create_time()), host())


def host() -> str:
    """This machine's name."""
    return os.uname().nodename


def alive(who: Identity) -> bool:
    """Whether that very process still runs, as far as can be seen from here. A zombie does not."""
    return bool(sighted(who))


def sighted(who: Identity) -> bool | None:
    """Whether that very process still runs; None where it cannot be seen from here.

    That is so for a process of another machine, another boot or another container, and of another user where the
    system hides those.
    """
    if who.boot != boot_id() or (who.space and who.space != _space()):
        return None
    if (found := _stat(who.pid)) is not None:
        return abs(found[1] - who.started) < 1.0 and found[0] != "Z"
    if _stat(os.getpid()) is not None:  # there is a /proc, so it would be in it
        return None if _hidden(who.pid) else False
    import psutil

    try:
        other = psutil.Process(who.pid)
        return bool(abs(other.create_time() - who.started) < 1.0 and other.status() != psutil.STATUS_ZOMBIE)
    except (psutil.Error, ValueError):  # psutil refuses a negative pid with a ValueError
        return False


def _hidden(pid: int) -> bool:
    """Whether there is a process that /proc does not show us (it can be mounted so that only one's own are shown)."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return False


def _space(pid: int | None = None) -> str:
    try:
        return os.readlink(f"/proc/{'self' if pid is None else pid}/ns/pid")  # noqa: PTH115 - it is no path
    except OSError:
        return ""


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
