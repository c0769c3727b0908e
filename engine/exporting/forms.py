"""The forms that a model can be exported in, and what stands against one, known without the training stack."""

from __future__ import annotations

import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from engine import builtin
from engine.data.quoting import plain
from engine.errors import BaseError, SpecError, WorkspaceError
from engine.results.facts import asked, figure, word
from engine.runs.files import read_json
from engine.runs.folder import RunFolder
from engine.spec import RunSpec

SPARE = 64 << 20
"""Bytes that stay free on the disk whatever is written."""
MOST_TRIED = 1000
"""Names tried for a folder before giving up."""
_SUMMARIES = "summarisation"
_PROMPTS = {"PROMPT_TUNING", "MULTITASK_PROMPT_TUNING", "P_TUNING", "PREFIX_TUNING", "CPT", "ADAPTION_PROMPT"}
"""PEFT's types of adapter that are tokens or states in front of the prompt, not changes of the base's weights."""


@dataclass(frozen=True)
class Form:
    """What a model can be written as."""

    name: str
    about: str
    library: str
    """What loads it."""
    bytes_each: float
    """Bytes on the disk for each parameter of the model, near enough."""
    packages: tuple[str, ...] = ()
    """Modules that must be installed beside dialtune's own."""
    extra: str = ""
    """The extra of dialtune that brings them."""


FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form("merged", "Safetensors, adapter folded in, for plain transformers.", "transformers", 4.0),
        Form("adapter", "The adapter alone; plain PEFT puts it on its base.", "PEFT", 0.0),
        Form(
            "ctranslate2", "CTranslate2, float32: the same text, faster on CPUs.", "CTranslate2", 4.0,
            ("ctranslate2",), "ctranslate2",
        ),
        Form(
            "ct2-int8", "CTranslate2, 8-bit: a quarter the size, nearly the text.",
            "CTranslate2", 1.1, ("ctranslate2",), "ctranslate2",
        ),
        Form(
            "onnx", "ONNX graphs for ONNX Runtime, decoded greedily.", "ONNX Runtime", 4.6,
            ("onnx", "onnxscript", "onnxruntime"), "onnx",
        ),
    )
}  # fmt: skip


def named(name: str) -> Form:
    """The form called ``name``. Raises SpecError."""
    if name not in FORMS:
        raise SpecError(f"There is no form {plain(name, 40)!r}", "", f"There are {', '.join(FORMS)}")
    return FORMS[name]


def adapter(run: RunFolder) -> str:
    """PEFT's type of the run's adapter, such as ``LORA``; empty where its model is no adapter."""
    found = read_json(run.model_path / "adapter_config.json").get("peft_type")
    return found if isinstance(found, str) else ""


def usual(run: RunFolder) -> str:
    """The form to offer first."""
    return "adapter" if adapter(run) in _PROMPTS else "merged"


def refuse(run: RunFolder, form: Form) -> None:
    """Raise a DialtuneError saying why ``run`` cannot be exported as ``form``, where that is known at once."""
    run.refuse_imported("exported")
    spec = asked(run)
    method, task = word(spec, "method"), word(spec, "task")
    if task and task != _SUMMARIES:
        raise BaseError(
            f"{run.name} cannot be exported as {form.name}", f"Its task is {plain(task, 40)}, and exports summarise",
            f"Its folder {run.model_path} holds safetensors that transformers and PEFT load as they are",
        )  # fmt: skip
    if method == "zero-shot":
        if form.name == "adapter":
            raise BaseError(f"{run.name} has no adapter", "It is zero-shot: its model is its base", "Take another form")
    elif not (run.model_path / "README.md").is_file():
        if method == "few-shot":
            why, todo = "Few-shot teaches the base by its prompt alone", "Export the base: a zero-shot run's model"
        else:
            why, todo = f"It is {run.status().state}", "Let it train to its end"
        raise BaseError(f"The run {run.name} has no model{'' if method == 'few-shot' else ' yet'}", why, todo)
    kind = adapter(run)
    if form.name == "adapter" and not kind:
        raise BaseError(
            f"{run.name} has no adapter", f"Its method, {method}, trained the weights themselves", "Take another form"
        )
    if form.name != "adapter" and kind in _PROMPTS:
        raise BaseError(
            f"{run.name} cannot be exported as {form.name}",
            "What it learnt is a soft prompt, which stands before each dialogue and cannot be folded into weights",
            "Export it as adapter",
        )
    if missing := [name for name in form.packages if importlib.util.find_spec(name) is None]:
        are = "is" if len(missing) == 1 else "are"
        raise SpecError(
            f"The form {form.name} needs {', '.join(missing)}, which {are} not installed", "",
            f"pip install 'dialtune[{form.extra}]'",
        )  # fmt: skip


def size(run: RunFolder, form: Form) -> int:
    """Bytes that the export will fill, near enough; 0 where nobody knows."""
    if form.name == "adapter":
        base = builtin.BASE if word(asked(run), "base", "name") == builtin.NAME else None
        folders = [folder for folder in (run.model_path, base) if folder is not None]
        return sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())
    return int((figure(run.manifest(), "parameters", "total") or 0) * form.bytes_each)


def place(to: Path) -> Path:
    """``to`` as an absolute path that nothing has. Raises WorkspaceError."""
    try:
        path = to.expanduser().absolute()
    except RuntimeError:  # ~somebody whom this machine does not know
        path = to.absolute()
    if os.path.lexists(path):
        raise WorkspaceError(f"There is already something at {plain(str(path))}", "", "Choose another place with --to")
    return path


def free_place(folder: Path, stem: str) -> Path:
    """``folder/stem``, with the first number that makes it free where it is taken. Raises WorkspaceError."""
    for number in range(1, MOST_TRIED):
        path = folder / (stem if number == 1 else f"{stem}-{number}")
        if not os.path.lexists(path):
            return path
    raise WorkspaceError(f"Every name like {plain(stem)} is taken in {plain(str(folder))}")


def check_room(folder: Path, needed: int) -> None:
    """Make ``folder``, and raise WorkspaceError unless it can be written and ``needed`` bytes fit."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        writable = os.access(folder, os.W_OK | os.X_OK)
    except OSError as error:
        raise WorkspaceError(f"{plain(str(folder))} cannot be written", error.strerror or "") from None
    if not writable:
        raise WorkspaceError(f"{plain(str(folder))} cannot be written", "It is not yours to write", "Choose another")
    if free < needed + SPARE:
        raise WorkspaceError(
            f"There is not enough room at {plain(str(folder))}",
            f"The export needs {_mib(needed)}, and {_mib(max(0, free - SPARE))} are free",
            "Free some space, or choose another place with --to",
        )


def public(spec: RunSpec) -> RunSpec:
    """``spec`` as strangers may read it: no folders of this machine, only the last part of their names."""

    def last(name: str) -> str:
        return Path(name).name if Path(name).is_absolute() else name

    data = spec.data.model_copy(update={"source": last(spec.data.source)})
    return spec.model_copy(update={"data": data, "base": spec.base.model_copy(update={"name": last(spec.base.name)})})


def local_base(spec: RunSpec) -> Path | None:
    """The folder of a base that is neither built in nor on a hub."""
    path = Path(spec.base.name)
    return path if spec.base.name != builtin.NAME and path.is_absolute() else None


def _mib(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MiB" if size < 1 << 30 else f"{size / (1 << 30):,.1f} GiB"
