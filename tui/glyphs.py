"""What is drawn with: braille, blocks or plain ASCII, as far as the terminal and its font go.

Screens are written with the best characters there are. What a terminal cannot draw is replaced on the way to it, one
cell by one cell, from the one table here; no widget has to know. ``blocks`` keeps to what code page 437 has, which the
Linux console and every monospaced font can draw; ``ascii`` to the 95 printable characters. Text that people wrote stays
as it is where the terminal reads UTF-8; where it does not, letters lose their accents and the rest becomes ``?``.
"""

from __future__ import annotations

import contextlib
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TextIO, get_args

from rich.cells import cell_len

from engine.home import state_folder

Level = Literal["braille", "blocks", "ascii"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""The best first."""

SAMPLES: dict[Level, str] = {"braille": "⣀⡠⠔⠊⠉⠑⠢⢄", "blocks": "█▓▒░▄▀─│┌┐", "ascii": "#%.=-|+"}
"""A few characters of each level, every one a cell wide."""
WIDE = "学校"
"""Two characters of two cells each."""

GLYPHS: dict[str, tuple[str, str]] = {
    # What states, notices and marks are shown with: at the level of blocks, and in ASCII.
    "○": ("○", "o"), "▶": ("►", ">"), "✓": ("√", "+"), "■": ("■", "#"), "✗": ("x", "x"), "◆": ("♦", "o"),
    "●": ("•", "*"), "▲": ("▲", "^"), "▼": ("▼", "v"), "◀": ("◄", "<"), "►": ("►", ">"), "◄": ("◄", "<"),
    "•": ("•", "*"), "·": ("·", "."), "□": ("□", "."), "◇": ("○", "o"), "◉": ("•", "*"), "◎": ("○", "o"),
    "▸": ("►", ">"), "▹": ("►", ">"), "▾": ("▼", "v"), "▴": ("▲", "^"), "◂": ("◄", "<"), "△": ("▲", "^"),
    "▽": ("▼", "v"), "▷": ("►", ">"), "◁": ("◄", "<"), "◐": ("○", "o"), "◑": ("○", "o"), "◼": ("■", "#"),
    "★": ("*", "*"), "☆": ("*", "*"), "✔": ("√", "+"), "✕": ("x", "x"), "✖": ("x", "x"), "✘": ("x", "x"),
    "⚠": ("!", "!"), "♦": ("♦", "o"), "√": ("√", "+"), "▪": ("■", "#"), "▫": ("□", "."), "⏸": ("=", "="),
    # Arrows.
    "↑": ("↑", "^"), "↓": ("↓", "v"), "←": ("←", "<"), "→": ("→", ">"), "↕": ("↕", "|"), "↔": ("↔", "-"),
    "⇧": ("↑", "^"), "⇩": ("↓", "v"), "⇒": ("→", ">"), "⇐": ("←", "<"), "↵": ("←", "<"), "⏎": ("←", "<"),
    "⌫": ("←", "<"), "⭘": ("○", "o"), "↩": ("←", "<"), "↪": ("→", ">"), "↗": ("↑", "^"), "↘": ("↓", "v"),
    "↳": ("└", "\\"), "⟳": ("o", "o"), "↻": ("o", "o"), "⇥": ("→", ">"), "⇤": ("←", "<"),
    # Typography.
    "…": ("…", "~"), "–": ("-", "-"), "—": ("-", "-"), "−": ("-", "-"), "‐": ("-", "-"), "‑": ("-", "-"),
    "“": ('"', '"'), "”": ('"', '"'), "„": ('"', '"'), "‘": ("'", "'"), "’": ("'", "'"), "‚": (",", ","),
    "«": ("«", '"'), "»": ("»", '"'), "‹": ("<", "<"), "›": (">", ">"), "×": ("x", "x"), "÷": ("÷", "/"),
    "\xa0": (" ", " "), "°": ("°", " "), "±": ("±", "~"), "≈": ("≈", "~"), "≤": ("≤", "<"), "≥": ("≥", ">"),
    "≠": ("#", "#"), "Δ": ("d", "d"), "δ": ("δ", "d"), "∆": ("d", "d"), "µ": ("µ", "u"), "μ": ("µ", "u"),
    "σ": ("σ", "s"), "Σ": ("Σ", "S"), "α": ("α", "a"), "β": ("ß", "b"), "λ": ("l", "l"), "∞": ("∞", "8"),
    "∅": ("-", "-"), "¹": ("1", "1"), "²": ("²", "2"), "³": ("3", "3"), "½": ("½", "."), "¼": ("¼", "."),
    "⌘": ("#", "#"), "⌥": ("#", "#"), "␣": ("_", "_"), "¶": ("¶", "P"), "§": ("§", "S"), "␀": (" ", " "),
    "∙": ("∙", "."), "⋯": ("-", "-"), "⋮": (":", ":"), "‖": ("║", "|"), "¦": ("|", "|"), "‣": ("►", ">"),
    "\N{REPLACEMENT CHARACTER}": ("?", "?"), "🔎": ("? ", "? "), "ρ": ("r", "r"),
    # Block elements; the eighths are bars of a line chart as well as Textual's borders and scroll bars.
    "▁": ("_", "_"), "▂": ("_", "."), "▃": ("▄", ":"), "▄": ("▄", "-"), "▅": ("▄", "="), "▆": ("█", "+"),
    "▇": ("█", "*"), "█": ("█", "#"), "▀": ("▀", "-"), "▔": ("▀", "-"), "▌": ("▌", "|"), "▐": ("▐", "|"),
    "▉": ("█", "|"), "▊": ("█", "|"), "▋": ("▌", "|"), "▍": ("▌", "|"), "▎": ("▌", "|"), "▏": ("│", "|"),
    "▕": ("│", "|"), "░": ("░", "."), "▒": ("▒", "%"), "▓": ("▓", "#"),
    "▖": ("▄", "."), "▗": ("▄", "."), "▘": ("▀", "'"), "▝": ("▀", "'"), "▙": ("█", "L"), "▛": ("█", "P"),
    "▜": ("█", "7"), "▟": ("█", "J"), "▚": ("█", "\\"), "▞": ("█", "/"),
}  # fmt: skip
"""Every character that screens draw and not all terminals can; braille and box drawing are worked out below."""

_PLAIN_BOX = "─│┌┐└┘├┤┬┴┼═║╔╗╚╝╠╣╦╩╬"


@dataclass(frozen=True)
class Choice:
    """What to draw with, and why."""

    level: Level = "braille"
    letters: bool = True
    """Whether the terminal reads UTF-8, so that others' text can stay as it is."""
    why: str = "by default"


def choose(asked: bool, environ: Mapping[str, str] | None = None) -> Choice:
    """What to draw with: ``asked`` (--ascii) first, then DIALTUNE_GLYPHS, what was measured, the locale and TERM.

    An unknown value of DIALTUNE_GLYPHS counts as none.
    """
    environ = os.environ if environ is None else environ
    utf8 = _locale_is_utf8(environ)
    known = measured(environ)
    letters = (known.letters if known else utf8) and not environ.get("TERM", "").startswith("vt")
    named = environ.get("DIALTUNE_GLYPHS", "").strip().lower()
    if asked:
        return Choice("ascii", letters, "as --ascii asks")
    if named in LEVELS:
        return Choice(named, letters, "as DIALTUNE_GLYPHS says")
    term = environ.get("TERM", "")
    if term == "dumb" or term.startswith("vt"):
        return Choice("ascii", False, f"because TERM is {term}")
    if known is not None and known.level != "braille":
        return known
    if term == "linux":  # its cursor moves as it should, but its font has 512 characters at most
        return Choice("blocks", letters, "because the Linux console's font has no braille")
    if known is not None:
        return known
    return Choice() if utf8 else Choice("ascii", False, "because the locale is not UTF-8")


def _locale_is_utf8(environ: Mapping[str, str]) -> bool:
    """Whether the locale says UTF-8; containers often have none at all, and their terminals read UTF-8."""
    keys = ["LC_ALL", "LC_CTYPE", "LANG"]
    if environ is os.environ and environ.get("LC_CTYPE") in ("C.UTF-8", "C.utf8", "UTF-8"):
        # Python itself sets it at start where the locale is C (PEP 538), which says nothing of the terminal.
        with contextlib.suppress(OSError):
            if b"LC_CTYPE=" not in Path("/proc/self/environ").read_bytes():
                keys.remove("LC_CTYPE")
    name = next((environ[key] for key in keys if environ.get(key)), "UTF-8")
    return "utf-8" in name.lower() or "utf8" in name.lower()


# -- what a terminal was measured to do -----------------------------------------------------------


def _record() -> Path:
    return state_folder() / "glyphs.json"


def _terminal(environ: Mapping[str, str]) -> str:
    """The kind of terminal, as far as it says: measurements of one kind hold for all of it."""
    return "|".join(environ.get(name, "") for name in ("TERM", "TERM_PROGRAM", "LC_TERMINAL"))


def measured(environ: Mapping[str, str] | None = None) -> Choice | None:
    """What ``dialtune doctor`` found of this kind of terminal; None when it never looked."""
    from engine.runs.files import read_json

    found = read_json(_record()).get(_terminal(os.environ if environ is None else environ))
    if not isinstance(found, dict) or found.get("level") not in LEVELS:
        return None
    return Choice(found["level"], found.get("letters") is True, "as `dialtune doctor` measured")


def remember(choice: Choice, environ: Mapping[str, str] | None = None) -> None:
    """Keep a measurement; a home that cannot be written just forgets it."""
    from engine.runs.files import read_json, write_json

    key = _terminal(os.environ if environ is None else environ)
    with contextlib.suppress(OSError):
        _record().parent.mkdir(parents=True, exist_ok=True)
        write_json(_record(), read_json(_record()) | {key: {"level": choice.level, "letters": choice.letters}})


# -- replacing ------------------------------------------------------------------------------------


class Table(dict[int, str]):
    """For :meth:`str.translate`: what each character becomes at one level; worked out when it is first met."""

    def __init__(self, level: Level, letters: bool = True) -> None:
        super().__init__()
        self._level, self._letters = level, letters

    def __missing__(self, code: int) -> str:
        self[code] = drawn = self._replacement(chr(code))
        return drawn

    def _replacement(self, character: str) -> str:
        if character.isascii() or self._level == "braille":
            return character
        if (ours := replacement(character, self._level)) is not None:
            return ours
        return character if self._letters else _spelled(character)


def replacement(character: str, level: Level) -> str | None:
    """What stands for a character that screens draw, in as many cells; None for anybody else's."""
    at = 0 if level == "blocks" else 1
    if character in GLYPHS:
        return GLYPHS[character][at]
    if "\u2800" <= character <= "\u28ff":
        return _braille(ord(character) - 0x2800)[at]
    if "\u2500" <= character <= "\u257f":
        return _box(character)[at]
    return None


def _spelled(character: str) -> str:
    """A letter without its accents, else question marks, as wide as it is."""
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    width = cell_len(character)
    return plain if len(plain) == width else "?" * width


def _braille(bits: int) -> tuple[str, str]:
    """Half blocks, and the ASCII character whose ink lies most like the dots'."""
    left = [row for row, bit in enumerate((0, 1, 2, 6)) if bits >> bit & 1]
    right = [row for row, bit in enumerate((3, 4, 5, 7)) if bits >> bit & 1]
    rows = sorted({*left, *right})
    if not rows:
        return " ", " "
    upper, lower = rows[0] < 2, rows[-1] >= 2
    block = "█" if upper and lower else "▀" if upper else "▄"
    if len(left) + len(right) > 5:
        return block, "#"
    if left and right:
        slope = sum(right) / len(right) - sum(left) / len(left)
        if abs(slope) >= 1:
            return block, "\\" if slope > 0 else "/"
        height = sum(rows) / len(rows)
        return block, '"' if height < 0.75 else "-" if height < 2.5 else "_"
    if len(rows) > 2:
        return block, "|"
    return block, ":" if upper and lower else "'" if upper else "."


def _box(character: str) -> tuple[str, str]:
    """A light or double line of the same course, and ``- | = +``."""
    name = unicodedata.name(character)
    double = "DOUBLE" in name or "HEAVY" in name
    across = "HORIZONTAL" in name or "LEFT" in name or "RIGHT" in name
    along = "VERTICAL" in name or "UP" in name or "DOWN" in name
    if "DIAGONAL" in name:
        slash = "X" if "CROSS" in name else "/" if "UPPER RIGHT TO LOWER LEFT" in name else "\\"
        return slash, slash
    if across and along:
        corner = {"DOWN AND RIGHT": "┌", "DOWN AND LEFT": "┐", "UP AND RIGHT": "└", "UP AND LEFT": "┘"}
        plain = next((line for course, line in corner.items() if course in name), "┼")
        return character if character in _PLAIN_BOX else plain, "+"
    if across:
        return character if character in _PLAIN_BOX else "═" if double else "─", "=" if double else "-"
    return character if character in _PLAIN_BOX else "║" if double else "│", "|"


@cache
def table(level: Level, letters: bool) -> Table:
    """The table of a level, one for the whole process."""
    return Table(level, letters)


def draw(text: str, choice: Choice) -> str:
    """``text`` as ``choice`` draws it, as many cells wide."""
    if choice.level == "braille" or text.isascii():
        return text
    if choice.level == "ascii":
        text = text.replace(" …", "..")
    return text.translate(table(choice.level, choice.letters))


class Writer:
    """A stream on a terminal whose text is drawn as ``choice`` says, for libraries that print by themselves."""

    def __init__(self, stream: TextIO, choice: Choice) -> None:
        self._stream, self._choice = stream, choice

    def write(self, text: str) -> int:
        """Write ``text`` as it can be drawn."""
        return self._stream.write(draw(text, self._choice))

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
