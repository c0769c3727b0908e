"""The user's own keys: ``$XDG_CONFIG_HOME/dialtune/keys.toml``, one line an action.

::

    "runs.stop" = "X"
    "live.back" = "q,escape"

The ids are those of :mod:`tui.keys`, which the help screen shows with ``i``. A line that cannot be used gives a
notice and is left out; the others hold.
"""

from __future__ import annotations

import difflib
import tomllib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textual.keys import Keys

from engine.home import config_folder
from engine.results.facts import flat
from tui.keys import KEYS, Key, scopes

_MODIFIERS = {"ctrl", "shift", "alt", "super", "hyper", "meta"}
_NAMED = {key.value for key in Keys}


def path() -> Path:
    """Where the file lies."""
    return config_folder() / "keys.toml"


def load() -> tuple[dict[str, str], list[str]]:
    """Keys by action id, and a notice for each line that cannot be used."""
    try:
        values = flat(tomllib.loads(path().read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}, []
    except (OSError, ValueError, RecursionError) as error:  # both decoding errors are ValueErrors
        return {}, [f"keys.toml cannot be read, so the usual keys hold: {error}"]
    known = {key.id for part in KEYS.values() for key in part}
    found: dict[str, str] = {}
    notices = []
    for id, keys in values.items():
        if (problem := _problem(id, keys, known)) is None:
            found[id] = ",".join(_name(key) for key in keys.split(","))
        else:
            notices.append(f"keys.toml: {problem}")
    return found, notices + _clashes(found)


def table(mapping: Mapping[str, str]) -> dict[str, tuple[Key, ...]]:
    """:data:`tui.keys.KEYS` with the user's keys in it."""
    return {
        scope: tuple(key._replace(keys=mapping[key.id], display="") if key.id in mapping else key for key in part)
        for scope, part in KEYS.items()
    }


def _problem(id: str, keys: Any, known: set[str]) -> str | None:
    if id not in known:
        close = difflib.get_close_matches(id, known, n=1)
        return f"there is no action {id}" + (f"; did you mean {close[0]}?" if close else "")
    if not isinstance(keys, str) or not keys:
        return f'{id} = {keys!r} is no key; write it like "x" or "x,escape"'
    bad = [key for key in keys.split(",") if not _is_key(key.strip())]
    return f"{id}: there is no key {bad[0]!r}" if bad else None


def _is_key(key: str) -> bool:
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    if not set(modifiers) <= _MODIFIERS or not last:
        return False
    if len(last) == 1:
        return last.isprintable() and not last.isspace()
    if last in _NAMED:
        return True
    try:  # Textual names a character like Unicode does: question_mark
        unicodedata.lookup(last.replace("_", " "))
    except KeyError:
        return False
    return True


def _name(key: str) -> str:
    """``?`` as Textual calls it."""
    key = key.strip()
    if len(key) != 1 or key.isalnum():
        return key
    return unicodedata.name(key).lower().replace("-", "_").replace(" ", "_")


def _clashes(mapping: Mapping[str, str]) -> list[str]:
    now = table(mapping)
    notices = []
    for scope in now:
        taken: dict[str, str] = {}
        for part in scopes(scope):
            for key in now[part]:
                for one in key.keys.split(","):
                    other = taken.setdefault(one, key.id)
                    if other != key.id and (key.id in mapping or other in mapping):
                        notices.append(f"keys.toml: {one} is both {other} and {key.id}; the first one holds")
    return list(dict.fromkeys(notices))
