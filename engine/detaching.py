"""A worker outlives its terminal: a session of its own is enough, except where systemd ends what a login started.

With ``KillUserProcesses=yes`` (some clusters and hardened machines set it), logging out ends every process of the
login's scope, sessions of their own included. A worker is then started in a scope of the user's own manager, which
logging out leaves alone if that manager may stay (``loginctl enable-linger``).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SECONDS = 3.0
_SCOPE = ["systemd-run", "--user", "--scope", "--quiet", "--collect", "--"]


@dataclass(frozen=True)
class Logout:
    """What happens to workers when this login ends."""

    ends: bool
    """Whether processes of this login are ended with it."""
    scope: bool = False
    """Whether a scope outside of the login can be had."""
    lingers: bool = False
    """Whether the user's manager, and so the scope, stays after the last logout."""

    @property
    def survives(self) -> bool:
        """Whether a worker started now outlives the login."""
        return not self.ends or (self.scope and self.lingers)


@cache
def logout() -> Logout:
    """How it is here. Asks systemd, where there is one; blocks for a few seconds at most."""
    if "/session-" not in _cgroup():
        return Logout(ends=False)
    kills = _said(
        "busctl", "--system", "get-property", "org.freedesktop.login1", "/org/freedesktop/login1",
        "org.freedesktop.login1.Manager", "KillUserProcesses",
    )  # fmt: skip
    if kills is None or not kills.endswith("true"):
        return Logout(ends=False)
    lingers = _said("loginctl", "show-user", str(os.getuid()), "--property=Linger", "--value") == "yes"
    return Logout(True, _said(*_SCOPE, "true") is not None, lingers)


def detached(command: Sequence[str]) -> list[str]:
    """``command``, in a scope of its own where it would otherwise end with this login."""
    here = logout()
    return [*_SCOPE, *command] if here.ends and here.scope else list(command)


def _cgroup() -> str:
    try:
        return Path("/proc/self/cgroup").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _said(*command: str) -> str | None:
    """What a command prints; None when it is not there, fails or takes too long."""
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=SECONDS,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
