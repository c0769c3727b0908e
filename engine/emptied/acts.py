"""Doing what was armed: bell, desktop notification, webhook, command. Each says in words how it went; none raises.

Neither the webhook's address nor the command's text is ever written down here: either may hold a key.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from engine import trackers
from engine.config import WhenEmpty
from engine.emptied import ACTS, Armed
from engine.results.facts import figure
from engine.runs.folder import RunFolder

WEBHOOK_SECONDS = 10.0
"""How long an answer may take; it is asked twice."""
COMMAND_SECONDS = 120.0
"""How long a command may take before it is left to itself."""
OUTPUT = 2000
"""Bytes of a command's output that are kept."""


def do(armed: Armed, usual: WhenEmpty, workspace: Path, runs: Iterable[str]) -> tuple[str, ...]:
    """Do all that ``armed`` says, in order; how each went."""
    told = report(workspace, runs)
    return tuple(f"{act}: {_do(act, armed, usual, workspace, told)}" for act in ACTS if act in armed.acts)


def report(workspace: Path, runs: Iterable[str]) -> dict[str, Any]:
    """What a webhook is told: a line of text (as Slack and Discord show it), and the runs with their outcome."""
    found = []
    for name in sorted(set(runs)):
        run = RunFolder(workspace / name)
        if not run.path.is_dir():
            continue
        status = run.status()
        found.append(
            {
                "run": name,
                "state": status.state,
                "seconds": status.elapsed(),
                "rouge1": figure(run.scores(), "metrics", "rouge1"),
            }
        )
    states = [run["state"] for run in found]
    counted = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    text = f"dialtune on {os.uname().nodename}: nothing runs any more" + (f" ({counted})." if counted else ".")
    return {"text": text, "content": text, "workspace": workspace.name, "time": time.time(), "runs": found}


def _do(act: str, armed: Armed, usual: WhenEmpty, workspace: Path, told: Mapping[str, Any]) -> str:
    try:
        if act == "webhook":
            return _post(usual.webhook, told)
        if act == "command":
            return _run(armed.command or usual.command, workspace, told)
        words = b"\a" if act == "bell" else b"\033]9;%s\033\\" % str(told["text"]).encode("ascii", "replace")
        return _write(armed.tty, words)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return f"failed: {type(error).__name__}"  # its words may hold the address or the command


def _write(tty: str, data: bytes) -> str:
    """Write to the terminal that it was armed at, if that is still one and still ours."""
    if not tty:
        return "no terminal was there when it was armed"
    descriptor = os.open(tty, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISCHR(about.st_mode) or not os.isatty(descriptor) or about.st_uid != os.getuid():
            return "the terminal it was armed at is gone"
        os.write(descriptor, data)
    finally:
        os.close(descriptor)
    return "done"


def _post(address: str, told: Mapping[str, Any]) -> str:
    if not address.startswith(("http://", "https://")):
        return "failed: config.toml has no webhook any more"
    request = urllib.request.Request(
        address, json.dumps(told).encode(), {"Content-Type": "application/json", "User-Agent": "dialtune"}
    )
    answer = ""
    for wait in (0.0, 2.0):
        time.sleep(wait)
        try:
            with urllib.request.urlopen(request, timeout=WEBHOOK_SECONDS) as response:
                return f"answered {response.status}"
        except urllib.error.HTTPError as error:
            answer = f"failed: answered {error.code}"
            if error.code < 500:
                break
        except OSError as error:
            answer = f"failed: {type(getattr(error, 'reason', error)).__name__}"
    return answer


def _run(command: str, workspace: Path, told: Mapping[str, Any]) -> str:
    if not command.strip():
        return "failed: config.toml has no command any more"
    failed = [run["run"] for run in told["runs"] if run["state"] in ("failed", "lost")]
    environment = {
        **os.environ,
        "DIALTUNE_WORKSPACE": str(workspace.resolve()),
        "DIALTUNE_RUNS": " ".join(run["run"] for run in told["runs"]),
        "DIALTUNE_FAILED": " ".join(failed),
        "DIALTUNE_TEXT": str(told["text"]),
    }
    # A session of its own: what it starts may outlive us, and no signal that is meant for us reaches it. Its output
    # goes to a file, since something that it left in the background would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(
            ["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            cwd=workspace, env=environment, start_new_session=True,
        )  # fmt: skip
        try:
            code = child.wait(COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            return f"still at work after {COMMAND_SECONDS:g} s"
        output.seek(0)
        said = trackers.scrubbed(output.read(OUTPUT).decode("utf-8", "replace").strip())
    return f"ended with exit code {code}" + (f"\n{said}" if said else "")
