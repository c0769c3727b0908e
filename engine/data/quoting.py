"""Names and messages that came from outside, made safe to show: one line, no control characters, not too long."""

from __future__ import annotations

from collections.abc import Iterable


def plain(text: str, limit: int = 200) -> str:
    """``text`` on one line of at most ``limit`` characters, with what cannot be printed written as an escape."""
    text = " ".join(text[: 4 * limit].split())
    if not text.isprintable():  # escapes, control and bidirectional characters, lone surrogates
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def quoted(names: Iterable[str], most: int = 12) -> str:
    """``'a', 'b' and 3 more``: the first ``most`` names, each made safe."""
    names = list(names)
    shown = ", ".join(f"'{plain(name, 40)}'" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def count(number: int, noun: str) -> str:
    """``1 row``, ``12,460 rows``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
