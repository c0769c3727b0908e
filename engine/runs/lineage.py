"""Runs that begin with what another run learnt: which one, what may follow what, and who would miss it.

``base.from_run`` names a run of the same workspace, or a run's folder by its path. The new run's base is the other's,
so that a spec always says which pretrained model is at the bottom.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from engine.data.quoting import quoted
from engine.errors import BaseError, SpecError, WorkspaceError
from engine.methods import ADAPTED
from engine.runs.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.spec import RunSpec

DEEPEST = 20
"""Runs that may follow one another; a longer chain is a circle."""


def source(spec: RunSpec, home: Path | None) -> RunFolder | None:
    """The run that ``spec`` begins with, ``home`` being the workspace's folder; None where it begins with a base.

    Raises BaseError when there is no such run.
    """
    name = spec.base.from_run
    if not name:
        return None
    path = Path(name).expanduser() if "/" in name else (home or Path()) / name
    if not (path / "spec.toml").is_file():
        raise BaseError(
            f"There is no run {name} to go on from", f"base.from_run names it, but {path} holds none",
            "Name one with --from RUN: `dialtune runs` lists them; the path of another workspace's run will do too",
        )  # fmt: skip
    return RunFolder(path.resolve())


def same_adapter(spec: RunSpec, before: RunSpec) -> bool:
    """Whether a run of ``spec`` trains the very adapter that the run of ``before`` has left."""
    if spec.method != before.method or spec.method not in ADAPTED:
        return False
    return spec.method != "lora" or spec.lora.from_adapter == "continue"


def inherited(spec: RunSpec, home: Path | None) -> RunSpec:
    """``spec`` with the base of the run that it begins with; as it is where there is none.

    Raises BaseError when that run is missing or has no model, SpecError when its method cannot be followed by this one.
    """
    run = source(spec, home)
    if run is None:
        return spec
    before = run.spec()
    _check(spec, before, run)
    base = before.base.model_copy(update={
        "from_run": spec.base.from_run if "/" not in str(spec.base.from_run) else str(run.path),
        "quantise": spec.base.quantise,
    })  # fmt: skip
    return spec.model_copy(update={"base": base})


def absolute(spec: RunSpec, home: Path | None) -> RunSpec:
    """``spec`` with the run that it begins with named by its path, for who works outside the workspace."""
    run = source(spec, home)
    if run is None:
        return spec
    return spec.model_copy(update={"base": spec.base.model_copy(update={"from_run": str(run.path)})})


def chain(spec: RunSpec, home: Path | None) -> list[str]:
    """Names of the runs that ``spec`` goes back to, the nearest first; it ends where one is missing. Reads specs."""
    names: list[str] = []
    try:
        while len(names) < DEEPEST and (run := source(spec, home)) is not None:
            names.append(run.name)
            spec, home = run.spec(), run.path.parent
    except (BaseError, SpecError):
        pass
    return names


def dependents(runs: Iterable[RunFolder], name: str) -> list[str]:
    """Those of ``runs`` that cannot be loaded without the model of the run ``name``: they keep no whole model.

    Runs that trained its very adapter further keep all of it, as those of method full keep every weight.
    """
    return [run.name for run in runs if run.name != name and _needs(run, name)]


def _needs(run: RunFolder, name: str) -> bool:
    try:
        text = (run.path / "spec.toml").read_text(encoding="utf-8")
        if name not in text or "from_run" not in text:  # parsing every spec of a large workspace would take seconds
            return False
        values = tomllib.loads(text)
        method, base = values.get("method"), values.get("base", {})
        continued = values.get("lora", {}).get("from_adapter", "continue") == "continue"
    except (OSError, ValueError, AttributeError):
        return False
    if not isinstance(base, dict) or base.get("from_run") != name or method == "full":
        return False
    return not (method in ADAPTED and continued and _method(run.path.parent / name) == method)


def _method(folder: Path) -> str:
    try:
        return str(tomllib.loads((folder / "spec.toml").read_text(encoding="utf-8")).get("method"))
    except (OSError, ValueError):
        return ""


def _check(spec: RunSpec, before: RunSpec, run: RunFolder) -> None:
    name = run.name
    if not before.trains:
        raise BaseError(
            f"The run {name} has learnt nothing to go on from", f"Its method is {before.method}",
            "Start from its base instead: leave base.from_run out",
        )  # fmt: skip
    status = run.status()
    if status.state in ("queued", "running") or not (run.model_path / "README.md").is_file():
        raise BaseError(
            f"The run {name} has no finished model to go on from", f"It is {status.state}", "Let it train to its end"
        )
    if before.method == "soft-prompt" and not same_adapter(spec, before):
        raise SpecError(
            f"Method {spec.method} cannot go on from {name}",
            "It learnt a soft prompt, which cannot be folded into its base", "Only soft-prompt can go on from it",
        )  # fmt: skip
    if not same_adapter(spec, before):
        if spec.base.quantise != "none" and before.method != "full":
            raise SpecError(
                f"The base cannot be quantised with the adapter of {name} folded into it",
                "A few bits would round it away", "Leave base.quantise out",
            )  # fmt: skip
        return
    if spec.method == "soft-prompt":
        ours, theirs = {"tokens": spec.soft_prompt.tokens}, {"tokens": before.soft_prompt.tokens}
    else:
        names = ("rank", "alpha", "targets", "pattern", "rslora", "dora")
        ours, theirs = ({key: getattr(one.lora, key) for key in names} for one in (spec, before))
    if unlike := [key for key in ours if ours[key] != theirs[key]]:
        section = "soft_prompt" if spec.method == "soft-prompt" else "lora"
        said = "; ".join(f"{section}.{key} is {ours[key]!r}, there it is {theirs[key]!r}" for key in unlike)
        merge = ", or add a new adapter: lora.from_adapter=merge" if section == "lora" else ""
        raise SpecError(
            f"The adapter of {name} cannot be trained further as asked", said, f"Ask for what it has{merge}"
        )


def refuse(runs: Iterable[RunFolder], name: str, what: str) -> None:
    """Raise WorkspaceError where the run ``name`` cannot be ``what`` because others' models lie on its own."""
    if needed := dependents(runs, name):
        raise WorkspaceError(
            f"The run {name} cannot be {what}", f"The models of {quoted(needed)} lie on its model",
            "Delete those first, or export them merged",
        )  # fmt: skip
