"""Specs in and out: TOML, nested tables, dotted overrides, and what is wrong with a value in words."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from engine.errors import SpecError
from engine.spec.help import allowed_values
from engine.spec.run import RunSpec
from engine.spec.sections import Section

VERSION = 1
"""Of the form of specs; a spec that does not say is of version 1."""


def from_dict(values: Mapping[str, Any], origin: str = "the spec") -> RunSpec:
    """Validate ``values`` (nested tables as TOML gives them).

    A ``preset`` key supplies the values that ``values`` leaves out. Raises SpecError naming the field,
    the value and what is allowed; unknown keys are answered with the nearest known one.
    """
    from engine import presets  # presets are specs themselves

    values = dict(values)
    version = values.pop("version", VERSION)
    if not isinstance(version, int) or version > VERSION:
        raise SpecError(
            _opening(origin, "cannot be used"), f"It is of version {version}, and this dialtune reads up to {VERSION}",
            "Update dialtune",
        )  # fmt: skip
    if isinstance(name := values.get("preset"), str):
        values = merge(presets.get(name).values, values)
    try:
        return RunSpec.model_validate(values)
    except ValidationError as error:
        reasons = dict.fromkeys(_explain(dict(e)) for e in error.errors())  # a union reports each of its arms
        raise SpecError(_opening(origin, "cannot be used"), "; ".join(reasons)) from None


def problems(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with whole ``values`` (nested tables), by field; under an empty name, what concerns several."""
    try:
        RunSpec.model_validate(values)
    except ValidationError as error:
        return {_field(dict(e)): _explain(dict(e)) for e in reversed(error.errors())}
    return {}


def from_toml(text: str, origin: str = "the spec") -> RunSpec:
    """Parse and validate TOML ``text``. Raises SpecError."""
    return from_dict(_parse(text, origin), origin)


def load(path: Path, overrides: Mapping[str, Any] | None = None) -> RunSpec:
    """Read the spec at ``path``, with dotted ``overrides`` (``{"train.epochs": 2}``) laid over it.

    Raises SpecError when the file is missing, is not UTF-8 text or not a valid spec.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SpecError(f"There is no spec at {path}", "", "`dialtune presets` lists specs to start from") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"{path} cannot be read", str(error)) from None
    origin = f"the spec {path}"
    return from_dict(merge(_parse(text, origin), nested(overrides or {})), origin)


def to_toml(spec: RunSpec, comments: bool = False) -> str:
    """All of ``spec`` as TOML, defaults included; ``comments`` adds each field's help above it."""
    return tomlkit.dumps(_table(spec, comments, tomlkit.document()))


def to_dict(spec: RunSpec) -> dict[str, Any]:
    """Nested plain values without absent ones; :func:`from_dict` reads it back."""
    return spec.model_dump(exclude_none=True)


def overridden(spec: RunSpec, overrides: Mapping[str, Any]) -> RunSpec:
    """``spec`` with dotted ``overrides`` laid over it, validated anew. Raises SpecError."""
    return from_dict(merge(to_dict(spec), nested(overrides)))


def parse_override(text: str) -> tuple[str, Any]:
    """Split ``train.epochs=2`` into its dotted key and its TOML value; what is no TOML value is text.

    So is the value of a field that takes only text, quoted or not: a revision may be all digits.

    Raises SpecError when there is no ``=``, or when no field has that name.
    """
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals or not key:
        raise SpecError(f"--set {text!r} has no value", "", "Write it as --set train.epochs=2")
    known = dict(fields())
    if key not in known and key not in SECTIONS:
        raise SpecError(f"--set names {key!r}, which is no field of a spec", "", _nearest(key, list(known)))
    value = value.strip()
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except (ValueError, RecursionError):  # a ValueError too for a number of thousands of digits
        return key, value
    only_text = key in known and known[key].annotation in (str, str | None)
    return key, value if only_text and not isinstance(parsed, str) else parsed


def fields(section: type[BaseModel] = RunSpec, prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every leaf field with its dotted name: ``("train.epochs", FieldInfo)``."""
    for name, info in section.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from fields(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, info


def nested(dotted: Mapping[str, Any]) -> dict[str, Any]:
    """``{"train.epochs": 2}`` as ``{"train": {"epochs": 2}}``; later ones are laid over earlier ones."""
    result: dict[str, Any] = {}
    for key, value in dotted.items():
        for part in reversed(key.split(".")):
            value = {part: value}
        result = merge(result, value)
    return result


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``over`` laid over ``under``, table by table; neither is changed."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return result


def _parse(text: str, origin: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, or a number or a nesting beyond Python's limits
        raise SpecError(_opening(origin, "is not valid TOML"), str(error)) from None


def _opening(origin: str, happened: str) -> str:
    return f"{origin[:1].upper()}{origin[1:]} {happened}"


SECTIONS = frozenset(key.rpartition(".")[0] for key, _ in fields())
"""Dotted names of the tables of a spec; the empty name is the spec itself."""


def _table(section: BaseModel, comments: bool, table: Any) -> Any:
    parts = []
    for name, info in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, Section):
            parts.append((name, value))
        elif value is not None:
            if comments and info.description:
                for line in info.description.strip().splitlines():
                    table.add(tomlkit.comment(line.strip()))
            if isinstance(value, str) and "\n" in value:
                value = tomlkit.string(value)
            table.add(name, list(value) if isinstance(value, tuple) else value)
    for name, value in parts:
        inner = _table(value, comments, tomlkit.table())
        if len(inner):
            table.add(name, inner)
    return table


def _field(error: dict[str, Any]) -> str:
    """The field or section that ``error`` is about; empty for the spec as a whole."""
    key = ".".join(str(part) for part in error["loc"])
    known = dict(fields())
    while key and key not in known and key not in SECTIONS:  # the arm of a union, the place in a list
        key = key.rpartition(".")[0]
    return key


def _explain(error: dict[str, Any]) -> str:
    known = dict(fields())
    if error["type"] == "extra_forbidden":
        key = ".".join(str(part) for part in error["loc"])
        return f"{key if key.isprintable() else repr(key)} is no field of a spec. {_nearest(key, list(known))}"
    key = _field(error)
    message = str(error["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if not key:
        return message  # about several fields at once, or no table at all
    if key in SECTIONS:
        message = f"allowed: a table with {', '.join(name for name in known if name.startswith(f'{key}.'))}"
    elif error["type"] != "value_error":
        message = f"allowed: {allowed_values(known[key])}"
    value = repr(error["input"])
    return f"{key} = {value if len(value) <= 80 else value[:79] + '…'}: {message}"


def _nearest(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if not close:  # a right name in the wrong table
        last = key.rpartition(".")[2]
        close = [name for name in known if name.rpartition(".")[2] == last][:1]
    if not close:
        close = difflib.get_close_matches(
            key.rpartition(".")[2], [n.rpartition(".")[2] for n in known], n=1, cutoff=0.5
        )
    return f"The nearest is {close[0]}" if close else "`dialtune presets --fields` lists all of them"
