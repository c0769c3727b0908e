"""What a spec's field takes, in words, from its annotation: for messages, forms and help."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

_NOUNS: dict[Any, str] = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
_BOUNDS = {"gt": "above {}", "ge": "at least {}", "lt": "below {}", "le": "at most {}"}


def allowed_values(info: FieldInfo) -> str:
    """Type, range and choices of ``info``: "a number above 0, at most 10", "linear, cosine or constant"."""
    return _describe(info.annotation, info.metadata)


def unit_of(info: FieldInfo) -> str:
    """What the field is counted in ("steps", "tokens"), or nothing."""
    extra = info.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def _describe(kind: Any, metadata: Any = ()) -> str:
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *extra = get_args(kind)
        return _describe(inner, [m for part in extra for m in getattr(part, "metadata", [part])])
    if origin is Literal:
        return _either([str(choice) for choice in get_args(kind)])
    if origin in (Union, types.UnionType):
        return _either([_describe(part, metadata) for part in get_args(kind) if part is not type(None)])
    if origin is tuple:
        if any(hasattr(limit, "min_length") for limit in metadata):
            return "a list of text with at least one entry"
        return f"a list of {_describe(get_args(kind)[0])}"
    bounds = [
        words.format(f"{getattr(limit, name):g}" if abs(getattr(limit, name)) < 1e6 else f"{getattr(limit, name)}")
        for limit in metadata
        for name, words in _BOUNDS.items()
        if hasattr(limit, name)
    ]
    if any(hasattr(limit, "min_length") for limit in metadata) and kind is str:
        bounds.append("not empty")
    return " ".join(filter(None, [_NOUNS.get(kind, ""), ", ".join(bounds)]))


def _either(options: list[str]) -> str:
    return options[0] if len(options) == 1 else ", ".join(options[:-1]) + " or " + options[-1]
