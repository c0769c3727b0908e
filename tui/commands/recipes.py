"""``presets``: the recipes to start from, and every field of a spec."""

from __future__ import annotations

from typing import Any

import click

from tui.commands.common import format_option


@click.command(short_help="Recipes to start from; every field of a spec.")
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--fields", is_flag=True, help="List every field of a spec: what it takes, its default, its meaning.")
@format_option("table", "json", "csv", "md")
def presets(name: str | None, fields: bool, form: str) -> None:
    """List the presets, or print one as a spec with comments.

    \b
    Examples:
      dialtune presets
      dialtune presets lora-r32 > mine.toml    then edit it, and: dialtune train mine.toml
      dialtune presets --fields
    """
    from engine.errors import SpecError

    if name is None:
        _fields(form) if fields else _list(form)
        return
    if fields:
        raise SpecError("--fields lists the fields of every spec", "", "Leave the preset's name out")
    from engine import presets as recipes
    from engine import spec
    from engine.results.table import exact_json
    from tui.terminal import put

    preset = recipes.get(name)
    whole = spec.from_dict({"preset": name})
    if form == "json":
        put(exact_json(spec.to_dict(whole)))
    elif form == "table":
        put(f"# {preset.about}\n# Run it with: dialtune train FILE\n\n" + spec.to_toml(whole, comments=True))
    else:
        raise SpecError(f"A preset cannot be printed as {form}", "", "It prints as TOML, or with --format json")


def _list(form: str) -> None:
    from engine.presets import PRESETS
    from engine.results.table import Column, Table
    from tui.tables import emit

    rows = tuple({"name": p.name, "method": p.values["method"], "about": p.about} for p in PRESETS.values())
    emit(Table((Column("name", "name"), Column("method", "method"), Column("about", "about")), rows), form)


def _fields(form: str) -> None:
    from engine import spec
    from engine.results.table import Column, Table
    from engine.spec.help import allowed_values, unit_of
    from tui.tables import emit

    rows = []
    for key, info in spec.fields():
        default: Any = info.get_default(call_default_factory=True)
        rows.append(
            {
                "field": key,
                "takes": allowed_values(info),
                "unit": unit_of(info),
                "default": list(default) if isinstance(default, tuple) else default,
                "help": info.description or "",
            }
        )
    columns = tuple(Column(key, key) for key in ("field", "takes", "unit", "default", "help"))
    emit(Table(columns, tuple(rows)), form)
