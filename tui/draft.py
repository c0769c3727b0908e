"""A run that is being thought up: a start, and the fields that differ from it, some perhaps not valid yet.

Knows no Textual. Every field has a text that a person types and reads back; :meth:`Draft.toml` and
:meth:`Draft.command` give the same spec to a file and to the command line.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from engine import presets, spec
from engine.results.facts import flat
from engine.spec import RunSpec

FIELDS: dict[str, FieldInfo] = dict(spec.fields())
NOT_TYPED = ("preset",)
"""The start says it; it is no choice of its own."""
USUAL = "lora-r32"
"""The preset that a new run starts from when nothing else is asked."""


@dataclass(frozen=True)
class Draft:
    """Never changed; each change gives another one."""

    start: RunSpec
    origin: str
    """Where the start comes from, in words: ``preset lora-r32``, ``run base-full``."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Values by dotted name, where they differ from the start's; None takes a value away."""

    # -- fields -------------------------------------------------------------------------------

    def value(self, key: str) -> Any:
        """The field's value now; None where it has none."""
        return self.changes[key] if key in self.changes else _at(self.start, key)

    def text(self, key: str) -> str:
        """The value as it is typed."""
        return written(self.value(key))

    def changed(self, key: str) -> bool:
        """Whether it differs from the start's."""
        return key in self.changes

    def typed(self, key: str, text: str) -> Draft:
        """With what was typed into a field; kept even where it is not valid."""
        return self.put(key, read(key, text))

    def put(self, key: str, value: Any) -> Draft:
        """With a value of a field; the start's own is no change."""
        changes = {name: other for name, other in self.changes.items() if name != key}
        if value != _at(self.start, key) or isinstance(value, bool) != isinstance(_at(self.start, key), bool):
            changes[key] = value
        return replace(self, changes=changes)

    def undone(self, key: str) -> Draft:
        """With the start's value of a field."""
        return replace(self, changes={name: value for name, value in self.changes.items() if name != key})

    def cycled(self, key: str, step: int) -> Draft:
        """With the next (or, -1, the last) of a field's choices; the same draft where it has none."""
        options = choices(key)
        if not options:
            return self
        now = self.value(key)
        return self.put(key, options[(options.index(now) + step) % len(options)] if now in options else options[0])

    # -- the whole ----------------------------------------------------------------------------

    @cached_property
    def values(self) -> dict[str, Any]:
        """Every value as nested tables, absent ones left out."""
        whole = flat(spec.to_dict(self.start)) | dict(self.changes)
        return spec.nested({key: value for key, value in whole.items() if value is not None})

    @cached_property
    def problems(self) -> dict[str, str]:
        """What is wrong, by field; under an empty name, what concerns several."""
        return spec.problems(self.values)

    def spec(self) -> RunSpec:
        """The spec. Raises SpecError while something is wrong."""
        return spec.from_dict(self.values, "the new run")

    def toml(self, whole: bool = False) -> str:
        """The spec as a file: what differs from its preset, or all of it. Raises SpecError."""
        made = self.spec()
        if whole or made.preset is None:
            return spec.to_toml(made)
        tables: dict[str, list[str]] = {"": [f"preset = {_value(made.preset)}"]}
        for key, value in _differences(made):
            table, _, name = key.rpartition(".")
            tables.setdefault(table, []).append(f"{name} = {_value(value)}")
        parts = ["\n".join([f"[{table}]"] * bool(table) + lines) for table, lines in tables.items()]
        return "\n\n".join(parts) + "\n"

    def command(self) -> list[str]:
        """``train --preset NAME --set KEY=VALUE ...``, which gives the same spec. Raises SpecError."""
        made = self.spec()
        words = ["train", "--preset", made.preset or ""]
        for key, value in _differences(made):
            words += ["--name", value] if key == "name" else ["--set", setting(key, value)]
        return words


def of_preset(name: str = USUAL) -> Draft:
    """A draft that starts from a preset. Raises SpecError when there is none of that name."""
    presets.get(name)
    return Draft(spec.from_dict({"preset": name}), f"preset {name}")


def of_spec(asked: RunSpec, origin: str) -> Draft:
    """A draft that starts from another run's spec, without its name.

    A spec without a preset that is known here is given the nearest one, so that a command line can say it.
    """
    start = asked.model_copy(update={"name": None})
    if start.preset not in presets.PRESETS:
        candidates = [start.model_copy(update={"preset": name}) for name in presets.PRESETS]

        def distance(one: RunSpec) -> tuple[bool, int]:
            usual = presets.PRESETS[one.preset or USUAL].values["method"]
            return usual != one.method, len(list(_differences(one)))

        start = min(candidates, key=distance)
    return Draft(start, origin)


def choices(key: str) -> list[Any]:
    """What a field takes where that is a short list: true and false, or the words of a choice."""
    kind = FIELDS[key].annotation
    if kind is bool:
        return [False, True]
    return list(get_args(kind)) if get_origin(kind) is Literal else []


def written(value: Any) -> str:
    """A value as it is typed: one line, lists with commas; line ends and backslashes escaped."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        parts = [str(part) for part in value]
        if any("," in part or part != part.strip() or not part or part.startswith("[") for part in parts):
            return _value(parts)
        return ", ".join(parts)
    if isinstance(value, str):
        if not value.strip(" "):  # spaces alone would read as nothing typed
            return value.replace(" ", "\\s")
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return repr(value) if isinstance(value, float) else str(value)


def read(key: str, text: str) -> Any:
    """What somebody typed into a field, as a value, not validated; nothing typed is no value, where that goes."""
    kind = FIELDS[key].annotation
    if kind in (str, str | None):
        return None if kind == (str | None) and not text.strip(" ") else _unescape(text)
    if get_origin(kind) is tuple:
        if text.lstrip().startswith("["):
            return _toml(text, text)
        return [part.strip() for part in text.split(",") if part.strip()]
    return _toml(text, text.strip())


def setting(key: str, value: Any) -> str:
    """``KEY=VALUE`` for ``--set``: as plain as it can be while it is read back as ``value``."""
    if isinstance(value, str):
        plain = f"{key}={value}"
        if value.isprintable() and spec.parse_override(plain) == (key, value):
            return plain
    return f"{key}={_value(value)}"


def _differences(made: RunSpec) -> Iterator[tuple[str, Any]]:
    """Fields that a preset's spec does not have like this, in the order of the fields."""
    given = {"preset": made.preset} if made.preset else {}
    usual = spec.from_dict(given)
    after = spec.from_dict({**given, "method": made.method}) if made.method == "soft-prompt" else usual  # its own rate
    for key in FIELDS:
        value = _at(made, key)
        if key not in NOT_TYPED and value is not None and value != _at(usual if key == "method" else after, key):
            yield key, list(value) if isinstance(value, tuple) else value


def _at(values: RunSpec, key: str) -> Any:
    found: Any = values
    for part in key.split("."):
        found = getattr(found, part)
    return list(found) if isinstance(found, tuple) else found


def _toml(text: str, otherwise: Any) -> Any:
    try:
        return tomllib.loads(f"value = {text.strip()}\n")["value"]
    except (ValueError, RecursionError):
        return otherwise


def _unescape(text: str) -> str:
    """``\\n``, ``\\r``, ``\\t``, ``\\s`` (a space) and ``\\\\`` for what they stand for; another backslash as it is."""
    result, at = [], 0
    stands = {"n": "\n", "r": "\r", "t": "\t", "s": " ", "\\": "\\"}
    while at < len(text):
        following = text[at + 1 : at + 2]
        if text[at] == "\\" and following in stands and following:
            result.append(stands[following])
            at += 2
        else:
            result.append(text[at])
            at += 1
    return "".join(result)


def _value(value: Any) -> str:
    """``value`` as TOML on one line; what a terminal could not show as it is, escaped."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if not isinstance(value, str):
        return repr(value)
    escaped = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(escaped.get(c) or (c if c.isprintable() else f"\\U{ord(c):08x}") for c in value) + '"'
