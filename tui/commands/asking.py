"""How a command is told which run is meant: a spec or a preset, and fields that differ from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from engine.runs.workspace import Workspace
    from engine.spec import RunSpec

Command = Callable[..., Any]


def spec_options(command: Command) -> Command:
    """``[SPEC.toml]``, ``--preset`` and ``--set``, ``--from`` for :func:`asked`."""
    for option in (
        click.option(
            "--from", "source", metavar="RUN",
            help="Begin with what RUN has learnt; alone, with its spec too (base.from_run).",
        ),
        click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="Change a field; may be repeated."),
        click.option("--preset", metavar="NAME", help="Start from a preset; `dialtune presets` lists them."),
        click.argument("spec", metavar="[SPEC.toml]", type=click.Path(path_type=Path), required=False),
    ):  # fmt: skip
        command = option(command)
    return command


def asked(
    path: Path | None, preset: str | None, settings: tuple[str, ...], name: str | None = None, command: str = "train",
    source: str | None = None, place: Workspace | None = None,
) -> RunSpec:  # fmt: skip
    """The spec that a command line of ``command`` asks for; ``source``: a run of ``place`` that it begins with.

    Raises SpecError, and WorkspaceError when there is no such run.
    """
    from engine import presets, spec
    from engine.errors import SpecError

    if source is not None and path is None and preset is None:
        return _like(source, settings, name, place)
    if (path is None) == (preset is None):
        both = "Both a spec and a preset were given" if path else "Neither a spec nor a preset was given"
        ways = f"`dialtune {command} SPEC.toml` or `dialtune {command} --preset NAME`; `dialtune presets` lists some"
        raise SpecError(both, "", ways)
    overrides: dict[str, Any] = dict(spec.parse_override(setting) for setting in settings)
    if name is not None:
        overrides["name"] = name
    if source is not None:
        overrides["base.from_run"] = source
    if path is not None:
        return spec.load(path, overrides)
    presets.get(preset or "")
    return spec.from_dict(spec.merge({"preset": preset}, spec.nested(overrides)), f"preset {preset} with its settings")


def _like(source: str, settings: tuple[str, ...], name: str | None, place: Workspace | None) -> RunSpec:
    """The spec of the run ``source`` with ``settings`` laid over it, beginning with that run's model."""
    from engine import spec
    from engine.runs.folder import RunFolder

    run = place.open(source) if place is not None and "/" not in source else RunFolder(Path(source).expanduser())
    run.refuse_imported("the start of a new run")
    values = spec.to_dict(run.spec().model_copy(update={"name": name}))
    overrides = dict(spec.parse_override(setting) for setting in settings)
    whole = spec.merge(values, spec.nested({**overrides, "base.from_run": source}))
    return spec.from_dict(whole, f"the spec of {source} with its settings")
