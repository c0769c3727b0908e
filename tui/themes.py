"""Themes: one TOML file each, ours in ``themes/`` and the user's in ``$XDG_CONFIG_HOME/dialtune/themes``.

``themes/dusk.toml`` says in comments what every colour and role is for. A file that cannot be used gives
a notice and is left out; the rest of the terminal goes on.
"""

from __future__ import annotations

import contextlib
import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from engine.home import config_folder
from engine.runs.files import write_atomic

BUILT_IN = Path(__file__).parent.parent / "themes"
DEFAULT = "dusk"

COLOURS = (
    "primary", "secondary", "accent", "foreground", "background", "surface", "panel", "boost",
    "success", "warning", "error",
)  # fmt: skip
"""Textual's own colours; only ``primary`` must be given."""

ROLES: dict[str, str] = {
    "state-queued": "secondary",
    "state-running": "accent",
    "state-finished": "success",
    "state-stopped": "warning",
    "state-failed": "error",
    "state-lost": "error",
    "notice-info": "secondary",
    "notice-warning": "warning",
    "notice-error": "error",
    "train": "primary",
    "validation": "accent",
    "memory-run": "primary",
    "memory-others": "secondary",
    "best": "success",
    "label": "secondary",
    "reference": "success",
    "speaker-1": "primary",
    "speaker-2": "accent",
    "speaker-3": "success",
    "speaker-4": "secondary",
}
"""What dialtune colours, and the colour each takes where a theme says nothing of it."""


class ThemeError(ValueError):
    """A theme file that cannot be used; the text says why."""


def load_all() -> tuple[list[Theme], list[str]]:
    """Our themes and the user's (which replace ours of the same name), and a notice for each bad file."""
    ours, notices = _load(BUILT_IN)
    users, more = _load(config_folder() / "themes")
    return list((ours | users).values()), notices + more


def users() -> frozenset[str]:
    """The names of the user's own themes."""
    return frozenset(_load(config_folder() / "themes")[0])


def _load(folder: Path) -> tuple[dict[str, Theme], list[str]]:
    found: dict[str, Theme] = {}
    notices = []
    for path in sorted(folder.glob("*.toml")):
        try:
            theme = read(path)
        except ThemeError as error:
            notices.append(f"The theme {path.name} is left out: {error}")
        else:
            found[theme.name] = theme
    return found, notices


def read(path: Path) -> Theme:
    """The theme in ``path``. Raises ThemeError."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # damaged, nested without end, or a number without end
        raise ThemeError(str(error)) from None
    _known(values, ("name", "dark", "ansi", "colours", "roles"), "the file")
    name, dark, ansi = values.get("name", path.stem), values.get("dark", True), values.get("ansi", False)
    if not isinstance(name, str) or not name.replace("-", "").isalnum():
        raise ThemeError("name must be letters, digits and dashes")
    if not isinstance(dark, bool) or not isinstance(ansi, bool):
        raise ThemeError("dark and ansi must be true or false")
    colours = _colours(values.get("colours"), COLOURS, "colours")
    roles = _colours(values.get("roles", {}), tuple(ROLES), "roles")
    if "primary" not in colours:
        raise ThemeError("[colours] has no primary")
    if ansi:  # Textual's style sheets want more names of such a theme than it makes up by itself
        roles = {**BUILTIN_THEMES["ansi-dark" if dark else "ansi-light"].variables, **roles}
    return Theme(name=name, dark=dark, ansi=ansi, variables=roles, **colours)  # type: ignore[arg-type]


def role_defaults(theme: Theme) -> dict[str, str]:
    """A colour for every role and for a table's cursor, from the theme's own; what the theme says stands above them."""
    colours = theme.to_color_system().generate()
    found = {role: colours[colour] for role, colour in ROLES.items()}
    if theme.ansi:
        return found | {"cursor": "ansi_bright_black", "cursor-blurred": "ansi_bright_black"}
    behind, primary = Color.parse(colours["background"]), Color.parse(colours["primary"])
    return found | {"cursor": behind.blend(primary, 0.35).hex, "cursor-blurred": behind.blend(primary, 0.2).hex}


def style(variables: Mapping[str, str], role: str, bold: bool = False) -> Style:
    """A Rich style in the colour of ``role`` (or of one of Textual's colours), for the cells of a table."""
    return Style(color=Color.parse(variables[role]).rich_color, bold=bold or None)


def remembered() -> str:
    """The theme chosen last, or the default."""
    try:
        return (config_folder() / "theme").read_text(encoding="utf-8").strip()[:100]
    except (OSError, UnicodeDecodeError):
        return DEFAULT


def remember(name: str) -> None:
    """Keep the choice for next time; a home that cannot be written just forgets it."""
    with contextlib.suppress(OSError):
        config_folder().mkdir(parents=True, exist_ok=True)
        write_atomic(config_folder() / "theme", name + "\n")


def _colours(values: Any, known: tuple[str, ...], table: str) -> dict[str, str]:
    if not isinstance(values, dict):
        raise ThemeError(f"[{table}] is missing")
    _known(values, known, f"[{table}]")
    for key, value in values.items():
        try:
            Color.parse(value)
        except (ColorParseError, TypeError, AttributeError):
            raise ThemeError(f"{key} = {value!r} is no colour; write it as #rrggbb") from None
    return values


def _known(values: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
    for key in values:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            raise ThemeError(f"{place} knows no {key!r}" + (f"; did you mean {close[0]}?" if close else ""))
