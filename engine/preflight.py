"""What can be found wrong with a spec before a run is made of it, in no time and without the training stack."""

from __future__ import annotations

from pathlib import Path

from engine import builtin, trackers
from engine.data import general, sources
from engine.errors import BaseError
from engine.runs import lineage
from engine.spec import BaseSpec, RunSpec
from engine.tasks import named


def prepared(spec: RunSpec, home: Path | None = None) -> RunSpec:
    """``spec`` as a worker can use it, which runs in another folder: local paths absolute.

    Where it begins with another run's model (looked for in ``home``, the workspace's folder), its base is that run's.
    Raises DataError, BaseError or SpecError, in the worker's words, when a local source cannot be used, or a local
    base, the other run, the GPU or a tracker it needs is not there. Local data are read for that, whole: a second for
    20,000 dialogues saves a failed run. Hub ids are left to the worker.
    """
    spec = lineage.inherited(spec, home)
    if spec.base.quantise != "none":
        _check_gpu(spec.base)
    trackers.refuse_missing(spec)
    data = spec.data.model_copy(update={"source": sources.absolute(spec.data.source)})
    if data.source != builtin.NAME and not sources.is_hub_id(data.source):
        sources.load(data, need_train=spec.needs_training_examples, task=named(spec.task))
    base = spec.base.model_copy(update={"name": location(spec.base)})
    forgetting = spec.forgetting
    if forgetting.check and spec.method != "zero-shot":
        forgetting = forgetting.model_copy(update={"prompts": general.absolute(forgetting.prompts)})
    return spec.model_copy(update={"data": data, "base": base, "forgetting": forgetting})


def _check_gpu(spec: BaseSpec) -> None:
    """Raise BaseError where no GPU can hold a quantised base."""
    from engine import hardware

    if not hardware.machine().gpus:
        raise BaseError(
            f"base.quantise = {spec.quantise} needs a CUDA GPU", "This machine has none",
            "Take base.quantise=none, or start the run on a machine with a GPU",
        )  # fmt: skip


def location(spec: BaseSpec) -> str:
    """``builtin``, the absolute path of a folder, or a hub id. Raises BaseError for a path that is no base."""
    if spec.name == builtin.NAME:
        return spec.name
    try:
        path = Path(spec.name).expanduser()
    except RuntimeError:  # ~somebody whom this machine does not know
        path = Path(spec.name)
    if path.exists():
        if not path.is_dir():
            raise BaseError(f"The base {spec.name} is a file", "", "Give the folder that holds config.json")
        if not (path / "config.json").is_file():
            raise BaseError(f"The folder {spec.name} holds no model", "It has no config.json")
        return str(path.resolve())
    if path.is_absolute() or spec.name.startswith((".", "~")) or spec.name.count("/") > 1:
        raise BaseError(f"There is no base at {spec.name}", "The folder does not exist")
    return spec.name
