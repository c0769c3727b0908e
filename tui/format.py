"""Figures and states as people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.amounts import MISSING, duration, size

__all__ = ["MISSING", "duration", "size"]  # asked for here by every screen

MARKED = "●"
"""Beside what a person has marked in a list."""


@dataclass(frozen=True)
class Mark:
    """How a state is shown: a glyph and a word, so that nothing hangs on colour alone."""

    glyph: str
    word: str
    style: str
    """Name of the theme's colour."""


STATES: dict[str, Mark] = {
    "queued": Mark("○", "queued", "state-queued"),
    "running": Mark("▶", "running", "state-running"),
    "finished": Mark("✓", "finished", "state-finished"),
    "stopped": Mark("■", "stopped", "state-stopped"),
    "failed": Mark("✗", "failed", "state-failed"),
    "lost": Mark("?", "lost", "state-lost"),
}
LEVELS: dict[str, Mark] = {
    "info": Mark("·", "info", "notice-info"),
    "warning": Mark("!", "warning", "notice-warning"),
    "error": Mark("✗", "error", "notice-error"),
}


def state(name: str) -> Mark:
    """The mark of a state, also of one that a newer worker made up."""
    return STATES.get(name) or Mark("?", name or "unknown", "state-lost")


def level(name: str) -> Mark:
    """The mark of a notice's level."""
    return LEVELS.get(name) or LEVELS["info"]


def sizes(*counts: float) -> tuple[str, ...]:
    """Several bytes in the unit of the largest, which comes last: ``("41.0", "80.0", "GiB")``."""
    unit = size(max(counts)).rpartition(" ")[2]
    scale = 1024.0 ** ("B", "KiB", "MiB", "GiB", "TiB").index(unit)
    digits = 0 if unit == "B" or max(counts) / scale >= 99.95 else 1
    return (*(f"{value / scale:.{digits}f}" for value in counts), unit)


def number(value: float | None) -> str:
    """A figure of unknown size in about four digits: ``0.0312``, ``2.718``, ``41.2``, ``12,460``, ``1e-04``."""
    if value is None:
        return MISSING
    if not math.isfinite(value):
        return str(value)
    size_of = abs(value)
    if size_of == 0:
        return "0"
    if size_of < 1e-3:
        return f"{value:.1e}".replace("e-0", "e-")
    if size_of < 1:
        return f"{value:.3g}"
    if size_of < 10:
        return f"{value:.3f}"
    return f"{value:.1f}" if size_of < 1000 else f"{value:,.0f}"


def score(value: float | None) -> str:
    """A ROUGE figure (0 to 1) ×100 with one decimal, as the field writes it."""
    return MISSING if value is None or not math.isfinite(value) else f"{value * 100:.1f}"


def percent(share: float | None) -> str:
    """A share (0 to 1) as whole percent; never 100 before the end."""
    return MISSING if share is None else f"{math.floor(max(0.0, min(share, 1.0)) * 100):d}%"


def bar(share: float | None, width: int, full: str = "━", empty: str = "─") -> tuple[str, str]:
    """The two parts of a bar of ``width`` cells filled to ``share`` (0 to 1)."""
    filled = round(max(0.0, min(share or 0.0, 1.0)) * width)
    return full * filled, empty * (width - filled)


_EIGHTHS = "▁▂▃▄▅▆▇█"


def spark(values: Sequence[float], width: int) -> str:
    """``values`` as a line of at most ``width`` bars from their lowest to their highest; a dash for none."""
    finite = [value for value in values if math.isfinite(value)][-width:]
    if not finite:
        return MISSING
    low, high = min(finite), max(finite)
    scale = (len(_EIGHTHS) - 1) / (high - low) if high > low else 0.0
    return "".join(_EIGHTHS[round((value - low) * scale)] for value in finite)


def count(amount: int, noun: str, plural: str = "") -> str:
    """``1 run``, ``3 runs``."""
    return f"{amount:,} {noun if amount == 1 else plural or noun + 's'}"


def ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``4th``, ... ``11th``, ``21st``."""
    teens = 10 < number % 100 < 20
    return f"{number:,}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def p_value(p: float | None) -> str:
    """Three decimals, four below 0.001: ``0.042``, ``0.0001``; a dash when not known."""
    if p is None or not math.isfinite(p):
        return MISSING
    return f"{p:.4f}" if p < 0.001 else f"{p:.3f}"


def energy(watt_hours: float | None) -> str:
    """``0.4 Wh``, ``812 Wh``, ``3.41 kWh``; a dash when not known."""
    if watt_hours is None or not math.isfinite(watt_hours):
        return MISSING
    if abs(watt_hours) >= 999.5:
        return f"{watt_hours / 1000:,.2f} kWh"
    return f"{watt_hours:.0f} Wh" if abs(watt_hours) >= 99.95 else f"{watt_hours:.1f} Wh"
