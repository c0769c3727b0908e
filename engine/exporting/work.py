"""Asking for an export or a push: a process does it, and says how far it is. The functions block."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import builtin
from engine.asking import Cancel, Progress, ask
from engine.data.quoting import plain
from engine.errors import BaseError, RunFailed, SpecError
from engine.exporting import forms
from engine.exporting.forms import Form
from engine.results.facts import asked, word
from engine.runs.folder import RunFolder
from engine.runs.shapes import read

Told = Callable[[str, str], None]
"""Called with ``phase`` or ``notice``, and the words."""
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)


@dataclass(frozen=True)
class Check:
    """How the exported model's summaries compare with the run's own."""

    dialogues: int = 0
    equal: int = 0
    """Summaries that are the same, letter by letter."""
    exact: bool = True
    """Whether all of them had to be."""
    rouge1_change: float | None = None
    """ROUGE-1 (0 to 1, mean over references) of the exported model's summaries less that of the run's own."""
    seconds: float = 0.0
    anew: int = 0
    """Dialogues of which the run's model was asked anew, in float32: what it said in its run was not the same, or is
    not known."""

    @property
    def sentence(self) -> str:
        """For people."""
        text = f"{self.equal} of {self.dialogues} sample summaries are the run's own, letter by letter"
        if self.anew:
            text += f" ({self.anew} of them decoded anew to compare)"
        if not self.exact and self.rouge1_change is not None:
            text += f"; ROUGE-1 {100 * self.rouge1_change:+.2f}"
        return f"{text}."


@dataclass(frozen=True)
class Exported:
    """An export that was checked."""

    place: str
    form: str
    size: int
    """Bytes."""
    check: Check


@dataclass(frozen=True)
class Pushed:
    """A model on a hub."""

    url: str
    commit: str
    files: int
    size: int
    """Bytes."""
    private: bool
    check: Check


def export(
    run: RunFolder, form: Form, to: Path, command: str = "", progress: Progress | None = None,
    told: Told = lambda kind, words: None, cancel: Cancel | None = None,
) -> Exported:  # fmt: skip
    """Write the run's model to the folder ``to``, which appears whole and checked, or not at all.

    ``command`` is the command line of the run, for the model card. A model whose summaries are not the run's own stays
    beside ``to``, as ``NAME.unverified``, and raises RunFailed. Raises SpecError, BaseError, HubError, WorkspaceError,
    RunFailed, Cancelled.
    """
    forms.refuse(run, form)
    to = forms.place(to)
    forms.check_room(to.parent, forms.size(run, form))
    return _export(run, form, to, {"command": command}, progress, told, cancel)


def push(
    run: RunFolder, form: Form, hub_id: str, private: bool = True, command: str = "", progress: Progress | None = None,
    told: Told = lambda kind, words: None, cancel: Cancel | None = None,
) -> Pushed:  # fmt: skip
    """Export the run's model, check it, and upload it as the repository ``hub_id``, made where there is none.

    ``private`` holds for a new repository; one that is there stays as it is. The token comes from the environment or
    from ``hf auth login``. Raises as :func:`export` does; HubError too where the hub does not take it.
    """
    check_hub_id(hub_id)
    forms.refuse(run, form)
    spec = run.spec()
    if form.name == "adapter" and forms.local_base(spec) is not None:
        raise BaseError(
            "The adapter cannot be pushed alone", f"Its base {plain(spec.base.name)} is a folder of this machine",
            "Push it as merged",
        )  # fmt: skip
    above = Path(tempfile.gettempdir())
    forms.check_room(above, forms.size(run, form))
    with tempfile.TemporaryDirectory(prefix="dialtune-push-", dir=above) as folder:
        place = Path(folder) / "model"
        about = {"command": command, "hub_id": hub_id}
        exported = _export(run, form, place, about, progress, told, cancel)
        request = {"folder": str(place), "hub_id": hub_id, "private": private, "form": form.name, "run": run.name}
        found = ask(("engine.worker.pushing",), [json.dumps(request) + "\n"], "pushed", progress, cancel, _heard(told))
    try:
        return read(Pushed, {**found, "check": vars(exported.check)})
    except (TypeError, ValueError):
        raise RunFailed("The upload ended without a word", "", "Look at the repository on the hub") from None


def check_hub_id(name: str) -> None:
    """Raise SpecError unless ``name`` can be the id of a repository: ``owner/name``."""
    if not HUB_ID.fullmatch(name) or ".." in name or "--" in name or name.endswith((".", "-", ".git")):
        raise SpecError(f"{plain(name, 60)!r} is no id of a repository", "", "Write it as OWNER/NAME")


def usual_push(run: RunFolder) -> str:
    """The form to push where none is named: the adapter, if whoever loads it can have its base from the same hub."""
    name = word(asked(run), "base", "name")
    alone = forms.adapter(run) and name != builtin.NAME and not Path(name).is_absolute()
    return "adapter" if alone else forms.usual(run)


def _export(
    run: RunFolder, form: Form, to: Path, about: Mapping[str, str], progress: Progress | None, told: Told,
    cancel: Cancel | None,
) -> Exported:  # fmt: skip
    draft = to.parent / f".{to.name[:60]}.{uuid.uuid4().hex[:8]}"
    request = {"run": str(run.path.resolve()), "form": form.name, "draft": str(draft), "to": str(to), **about}
    try:
        found = ask(
            ("engine.worker.exporting",), [json.dumps(request) + "\n"], "exported", progress, cancel, _heard(told)
        )
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # the process may have been ended in the middle of it
    try:
        return read(Exported, found)
    except (TypeError, ValueError):
        raise RunFailed("The export ended without a word", "", "`dialtune doctor` shows what works here") from None


def _heard(told: Told) -> Callable[[Mapping[str, Any]], None]:
    def hear(values: Mapping[str, Any]) -> None:
        for kind in ("phase", "notice"):
            if isinstance(words := values.get(kind), str):
                told(kind, plain(words, 400))

    return hear
