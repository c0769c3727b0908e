"""How the terminal is treated: what is drawn with, how much is sent, and whether its figures are shown.

Settled once, by the command line and the environment, before anything is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.glyphs import Choice


@dataclass(frozen=True)
class Manner:
    """The default is a terminal that can do everything over a good line."""

    glyphs: Choice = field(default_factory=Choice)
    low_bandwidth: bool = False
    """Send little: no animation, no reports of mouse movement, fewer updates."""
    debug_line: bool = False
    """Show bytes a second, key-to-screen time and memory in a line at the bottom."""


_current = Manner()


def use(manner: Manner) -> None:
    """Treat the terminal so from now on."""
    global _current
    _current = manner


def current() -> Manner:
    """How the terminal is treated."""
    return _current
