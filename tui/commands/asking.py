"""How a command is told which run is meant: a spec or a preset, and fields that differ from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from engine.spec import RunSpec

Command = Callable[..., Any]


def spec_options(command: Command) -> Command:
    """``[SPEC.toml]``, ``--preset`` and ``--set``, for :func:`asked`."""
    for option in (
        click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="Change a field; may be repeated."),
        click.option("--preset", metavar="NAME", help="Start from a preset; `dialtune presets` lists them."),
        click.argument("spec", metavar="[SPEC.toml]", type=click.Path(path_type=Path), required=False),
    ):  # fmt: skip
        command = option(command)
    return command


def asked(
    path: Path | None, preset: str | None, settings: tuple[str, ...], name: str | None = None, command: str = "train"
) -> RunSpec:
    """The spec that a command line of ``command`` asks for. Raises SpecError."""
    from engine import presets, spec
    from engine.errors import SpecError

    if (path is None) == (preset is None):
        both = "Both a spec and a preset were given" if path else "Neither a spec nor a preset was given"
        ways = f"`dialtune {command} SPEC.toml` or `dialtune {command} --preset NAME`; `dialtune presets` lists some"
        raise SpecError(both, "", ways)
    overrides: dict[str, Any] = dict(spec.parse_override(setting) for setting in settings)
    if name is not None:
        overrides["name"] = name
    if path is not None:
        return spec.load(path, overrides)
    presets.get(preset or "")
    return spec.from_dict(spec.merge({"preset": preset}, spec.nested(overrides)), f"preset {preset} with its settings")
