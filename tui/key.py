"""A key and what it does, and how keys are written for people."""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """A key (or several, with commas) and what it does."""

    id: str
    keys: str
    action: str
    label: str
    """One or two words for the footer."""
    help: str
    """A sentence for the help screen and the tooltip."""
    shown: bool = True
    """Whether the footer has it; the help screen has all."""
    display: str = ""
    """How the keys are written; made from ``keys`` when empty."""

    @property
    def written(self) -> str:
        """The keys as a person reads them."""
        return self.display or " ".join(NAMES.get(key, key) for key in self.keys.split(","))


NAMES = {
    "question_mark": "?", "colon": ":", "slash": "/", "escape": "Esc", "space": "Space", "enter": "Enter",
    "down": "↓", "up": "↑", "left": "←", "right": "→", "pagedown": "PgDn", "pageup": "PgUp", "home": "Home",
    "end": "End", "tab": "Tab", "less_than_sign": "<", "greater_than_sign": ">", "ctrl+p": "^p",
    "plus": "+", "minus": "-", "asterisk": "*", "equals_sign": "=", "dollar_sign": "$", "f2": "F2",
    "comma": ",", "full_stop": ".",
}  # fmt: skip
"""Of keys that are not written as Textual calls them."""

_ARROWS = {"down": "Down", "up": "Up", "left": "Left", "right": "Right"}


def spelled(key: Key) -> Key:
    """``key`` with its arrows in words."""
    names = key.keys.split(",")
    if key.display or not set(names) & set(_ARROWS):
        return key
    return key._replace(display=" ".join(_ARROWS.get(name, NAMES.get(name, name)) for name in names))
