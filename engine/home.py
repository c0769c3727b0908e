"""Where a user's own files lie, by the XDG base directory specification. Nothing here is made or read."""

from __future__ import annotations

import os
from pathlib import Path


def config_folder() -> Path:
    """What the user writes: keys, themes, prices. ``$XDG_CONFIG_HOME/dialtune``."""
    return _folder("XDG_CONFIG_HOME", ".config")


def state_folder() -> Path:
    """What is remembered from one start to the next. ``$XDG_STATE_HOME/dialtune``."""
    return _folder("XDG_STATE_HOME", ".local/state")


def cache_folder() -> Path:
    """What can be made again. ``$XDG_CACHE_HOME/dialtune``."""
    return _folder("XDG_CACHE_HOME", ".cache")


def _folder(variable: str, usual: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / usual) / "dialtune"
