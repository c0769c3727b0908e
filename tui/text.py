"""Text that others wrote, made fit for a terminal.

Dialogues, summaries, topics, model names, file names and logs can hold escape sequences (which move the
cursor, retitle the window or write the clipboard), markup brackets, bidirectional overrides (which show
text in another order than it has) and characters of no width (which hide text or break a table's columns).
Everything of that kind goes through :func:`clean` or :func:`plain` before it is drawn; the result is never
handed on as a markup string.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from os.path import commonprefix
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.text import Text

if TYPE_CHECKING:
    from textual.content import Content

_ESCAPE = re.compile(
    # Control sequences: a colour, a cursor movement. ESC [ or the one-character form U+009B.
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    # Strings: window title, clipboard (OSC), device control, ... to their end mark, else to the line's end.
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?"
    # Everything else that begins with an escape.
    r"|\x1b[ -/]*[0-~]?"
)
_HARMLESS = re.compile(r"[\x20-\x7e\n]*")
_BLANK_LETTERS = frozenset((0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, 0x2800))
_MOST_MARKS = 4


class _Replacements(dict[int, str]):
    """What each code point becomes; worked out once for each that is met, so that str.translate stays fast."""

    def __missing__(self, code: int) -> str:
        self[code] = result = _replacement(code)
        return result


def _replacement(code: int) -> str:
    character = chr(code)
    if character == "\n":
        return "\n"
    if character in "\t\x0b\x0c\x1f":
        return " "
    category = unicodedata.category(character)
    if category in ("Zl", "Zp") or code == 0x85:
        return "\n"
    if category == "Zs":
        return " "
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    # Cf holds the bidirectional controls, joiners, zero-width spaces, soft hyphens and tags.
    # Variation selectors change a character's width in some terminals and not in others.
    if category in ("Cc", "Cf") or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or code in _BLANK_LETTERS:
        return ""
    return character


_REPLACEMENTS = _Replacements()


def clean(text: object, lines: bool = False) -> str:
    """``text`` without anything that steers a terminal or hides from the reader.

    One line, with line ends shown as a space, unless ``lines``. The result contains printable characters,
    spaces and (with ``lines``) ``\\n`` only; cleaning it again changes nothing.
    """
    string = str(text)
    if not _HARMLESS.fullmatch(string):
        string = _ESCAPE.sub("", string.replace("\r\n", "\n"))
        string = string.replace("\r", "\n").translate(_REPLACEMENTS)
        string = _fewer_marks(string)
    return string if lines else string.replace("\n", " ")


def plain(text: object, style: str = "", lines: bool = False) -> Text:
    """:func:`clean` text as a Rich ``Text``: what a table cell takes (a string would be read as markup)."""
    return Text(clean(text, lines), style=style, no_wrap=not lines, end="")


def content(text: object, style: str = "", lines: bool = False) -> Content:
    """:func:`clean` text as Textual ``Content``; ``style`` may name theme colours, such as ``bold $success``."""
    from textual.content import Content  # the command line uses this module too, and starts without Textual

    return Content.styled(clean(text, lines), style)


def fit(text: object, width: int) -> str:
    """:func:`clean` text in at most ``width`` terminal cells, an ellipsis standing for what is left out."""
    string = clean(text)
    if cell_len(string) <= width:
        return string
    return set_cell_size(string, max(width - 1, 0)).rstrip() + "…" if width > 0 else ""


def apart(names: Iterable[str], width: int) -> dict[str, str]:
    """Each of ``names`` in at most ``width`` cells; those that :func:`fit` would make alike begin where they differ."""
    short = {name: fit(name, width) for name in names}
    alike: dict[str, list[str]] = {}
    for name, text in short.items():
        alike.setdefault(text, []).append(name)
    for group in alike.values():
        if len(group) == 1 or width < 2:
            continue
        shared = len(commonprefix([clean(name) for name in group]))  # noqa: RUF071 - of letters, not of paths
        for name in group:
            if rest := clean(name)[shared:]:
                short[name] = "…" + fit(rest, width - 1)
    return short


def _fewer_marks(text: str) -> str:
    """At most four combining marks in a row, so that stacked ones do not overprint the lines around."""
    if text.isascii():
        return text
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)
