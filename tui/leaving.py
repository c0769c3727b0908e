"""What the screens and the commands say of models that are exported."""

from __future__ import annotations

import shlex

from engine.errors import DialtuneError
from engine.exporting.forms import public
from engine.runs.folder import RunFolder
from tui import draft


def train_command(run: RunFolder) -> str:
    """The command line that makes the run again, without this machine's folders; empty where none can say it."""
    try:
        return shlex.join(["dialtune", *draft.of_spec(public(run.spec()), run.name).command()])
    except DialtuneError:
        return ""
