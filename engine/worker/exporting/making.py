"""An export from the run to the folder that stays: written beside its place, checked there, then renamed."""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.data.quoting import plain
from engine.errors import RunFailed, WorkspaceError
from engine.exporting import forms
from engine.exporting.forms import Form
from engine.runs.files import write_atomic, write_json
from engine.runs.folder import RunFolder
from engine.spec import to_toml
from engine.worker.answering import say
from engine.worker.exporting import checking, conversion, plainly, writing
from engine.worker.exporting.checking import Found

RECORD = "dialtune.json"
"""What an exported folder says of itself to programs."""
RECIPE = "dialtune.toml"
"""The run's spec, without this machine's folders."""


@dataclass(frozen=True)
class Request:
    """What is asked for."""

    run: RunFolder
    form: Form
    draft: Path
    to: Path
    command: str = ""
    """The command line that makes the run."""
    hub_id: str = ""
    """The repository that the folder will become."""


def make(request: Request) -> None:
    """Write, check, describe, and give the folder its name.

    Raises DialtuneError; RunFailed where the check failed, with the folder kept as ``NAME.unverified``.
    """
    forms.refuse(request.run, request.form)
    try:
        request.draft.mkdir()
        _write(request)
        say(phase="checking")
        found = checking.check(request.run, request.form, plainly.opened(request.form, request.draft))
        _describe(request, found)
        size = sum(file.stat().st_size for file in request.draft.rglob("*") if file.is_file())
        if not found.passed:
            raise _unlike(request, found)
        forms.place(request.to)  # somebody else may have come there meanwhile
        request.draft.rename(request.to)
    except OSError as error:
        raise WorkspaceError(
            f"{plain(str(request.to))} cannot be written", error.strerror or str(error), "Choose another place"
        ) from error
    say(exported={"place": str(request.to), "form": request.form.name, "size": size, "check": found.as_dict()})


def _write(request: Request) -> None:
    say(phase="loading")
    say(progress=[0, 0])
    if request.form.name == "adapter":
        writing.adapter(request.run, request.draft, request.to, request.hub_id)
        return
    source = writing.source(request.run)
    say(phase="writing")
    writers: Mapping[str, Any] = {
        "merged": writing.merged,
        "ctranslate2": conversion.ctranslate2,
        "ct2-int8": conversion.ctranslate2_int8,
        "onnx": conversion.onnx,
    }
    writers[request.form.name](source, request.draft)
    for file in request.draft.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o644)  # safetensors come out for their owner only
    del source
    gc.collect()  # the check loads what was written


def _describe(request: Request, found: Found) -> None:
    from engine.worker.cards import Leaving, export_card, export_record

    spec = forms.public(request.run.spec())
    leaving = Leaving(request.run, spec, request.form, request.hub_id, request.command, found.as_check(), request.draft)
    write_atomic(request.draft / RECIPE, to_toml(spec))
    write_json(request.draft / RECORD, export_record(leaving))
    write_atomic(request.draft / "README.md", export_card(leaving))


def _unlike(request: Request, found: Found) -> RunFailed:
    aside = request.to.with_name(f"{request.to.name}.unverified")
    if os.path.lexists(aside):
        aside = forms.free_place(aside.parent, aside.name)
    request.draft.rename(aside)
    first = found.differing[0]
    return RunFailed(
        f"The exported model does not say what the run says: {found.as_check().sentence}",
        f"On {plain(first.id, 40)} the run said “{plain(first.wanted, 120)}”, the export “{plain(first.got, 120)}”",
        f"It was put aside as {plain(str(aside))} and should not be used",
    )
