"""What can be found wrong with a spec before a run is made of it, in no time and without the training stack."""

from __future__ import annotations

from pathlib import Path

from engine import builtin, trackers
from engine.data import sources
from engine.errors import BaseError
from engine.spec import BaseSpec, RunSpec


def prepared(spec: RunSpec) -> RunSpec:
    """``spec`` as a worker can use it, which runs in another folder: local paths absolute.

    Raises DataError or BaseError, in the worker's words, when a local source cannot be used or a local base is
    not there, SpecError when a tracker is not installed. Local data are read for that, whole: a second for 20,000
    dialogues saves a failed run. Hub ids are left to the worker.
    """
    trackers.refuse_missing(spec)
    data = spec.data.model_copy(update={"source": sources.absolute(spec.data.source)})
    if data.source != builtin.NAME and not sources.is_hub_id(data.source):
        sources.load(data, need_train=spec.method != "zero-shot")
    base = spec.base.model_copy(update={"name": location(spec.base)})
    return spec.model_copy(update={"data": data, "base": base})


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
