"""What the screens and the commands say of models that are exported."""

from __future__ import annotations

import shlex

from engine.errors import DialtuneError
from engine.exporting.forms import public
from engine.exporting.work import Exported, Pushed
from engine.runs.folder import RunFolder
from tui import draft
from tui.format import count, size


def train_command(run: RunFolder) -> str:
    """The command line that makes the run again, without this machine's folders; empty where none can say it."""
    try:
        return shlex.join(["dialtune", *draft.of_spec(public(run.spec()), run.name).command()])
    except DialtuneError:
        return ""


def exported(found: Exported) -> list[str]:
    """What came of an export, in lines."""
    return [f"Exported as {found.form}, {size(found.size)}: {found.check.sentence}"]


def pushed(found: Pushed) -> list[str]:
    """What came of a push, in lines."""
    seen = "private" if found.private else "public"
    return [
        found.check.sentence,
        f"{count(found.files, 'file')}, {size(found.size)}, at commit {found.commit[:10]} of a {seen} repository.",
    ]
