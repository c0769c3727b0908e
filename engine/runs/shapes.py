"""Dataclasses from JSON that may be damaged or come from another version, without pydantic's import time."""

from __future__ import annotations

import math
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Reader = Callable[[Any], Any]


def read(kind: type[T], values: Any, lenient: bool = False) -> T:
    """A ``kind`` (a dataclass) from a JSON object; keys it does not know are skipped.

    Raises ValueError when a field is missing, or is of the wrong type or not finite; ``lenient`` takes the
    default of a field that cannot be read.
    """
    if not isinstance(values, Mapping):
        raise ValueError(f"no object for {kind.__name__}")
    found: dict[str, Any] = {}
    key: Any = kind
    for name, (reader, required) in _readers(key).items():
        if name in values:
            try:
                found[name] = reader(values[name])
            except ValueError:
                if required or not lenient:
                    raise
        elif required:
            raise ValueError(f"{kind.__name__} lacks {name}")
    return kind(**found)


@cache
def _readers(kind: Any) -> dict[str, tuple[Reader, bool]]:
    hints = get_type_hints(kind)
    return {
        f.name: (_reader(hints[f.name]), f.default is MISSING and f.default_factory is MISSING) for f in fields(kind)
    }


@cache
def _reader(hint: Any) -> Reader:
    """What turns a JSON value into a ``hint``, raising ValueError when it is none."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint is float:
        return _number
    if origin is Literal:
        return _check(lambda value: isinstance(value, str) and value in parts, hint)
    if origin in (Union, types.UnionType):
        return _either([_reader(part) for part in parts], hint)
    if origin is tuple:  # tuple[X, ...]
        inner = _reader(parts[0])
        return lambda value: tuple(map(inner, _check(lambda v: isinstance(v, list), hint)(value)))
    if origin is dict:  # dict[str, X]
        each = _reader(parts[1])
        table = _check(lambda value: isinstance(value, dict), hint)
        # The same few keys in line after line: one copy of each.
        return lambda value: {sys.intern(key): each(found) for key, found in table(value).items()}
    if isinstance(hint, type) and is_dataclass(hint):
        kind: type[Any] = hint
        return lambda value: read(kind, value)
    # True is an int to Python, but not in JSON.
    return _check(lambda value: isinstance(value, hint) and isinstance(value, bool) == (hint is bool), hint)


def _number(value: Any) -> float:
    if type(value) is float and math.isfinite(value):  # nearly all are: an event file has millions
        return value
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{value!r} is no number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _check(fits: Callable[[Any], bool], hint: Any) -> Reader:
    def checked(value: Any) -> Any:
        if not fits(value):
            raise ValueError(f"{type(value).__name__} where {hint} was expected")
        return value

    return checked


def _either(readers: list[Reader], hint: Any) -> Reader:
    def either(value: Any) -> Any:
        for reader in readers:
            try:
                return reader(value)
            except ValueError:
                continue
        raise ValueError(f"{type(value).__name__} where {hint} was expected")

    return either
